"""The blinding report: to read, to hand over as a file, and to say what the lab did about what stays open."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import Form

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import blinding_report_limits as limits
from coder_app.services.blinding_report_trail import read_trail
from coder_app.services.blinding_report_words import moment
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.blinding_report_file import FILE, get_page, make_file
from coder_app.web.lead.blinding_report_lab import LabForm

blueprint = Blueprint("blinding_report", __name__)


@blueprint.get("/studies/<study>/audit/report")
@allowed(Act.SEE_AUDIT)
def blinding_report(study: str):
    """Show the report, with names beside the aliases where they are asked for."""
    return render_template(
        "lead/blinding_report.html",
        page=get_page(names="names" in request.args),
        utc=moment,
        made=moment(actor().now()),
        may_say=actor().sees(Thing.RATINGS),
    )


@blueprint.get(f"/studies/<study>/export/{FILE}")
@allowed(Act.SEE_AUDIT)
def download(study: str):
    """Give the report as one file that needs nothing else."""
    return attached(FILE, make_file().text)


@blueprint.get("/studies/<study>/audit/report/lab")
@allowed(Act.SEE_AUDIT)
def lab(study: str):
    """Show what the lab has said about what stays open, to be changed."""
    return _lab(LabForm.holding(_said()))


@blueprint.post("/studies/<study>/audit/report/lab")
@allowed(Act.SEE_AUDIT)
def say(study: str) -> Response | tuple[str, int]:
    """Put what the lab says into the trail."""
    form = LabForm(request.form)
    if not form.validate():
        return _lab(form), 422
    with database().write() as db:
        limits.say_for_lab(db, actor(), form.texts(), limits.read_said(read_trail(db, actor())))
    return redirect(url_for("blinding_report.blinding_report", study=study, _anchor="open"), 303)


def _said() -> dict[str, str]:
    actor().check_sees(Thing.RATINGS)
    with database().read() as db:
        return dict(limits.read_said(read_trail(db, actor())))


def _lab(form: Form) -> str:
    return render_template("lead/blinding_report_lab.html", form=form)
