"""Opening one recording in an emergency, for a concern that is open, while the rest stays sealed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.concern import read_reference, write_reference
from coder_app.domain.permissions import Act, Role
from coder_app.domain.submission import tidy
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, Concern, Recording
from coder_app.services import audit, key
from coder_app.services.actor import Actor
from coder_app.services.concern import OPEN
from coder_app.services.errors import NotFound, Refused
from coder_app.services.key import Origin

REFUSED = "refuse to open one recording"
LONGEST_REASON = 2000


@dataclass(frozen=True)
class Opened:
    """One recording that the viewer has opened, and the concern for which that was done."""

    reference: str
    origin: Origin
    opened_at: datetime


def may_open(actor: Actor) -> bool:
    """Say whether a person may open a recording: the contact, and leads who do not code."""
    return actor.can(Act.OPEN_RECORDING) and Role.CODER not in actor.roles


def check_may_open(actor: Actor) -> None:
    """Raise NotAllowed or Hidden unless the actor may open a recording in an emergency."""
    actor.check_can(Act.OPEN_RECORDING)
    if not may_open(actor):
        raise Hidden(
            "You code in this study, so you must not learn whose a recording is. The safeguarding contact or "
            "a lead who does not code can open it."
        )


def find_open_concern(db: Session, actor: Actor, reference: str) -> str:
    """Return the public id of the open concern that a reference names; raise Refused when there is none."""
    check_may_open(actor)
    start = read_reference(reference)
    found = (
        db.scalars(
            select(Concern.public_id).where(
                Concern.study_id == actor.study_id,
                Concern.state == OPEN,
                Concern.public_id.startswith(start),
            )
        ).all()
        if start
        else []
    )
    if len(found) != 1:
        raise Refused("No open concern has this reference.")
    return found[0]


def open_recording(db: Session, actor: Actor, concern: str, reason: str) -> None:
    """Open the recording of a concern that is open; the caller has just checked the password again."""
    check_may_open(actor)
    row = db.execute(
        select(Concern.state, Assignment.recording_id)
        .join(Assignment, Assignment.id == Concern.assignment_id)
        .where(Concern.study_id == actor.study_id, Concern.public_id == concern)
        .with_for_update(of=Concern)
    ).first()
    if row is None:
        raise NotFound
    if row.state != OPEN:
        raise Refused("This concern was closed meanwhile; nothing was opened.")
    reason = tidy(reason)
    if not reason:
        raise Refused("Give the reason; it stands in the audit trail word for word.")
    if len(reason) > LONGEST_REASON:
        raise Refused(f"This is longer than {LONGEST_REASON} characters.")
    key.open_one(db, actor, row.recording_id, reason=reason, concern=concern)


def see_opened(db: Session, actor: Actor, concern: str) -> Opened:
    """Return what the viewer has opened for a concern, on record; raise NotFound for anybody else."""
    check_may_open(actor)
    row = db.execute(
        select(Recording.id, Recording.opened_at)
        .join(Assignment, Assignment.recording_id == Recording.id)
        .join(Concern, Concern.assignment_id == Assignment.id)
        .where(Concern.study_id == actor.study_id, Concern.public_id == concern)
    ).first()
    origin = key.see_opened(db, actor, row.id) if row else None
    if origin is None:
        raise NotFound
    return Opened(write_reference(concern), origin, row.opened_at)


def record_refusal(db: Session, actor: Actor, concern: str, why: str) -> None:
    """Record that somebody tried to open a recording and was refused; the caller must commit."""
    actor.check_can(Act.OPEN_RECORDING)
    audit.record(db, actor, REFUSED, concern, why=why)
