"""A large file of scores comes in quickly, in little memory, while others save."""

import io
import json
import statistics
import subprocess
import sys
import threading
import time

import pytest
from sqlalchemy import func, select

from coder_app.config import PROJECT
from coder_app.models import Score
from coder_app.services import audit, csv_import, import_job
from coder_app.services.import_check import find_check, find_ground
from coder_app.services.staging import Staging
from tests.benchmarks.speed import find_slowness

SESSIONS = 12
PAUSE = 0.02
# The worker as it is when the server has started it: one piece of work, then what that took.
WORKER = """
import json, resource, sys, time
from pathlib import Path
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.services.actor import Tools
from coder_app.worker import run_next
folder, url = sys.argv[1:]
assert run_next(Database(url), Tools(), Settings(Path(folder), url, b"0" * 32))
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
status = Path("/proc/self/status")
if status.exists():
    # The other figure holds what the process that started this one had, from before it became this program.
    memory = next(int(line.split()[1]) for line in status.read_text().splitlines() if "VmHWM" in line)
print(json.dumps([time.process_time(), memory / 1024]))
"""

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform == "win32", reason="memory is measured on POSIX only"),
]


def table(n: int) -> bytes:
    """Return a long table of so many scores of child and therapist."""
    rows = ["dyad,session,date,informant,measure,score"]
    for dyad in range(1, n // (2 * SESSIONS) + 2):
        for number in range(1, SESSIONS + 1):
            place = f"D{dyad:06},{number},2018-{number:02}-15"
            rows.append(f"{place},child,TASC,{20 + (dyad * 7 + number * 5) % 29}")
            rows.append(f"{place},therapist,WAI-S,{1 + (dyad * 3 + number * 11) % 48 / 12:.4f}")
    return ("\n".join(rows[: n + 1]) + "\n").encode()


class Saver:
    """Somebody who saves again and again; `waits` are seconds."""

    def __init__(self, database, actor) -> None:
        self._database, self._actor, self._ending = database, actor, threading.Event()
        self.waits: list[float] = []
        self._thread = threading.Thread(target=self._save, daemon=True)

    def __enter__(self) -> "Saver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(60)

    def _save(self) -> None:
        while not self._ending.is_set():
            begun = time.perf_counter()
            with self._database.write() as db:
                audit.record(db, self._actor, "save", None, answer=3)
            self.waits.append(time.perf_counter() - begun)
            time.sleep(PAUSE)


def work(settings) -> tuple[float, float]:
    """Let a worker do one piece of work; return processor seconds and the most memory in MB."""
    command = [sys.executable, "-c", WORKER, str(settings.data_dir), settings.database_url]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, timeout=900)
    return tuple(json.loads(done.stdout))


def find_crowd() -> float:
    """How many seconds of the clock a second of the processor takes now: others' work is not ours."""
    clock, processor = time.perf_counter(), time.process_time()
    while time.process_time() - processor < 0.5:
        sum(range(10_000))
    return max(1.0, (time.perf_counter() - clock) / (time.process_time() - processor))


@pytest.mark.parametrize(
    ("n", "most_seconds", "most_wait", "most_memory"),
    [
        pytest.param(100_000, 10, 1.0, 200, id="100,000"),
        pytest.param(1_000_000, 150, 15.0, 500, id="1,000,000", marks=pytest.mark.long),
    ],
)
def test_scores_come_in_within_seconds_and_little_memory_while_others_save(
    database, world, settings, tools, n, most_seconds, most_wait, most_memory
):
    lead, staging = world.study(), Staging(settings.staging_dir, tools.token_bytes)
    slowness, crowd = find_slowness(), find_crowd()
    with Saver(database, lead) as saver:
        begun = time.perf_counter()
        public_id = csv_import.stage(database, lead, "scores", "file.csv", io.BytesIO(table(n)), staging)
        with database.write() as db:
            import_job.ask_check(db, lead, public_id)
        checked = work(settings)
        with database.read() as db:
            check = find_check(staging, find_ground(db, lead, public_id))
        with database.write() as db:
            import_job.ask_import(db, lead, public_id, check.seen)
        imported = work(settings)
        wall = time.perf_counter() - begun
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(Score)) == n
    slowness, crowd = max(slowness, find_slowness()), max(crowd, find_crowd())
    seconds, memory = checked[0] + imported[0], max(checked[1], imported[1])
    middle, worst = statistics.median(saver.waits), max(saver.waits)
    print(
        f"{n:,} scores: {wall:.1f} s by the clock, {seconds:.1f} s of processor "
        f"time at slowness {slowness:.1f} in a crowd of {crowd:.1f}, "
        f"{memory:.0f} MB; {len(saver.waits)} saves waited {middle * 1000:.0f} ms in the middle, "
        f"{worst:.2f} s at most"
    )
    assert seconds / slowness < most_seconds
    assert worst / (slowness * crowd) < most_wait
    assert memory < most_memory
