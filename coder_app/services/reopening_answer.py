"""What leads do with coders' requests to reopen a form: list, grant, decline."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import OPEN_PHASES
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Membership, Reopening, Submission, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.errors import NotFound, Refused
from coder_app.services.reopening import DECLINED, GRANTED, OPEN, check_text


@dataclass(frozen=True)
class FormAsked:
    """The form that a request is about, and why it is made: what a lead who codes must not read."""

    mask: str
    instrument: str
    submitted_at: datetime
    reason: str
    answer: str | None


@dataclass(frozen=True)
class Request:
    """A request as leads see it; `form` is None for a lead who still codes, `own` is the lead's own request.

    `leads_too` says that the coder is a lead of the study, who may have seen what others rated.
    """

    public_id: str
    coder: str
    asked_at: datetime
    state: str
    own: bool
    leads_too: bool
    decided_by: str | None
    decided_at: datetime | None
    form: FormAsked | None


def count_open(db: Session, actor: Actor) -> int:
    """Count the requests that wait for an answer."""
    actor.check_can(Act.ANSWER_REOPENING)
    return db.scalars(
        select(func.count(Reopening.id)).where(Reopening.study_id == actor.study_id, Reopening.state == OPEN)
    ).one()


def list_requests(db: Session, actor: Actor) -> list[Request]:
    """Return all requests of the study, the oldest first."""
    actor.check_can(Act.ANSWER_REOPENING)
    sees_form = actor.sees(Thing.FORMS)
    return [
        Request(
            public_id=row.Reopening.public_id,
            coder=row.coder,
            asked_at=row.Reopening.asked_at,
            state=row.Reopening.state,
            own=row.user_id == actor.user_id,
            leads_too=row.leads_too,
            decided_by=row.decided_by,
            decided_at=row.Reopening.decided_at,
            form=_form_asked(row) if sees_form else None,
        )
        for row in db.execute(_select_requests(actor))
    ]


def decide(db: Session, actor: Actor, request: str, *, grant: bool, answer: str = "") -> None:
    """Grant a request, which reopens the form, or decline it with words for the coder.

    Nobody decides about an own form: a lead who has submitted everything has seen what others rated.
    """
    actor.check_can(Act.ANSWER_REOPENING)
    row = db.scalars(
        select(Reopening)
        .where(Reopening.study_id == actor.study_id, Reopening.public_id == request)
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound
    if hold_phase(db, actor) not in OPEN_PHASES:
        raise Refused("Coding is closed; no form can be reopened any more.")
    if row.state != OPEN:
        raise Refused(f"This request was {row.state} meanwhile; nothing was changed.")
    form = db.scalars(
        select(Assignment)
        .where(Assignment.study_id == actor.study_id, Assignment.id == row.assignment_id)
        .with_for_update()
    ).one()
    if form.user_id == actor.user_id:
        raise Refused("This is your own request; another lead has to decide about it.")
    words = check_text(answer, None if grant else "Say in a few words why; the coder reads it.")
    row.state, row.answer = (GRANTED if grant else DECLINED), words or None
    row.decided_by, row.decided_at = actor.user_id, actor.now()
    if grant:
        form.state, form.submitted_at = "reopened", None
    db.flush()
    act = "reopen form" if grant else "decline to reopen"
    audit.record(db, actor, act, form.public_id, asked=request, answer=row.answer)


def _form_asked(row) -> FormAsked:
    request = row.Reopening
    return FormAsked(row.mask, row.instrument, row.submitted_at, request.reason, request.answer)


def _select_requests(actor: Actor) -> Select:
    decider = aliased(User)
    leads = select(Membership.user_id).where(
        Membership.study_id == actor.study_id, Membership.role == Role.LEAD
    )
    # The submission that the coder asked to change: the last one before asking.
    submitted_at = (
        select(func.max(Submission.submitted_at))
        .where(
            Submission.study_id == actor.study_id,
            Submission.assignment_id == Reopening.assignment_id,
            Submission.submitted_at <= Reopening.asked_at,
        )
        .correlate(Reopening)
        .scalar_subquery()
    )
    return (
        select(
            Reopening,
            User.name.label("coder"),
            decider.name.label("decided_by"),
            Assignment.mask,
            Assignment.user_id,
            Assignment.user_id.in_(leads).label("leads_too"),
            InstrumentVersion.name.label("instrument"),
            submitted_at.label("submitted_at"),
        )
        .join(Assignment, Assignment.id == Reopening.assignment_id)
        .join(User, User.id == Assignment.user_id)
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .outerjoin(decider, decider.id == Reopening.decided_by)
        .where(Reopening.study_id == actor.study_id, Assignment.study_id == actor.study_id)
        .order_by(Reopening.asked_at, Reopening.id)
    )
