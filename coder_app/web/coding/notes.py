"""A coder's own notes on one recording: saved one by one as they are typed, or in a plain form."""

from dataclasses import replace

from flask import redirect, request
from flask_babel import gettext as _

from coder_app.services import note as notes
from coder_app.web.access import actor, assigned, database, tools
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.form import read_segment
from coder_app.web.coding.note_form import SentNote, read_note, read_plain_note
from coder_app.web.coding.own import own_form, own_segment
from coder_app.web.coding.room import show_form, show_submitted
from coder_app.web.coding.segments import segment_url
from coder_app.web.coding.words import time_of_day
from coder_app.web.language import translated


@blueprint.post("/coding/<assignment>/notes")
@assigned
def save_note(assignment: str):
    """Save one note that the page's script sends."""
    change = read_note(request.get_json(silent=True))
    if change is None:
        # Not 400: to the page that means a token that has grown old.
        return {"message": _("The page sent something that cannot be read. Open it again.")}, 422
    with database().write() as db:
        outcome = notes.save(db, actor(), assignment, change)
    match outcome:
        case notes.Saved():
            return {"saved": time_of_day(outcome.at), "revision": outcome.revision}
        case notes.Conflict():
            current = _as_sent(outcome.note) | {"revision": outcome.revision}
            return {"current": current, "message": _("Another page has changed this note meanwhile.")}, 409
        case notes.Refusal():
            return {"message": translated(outcome.message)}, 422


@blueprint.post("/coding/<assignment>/notes/form")
@assigned
def save_note_form(assignment: str):
    """Add or remove a note by a form that was sent without the page's script."""
    sent = read_plain_note(request.form, tools().token_hex())
    with database().write() as db:
        outcome = notes.save(db, actor(), assignment, sent.change)
    form = own_form(assignment)
    number = read_segment(request.form)
    if isinstance(outcome, notes.Saved):
        return redirect(segment_url(form, number), 303)
    unsaved = replace(sent.shown, error=_fault(sent, outcome))
    if form.state == "submitted":
        return show_submitted(form, unsaved), 422
    return show_form(form, own_segment(form, number), plain=unsaved), 422


def _fault(sent: SentNote, outcome: notes.Conflict | notes.Refusal) -> str:
    if isinstance(outcome, notes.Conflict):
        return _("Another page has changed this note meanwhile; it stands as you see it now.")
    if not sent.has_time:
        return _("Write the time as minutes and seconds, 31:07, or with hours, 1:31:07.")
    return translated(outcome.message)


def _as_sent(note: notes.KeptNote | None) -> dict[str, object]:
    if note is None:
        return {"item": None, "at_ms": 0, "text": "", "removed": True}
    return {"item": note.item, "at_ms": note.at_ms, "text": note.text, "removed": False}
