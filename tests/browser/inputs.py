"""The files a lead brings to the browser test: real scores, and speech-like recordings of some sequences."""

import csv
import json
from pathlib import Path

from coder_app.demo.speech import speech, write_recording

REFERENCE = Path(__file__).resolve().parent.parent / "reference" / "rupture_study"
SUFFIXES = (".wav", ".mp3", ".flac", ".m4a")
# How many sequences of each kind get recordings.
WANTED = {("child", "repaired"): 2, ("child", "unrepaired"): 1, ("therapist", "repaired"): 3}


def choose_sessions() -> list[tuple[str, int]]:
    """Return dyad and session of every position of the wanted sequences."""
    with open(REFERENCE / "recordings" / "manifest.csv", encoding="utf-8") as file:
        recorded = {
            (row["dyad"], int(row["session"])) for row in csv.DictReader(file) if row["use"] == "study"
        }
    expected = json.loads((REFERENCE / "expected_ruptures.json").read_text(encoding="utf-8"))
    sessions: set[tuple[str, int]] = set()
    for (informant, wanted_type), count in WANTED.items():
        for dyad, central, _criterion, kind in expected[informant]["default"]["sequences"]:
            triad = {(dyad, central + step) for step in (-1, 0, 1)}
            if kind == wanted_type and triad <= recorded and count and not triad & sessions:
                sessions |= triad
                count -= 1
    return sorted(sessions)


def write_recordings(folder: Path) -> int:
    """Write recordings with telling names and tags and their manifest; return how many there are."""
    folder.mkdir()
    rows = []
    for number, (dyad, session) in enumerate(choose_sessions()):
        name = f"{dyad}_session{session:02d}{SUFFIXES[number % len(SUFFIXES)]}"
        tags = {"title": f"{dyad} session {session}", "artist": "Therapist T06"}
        write_recording(folder / name, speech(3.0, number), None if name.endswith(".wav") else tags)
        rows.append([name, dyad, session, "study"])
    with open(folder / "manifest.csv", "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["file", "dyad", "session", "use"], *rows])
    return len(rows)
