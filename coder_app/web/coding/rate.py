"""Rating one recording: the form, and saving its answers one by one or all at once."""

from flask import redirect, request, url_for
from flask_babel import gettext as _

from coder_app.services import rating
from coder_app.web.access import actor, assigned, database, tools
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.form import read_change, read_form, read_segment
from coder_app.web.coding.own import own_form, own_segment
from coder_app.web.coding.room import show_form, show_submitted
from coder_app.web.coding.segments import segment_url
from coder_app.web.coding.words import answer_words, time_of_day
from coder_app.web.language import translated


@blueprint.get("/coding/<assignment>")
@assigned
def rate(assignment: str):
    """Show the form of one recording, go to the segment that is next, or show what was submitted."""
    form = own_form(assignment)
    if form.state == "submitted":
        return show_submitted(form)
    if form.instrument.segment_ms:
        number, _item = form.go_on_at
        return redirect(segment_url(form, number), 303)
    return show_form(form, form.segments[0])


@blueprint.get("/coding/<assignment>/segments/<int:number>")
@assigned
def segment(assignment: str, number: int):
    """Show the form of one segment of a recording that is rated by segments."""
    form = own_form(assignment)
    asked = own_segment(form, number)
    if form.state == "submitted" or not form.instrument.segment_ms:
        return redirect(url_for("coding.rate", assignment=assignment), 303)
    return show_form(form, asked)


@blueprint.post("/coding/<assignment>/ratings")
@assigned
def save(assignment: str):
    """Save one answer that the page's script sends."""
    change = read_change(request.get_json(silent=True))
    if change is None:
        # Not 400: to the page that means a token that has grown old.
        return {"message": _("The page sent something that cannot be read. Open it again.")}, 422
    with database().write() as db:
        outcome = rating.save(db, actor(), assignment, change)
    match outcome:
        case rating.Saved():
            in_form = {"answered": outcome.answered_in_form, "total": outcome.total_in_form}
            return {
                "saved": time_of_day(outcome.at),
                "revision": outcome.revision,
                "answered": outcome.answered,
                "total": outcome.total,
                "form": in_form,
            }
        case rating.Conflict():
            current = {"score": outcome.score, "reason": outcome.reason, "revision": outcome.revision}
            message = _("Another page has saved a different answer meanwhile.")
            return {"current": current, "message": message}, 409
        case rating.Refusal():
            return {"message": translated(outcome.message)}, 422


@blueprint.post("/coding/<assignment>/form")
@assigned
def save_form(assignment: str):
    """Save all answers of a form, or of one segment of it, that was sent without the page's script."""
    before = own_form(assignment)
    number = read_segment(request.form)
    page = tools().token_hex()
    sent = read_form(request.form, before.instrument, own_segment(before, number), page)
    with database().write() as db:
        for change in sent.changes:
            outcome = rating.save(db, actor(), assignment, change)
            if isinstance(outcome, rating.Refusal):
                sent.errors[change.item] = translated(outcome.message)
            elif isinstance(outcome, rating.Conflict):
                sent.errors[change.item] = _(
                    "Another page saved a different answer to this item; it stands now. "
                    "You had chosen %(answer)s.",
                    answer=answer_words(before.instrument, change.score, change.reason),
                )
    if sent.errors:
        form = own_form(assignment)
        return show_form(form, own_segment(form, number), sent.errors, sent.without_reason), 422
    wanted = request.form.get("next")
    if wanted == "check":
        return redirect(url_for("coding.check", assignment=assignment), 303)
    if wanted == "segment" and before.find_segment(number + 1):
        number += 1
    return redirect(segment_url(before, number), 303)
