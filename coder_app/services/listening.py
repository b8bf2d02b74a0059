"""What a coder has heard of a recording: reports of listening, put together in the coder's listening."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coder_app.domain.heard import Fault, Report, Stretch, find_fault, share_heard, unite
from coder_app.domain.permissions import Act
from coder_app.models import Assignment, Listening, Recording
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound


@dataclass(frozen=True)
class Heard:
    """The stretches that a coder has heard, in milliseconds, and where, how fast and when it last was."""

    stretches: tuple[Stretch, ...]
    position_ms: int
    speed: float
    at: datetime
    duration_ms: int

    @property
    def share(self) -> float:
        """The share of the whole recording, 0 to 1."""
        return share_heard(self.stretches, 0, self.duration_ms)


def find_heard(db: Session, actor: Actor, public_id: str) -> Heard | None:
    """Return what is known of the listening for one of the coder's own assignments, None when nothing is.

    Nothing is known before the first report, and as long as the coder's browser runs no scripts.
    """
    actor.check_can(Act.RATE)
    row = db.execute(_select_own(actor, public_id)).first()
    if row is None:
        raise NotFound
    listening = db.get(Listening, row.Assignment.listening_id) if row.Assignment.listening_id else None
    return _heard(listening, row.duration_ms) if listening and listening.heard_at else None


def record(db: Session, actor: Actor, public_id: str, report: Report) -> Heard | Fault | None:
    """Add a report to the coder's listening; None when the form is submitted and the report is ignored.

    Reports may come late, twice and in any order: stretches are united, and the position is that of the
    newest. A report that cannot be true is recorded in the audit trail and changes nothing, so the caller
    must commit. The rest is believed: what a browser says it played cannot be checked from here.
    """
    actor.check_can(Act.RATE)
    row = db.execute(_select_own(actor, public_id).with_for_update(of=Assignment)).first()
    if row is None:
        raise NotFound
    assignment, duration_ms = row
    if assignment.state == "submitted":
        return None
    fault = find_fault(report, duration_ms, max(actor.coding_settings.speeds))
    if fault:
        audit.record(db, actor, "refuse listening", public_id, why=fault.value, speed=report.speed)
        return fault
    listening = _listening_of(db, actor, assignment)
    _add(db, actor, public_id, listening, report, duration_ms)
    if report.stretches:
        assignment.worked_at = actor.now()
        if assignment.state == "not started":
            assignment.state = "in progress"
    db.flush()
    return _heard(listening, duration_ms)


def _select_own(actor: Actor, public_id: str) -> Select:
    return (
        select(Assignment, Recording.duration_ms)
        .join(Recording, Recording.id == Assignment.recording_id)
        .where(*own(actor, public_id))
    )


def _listening_of(db: Session, actor: Actor, assignment: Assignment) -> Listening:
    """Return the assignment's listening, locked as another form may share it; make it when it has none."""
    if assignment.listening_id is not None:
        known = select(Listening).where(
            Listening.study_id == actor.study_id, Listening.id == assignment.listening_id
        )
        return db.scalars(known.with_for_update()).one()
    made = Listening(
        study_id=actor.study_id,
        recording_id=assignment.recording_id,
        user_id=assignment.user_id,
        together=False,
        stretches=[],
        position_ms=0,
        speed=1.0,
        fastest=0.0,
        heard_at=None,
    )
    db.add(made)
    db.flush()
    assignment.listening_id = made.id
    return made


def _add(
    db: Session, actor: Actor, public_id: str, listening: Listening, report: Report, duration_ms: int
) -> None:
    stored = _stretches(listening)
    united = unite([*stored, *report.stretches], duration_ms)
    if united != stored:
        listening.stretches = [list(stretch) for stretch in united]
    stands_since = actor.now() - timedelta(milliseconds=report.ago_ms)
    if listening.heard_at is None or stands_since >= listening.heard_at:
        listening.position_ms, listening.speed = report.position_ms, report.speed
        listening.heard_at = stands_since
    if report.stretches and report.speed > listening.fastest:
        listening.fastest = report.speed
        if report.speed > 1:
            audit.record(db, actor, "listen faster", public_id, speed=report.speed)


def _heard(listening: Listening, duration_ms: int) -> Heard:
    return Heard(
        stretches=_stretches(listening),
        position_ms=listening.position_ms,
        speed=listening.speed,
        at=listening.heard_at,
        duration_ms=duration_ms,
    )


def _stretches(listening: Listening) -> tuple[Stretch, ...]:
    return tuple((start, end) for start, end in listening.stretches)
