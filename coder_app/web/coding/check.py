"""Looking through all answers, and submitting them."""

from flask import redirect, render_template, request, url_for

from coder_app.services import submission
from coder_app.services.assignment import CodingForm
from coder_app.services.errors import Refused
from coder_app.web.access import actor, assigned, database
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.check_page import check_page
from coder_app.web.coding.heard_part import HeardPart, heard_part
from coder_app.web.coding.own import own_form
from coder_app.web.language import translated


@blueprint.get("/coding/<assignment>/check")
@assigned
def check(assignment: str):
    """Show all answers before they are submitted."""
    form = own_form(assignment)
    if form.state == "submitted":
        return redirect(url_for("coding.rate", assignment=assignment), 303)
    return render_template("coding/check.html", page=check_page(actor(), form, _heard(form)))


@blueprint.post("/coding/<assignment>/submit")
@assigned
def submit(assignment: str):
    """Submit a recording's ratings."""
    why_less = request.form.get("why_less", "")
    try:
        with database().write() as db:
            submission.submit(db, actor(), assignment, why_less)
    except Refused as refusal:
        form = own_form(assignment)
        if form.state == "submitted":
            return redirect(url_for("coding.rate", assignment=assignment), 303)
        heard = _heard(form, why_less, None if form.missing else translated(refusal))
        page = check_page(actor(), form, heard, tried=True)
        return render_template("coding/check.html", page=page), 409 if form.missing else 422
    return redirect(url_for("coding.rate", assignment=assignment), 303)


def _heard(form: CodingForm, typed: str | None = None, fault: str | None = None) -> HeardPart:
    with database().read() as db:
        heard = submission.get_heard(db, actor(), form.public_id)
    return heard_part(actor(), heard, typed, fault)
