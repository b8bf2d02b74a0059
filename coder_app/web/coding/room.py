"""Renders the page of one recording, with the coder's notes and the lab's guidance: to rate, or submitted."""

from collections.abc import Mapping

from flask import render_template

from coder_app.services import guidance, note, submission
from coder_app.services.assignment import CodingForm, SegmentForm
from coder_app.web.access import actor, database, tools
from coder_app.web.coding.about_part import about_part
from coder_app.web.coding.check_page import submitted_page
from coder_app.web.coding.notes_page import PlainNote, note_rows, notes_view
from coder_app.web.coding.rating_page import rating_page
from coder_app.web.coding.reopening_part import ReopeningPart, reopened_part, reopening_part


def show_form(
    form: CodingForm,
    segment: SegmentForm,
    errors: Mapping[str, str] | None = None,
    without_reason: frozenset[str] = frozenset(),
    plain: PlainNote | None = None,
) -> str:
    """Show one segment of a form; errors and a plain note are what could not be saved without scripts."""
    with database().read() as db:
        kept = note.list_notes(db, actor(), form.public_id)
        agreed = guidance.read_guidance(db, actor(), form.public_id)
    empty = PlainNote(tools().token_hex())
    return render_template(
        "coding/rate.html",
        page=rating_page(actor(), form, segment, errors, without_reason),
        reopened=reopened_part(actor(), form),
        notes=notes_view(form, segment.number, kept, plain or empty),
        guidance=agreed,
        about=about_part(actor(), form, segment.number),
    )


def show_submitted(
    form: CodingForm, unsaved: PlainNote | None = None, reopening: ReopeningPart | None = None
) -> str:
    """Show a form after submission; `unsaved` is a note that came too late, `reopening` a refused request."""
    with database().read() as db:
        kept = note.list_notes(db, actor(), form.public_id)
        submitted = submission.find_submitted(db, actor(), form.public_id)
    return render_template(
        "coding/submitted.html",
        page=submitted_page(actor(), form, submitted),
        reopening=reopening or reopening_part(actor(), form),
        notes=note_rows(form.instrument, kept),
        unsaved=unsaved,
        about=about_part(actor(), form),
    )
