"""The blinding report as a page's contents, and as one file that needs nothing else."""

from functools import cache

from flask import render_template
from markupsafe import Markup

from coder_app.config import PROJECT
from coder_app.services.blinding_report import get_report
from coder_app.services.blinding_report_words import moment
from coder_app.services.export import File
from coder_app.web.access import actor, database
from coder_app.web.lead.blinding_report_page import ReportPage, make_page

FILE = "blinding-report.html"
ABOUT = (
    "The blinding report for a reviewer: who could see what and when, computed checks, and the figures of "
    "the leak audits. People stand under aliases."
)
_SHEETS = ("tokens", "base", "components", "tables", "charts", "report")


def get_page(*, names: bool) -> ReportPage:
    """Return the report of the study that the address names, as far as this person may know it."""
    with database().read() as db:
        return make_page(get_report(db, actor()), names=names)


def make_file() -> File:
    """Return the report as a file: aliases only, and the same bytes for the same study."""
    page = get_page(names=False)
    html = render_template("lead/blinding_report_file.html", page=page, utc=moment, styles=_styles())
    return File(FILE, ABOUT, html)


@cache
def _styles() -> Markup:
    """Return the program's own style sheets as one text, for a file that can load none."""
    folder = PROJECT / "static" / "css"
    return Markup("\n".join((folder / f"{name}.css").read_text("utf-8") for name in _SHEETS))  # noqa: S704
