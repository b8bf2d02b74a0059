"""Asking the lead to reopen a submitted form, and taking the request back."""

from flask import redirect, request, url_for

from coder_app.services import reopening
from coder_app.services.errors import Refused
from coder_app.web.access import actor, assigned, database
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.own import own_form
from coder_app.web.coding.reopening_part import reopening_part
from coder_app.web.coding.room import show_submitted
from coder_app.web.language import translated


@blueprint.post("/coding/<assignment>/reopening")
@assigned
def ask_to_reopen(assignment: str):
    """Ask the lead to reopen a submitted form."""
    text = request.form.get("reason", "")
    try:
        with database().write() as db:
            reopening.ask(db, actor(), assignment, text)
    except Refused as refusal:
        return _refused(assignment, text, translated(refusal))
    return redirect(url_for("coding.rate", assignment=assignment, _anchor="reopening"), 303)


@blueprint.post("/coding/<assignment>/reopening/withdraw")
@assigned
def withdraw_request(assignment: str):
    """Take a request back that the lead has not answered."""
    try:
        with database().write() as db:
            reopening.withdraw(db, actor(), assignment)
    except Refused as refusal:
        return _refused(assignment, "", translated(refusal))
    return redirect(url_for("coding.rate", assignment=assignment, _anchor="reopening"), 303)


def _refused(assignment: str, text: str, fault: str):
    form = own_form(assignment)
    if form.state != "submitted":
        return redirect(url_for("coding.rate", assignment=assignment), 303)
    return show_submitted(form, reopening=reopening_part(actor(), form, text, fault)), 422
