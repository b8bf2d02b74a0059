"""Saving ratings one by one, and submitting a recording's ratings."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import Instrument, parse_instrument
from coder_app.domain.permissions import Act
from coder_app.domain.rating import Change, Trace, Verdict, find_fault, judge
from coder_app.models import Assignment, InstrumentVersion, Rating, Segment
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.assignment import count_answered, get_form, own
from coder_app.services.errors import NotFound, Refused

OPEN_STATES = ("not started", "in progress", "reopened")
WHOLE = 0


@dataclass(frozen=True)
class Saved:
    """The item now stands as it was sent, or as a later change of the same page left it."""

    at: datetime
    revision: int
    answered: int
    total: int


@dataclass(frozen=True)
class Conflict:
    """Another page has changed the item meanwhile; nothing was written."""

    score: int | None
    reason: str | None
    revision: int


@dataclass(frozen=True)
class Refusal:
    """The change cannot stand; it was recorded in the audit trail and nothing else was written."""

    message: str


@dataclass
class _Target:
    """The rows that one change is about."""

    assignment: Assignment
    segment_id: int
    instrument: Instrument
    rating: Rating | None
    answered: int

    def last(self, item: str) -> Trace | None:
        if self.rating is not None:
            return Trace(self.rating.revision, self.rating.page, self.rating.sequence)
        trace = self.assignment.cleared.get(item)
        return Trace(**trace) if trace else None


def save(db: Session, actor: Actor, public_id: str, change: Change) -> Saved | Conflict | Refusal:
    """Save one answer with its audit row; what is refused is recorded too, so the caller must commit."""
    actor.check_can(Act.RATE)
    target = _get_target(db, actor, public_id, change.item)
    fault = _find_fault(target, change)
    if fault:
        audit.record(db, actor, "refuse rating", public_id, item=change.item[:40], why=fault)
        return Refusal(fault)
    last = target.last(change.item)
    verdict = judge(change, last)
    if verdict is Verdict.CONFLICT:
        rating = target.rating
        audit.record(db, actor, "find conflict", public_id, **_sent(change))
        return Conflict(
            score=rating.score if rating else None,
            reason=rating.reason if rating else None,
            revision=last.revision if last else 0,
        )
    if verdict is Verdict.ACCEPT:
        _write(db, actor, target, change)
        db.flush()
    return Saved(
        at=actor.now(),
        revision=target.assignment.revision if verdict is Verdict.ACCEPT else last.revision,
        answered=target.answered,
        total=len(target.instrument.items),
    )


def submit(db: Session, actor: Actor, public_id: str) -> None:
    """Submit a recording's ratings; raise Refused while an item has neither a score nor a reason."""
    actor.check_can(Act.RATE)
    form = get_form(db, actor, public_id)
    if form.state not in OPEN_STATES:
        raise Refused("This recording was submitted before. Nothing was changed.")
    if form.missing:
        labels = ", ".join(form.instrument.find_item(code).label for code in form.missing)
        raise Refused(f"Select a rating first for: {labels}.")
    assignment = db.scalars(select(Assignment).where(*own(actor, public_id)).with_for_update()).one()
    assignment.state = "submitted"
    assignment.submitted_at = assignment.worked_at = actor.now()
    db.flush()
    audit.record(db, actor, "submit ratings", public_id, revision=assignment.revision)


def _get_target(db: Session, actor: Actor, public_id: str, item: str) -> _Target:
    sought = {
        "in_study": actor.study_id,
        "of_user": actor.user_id,
        "sought_assignment": public_id,
        "sought_item": item,
    }
    row = db.execute(_select_target(), sought).first()
    if row is None:
        raise NotFound
    assignment, segment_id, definition, rating, count = row
    return _Target(assignment, segment_id, parse_instrument(definition), rating, count)


@cache
def _select_target() -> Select:
    """Built once: putting the statement together takes longer than running it."""
    return (
        select(Assignment, Segment.id, InstrumentVersion.definition, Rating, count_answered())
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Segment, (Segment.recording_id == Assignment.recording_id) & (Segment.number == WHOLE))
        .outerjoin(
            Rating,
            (Rating.study_id == Assignment.study_id)
            & (Rating.assignment_id == Assignment.id)
            & (Rating.segment_id == Segment.id)
            & (Rating.item == bindparam("sought_item")),
        )
        .where(
            Assignment.study_id == bindparam("in_study"),
            Assignment.user_id == bindparam("of_user"),
            Assignment.public_id == bindparam("sought_assignment"),
        )
        .with_for_update(of=Assignment)
    )


def _find_fault(target: _Target, change: Change) -> str | None:
    if target.assignment.state not in OPEN_STATES:
        return (
            "This recording was submitted and can no longer be changed here; this change was not saved. "
            "If a rating is wrong, tell the lead."
        )
    return find_fault(target.instrument, change)


def _write(db: Session, actor: Actor, target: _Target, change: Change) -> None:
    assignment, rating, now = target.assignment, target.rating, actor.now()
    before = {"score": rating.score, "reason": rating.reason} if rating else None
    assignment.revision += 1
    assignment.worked_at = now
    if assignment.state == "not started":
        assignment.state = "in progress"
    trace = {"revision": assignment.revision, "page": change.page, "sequence": change.sequence}
    others = {item: old for item, old in assignment.cleared.items() if item != change.item}
    if change.score is None and change.reason is None:
        assignment.cleared = {**others, change.item: trace}
        if rating is not None:
            db.delete(rating)
            target.answered -= 1
    else:
        if len(others) != len(assignment.cleared):
            assignment.cleared = others
        if rating is None:
            rating = Rating(
                study_id=actor.study_id,
                assignment_id=assignment.id,
                segment_id=target.segment_id,
                item=change.item,
            )
            db.add(rating)
            target.answered += 1
        rating.score, rating.reason, rating.rated_at = change.score, change.reason, now
        rating.revision, rating.page, rating.sequence = trace["revision"], trace["page"], trace["sequence"]
    audit.record(db, actor, "rate", assignment.public_id, **_sent(change), before=before, **trace)


def _sent(change: Change) -> dict[str, object]:
    return {"item": change.item, "score": change.score, "reason": change.reason, "base": change.base}
