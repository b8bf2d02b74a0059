"""The report in the order of a Results section: to read, to print, and as files to write a paper from."""

from collections.abc import Collection
from functools import cache

from flask import Blueprint, render_template
from markupsafe import Markup
from werkzeug.wrappers import Response

from coder_app.config import PROJECT
from coder_app.domain.permissions import Act
from coder_app.services import key
from coder_app.services.errors import Refused
from coder_app.services.report_docx import write_docx
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.report_apa import italicise
from coder_app.web.lead.report_page import ReportPage, make_page
from coder_app.web.lead.report_results import Results, find_results, hide_wordings

blueprint = Blueprint("report", __name__)

FILE, TABLES = "report.html", "report-tables.docx"
ABOUT = {
    FILE: "The report in the order of a Results section: flow, ruptures, reliability with the items of "
    "GRRAS, linkage, who saw what before coding, deviations from the plan. Any browser opens and prints it.",
    TABLES: "All tables of the report in APA style, for word processors.",
}
WAITS = "The report is still being computed. Open it, wait until it is there, and ask again."
_SHEETS = ("tokens", "base", "components", "tables", "charts", "occurrence", "report", "study-report")


@blueprint.get("/studies/<study>/report")
@allowed(Act.SEE_STUDY)
def report(study: str):
    """Show the report as far as this person may know it."""
    results = find_results()
    if isinstance(results, Response):
        return results
    return render_template("lead/report.html", page=make_page(results), apa=italicise, about=ABOUT)


@blueprint.get(f"/studies/<study>/report/{FILE}")
@allowed(Act.SEE_STUDY)
def download(study: str):
    """Give the report as one file that needs nothing else."""
    return _attached(FILE)


@blueprint.get(f"/studies/<study>/report/{TABLES}")
@allowed(Act.SEE_STUDY)
def tables(study: str):
    """Give all tables of the report as one file for word processors."""
    return _attached(TABLES)


def report_files(results: Results | None = None, withheld: Collection[str] = ()) -> list[tuple[str, bytes]]:
    """Return the files of the report: the same bytes for the same study.

    Items of scales whose words are `withheld` stand under their codes. Whoever gives the files away records
    that the key was used for them, where `is_joined` of the results. Raise Refused while one is computed.
    """
    found = results or find_results()
    if isinstance(found, Response):
        raise Refused(WAITS)
    page = make_page(hide_wordings(found, withheld))
    return [(FILE, _write_html(page).encode()), (TABLES, _write_tables(page))]


def _attached(name: str) -> Response:
    results = find_results()
    if isinstance(results, Response):
        return results
    page = make_page(results)
    data = _write_tables(page) if name == TABLES else _write_html(page)
    if results.is_joined:
        with database().write() as db:
            key.take_away(db, actor(), 1)
    return attached(name, data)


def _write_html(page: ReportPage) -> str:
    return render_template("lead/report_file.html", page=page, apa=italicise, styles=_styles())


def _write_tables(page: ReportPage) -> bytes:
    return write_docx(f"{page.study}: tables of the report", page.tables)


@cache
def _styles() -> Markup:
    """Return the program's own style sheets as one text, for a file that can load none."""
    folder = PROJECT / "static" / "css"
    return Markup("\n".join((folder / f"{name}.css").read_text("utf-8") for name in _SHEETS))  # noqa: S704
