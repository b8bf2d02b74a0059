"""Computed results, kept under the hash of the rows and settings they rest on; the worker computes them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import NotAllowed
from coder_app.domain.visibility import Hidden
from coder_app.models import Job, Study, User
from coder_app.models import Snapshot as SnapshotRow
from coder_app.services import job
from coder_app.services.actor import Actor, Tools, get_actor
from coder_app.services.auth import as_viewer
from coder_app.services.errors import NotFound, Refused
from coder_app.services.keeping import KEPT_KINDS, describe_program, drop_oldest, hash_result, pack

# Each provides collect(db, actor, settings) -> inputs, which refuses what the actor may not see, and
# compute(inputs, progress) -> content, which touches no database; both are made of what JSON knows. Where the
# sealed key is needed, join(db, actor, inputs) -> inputs comes between them: once for each result that is
# computed, since each use is on record. The key never changes after unmasking, so that no result is told from
# another by it.
MODULES = {
    "ruptures": "coder_app.services.rupture",
    "sensitivity": "coder_app.services.sensitivity",
    "rupture_sets": "coder_app.services.rupture_sets",
    "occurrence": "coder_app.services.occurrence",
    "course": "coder_app.services.course",
    "reliability": "coder_app.services.reliability",
    "agreement": "coder_app.services.agreement",
    "drift": "coder_app.services.drift",
    "repeats": "coder_app.services.repeat",
    "linkage": "coder_app.services.linkage",
    "blinding": "coder_app.services.blinding",
    "alphas": "coder_app.services.alphas",
    "measures": "coder_app.services.measures",
    "planning": "coder_app.services.planning",
    "projection": "coder_app.services.projection",
}
# What a program that is older computed is not shown where its content had other parts than pages now read: a
# kind whose content changes gets the next number.
SHAPES = dict.fromkeys(MODULES, 2) | {"linkage": 3, "ruptures": 3}
JOB = "compute"
# Results with settings of their own that one person can have computed at a time.
MOST_OPEN = 3
CLOSED = "The person who asked for this result may not see it now."


class Transactions(Protocol):
    """What computing needs of the database."""

    def read(self) -> AbstractContextManager[Session]: ...

    def write(self) -> AbstractContextManager[Session]: ...


@dataclass(frozen=True)
class Snapshot:
    """A computed result, what it was computed from, and when."""

    content: dict[str, Any]
    input_hash: str
    computed_at: datetime
    inputs: dict[str, Any]
    # Where the result is kept to be shown again.
    public_id: str | None = None


def find(db: Session, actor: Actor, kind: str, settings: dict[str, Any]) -> Snapshot | None:
    """Return the result for the rows as they are now and these settings, or None until it is computed."""
    inputs, input_hash = _collect(db, actor, kind, settings)
    row = db.execute(
        select(SnapshotRow.content, SnapshotRow.computed_at, SnapshotRow.public_id).where(
            *_is(actor, kind, input_hash)
        )
    ).first()
    return Snapshot(row.content, input_hash, row.computed_at, inputs, row.public_id) if row else None


def find_hash(db: Session, actor: Actor, kind: str, settings: dict[str, Any]) -> str:
    """Return the hash of the rows as they are now and these settings."""
    return _collect(db, actor, kind, settings)[1]


def ask(db: Session, actor: Actor, kind: str, settings: dict[str, Any]) -> str:
    """Ask the worker to compute a result and return the job's public id.

    Raise Refused where the person waits for as many results with settings of the own as one may ask for.
    """
    arguments = _arguments(db, actor, kind, settings)
    if settings:
        _check_room(db, actor, arguments)
    return job.ask_for(db, actor, JOB, arguments)


def find_job(db: Session, actor: Actor, kind: str, settings: dict[str, Any]) -> job.JobView | None:
    """Return the last job that was asked to compute exactly this result."""
    return job.find_last_job(db, actor, JOB, **_arguments(db, actor, kind, settings))


def run(
    database: Transactions, tools: Tools, settings: object, work: job.Work, progress: job.Progress
) -> str:
    """Compute what the job asks for, outside any transaction, and keep it; the worker's handler."""
    kind, chosen = work.arguments["result"], work.arguments["settings"]
    with database.read() as db:
        actor = _actor_of(db, tools, work)
        try:
            inputs, input_hash = _collect(db, actor, kind, chosen)
        except (NotAllowed, Hidden) as error:
            raise Refused(CLOSED) from error
        if _is_kept(db, actor, kind, input_hash):
            return "This was computed already."
    collected = inputs
    if join := getattr(_module(kind), "join", None):
        with database.write() as db:
            inputs = join(db, actor, inputs)
    content = _module(kind).compute(inputs, progress)
    with database.write() as db:
        if not _is_kept(db, actor, kind, input_hash):
            db.add(
                SnapshotRow(
                    study_id=actor.study_id,
                    kind=kind,
                    input_hash=input_hash,
                    content=content,
                    computed_at=actor.now(),
                    public_id=actor.tools.token_hex(),
                    settings=chosen,
                    versions=describe_program(SHAPES[kind]),
                    inputs=pack(collected) if kind in KEPT_KINDS else None,
                    asked_by=actor.user_id,
                )
            )
            db.flush()
            drop_oldest(db, actor.study_id, kind)
    return "Computed."


def _check_room(db: Session, actor: Actor, arguments: dict[str, Any]) -> None:
    """Raise Refused while the person has enough open work of this kind; what is asked for again is shared."""
    rows = db.scalars(
        select(Job.arguments).where(
            Job.study_id == actor.study_id,
            Job.kind == JOB,
            Job.state.in_(job.OPEN_STATES),
            Job.created_by == actor.user_id,
        )
    ).all()
    if arguments not in rows and sum(bool(row["settings"]) for row in rows) >= MOST_OPEN:
        raise Refused(
            f"You have asked for {MOST_OPEN} results with settings of your own that are not there yet. "
            "Wait until one of them is, and open this page again."
        )


def _collect(db: Session, actor: Actor, kind: str, settings: dict[str, Any]) -> tuple[dict[str, Any], str]:
    inputs = _module(kind).collect(db, actor, settings)
    return inputs, hash_result(kind, SHAPES[kind], settings, inputs)


def _arguments(db: Session, actor: Actor, kind: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The hash tells a failure on these rows from one on rows that have changed since."""
    _, input_hash = _collect(db, actor, kind, settings)
    return {"result": kind, "settings": settings, "input_hash": input_hash}


def _module(kind: str) -> ModuleType:
    return import_module(MODULES[kind])


def _is(actor: Actor, kind: str, input_hash: str) -> tuple[Any, ...]:
    return (
        SnapshotRow.study_id == actor.study_id,
        SnapshotRow.kind == kind,
        SnapshotRow.input_hash == input_hash,
    )


def _is_kept(db: Session, actor: Actor, kind: str, input_hash: str) -> bool:
    return db.scalar(select(SnapshotRow.id).where(*_is(actor, kind, input_hash))) is not None


def _actor_of(db: Session, tools: Tools, work: job.Work) -> Actor:
    """Return the person who asked, with the roles and the phase of this moment."""
    user = db.scalars(select(User).where(User.id == work.user_id, User.disabled_at.is_(None))).first()
    if user is None:
        raise Refused(CLOSED)
    study = db.scalars(select(Study.public_id).where(Study.id == work.study_id)).one()
    try:
        return get_actor(db, tools, as_viewer(user), study)
    except NotFound as error:
        raise Refused(CLOSED) from error
