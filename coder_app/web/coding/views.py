"""The coder's room: the queue, the form, saving, checking, submitting, and the sound."""

from datetime import datetime

from flask import Blueprint, Response, redirect, render_template, request, url_for

from coder_app.domain.permissions import Act
from coder_app.services import assignment as assignments
from coder_app.services import rating, sound
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, assigned, database, store, tools
from coder_app.web.coding import presenting
from coder_app.web.coding.form import read_change, read_form

blueprint = Blueprint("coding", __name__)

STANDS_NOW = "Another page saved a different answer to this item; it stands now."


@blueprint.get("/studies/<study>/coding")
@allowed(Act.RATE)
def queue(study: str):
    """Show the coder's own queue."""
    with database().read() as db:
        entries = assignments.list_queue(db, actor())
    return render_template("coding/queue.html", page=presenting.queue_page(actor(), entries, _now()))


@blueprint.get("/coding/<assignment>")
@assigned
def rate(assignment: str):
    """Show the form of one recording, or its answers once they are submitted."""
    form = _form(assignment)
    if form.state == "submitted":
        return render_template("coding/submitted.html", page=presenting.submitted_page(actor(), form))
    return render_template("coding/rate.html", page=presenting.rating_page(actor(), form))


@blueprint.post("/coding/<assignment>/ratings")
@assigned
def save(assignment: str):
    """Save one answer that the page's script sends."""
    change = read_change(request.get_json(silent=True))
    if change is None:
        # Not 400: to the page that means a token that has grown old.
        return {"message": "The page sent something that cannot be read. Open it again."}, 422
    with database().write() as db:
        outcome = rating.save(db, actor(), assignment, change)
    match outcome:
        case rating.Saved():
            return {
                "saved": presenting.time_of_day(outcome.at),
                "revision": outcome.revision,
                "answered": outcome.answered,
                "total": outcome.total,
            }
        case rating.Conflict():
            current = {"score": outcome.score, "reason": outcome.reason, "revision": outcome.revision}
            message = "Another page has saved a different answer meanwhile."
            return {"current": current, "message": message}, 409
        case rating.Refusal():
            return {"message": outcome.message}, 422


@blueprint.post("/coding/<assignment>/form")
@assigned
def save_form(assignment: str):
    """Save all answers of a form that was sent without the page's script."""
    before = _form(assignment)
    page = tools().token_hex()
    sent = read_form(request.form, before, page)
    with database().write() as db:
        for change in sent.changes:
            outcome = rating.save(db, actor(), assignment, change)
            if isinstance(outcome, rating.Refusal):
                sent.errors[change.item] = outcome.message
            elif isinstance(outcome, rating.Conflict):
                sent.errors[change.item] = STANDS_NOW
    if sent.errors:
        shown = presenting.rating_page(actor(), _form(assignment), sent.errors, sent.without_reason)
        return render_template("coding/rate.html", page=shown), 422
    if request.form.get("next") == "check":
        return redirect(url_for("coding.check", assignment=assignment), 303)
    return redirect(url_for("coding.rate", assignment=assignment), 303)


@blueprint.get("/coding/<assignment>/check")
@assigned
def check(assignment: str):
    """Show all answers before they are submitted."""
    form = _form(assignment)
    if form.state == "submitted":
        return redirect(url_for("coding.rate", assignment=assignment), 303)
    return render_template("coding/check.html", page=presenting.check_page(actor(), form))


@blueprint.post("/coding/<assignment>/submit")
@assigned
def submit(assignment: str):
    """Submit a recording's ratings."""
    try:
        with database().write() as db:
            rating.submit(db, actor(), assignment)
    except Refused as refusal:
        form = _form(assignment)
        if form.state == "submitted":
            return redirect(url_for("coding.rate", assignment=assignment), 303)
        page = presenting.check_page(actor(), form, error=str(refusal))
        return render_template("coding/check.html", page=page), 409
    return redirect(url_for("coding.rate", assignment=assignment), 303)


@blueprint.get("/coding/<assignment>/audio")
@assigned
def audio(assignment: str):
    """Send a stretch of the recording: never a name, a date or a tag, and never much at once."""
    reply = sound.read_audio(store(), _storage_name(assignment), request.headers.get("Range"))
    return Response(reply.chunks, reply.status, reply.headers, direct_passthrough=True)


@blueprint.get("/coding/<assignment>/peaks")
@assigned
def peaks(assignment: str):
    """Send the waveform as numbers from 0 to 255."""
    return sound.read_peaks(store(), _storage_name(assignment))


def _form(assignment: str) -> assignments.CodingForm:
    with database().read() as db:
        return assignments.get_form(db, actor(), assignment)


def _storage_name(assignment: str) -> str:
    with database().read() as db:
        return assignments.get_audio(db, actor(), assignment).storage_name


def _now() -> datetime:
    return tools().clock()
