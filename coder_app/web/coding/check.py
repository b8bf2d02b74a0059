"""Looking through all answers, and submitting them."""

from flask import redirect, render_template, request, url_for

from coder_app.services import submission
from coder_app.services.errors import Refused
from coder_app.web.access import actor, assigned, database
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.check_page import check_page
from coder_app.web.coding.own import own_form


@blueprint.get("/coding/<assignment>/check")
@assigned
def check(assignment: str):
    """Show all answers before they are submitted."""
    form = own_form(assignment)
    if form.state == "submitted":
        return redirect(url_for("coding.rate", assignment=assignment), 303)
    return render_template("coding/check.html", page=check_page(actor(), form))


@blueprint.post("/coding/<assignment>/submit")
@assigned
def submit(assignment: str):
    """Submit a recording's ratings."""
    try:
        with database().write() as db:
            submission.submit(db, actor(), assignment, request.form.get("why_less", ""))
    except Refused as refusal:
        form = own_form(assignment)
        if form.state == "submitted":
            return redirect(url_for("coding.rate", assignment=assignment), 303)
        page = check_page(actor(), form, error=str(refusal))
        return render_template("coding/check.html", page=page), 409
    return redirect(url_for("coding.rate", assignment=assignment), 303)
