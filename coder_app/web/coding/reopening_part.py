"""A coder's request to change a submitted form, as the page of that form shows it."""

from dataclasses import dataclass
from typing import Literal

from flask import url_for

from coder_app.domain.phases import OPEN_PHASES
from coder_app.services import reopening
from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm
from coder_app.services.reopening import LONGEST, OwnRequest
from coder_app.web.access import database
from coder_app.web.words import moment


@dataclass(frozen=True)
class ReopeningPart:
    """What can be done: ask (`free`), wait or take it back (`open`), or nothing (`closed`).

    `declined` is the lead's answer to the last request, which can be followed by another one.
    """

    state: Literal["free", "open", "closed"]
    reason: str | None
    asked: str | None
    declined: str | None
    declined_at: str | None
    ask_url: str
    withdraw_url: str
    text: str = ""
    fault: str | None = None
    longest: int = LONGEST


@dataclass(frozen=True)
class ReopenedPart:
    """That a form is open again, since when, and what the lead said."""

    at: str
    answer: str | None


def reopening_part(actor: Actor, form: CodingForm, text: str = "", fault: str | None = None) -> ReopeningPart:
    """Return the part about reopening of a submitted form; `text` and `fault` are of a refused request."""
    last = _find_own(actor, form)
    is_open = last is not None and last.state == reopening.OPEN
    declined = last if last is not None and last.state == reopening.DECLINED else None
    free = "free" if actor.phase in OPEN_PHASES else "closed"
    return ReopeningPart(
        state="open" if is_open and free == "free" else free,
        reason=last.reason if is_open else None,
        asked=moment(last.asked_at) if is_open else None,
        declined=declined.answer if declined else None,
        declined_at=moment(declined.decided_at) if declined else None,
        ask_url=url_for("coding.ask_to_reopen", assignment=form.public_id),
        withdraw_url=url_for("coding.withdraw_request", assignment=form.public_id),
        text=text,
        fault=fault,
    )


def reopened_part(actor: Actor, form: CodingForm) -> ReopenedPart | None:
    """Return what a coder should know of a form that a lead has opened again; None for any other."""
    last = _find_own(actor, form) if form.state == "reopened" else None
    if last is None or last.state != reopening.GRANTED:
        return None
    return ReopenedPart(moment(last.decided_at), last.answer)


def _find_own(actor: Actor, form: CodingForm) -> OwnRequest | None:
    with database().read() as db:
        return reopening.find_own(db, actor, form.public_id)
