"""A coder's worries about a child's safety, on their way to the study's safeguarding contact.

Texts may hold what was heard, so none of them enters the audit trail.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Exists, exists, func, select
from sqlalchemy.orm import Session

from coder_app.domain.concern import find_fault, write_reference
from coder_app.domain.permissions import Act, Role
from coder_app.domain.submission import tidy
from coder_app.models import Assignment, Concern, Membership, Recording, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound, Refused

OPEN, CLOSED = "open", "closed"


class Stage(StrEnum):
    """How far a report has come: all that its coder learns, since an outcome could tell who the child is."""

    SENT = "sent"
    READ = "read"
    CLOSED = "closed"


@dataclass(frozen=True)
class OwnReport:
    """One of a coder's own reports about a recording."""

    reference: str
    text: str
    at_ms: int | None
    sent_at: datetime
    stage: Stage


@dataclass(frozen=True)
class Counts:
    """How many concerns of a study are open and closed, and whether anybody reads them."""

    open: int
    closed: int
    has_contact: bool


def report(db: Session, actor: Actor, assignment: str, text: str, at_ms: int | None) -> str:
    """Keep a coder's report for the contact and return its reference; the same one sent twice is one."""
    actor.check_can(Act.RATE)
    row = db.execute(
        select(Assignment.id, Recording.duration_ms)
        .join(Recording, Recording.id == Assignment.recording_id)
        .where(*own(actor, assignment))
        .with_for_update(of=Assignment)
    ).first()
    if row is None:
        raise NotFound
    text = tidy(text)
    if fault := find_fault(text, at_ms, row.duration_ms):
        raise Refused(fault)
    known = _list_of(db, actor, row.id)
    twice = next((one for one in known if (one.text, one.at_ms, one.state) == (text, at_ms, OPEN)), None)
    made = twice or _add(db, actor, row.id, text, at_ms)
    return write_reference(made.public_id)


def list_own(db: Session, actor: Actor, assignment: str) -> list[OwnReport]:
    """Return what the coder has reported about one of the own recordings, the newest first."""
    actor.check_can(Act.RATE)
    found = db.scalars(select(Assignment.id).where(*own(actor, assignment))).first()
    if found is None:
        raise NotFound
    return [
        OwnReport(write_reference(row.public_id), row.text, row.at_ms, row.raised_at, _stage(row))
        for row in _list_of(db, actor, found)
    ]


def has_contact(db: Session, actor: Actor) -> bool:
    """Say whether anybody in the study reads what is reported."""
    return db.scalar(select(_is_read(actor))) is True


def count(db: Session, actor: Actor) -> Counts:
    """Count the concerns of the study, which is all that leads learn of them."""
    actor.check_can(Act.OPEN_RECORDING)
    here = select(func.count(Concern.id)).where(Concern.study_id == actor.study_id)
    n_open, n_closed, is_read = db.execute(
        select(
            here.where(Concern.state == OPEN).scalar_subquery(),
            here.where(Concern.state == CLOSED).scalar_subquery(),
            _is_read(actor),
        )
    ).one()
    return Counts(n_open, n_closed, bool(is_read))


def _is_read(actor: Actor) -> Exists:
    return exists().where(
        Membership.study_id == actor.study_id,
        Membership.role == Role.CONTACT,
        User.id == Membership.user_id,
        User.disabled_at.is_(None),
    )


def _add(db: Session, actor: Actor, assignment_id: int, text: str, at_ms: int | None) -> Concern:
    made = Concern(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        assignment_id=assignment_id,
        text=text,
        at_ms=at_ms,
        raised_at=actor.now(),
        state=OPEN,
    )
    db.add(made)
    db.flush()
    audit.record(db, actor, "report concern", made.public_id, length=len(text), at_ms=at_ms)
    return made


def _list_of(db: Session, actor: Actor, assignment_id: int) -> list[Concern]:
    mine = (Concern.study_id == actor.study_id, Concern.assignment_id == assignment_id)
    return list(db.scalars(select(Concern).where(*mine).order_by(Concern.id.desc())))


def _stage(row: Concern) -> Stage:
    if row.state == CLOSED:
        return Stage.CLOSED
    return Stage.READ if row.seen_at else Stage.SENT
