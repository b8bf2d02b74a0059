"""What the safeguarding contact does with concerns: read them, hear the recording, close them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.concern import LONGEST, write_reference
from coder_app.domain.permissions import Act
from coder_app.domain.submission import tidy
from coder_app.models import Assignment, Concern, Recording, User
from coder_app.services import audit, hearing
from coder_app.services.actor import Actor
from coder_app.services.concern import CLOSED
from coder_app.services.errors import NotFound, Refused


@dataclass(frozen=True)
class ConcernEntry:
    """A concern in the contact's list; `code` is the recording's, `mask` what the coder calls it."""

    public_id: str
    reference: str
    code: str
    mask: str
    coder: str
    at_ms: int | None
    raised_at: datetime
    seen_at: datetime | None
    is_open: bool


@dataclass(frozen=True)
class ConcernView:
    """A concern as the contact reads it."""

    entry: ConcernEntry
    text: str
    recording_id: int
    duration_ms: int
    outcome: str | None
    closed_by: str | None
    closed_at: datetime | None


@dataclass(frozen=True)
class Sound:
    """The recording that a concern is about: its public id, and under which name its sound is stored."""

    recording: str
    storage_name: str


def list_concerns(db: Session, actor: Actor) -> list[ConcernEntry]:
    """Return all concerns: the open ones, the oldest first, and then the closed ones, the newest first."""
    actor.check_can(Act.ANSWER_CONCERN)
    rows = db.execute(_select_concerns(actor).order_by(Concern.raised_at, Concern.id))
    entries = [_entry(row) for row in rows]
    closed = [entry for entry in entries if not entry.is_open]
    return [entry for entry in entries if entry.is_open] + closed[::-1]


def read(db: Session, actor: Actor, public_id: str) -> ConcernView:
    """Return a concern to its reader; each reading is on record, and the first is told to the coder."""
    row = _get(db, actor, public_id)
    concern = row.Concern
    if concern.seen_at is None:
        concern.seen_at = actor.now()
        db.flush()
    audit.record(db, actor, "read concern", public_id)
    return ConcernView(
        entry=_entry(row),
        text=concern.text,
        recording_id=row.recording_id,
        duration_ms=row.duration_ms,
        outcome=concern.outcome,
        closed_by=row.closed_by,
        closed_at=concern.closed_at,
    )


def close(db: Session, actor: Actor, public_id: str, outcome: str) -> None:
    """Close a concern with what became of it; raise Refused without words or when it is closed already."""
    concern = _get(db, actor, public_id, lock=True).Concern
    if concern.state == CLOSED:
        raise Refused("This concern was closed meanwhile; nothing was changed.")
    outcome = tidy(outcome)
    if not outcome:
        raise Refused("Write what became of it.")
    if len(outcome) > LONGEST:
        raise Refused(f"This is longer than {LONGEST} characters.")
    concern.state, concern.outcome = CLOSED, outcome
    concern.closed_by, concern.closed_at = actor.user_id, actor.now()
    db.flush()
    audit.record(db, actor, "close concern", public_id, length=len(outcome))


def get_sound(db: Session, actor: Actor, public_id: str) -> Sound:
    """Return the recording that a concern is about: the only ones that the contact hears."""
    row = _get(db, actor, public_id)
    return Sound(row.recording, row.storage_name)


def note_listening(db: Session, actor: Actor, public_id: str) -> None:
    """Put into the trail that the contact hears the recording, who cannot code it blind from then on."""
    audit.record(db, actor, hearing.LISTEN, get_sound(db, actor, public_id).recording, concern=public_id)


def _get(db: Session, actor: Actor, public_id: str, *, lock: bool = False):
    actor.check_can(Act.ANSWER_CONCERN)
    query = _select_concerns(actor).where(Concern.public_id == public_id)
    row = db.execute(query.with_for_update(of=Concern) if lock else query).first()
    if row is None:
        raise NotFound
    return row


def _select_concerns(actor: Actor) -> Select:
    closer = aliased(User)
    return (
        select(
            Concern,
            Assignment.mask,
            Recording.id.label("recording_id"),
            Recording.public_id.label("recording"),
            Recording.code,
            Recording.duration_ms,
            Recording.storage_name,
            User.name.label("coder"),
            closer.name.label("closed_by"),
        )
        .join(Assignment, Assignment.id == Concern.assignment_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .join(User, User.id == Assignment.user_id)
        .outerjoin(closer, closer.id == Concern.closed_by)
        .where(Concern.study_id == actor.study_id, Assignment.study_id == actor.study_id)
    )


def _entry(row) -> ConcernEntry:
    concern = row.Concern
    return ConcernEntry(
        public_id=concern.public_id,
        reference=write_reference(concern.public_id),
        code=row.code,
        mask=row.mask,
        coder=row.coder,
        at_ms=concern.at_ms,
        raised_at=concern.raised_at,
        seen_at=concern.seen_at,
        is_open=concern.state != CLOSED,
    )
