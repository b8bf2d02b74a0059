"""How fast recordings come in: by processor time, which other work on the machine hardly changes."""

import os
from pathlib import Path

import pytest

from coder_app.models import Recording
from tests.makers.recording import Imports, add_dyads, add_sound, write_manifest

N_RECORDINGS, SECONDS = 16, 30
CHILDREN = 2
TIMES_REAL_TIME = 80
EXTENSIONS = ("mp3", "m4a", "ogg", "wav", "flac")


def processor_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@pytest.mark.benchmark
@pytest.mark.skipif(os.name == "nt", reason="Windows does not tell the time that children took")
def test_two_processors_import_at_eighty_times_real_time(world, database, settings, tmp_path: Path):
    lead = world.study()
    add_dyads(database, lead, {"D001": range(1, N_RECORDINGS + 1)})
    lines = []
    for number in range(1, N_RECORDINGS + 1):
        name = f"{number}.{EXTENSIONS[number % len(EXTENSIONS)]}"
        add_sound(tmp_path / "folder", name, seed=number, seconds=SECONDS)
        lines.append(f"{name},D001,{number},study,")
    write_manifest(tmp_path / "folder", lines)
    imports = Imports(database, settings, lead)

    before = processor_seconds()
    assert imports.run(tmp_path / "folder").state == "done"
    spent = (processor_seconds() - before) / CHILDREN
    with database.read() as db:
        assert db.query(Recording).count() == N_RECORDINGS
        seconds = sum(row.duration_ms for row in db.query(Recording)) / 1000
    print(f"{seconds / spent:.0f} times real time on {CHILDREN} processors")
    assert seconds / spent >= TIMES_REAL_TIME
