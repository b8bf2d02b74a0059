"""The blinding report: to read, to hand over as a file, and to say what the lab did about what stays open."""

from functools import cache

from flask import Blueprint, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response
from wtforms import Form

from coder_app.config import PROJECT
from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import blinding_report as report_service
from coder_app.services import blinding_report_limits as limits
from coder_app.services.blinding_report_trail import read_trail
from coder_app.services.blinding_report_words import moment
from coder_app.services.export import File
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.blinding_report_lab import LabForm
from coder_app.web.lead.blinding_report_page import ReportPage, make_page

blueprint = Blueprint("blinding_report", __name__)

FILE = "blinding-report.html"
ABOUT = (
    "The blinding report for a reviewer: who could see what and when, computed checks, and the figures of "
    "the leak audits. People stand under aliases."
)
_SHEETS = ("tokens", "base", "components", "tables", "charts", "report")


@blueprint.get("/studies/<study>/audit/report")
@allowed(Act.SEE_AUDIT)
def blinding_report(study: str):
    """Show the report, with names beside the aliases where they are asked for."""
    return render_template(
        "lead/blinding_report.html",
        page=_page(names="names" in request.args),
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


def make_file() -> File:
    """Return the report as a file: aliases only, and the same bytes for the same study."""
    page = _page(names=False)
    html = render_template("lead/blinding_report_file.html", page=page, utc=moment, styles=_styles())
    return File(FILE, ABOUT, html)


def _page(*, names: bool) -> ReportPage:
    with database().read() as db:
        return make_page(report_service.get_report(db, actor()), names=names)


def _said() -> dict[str, str]:
    actor().check_sees(Thing.RATINGS)
    with database().read() as db:
        return dict(limits.read_said(read_trail(db, actor())))


def _lab(form: Form) -> str:
    return render_template("lead/blinding_report_lab.html", form=form)


@cache
def _styles() -> Markup:
    """Return the program's own style sheets as one text, for a file that can load none."""
    folder = PROJECT / "static" / "css"
    return Markup("\n".join((folder / f"{name}.css").read_text("utf-8") for name in _SHEETS))  # noqa: S704
