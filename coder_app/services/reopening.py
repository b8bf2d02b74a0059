"""Coders' requests to change a submitted form."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import OPEN_PHASES
from coder_app.domain.sentences import say
from coder_app.domain.submission import is_said, tidy
from coder_app.models import Assignment, Reopening
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound, Refused

LONGEST = 1000
OPEN, GRANTED, DECLINED, WITHDRAWN = "open", "granted", "declined", "withdrawn"


@dataclass(frozen=True)
class OwnRequest:
    """A coder's last request about one form, and what the lead answered."""

    state: str
    reason: str
    asked_at: datetime
    answer: str | None
    decided_at: datetime | None


def ask(db: Session, actor: Actor, assignment: str, reason: str) -> None:
    """Ask the leads to reopen one of the coder's own submitted forms; raise Refused unless it can be."""
    actor.check_can(Act.RATE)
    form = _get_own_form(db, actor, assignment)
    if hold_phase(db, actor) not in OPEN_PHASES:
        raise Refused(say("The coding of this study is closed; no form can be reopened."))
    if form.state != "submitted":
        raise Refused(say("This recording is open: change the rating and submit it again."))
    if _find_last(db, form, OPEN) is not None:
        raise Refused(say("You have asked the lead already, and the lead has not answered yet."))
    reason = check_text(reason, say("Say in a few words what is wrong and why."))
    db.add(
        Reopening(
            study_id=actor.study_id,
            public_id=actor.tools.token_hex(),
            assignment_id=form.id,
            reason=reason,
            asked_at=actor.now(),
            state=OPEN,
        )
    )
    db.flush()
    audit.record(db, actor, "ask to reopen", assignment, why=reason)


def withdraw(db: Session, actor: Actor, assignment: str) -> None:
    """Take one's own request back; raise Refused when there is none that is open."""
    actor.check_can(Act.RATE)
    request = _find_last(db, _get_own_form(db, actor, assignment), OPEN)
    if request is None:
        raise Refused(say("There is no request to take back; the lead may have answered it."))
    request.state, request.decided_at = WITHDRAWN, actor.now()
    db.flush()
    audit.record(db, actor, "withdraw request to reopen", assignment)


def find_own(db: Session, actor: Actor, assignment: str) -> OwnRequest | None:
    """Return the coder's last request about one of the own forms, None when there was none."""
    actor.check_can(Act.RATE)
    row = _find_last(db, _get_own_form(db, actor, assignment))
    if row is None:
        return None
    return OwnRequest(row.state, row.reason, row.asked_at, row.answer, row.decided_at)


def check_text(text: str, too_short: str | None) -> str:
    """Return a text as it is kept; raise Refused when it is too long, or too short if `too_short` says so."""
    text = tidy(text)
    if too_short is not None and not is_said(text):
        raise Refused(too_short)
    if len(text) > LONGEST:
        raise Refused(say("This is longer than %(most)s characters.", most=LONGEST))
    return text


def _get_own_form(db: Session, actor: Actor, assignment: str) -> Assignment:
    form = db.scalars(select(Assignment).where(*own(actor, assignment))).first()
    if form is None:
        raise NotFound
    return form


def _find_last(db: Session, form: Assignment, state: str | None = None) -> Reopening | None:
    query = select(Reopening).where(Reopening.study_id == form.study_id, Reopening.assignment_id == form.id)
    if state is not None:
        query = query.where(Reopening.state == state)
    return db.scalars(query.order_by(Reopening.id.desc())).first()
