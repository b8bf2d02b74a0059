"""Decoding a recording and encoding it anew, so that nothing of its sources but the sound is left.

Runs in a guarded child process: see pool.clean_many.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from coder_app.audio.encode import Encoder
from coder_app.audio.formats import FLAC, WAV
from coder_app.audio.peaks import PeakMeter
from coder_app.audio.probe import AudioProblem, Probe, open_recording
from coder_app.audio.sound import RATE, Sound


@dataclass(frozen=True)
class CleanSettings:
    """The longest recording that is taken, decoded, in seconds."""

    max_seconds: float = 6 * 3600


DEFAULT_SETTINGS = CleanSettings()

Beat = Callable[[int, float], None]


@dataclass(frozen=True)
class CleanResult:
    """A cleaned recording: `duration` in seconds, `size` in bytes, and how to tell it from others.

    `sha256` is of the cleaned file; `content_sha256`, of the decoded sound, is the same for the same sound
    under two names, with other tags, or in another lossless container. `part_sha256s` are of what each
    source adds to the sound.
    """

    duration: float
    size: int
    sha256: str
    content_sha256: str
    part_sha256s: tuple[str, ...]
    peaks: bytes
    warnings: tuple[str, ...]


def clean_recording(
    sources: Sequence[Path],
    target: Path,
    settings: CleanSettings = DEFAULT_SETTINGS,
    beat: Beat = lambda place, seconds: None,
) -> CleanResult:
    """Write the sound of `sources`, one after another, to `target` as one M4A, mono.

    `beat` is told which source is read and how many seconds are done. Raises AudioProblem, and leaves no
    target, when a source cannot be used.
    """
    try:
        with Encoder(target) as encoder:
            joining = _Joining(encoder, settings)
            for place, source in enumerate(sources):
                try:
                    joining.add(source, partial(beat, place))
                except AudioProblem as problem:
                    raise AudioProblem(problem.sentence, place) from problem
        return joining.result(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


class _Joining:
    """One recording in the making from the sources that have been added so far."""

    def __init__(self, encoder: Encoder, settings: CleanSettings) -> None:
        self._encoder = encoder
        self._sound = Sound(settings.max_seconds)
        self._meter, self._content = PeakMeter(RATE), hashlib.sha256()
        self._parts: list[str] = []
        self._warnings: list[str] = []
        self._missing = 0.0

    def add(self, source: Path, beat: Callable[[float], None]) -> None:
        """Add the sound of a source to the end."""
        sound, before, part = self._sound, self._sound.seconds, hashlib.sha256()
        beat(before)
        with open_recording(source) as (container, probe):
            for block in sound.blocks(container):
                content = block.tobytes()
                self._content.update(content)
                part.update(content)
                self._meter.feed(block)
                self._encoder.write(block)
                beat(sound.seconds)
        if sound.seconds == before:
            raise AudioProblem("The file holds no sound that can be decoded.")
        self._parts.append(part.hexdigest())
        self._warnings += [text for text in probe.warnings if text not in self._warnings]
        self._missing += _missing_seconds(probe, sound.seconds - before)

    def result(self, target: Path) -> CleanResult:
        """Return what came of all sources, once the encoder has closed the target."""
        peaks = self._meter.finish()
        return CleanResult(
            duration=self._sound.seconds,
            size=target.stat().st_size,
            sha256=_sha256(target),
            content_sha256=self._content.hexdigest(),
            part_sha256s=tuple(self._parts),
            peaks=peaks,
            warnings=(*self._warnings, *self._shortcomings(peaks)),
        )

    def _shortcomings(self, peaks: bytes) -> Iterator[str]:
        # Shown beside a code: none may tell that the recording has parts, which few treatment sessions have.
        if self._missing:
            yield (
                f"{self._missing:.1f} s that should be there could not be decoded: the recording is cut "
                "short or damaged."
            )
        elif self._sound.damaged:
            yield f"The recording is damaged in {self._sound.damaged} places; they are left out."
        if not any(peaks):
            yield "The recording is silent from beginning to end."


def _missing_seconds(probe: Probe, decoded: float) -> float:
    """Return how much of a file its header promises beyond what was decoded, 0 for an intact one."""
    missing = (probe.seconds or 0.0) - decoded
    return missing if probe.seconds and missing > _slack(probe) else 0.0


def _slack(probe: Probe) -> float:
    """Return by how many seconds an intact recording may be shorter than its header says."""
    # Coders with loss pad their ends, and M4A counts what an edit has cut away.
    return 0.05 + probe.seconds / 1000 if probe.format in (WAV, FLAC) else max(1.0, probe.seconds / 100)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
