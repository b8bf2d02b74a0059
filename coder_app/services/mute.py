"""Muting stretches of a recording before coders hear it: what they say aloud would tell who or when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from coder_app.domain.phases import Phase
from coder_app.domain.stretches import Stretch, StretchError, check_stretches, fit_stretch
from coder_app.models import Assignment, Mute, Recording
from coder_app.services import audit, hearing, job
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound, Refused
from coder_app.services.hearing import get_recording
from coder_app.services.job import JobView

KIND = "mute"
RELEASED = (
    "This recording is with coders already. Nothing of it is muted any more, because coders would hear "
    "different things."
)
LOCKED = "Coding is locked; recordings stay as they are."
AT_WORK = "The stretches are being muted. Wait until that is done, or stop it."


@dataclass(frozen=True)
class MuteEntry:
    """One stretch; `applied_at` is None while it waits."""

    public_id: str
    stretch: Stretch
    applied_at: datetime | None


@dataclass(frozen=True)
class Audible:
    """A recording as a lead hears it; `closed` says why nothing can be muted, None when it can."""

    public_id: str
    code: str
    duration_ms: int
    waiting: tuple[MuteEntry, ...]
    applied: tuple[MuteEntry, ...]
    closed: str | None
    last_job: JobView | None

    @property
    def at_work(self) -> bool:
        """Whether stretches are being muted now."""
        return self.last_job is not None and self.last_job.is_open


def get_audible(db: Session, actor: Actor, public_id: str) -> Audible:
    """Return a recording with its stretches."""
    row = hearing.get_audible(db, actor, public_id)
    entries = [
        MuteEntry(mute.public_id, Stretch(mute.start_ms, mute.end_ms), mute.applied_at)
        for mute in _mutes(db, row)
    ]
    return Audible(
        public_id=row.public_id,
        code=row.code,
        duration_ms=row.duration_ms,
        waiting=tuple(entry for entry in entries if entry.applied_at is None),
        applied=tuple(entry for entry in entries if entry.applied_at is not None),
        closed=_why_closed(db, actor, row),
        last_job=job.find_last_job(db, actor, KIND, recording=public_id),
    )


def check_at_rest(db: Session, actor: Actor) -> None:
    """Raise Refused while stretches are being muted: coders would get the recording with its old sound."""
    if job.is_any_open(db, actor, KIND):
        raise Refused("Stretches of a recording are being muted. Wait until that is done, or stop it.")


def add_mute(db: Session, actor: Actor, public_id: str, stretch: Stretch) -> None:
    """Add a stretch to those that wait to be muted."""
    row = _open_recording(db, actor, public_id)
    stretch = fit_stretch(stretch, row.duration_ms)
    _check([*(Stretch(mute.start_ms, mute.end_ms) for mute in _waiting(db, row)), stretch], row)
    mute = Mute(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        recording_id=row.id,
        start_ms=stretch.start_ms,
        end_ms=stretch.end_ms,
        created_by=actor.user_id,
        created_at=actor.now(),
    )
    db.add(mute)
    db.flush()
    audit.record(db, actor, "add stretch to mute", public_id, length_ms=stretch.end_ms - stretch.start_ms)


def remove_mute(db: Session, actor: Actor, public_id: str, mute_id: str) -> None:
    """Take a stretch back that has not been muted yet."""
    row = _open_recording(db, actor, public_id)
    mute = next((one for one in _mutes(db, row) if one.public_id == mute_id), None)
    if mute is None:
        raise NotFound
    if mute.applied_at is not None:
        raise Refused("This stretch is muted already; nothing brings its sound back.")
    db.execute(delete(Mute).where(Mute.study_id == actor.study_id, Mute.id == mute.id))
    audit.record(db, actor, "remove stretch to mute", public_id, length_ms=mute.end_ms - mute.start_ms)


def ask_mute(db: Session, actor: Actor, public_id: str) -> str:
    """Ask that the waiting stretches be muted and return the job's id."""
    row = _open_recording(db, actor, public_id)
    _check([Stretch(mute.start_ms, mute.end_ms) for mute in _waiting(db, row)], row)
    return job.ask_for(db, actor, KIND, {"recording": public_id})


@dataclass(frozen=True)
class Order:
    """What the worker mutes: the file as it was when the work began, and the stretches."""

    recording_id: int
    storage_name: str
    mute_ids: tuple[int, ...]
    stretches: tuple[Stretch, ...]


def get_order(db: Session, actor: Actor, public_id: str) -> Order:
    """Return what is to be muted now; Refused when the recording has been released meanwhile."""
    row = get_recording(db, actor, public_id)
    _check_open(db, actor, row)
    waiting = _waiting(db, row)
    stretches = _check([Stretch(mute.start_ms, mute.end_ms) for mute in waiting], row)
    return Order(row.id, row.storage_name, tuple(mute.id for mute in waiting), stretches)


def replace_sound(
    db: Session, actor: Actor, public_id: str, order: Order, storage_name: str, size: int, sha256: str
) -> None:
    """Let the recording have its muted sound, if nothing has changed since the order was given."""
    row = get_recording(db, actor, public_id, lock=True)
    _check_open(db, actor, row)
    waiting = _waiting(db, row)
    if row.storage_name != order.storage_name or tuple(mute.id for mute in waiting) != order.mute_ids:
        raise Refused("The stretches were changed meanwhile. Look at them and mute once more.")
    from coder_app.audio.encode import describe_encoding

    row.storage_name, row.size, row.sha256 = storage_name, size, sha256
    for mute in waiting:
        mute.applied_at = actor.now()
    db.flush()
    audit.record(
        db,
        actor,
        "mute stretches",
        public_id,
        stretches=len(waiting),
        length_ms=sum(stretch.end_ms - stretch.start_ms for stretch in order.stretches),
        # Not that of before: with both, the muting of a recording could be told under both of its codes.
        sha256=sha256,
        sound=describe_encoding(),
    )


def _open_recording(db: Session, actor: Actor, public_id: str) -> Recording:
    # Locked, so that stretches that two leads add at once cannot overlap.
    row = get_recording(db, actor, public_id, lock=True)
    _check_open(db, actor, row)
    last = job.find_last_job(db, actor, KIND, recording=public_id)
    if last is not None and last.is_open:
        raise Refused(AT_WORK)
    return row


def _check_open(db: Session, actor: Actor, row: Recording) -> None:
    if closed := _why_closed(db, actor, row):
        raise Refused(closed)


def _why_closed(db: Session, actor: Actor, row: Recording) -> str | None:
    if actor.phase not in (Phase.SETUP, Phase.CODING):
        return LOCKED
    given = exists().where(Assignment.study_id == row.study_id, Assignment.recording_id == row.id)
    return RELEASED if db.scalar(select(given)) else None


def _mutes(db: Session, row: Recording) -> Sequence[Mute]:
    return db.scalars(
        select(Mute)
        .where(Mute.study_id == row.study_id, Mute.recording_id == row.id)
        .order_by(Mute.start_ms, Mute.end_ms, Mute.id)
    ).all()


def _waiting(db: Session, row: Recording) -> list[Mute]:
    return [mute for mute in _mutes(db, row) if mute.applied_at is None]


def _check(stretches: list[Stretch], row: Recording) -> tuple[Stretch, ...]:
    try:
        return check_stretches(stretches, row.duration_ms)
    except StretchError as error:
        raise Refused(str(error)) from error
