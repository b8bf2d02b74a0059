"""Requests to reopen a submitted form: read them, grant or decline."""

from flask import Blueprint, redirect, render_template, request, url_for

from coder_app.domain.permissions import Act
from coder_app.domain.phases import OPEN_PHASES
from coder_app.domain.visibility import Thing
from coder_app.services import reopening, reopening_answer
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, database

blueprint = Blueprint("reopenings", __name__)


@blueprint.get("/studies/<study>/reopenings")
@allowed(Act.ANSWER_REOPENING)
def reopenings(study: str):
    """Show what waits for an answer, the oldest first, and what was answered."""
    return _page()


@blueprint.post("/studies/<study>/reopenings/<asked>")
@allowed(Act.ANSWER_REOPENING)
def answer(study: str, asked: str):
    """Grant or decline one request."""
    words = request.form.get("answer", "")
    try:
        with database().write() as db:
            grant = request.form.get("decision") == "grant"
            reopening_answer.decide(db, actor(), asked, grant=grant, answer=words)
    except Refused as refusal:
        return _page(asked, words, str(refusal)), 422
    return redirect(url_for("reopenings.reopenings", study=study), 303)


def _page(asked: str | None = None, words: str = "", fault: str | None = None) -> str:
    """Show all requests; `words` and `fault` belong to the answer to one that could not be given."""
    with database().read() as db:
        requests = reopening_answer.list_requests(db, actor())
    waiting = [one for one in requests if one.state == reopening.OPEN]
    return render_template(
        "lead/reopenings.html",
        waiting=waiting,
        answered=[one for one in reversed(requests) if one.state != reopening.OPEN],
        asked=asked,
        words=words,
        fault=fault,
        # Somebody else was quicker: there is no field any more that the fault could stand at.
        gone=fault is not None and asked not in {one.public_id for one in waiting},
        sees_forms=actor().sees(Thing.FORMS),
        coding=actor().phase in OPEN_PHASES,
        longest=reopening.LONGEST,
    )
