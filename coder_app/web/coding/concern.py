"""Reporting a concern about a child's safety, without learning who the child is."""

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _

from coder_app.domain.note import read_time
from coder_app.services import concern as concerns
from coder_app.services.errors import Refused
from coder_app.web.access import actor, assigned, database
from coder_app.web.coding.blueprint import blueprint
from coder_app.web.coding.concern_page import concern_page
from coder_app.web.coding.own import own_form
from coder_app.web.language import translated


@blueprint.get("/coding/<assignment>/concern")
@assigned
def concern(assignment: str):
    """Show whom a report reaches and how, what was reported, and the form."""
    return render_template("coding/concern.html", page=concern_page(actor(), own_form(assignment)))


@blueprint.post("/coding/<assignment>/concern")
@assigned
def report_concern(assignment: str):
    """Keep a report for the study's safeguarding contact."""
    text, time = request.form.get("text", ""), request.form.get("time", "").strip()
    at_ms = read_time(time)
    if time and at_ms is None:
        fault = _("Write the time as 31:07 or 1:31:07, or leave it out.")
        return _refused(assignment, text, time, fault)
    try:
        with database().write() as db:
            concerns.report(db, actor(), assignment, text, at_ms)
    except Refused as refusal:
        return _refused(assignment, text, time, translated(refusal))
    return redirect(url_for("coding.concern", assignment=assignment, _anchor="reports"), 303)


def _refused(assignment: str, text: str, time: str, fault: str):
    page = concern_page(actor(), own_form(assignment), text, time, fault)
    return render_template("coding/concern.html", page=page), 422
