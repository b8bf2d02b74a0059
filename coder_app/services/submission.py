"""Submitting a recording's ratings: when they are whole, and what is kept of each submission."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import Instrument
from coder_app.domain.permissions import Act
from coder_app.domain.rough import rough_share
from coder_app.domain.sentences import say
from coder_app.domain.submission import (
    LONGEST_REASON,
    OPEN_STATES,
    find_unheard,
    is_said,
    needs_reason,
    tidy,
)
from coder_app.models import (
    Assignment,
    Listening,
    Note,
    Rating,
    Reopening,
    Segment,
    Submission,
)
from coder_app.services import audit, listening
from coder_app.services.actor import Actor
from coder_app.services.assignment import get_form, own
from coder_app.services.errors import Refused


@dataclass(frozen=True)
class Heard:
    """How much of the recording a coder has heard, None when nothing is known of it.

    `unheard` are the stretches that are left, in milliseconds; `needs_reason` says that it is too little.
    """

    share: float | None
    unheard: tuple[tuple[int, int], ...]
    needs_reason: bool
    why_less: str | None


@dataclass(frozen=True)
class Submitted:
    """One submission of a form as its coder sees it."""

    number: int
    at: datetime
    heard: float | None
    why_less: str | None


def submit(db: Session, actor: Actor, public_id: str, why_less: str = "") -> None:
    """Submit a recording's ratings; raise Refused while an item, or a reason for little heard, is missing."""
    actor.check_can(Act.RATE)
    form = get_form(db, actor, public_id)
    if form.state not in OPEN_STATES:
        raise Refused(say("This recording was submitted before. Nothing was changed."))
    if form.missing:
        raise Refused(say("Select a rating first for: %(items)s.", items=form.name_missing()))
    heard = get_heard(db, actor, public_id)
    why_less = _check_reason(heard, why_less)
    assignment = db.scalars(select(Assignment).where(*own(actor, public_id)).with_for_update()).one()
    number = 1 + (_number_of(db, assignment) or 0)
    assignment.state = "submitted"
    assignment.submitted_at = assignment.worked_at = actor.now()
    db.add(
        Submission(
            study_id=actor.study_id,
            assignment_id=assignment.id,
            number=number,
            ratings=_list_ratings(db, assignment, form.instrument),
            heard_share=heard.share,
            why_less=why_less,
            started_at=_find_start(db, assignment),
            submitted_at=assignment.submitted_at,
        )
    )
    db.flush()
    audit.record(
        db,
        actor,
        "submit ratings",
        public_id,
        revision=assignment.revision,
        number=number,
        heard=rough_share(heard.share),
        asked=actor.coding_settings.minimum_heard,
        why_less=why_less,
    )


def get_heard(db: Session, actor: Actor, public_id: str) -> Heard:
    """Return how much of the recording of one of the coder's own assignments the coder has heard."""
    actor.check_can(Act.RATE)
    known = listening.find_heard(db, actor, public_id)
    before = find_submitted(db, actor, public_id)
    share = known.share if known else None
    return Heard(
        share=share,
        unheard=find_unheard(known.stretches, known.duration_ms) if known else (),
        needs_reason=needs_reason(actor.coding_settings, share),
        why_less=before.why_less if before else None,
    )


def find_submitted(db: Session, actor: Actor, public_id: str) -> Submitted | None:
    """Return the last submission of one of the coder's own assignments, None when there was none."""
    actor.check_can(Act.RATE)
    row = db.scalars(
        select(Submission)
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .where(*own(actor, public_id), Submission.study_id == actor.study_id)
        .order_by(Submission.number.desc())
    ).first()
    return Submitted(row.number, row.submitted_at, row.heard_share, row.why_less) if row else None


def _check_reason(heard: Heard, why_less: str) -> str | None:
    if not heard.needs_reason:
        return None
    said = tidy(why_less)
    if not is_said(said):
        if heard.share is None:
            raise Refused(say("Say in a few words how you have listened."))
        raise Refused(say("Say in a few words why part of the recording is unheard."))
    if len(said) > LONGEST_REASON:
        raise Refused(say("This is longer than %(most)s characters.", most=LONGEST_REASON))
    return said


def _number_of(db: Session, assignment: Assignment) -> int | None:
    return db.scalars(
        select(func.max(Submission.number)).where(
            Submission.study_id == assignment.study_id, Submission.assignment_id == assignment.id
        )
    ).one()


def _list_ratings(db: Session, assignment: Assignment, instrument: Instrument) -> list[dict[str, object]]:
    place = {item.code: number for number, item in enumerate(instrument.items)}
    rows = db.execute(
        select(Segment.number, Rating.item, Rating.score, Rating.reason)
        .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
        .where(Rating.study_id == assignment.study_id, Rating.assignment_id == assignment.id)
    )
    return [
        {"segment": number, "item": item, "score": score, "reason": reason}
        for number, item, score, reason in sorted(rows, key=lambda row: (row.number, place[row.item]))
    ]


def _find_start(db: Session, assignment: Assignment) -> datetime | None:
    """Return when work on a form began, or began again after its last reopening.

    When a coder first pressed play is not kept; it cannot have been later than what was heard takes.
    """
    since = db.scalars(
        select(func.max(Reopening.decided_at)).where(
            Reopening.study_id == assignment.study_id,
            Reopening.assignment_id == assignment.id,
            Reopening.state == "granted",
        )
    ).one()
    marks = [
        *db.scalars(_moments(Rating.rated_at, Rating, assignment)),
        *db.scalars(_moments(Note.created_at, Note, assignment)),
    ]
    row = db.get(Listening, assignment.listening_id) if assignment.listening_id else None
    if row and row.heard_at and (since is None or row.heard_at > since):
        heard_ms = sum(end - start for start, end in row.stretches)
        began = row.heard_at - timedelta(milliseconds=heard_ms / (row.fastest or 1.0))
        marks.append(max(began, since) if since else began)
    return min((mark for mark in marks if since is None or mark >= since), default=None)


def _moments(column, table: type, assignment: Assignment) -> Select:
    return select(column).where(table.study_id == assignment.study_id, table.assignment_id == assignment.id)
