"""What the demo's people work with: a clock that stands until it is moved, and a worker beside them."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.demo.stamp import DemoError
from coder_app.services.actor import Actor, Tools, Viewer, get_actor
from coder_app.services.job import JobView, get_job
from coder_app.worker import run_next

SECONDS_BETWEEN_LOOKS = 2.0

Tell = Callable[[str], None]


class Clock:
    """A clock that tells the same moment until it is moved on, so that every build has the same times."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the moment."""
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass: days=, hours=, seconds=."""
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Task:
    """Long work that was asked for."""

    name: str
    actor: Actor
    public_id: str
    future: Future[None]


class Office:
    """One database, one set of tools for everybody, and a thread that does the long work piece by piece.

    Times and randomness are the same in every build; whatever must be secret is drawn elsewhere.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        worker: ThreadPoolExecutor,
        begins: datetime,
        seed: str,
        tell: Tell,
    ) -> None:
        self.database, self.settings, self.tell = database, settings, tell
        self.clock = Clock(begins)
        self.tools = Tools(clock=self.clock, token_bytes=random.Random(seed).randbytes)
        self._worker, self._seed, self._n_tasks = worker, seed, 0

    @contextmanager
    def apart(self, name: str) -> Iterator[None]:
        """Draw from a source of its own for a while: what is drawn afterwards is as if nothing had been."""
        before = self.tools
        draw = random.Random(f"{self._seed} {name}")
        self.tools = Tools(clock=self.clock, token_bytes=draw.randbytes)
        try:
            yield
        finally:
            self.tools = before

    def at_work(self, viewer: Viewer, study_public_id: str) -> Actor:
        """Return a person at work in a study, as the study is now."""
        with self.database.read() as db:
            return get_actor(db, self.tools, viewer, study_public_id)

    def begin(self, name: str, actor: Actor, ask: Callable[[Session], str]) -> Task:
        """Ask for long work and leave it to the worker, who takes one piece after the other."""
        with self.database.write() as db:
            public_id = ask(db)
        self._n_tasks += 1
        # A clock and randomness of its own: the worker runs beside people who use theirs.
        moment, draw = self.clock.now, random.Random(f"{self._seed} task {self._n_tasks}")
        tools = Tools(clock=lambda: moment, token_bytes=draw.randbytes)
        future = self._worker.submit(run_next, self.database, tools, self.settings)
        return Task(name, actor, public_id, future)

    def wait(self, task: Task) -> None:
        """Wait for the work, telling now and then how far it is; raise DemoError when it failed."""
        while True:
            try:
                task.future.result(timeout=SECONDS_BETWEEN_LOOKS)
            except NotYet:
                view = self._look(task)
                if view.total:
                    self.tell(f"{task.name}: {view.done} of {view.total}")
                continue
            view = self._look(task)
            if view.state != "done":
                raise DemoError(f"{task.name}: {view.message or view.state}")
            return

    def _look(self, task: Task) -> JobView:
        with self.database.read() as db:
            return get_job(db, task.actor, task.public_id)
