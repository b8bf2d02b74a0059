"""What coders have reported, as the safeguarding contact reads, hears and closes it."""

from flask import Blueprint, Response, redirect, render_template, request, url_for

from coder_app.domain.concern import LONGEST
from coder_app.domain.permissions import Act
from coder_app.domain.stretches import write_position
from coder_app.services import concern_answer, emergency, hearing, sound
from coder_app.services.errors import NotFound, Refused
from coder_app.web.access import actor, allowed, database, store

blueprint = Blueprint("concerns", __name__)

SECONDS_BEFORE = 30


@blueprint.get("/studies/<study>/concerns")
@allowed(Act.ANSWER_CONCERN)
def concerns(study: str):
    """List the concerns, the open ones first; what they say is read one by one."""
    with database().read() as db:
        found = concern_answer.list_concerns(db, actor())
    return render_template(
        "lead/concerns.html",
        waiting=[entry for entry in found if entry.is_open],
        closed=[entry for entry in found if not entry.is_open],
        contact_name=actor().coding_settings.contact_name,
        contact_reached=actor().coding_settings.contact_reached,
        written=write_position,
    )


@blueprint.get("/studies/<study>/concerns/<concern>")
@allowed(Act.ANSWER_CONCERN)
def read(study: str, concern: str):
    """Show what a coder has reported, with the recording from half a minute before."""
    return _page(concern)


@blueprint.post("/studies/<study>/concerns/<concern>/close")
@allowed(Act.ANSWER_CONCERN)
def close(study: str, concern: str):
    """Close a concern with what became of it."""
    outcome = request.form.get("outcome", "")
    try:
        with database().write() as db:
            concern_answer.close(db, actor(), concern, outcome)
    except Refused as refusal:
        return _page(concern, outcome, str(refusal)), 422
    return redirect(url_for("concerns.read", study=study, concern=concern), 303)


@blueprint.get("/studies/<study>/concerns/<concern>/audio")
@allowed(Act.ANSWER_CONCERN)
def audio(study: str, concern: str):
    """Send a stretch of the recording; the trail says who has heard it."""
    with database().read() as db:
        found = concern_answer.get_sound(db, actor(), concern)
        noted = hearing.is_listening_noted(db, actor(), found.recording)
    if not noted:
        with database().write() as db:
            concern_answer.note_listening(db, actor(), concern)
    reply = sound.read_audio(store(), found.storage_name, request.headers.get("Range"))
    return Response(reply.chunks, reply.status, reply.headers, direct_passthrough=True)


@blueprint.get("/studies/<study>/concerns/<concern>/peaks")
@allowed(Act.ANSWER_CONCERN)
def peaks(study: str, concern: str):
    """Send the waveform as numbers from 0 to 255."""
    with database().read() as db:
        found = concern_answer.get_sound(db, actor(), concern)
    return sound.read_peaks(store(), found.storage_name)


def _page(concern: str, outcome: str = "", fault: str | None = None) -> str:
    # Reading is itself on record, so it is a change.
    with database().write() as db:
        found = concern_answer.read(db, actor(), concern)
    at_ms = found.entry.at_ms
    return render_template(
        "lead/concern.html",
        concern=found,
        one=found.entry,
        start=max(0, at_ms / 1000 - SECONDS_BEFORE) if at_ms is not None else 0,
        before=SECONDS_BEFORE,
        opened=_find_opened(concern),
        outcome=outcome,
        fault=fault,
        longest=LONGEST,
        written=write_position,
    )


def _find_opened(concern: str) -> emergency.Opened | None:
    try:
        with database().write() as db:
            return emergency.see_opened(db, actor(), concern)
    except NotFound:
        return None
