"""Saving ratings one by one."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import Instrument, parse_instrument
from coder_app.domain.permissions import Act
from coder_app.domain.rating import Change, Trace, Verdict, find_fault, judge
from coder_app.domain.segments import name_place
from coder_app.domain.sentences import Sentence, say
from coder_app.domain.submission import OPEN_STATES
from coder_app.models import Assignment, InstrumentVersion, Rating, Segment
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.assignment import count_answered
from coder_app.services.errors import NotFound
from coder_app.services.segment import count_segments, segment_length


@dataclass(frozen=True)
class Saved:
    """The item now stands as it was sent, or as a later change of the same page left it.

    `answered` of `total` ratings are there in the segment, and in all segments of the form together.
    """

    at: datetime
    revision: int
    answered: int
    total: int
    answered_in_form: int
    total_in_form: int


@dataclass(frozen=True)
class Conflict:
    """Another page has changed the item meanwhile; nothing was written."""

    score: int | None
    reason: str | None
    revision: int


@dataclass(frozen=True)
class Refusal:
    """The change cannot stand; it was recorded in the audit trail and nothing else was written."""

    message: Sentence


@dataclass
class _Target:
    """The rows that one change is about."""

    assignment: Assignment
    segment_id: int | None
    instrument: Instrument
    rating: Rating | None
    answered: int
    answered_in_form: int
    n_segments: int

    def last(self, change: Change) -> Trace | None:
        if self.rating is not None:
            return Trace(self.rating.revision, self.rating.page, self.rating.sequence)
        trace = self.assignment.cleared.get(name_place(change.segment, change.item))
        return Trace(**trace) if trace else None

    def count(self, difference: int) -> None:
        self.answered += difference
        self.answered_in_form += difference


def save(db: Session, actor: Actor, public_id: str, change: Change) -> Saved | Conflict | Refusal:
    """Save one answer with its audit row; what is refused is recorded too, so the caller must commit."""
    actor.check_can(Act.RATE)
    target = _get_target(db, actor, public_id, change)
    fault = _find_fault(target, change)
    if fault:
        place = _place(change) | {"item": change.item[:40]}
        audit.record(db, actor, "refuse rating", public_id, **place, why=fault)
        return Refusal(fault)
    last = target.last(change)
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
        answered_in_form=target.answered_in_form,
        total_in_form=len(target.instrument.items) * target.n_segments,
    )


def _get_target(db: Session, actor: Actor, public_id: str, change: Change) -> _Target:
    sought = {
        "in_study": actor.study_id,
        "of_user": actor.user_id,
        "sought_assignment": public_id,
        "sought_segment": change.segment,
        "sought_item": change.item,
    }
    row = db.execute(_select_target(), sought).first()
    if row is None:
        raise NotFound
    assignment, segment_id, definition, rating, *counts = row
    return _Target(assignment, segment_id, parse_instrument(definition), rating, *counts)


@cache
def _select_target() -> Select:
    """Built once: putting the statement together takes longer than running it."""
    return (
        select(
            Assignment,
            Segment.id,
            InstrumentVersion.definition,
            Rating,
            count_answered(Segment.id),
            count_answered(),
            count_segments(),
        )
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .outerjoin(
            Segment,
            (Segment.study_id == Assignment.study_id)
            & (Segment.recording_id == Assignment.recording_id)
            & (Segment.length_ms == segment_length())
            & (Segment.number == bindparam("sought_segment")),
        )
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


def _find_fault(target: _Target, change: Change) -> Sentence | None:
    if target.assignment.state not in OPEN_STATES:
        return say(
            "This recording was submitted, so this change was not saved. "
            "If a rating is wrong, open the recording again and ask the lead to reopen it."
        )
    if target.segment_id is None:
        return say("This form has no segment %(segment)s.", segment=change.segment)
    return find_fault(target.instrument, change)


def _write(db: Session, actor: Actor, target: _Target, change: Change) -> None:
    assignment, rating, now = target.assignment, target.rating, actor.now()
    before = {"score": rating.score, "reason": rating.reason} if rating else None
    assignment.revision += 1
    assignment.worked_at = now
    assignment.current_segment, assignment.current_item = change.segment, change.item
    if assignment.state == "not started":
        assignment.state = "in progress"
    trace = {"revision": assignment.revision, "page": change.page, "sequence": change.sequence}
    place = name_place(change.segment, change.item)
    others = {name: old for name, old in assignment.cleared.items() if name != place}
    if change.score is None and change.reason is None:
        assignment.cleared = {**others, place: trace}
        if rating is not None:
            db.delete(rating)
            target.count(-1)
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
            target.count(1)
        rating.score, rating.reason, rating.rated_at = change.score, change.reason, now
        rating.revision, rating.page, rating.sequence = trace["revision"], trace["page"], trace["sequence"]
    audit.record(db, actor, "rate", assignment.public_id, **_sent(change), before=before, **trace)


def _sent(change: Change) -> dict[str, object]:
    return _place(change) | {"score": change.score, "reason": change.reason, "base": change.base}


def _place(change: Change) -> dict[str, object]:
    """The item, and its segment where there are several: the whole recording goes without saying."""
    segment = {"segment": change.segment} if change.segment else {}
    return segment | {"item": change.item}
