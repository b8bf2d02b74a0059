"""The demo's folder of recordings, named and tagged as a lab would, which is what has to be taken away."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from coder_app.demo.participants import Participant
from coder_app.demo.planting import Planted
from coder_app.demo.speech import speech, write_recording

SHORTEST, LONGEST = 15.0, 20.0  # seconds; most are nearer to the shortest
# Coding with loss takes a hundred times longer to write, so there are fewer of those.
SUFFIXES = (".wav",) * 18 + (".flac",) * 18 + (".mp3", ".m4a", ".ogg")
N_INCOMPLETE = 3
MANIFEST = "manifest.csv"


@dataclass(frozen=True)
class SourceRecording:
    """One file as a lab would bring it; length in seconds."""

    dyad: str
    session: int
    held_on: date
    therapist: str
    suffix: str
    seconds: float
    seed: int

    @property
    def file_name(self) -> str:
        """A name that tells dyad, treatment session and date."""
        return f"{self.dyad}_session{self.session:02d}_{self.held_on:%Y-%m-%d}{self.suffix}"

    @property
    def tags(self) -> dict[str, str]:
        """Tags that tell the same, and the therapist."""
        return {
            "title": f"{self.dyad} session {self.session}",
            "artist": self.therapist,
            "date": self.held_on.isoformat(),
        }

    def make(self) -> np.ndarray:
        """Return its sound."""
        return speech(self.seconds, self.seed)


def draw_recordings(
    participants: Iterable[Participant],
    planted: Sequence[Planted],
    held_on: dict[tuple[str, int], date],
    seed: int,
    long_seconds: float | None = None,
) -> tuple[SourceRecording, ...]:
    """Return a recording of each session to be coded, and of some sequences that stay incomplete.

    With `long_seconds` one of them is so long and written without loss.
    """
    draw = random.Random(f"recordings {seed}")
    therapist_of = {one.dyad: one.therapist for one in participants}
    places = sorted({(one.dyad, session) for one in planted if one.is_recorded for session in one.sessions})
    long_place = draw.choice(places) if long_seconds else None
    rest = [one for one in planted if not one.is_recorded and (one.dyad, one.central) not in places]
    places += sorted({(one.dyad, one.central) for one in rest[:N_INCOMPLETE]})
    return tuple(
        SourceRecording(
            dyad=dyad,
            session=session,
            held_on=held_on[dyad, session],
            therapist=therapist_of[dyad],
            suffix=".flac" if (dyad, session) == long_place else draw.choice(SUFFIXES),
            seconds=long_seconds
            if (dyad, session) == long_place
            else round(draw.triangular(SHORTEST, LONGEST, SHORTEST), 3),
            seed=draw.randrange(2**32),
        )
        for dyad, session in places
    )


def write_folder(
    folder: Path, recordings: Iterable[SourceRecording]
) -> Iterator[tuple[SourceRecording, np.ndarray]]:
    """Write each recording, and then the manifest; hand every sound out as it is written."""
    from coder_app.tables.writing import write_csv

    folder.mkdir(mode=0o700, parents=True)
    rows = []
    for recording in recordings:
        sound = recording.make()
        write_recording(folder / recording.file_name, sound, recording.tags)
        rows.append((recording.file_name, recording.dyad, recording.session, recording.held_on, "study"))
        yield recording, sound
    manifest = write_csv(("file", "dyad", "session", "date", "use"), rows)
    (folder / MANIFEST).write_text(manifest, encoding="utf-8", newline="")
