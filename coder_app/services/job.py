"""Long work outside the request: ask for it, watch it, stop it, run it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import Session

from coder_app.models import Job
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound

LOST_AFTER = timedelta(seconds=60)
MOST_RETRIES = 3
WORN_OUT = (
    f"The program that does the work ended {MOST_RETRIES + 1} times before it was done, and does not begin "
    "again by itself. The server's log may say why. You can ask for the work once more."
)
OPEN_STATES = ("waiting", "running")


class Stopped(Exception):  # noqa: N818 - reads as the sentence that it is
    """The person who asked for the work has stopped it."""


@dataclass(frozen=True)
class JobView:
    """How far a piece of work is."""

    public_id: str
    kind: str
    state: str
    done: int
    total: int
    message: str | None

    @property
    def is_open(self) -> bool:
        """Whether the work is still waiting or running."""
        return self.state in OPEN_STATES


@dataclass(frozen=True)
class Work:
    """A piece of work as the worker takes it."""

    id: int
    attempt: int
    kind: str
    study_id: int
    user_id: int
    arguments: dict[str, Any]


Progress = Callable[[int, int], None]


def ask_for(db: Session, actor: Actor, kind: str, arguments: dict[str, Any]) -> str:
    """Ask for a piece of work and return its public id; the same open work is not asked for twice."""
    for row in db.scalars(
        select(Job).where(Job.study_id == actor.study_id, Job.kind == kind, Job.state.in_(OPEN_STATES))
    ):
        if row.arguments == arguments:
            return row.public_id
    job = Job(
        public_id=actor.tools.token_hex(),
        study_id=actor.study_id,
        kind=kind,
        arguments=arguments,
        state="waiting",
        done=0,
        total=0,
        stop_asked=False,
        attempts=0,
        created_by=actor.user_id,
        created_at=actor.now(),
    )
    db.add(job)
    db.flush()
    return job.public_id


def get_job(db: Session, actor: Actor, public_id: str) -> JobView:
    """Return how far a piece of work of this study is."""
    row = db.scalars(select(Job).where(Job.study_id == actor.study_id, Job.public_id == public_id)).first()
    if row is None:
        raise NotFound
    return JobView(row.public_id, row.kind, row.state, row.done, row.total, row.message)


def find_last_job(db: Session, actor: Actor, kind: str, **arguments: Any) -> JobView | None:
    """Return the newest work of a kind whose arguments include these."""
    rows = db.scalars(
        select(Job).where(Job.study_id == actor.study_id, Job.kind == kind).order_by(Job.id.desc())
    )
    for row in rows:
        if all(row.arguments.get(name) == value for name, value in arguments.items()):
            return JobView(row.public_id, row.kind, row.state, row.done, row.total, row.message)
    return None


def is_any_open(db: Session, actor: Actor, kind: str) -> bool:
    """Whether work of a kind waits or runs in this study."""
    is_open = exists().where(Job.study_id == actor.study_id, Job.kind == kind, Job.state.in_(OPEN_STATES))
    return db.scalar(select(is_open)) is True


def ask_to_stop(db: Session, actor: Actor, public_id: str) -> None:
    """Ask that a piece of work end; waiting work ends at once."""
    get_job(db, actor, public_id)
    key = (Job.study_id == actor.study_id, Job.public_id == public_id)
    db.execute(
        update(Job)
        .where(*key, Job.state == "waiting")
        .values(state="stopped", finished_at=actor.now(), message="Stopped before it began.")
    )
    db.execute(update(Job).where(*key, Job.state == "running").values(stop_asked=True))


def is_any_waiting(db: Session, now: datetime) -> bool:
    """Whether there is work to be taken, or work of dead workers to be given up."""
    return db.scalar(select(exists().where((Job.state == "waiting") | _is_lost(now)))) is True


def take_next(db: Session, now: datetime) -> Work | None:
    """Take the oldest waiting work, or work whose worker has died, for this worker.

    Work over which workers keep dying is given up: it would keep all other work waiting for ever.
    """
    db.execute(
        update(Job)
        .where(_is_lost(now), Job.attempts > MOST_RETRIES)
        .values(state="failed", finished_at=now, message=WORN_OUT)
    )
    job = db.scalars(
        select(Job)
        .where((Job.state == "waiting") | _is_lost(now))
        .order_by(Job.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if job is None:
        return None
    job.state, job.heartbeat_at, job.done, job.total = "running", now, 0, 0
    job.attempts += 1
    return Work(job.id, job.attempts, job.kind, job.study_id, job.created_by, job.arguments)


def report(db: Session, work: Work, now: datetime, done: int, total: int) -> None:
    """Record progress; raise Stopped when the work was asked to end or another worker has taken it over."""
    row = db.execute(
        update(Job)
        .where(*_is_ours(work))
        .values(done=done, total=total, heartbeat_at=now)
        .returning(Job.stop_asked)
    ).first()
    if row is None or row.stop_asked:
        raise Stopped


def finish(db: Session, work: Work, now: datetime, state: str, message: str | None = None) -> None:
    """Record how the work ended, unless another worker has taken it over meanwhile."""
    db.execute(
        update(Job)
        .where(*_is_ours(work))
        .values(state=state, finished_at=now, message=message[:500] if message else None)
    )


def _is_ours(work: Work) -> tuple[ColumnElement[bool], ...]:
    """Whether this worker still has the work: one that slept too long has lost it to another."""
    return Job.id == work.id, Job.attempts == work.attempt, Job.state == "running"


def _is_lost(now: datetime) -> ColumnElement[bool]:
    """Whether the worker that took the work has not been heard of for a while."""
    return (Job.state == "running") & (Job.heartbeat_at < now - LOST_AFTER)
