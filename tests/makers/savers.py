"""Saves ratings from many threads or from a process of its own, and tells what was acknowledged.

As a program it is told on standard input: the database, the journal mode, who saves, and where.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coder_app import db as database_module
from coder_app.config import PROJECT
from coder_app.db import Database
from coder_app.domain.rating import Change
from coder_app.services import rating
from coder_app.services.actor import Actor, Tools, Viewer, get_actor

ITEMS = tuple(f"cirs_{number:02d}" for number in range(1, 7))


@dataclass(frozen=True)
class Acknowledged:
    """A save that the database has said it keeps."""

    assignment: str
    item: str
    score: int
    revision: int


class Page:
    """One open page: it saves, and when another page was faster it takes that page's answer for its base."""

    def __init__(self, database: Database, coder: Actor, assignment: str, name: str) -> None:
        self.database, self.coder, self.assignment, self.name = database, coder, assignment, name
        self.sequence = 0
        self.base: dict[str, int] = {}

    def save(self, item: str, score: int) -> Acknowledged:
        """Save until the answer stands."""
        while True:
            self.sequence += 1
            change = Change(item, score, None, self.name, self.sequence, self.base.get(item, 0))
            with self.database.write() as db:
                reply = rating.save(db, self.coder, self.assignment, change)
            self.base[item] = reply.revision
            if isinstance(reply, rating.Saved):
                return Acknowledged(self.assignment, item, score, reply.revision)


def in_threads(works: Sequence[Callable[[], Iterable[Acknowledged]]]) -> list[Acknowledged]:
    """Do all of these at the same time, one thread each; raise the first error of any."""
    barrier = threading.Barrier(len(works))
    done: list[Acknowledged] = []
    errors: list[BaseException] = []

    def run(work: Callable[[], Iterable[Acknowledged]]) -> None:
        barrier.wait(30)
        try:
            done.extend(work())
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,), daemon=True) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a thread waits for ever"
    if errors:
        raise errors[0]
    return done


class SavingProcess:
    """Another process that saves the items of assignments again and again, and prints each that is kept."""

    def __init__(self, database: Database, coder: Actor, assignments: list[str], journal: str = "") -> None:
        told = {
            "url": database.engine.url.render_as_string(hide_password=False),
            "journal": journal,
            "viewer": vars(coder.viewer),
            "study": coder.study_public_id,
            "assignments": assignments,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "tests.makers.savers"],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.process.stdin.write(json.dumps(told) + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ready\n", self.process.stderr.read()

    def begin(self) -> None:
        """Let it save."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def read(self, count: int) -> list[Acknowledged]:
        """Wait for so many acknowledged saves."""
        lines = [self.process.stdout.readline() for _ in range(count)]
        assert all(lines), self.process.stderr.read()
        return [parse(line) for line in lines]

    def rest(self) -> list[Acknowledged]:
        """Return what else was acknowledged before the process was gone."""
        return [parse(line) for line in self.process.stdout if line.endswith("\n")]

    def stop(self) -> list[Acknowledged]:
        """Ask it to end in good order; an error that it saw is raised here."""
        self.process.stdin.close()
        rest = self.rest()
        said = self.process.stderr.read()
        assert (self.process.wait(30), said) == (0, "")
        return rest

    def end(self) -> None:
        """Make sure that it is gone."""
        self.process.kill()
        self.process.wait(30)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            pipe.close()


def parse(line: str) -> Acknowledged:
    """Read a line that a saving process has printed."""
    return Acknowledged(**json.loads(line))


def main() -> None:
    """Save in one thread an assignment until standard input ends."""
    told = json.loads(sys.stdin.readline())
    if told["journal"] == "delete":
        database_module.wal_is_safe = lambda _version: False
    database = Database(told["url"])
    with database.read() as db:
        coder = get_actor(db, Tools(), Viewer(**told["viewer"]), told["study"])
    print("ready", flush=True)
    sys.stdin.readline()
    ending = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ending.set()), daemon=True).start()

    def work(assignment: str) -> list[Acknowledged]:
        page = Page(database, coder, assignment, f"{os.getpid()}-{assignment[:8]}")
        score = 0
        while not ending.is_set():
            score = (score + 1) % 6
            for item in ITEMS:
                os.write(1, json.dumps(vars(page.save(item, score))).encode() + b"\n")
        return []

    in_threads([lambda name=name: work(name) for name in told["assignments"]])


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    main()
