"""Importing participants and alliance scores: choose a file, check it, import or discard it."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict
from wtforms import FileField, Form
from wtforms.validators import InputRequired

from coder_app.domain.permissions import Act
from coder_app.domain.problems import Problem
from coder_app.services import csv_import, import_record
from coder_app.services.csv_reading import ReadFile, problems_csv
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_record import DONE, KINDS, STAGED
from coder_app.services.staging import Staging
from coder_app.web.access import actor, allowed, database, tools
from coder_app.web.downloads import attached

blueprint = Blueprint("imports", __name__)

MOST_PROBLEMS = MOST_CHANGES = 200
MOST_UNKNOWN_DYADS = 60

_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 with a byte-order mark",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252 (Western European)",
    "latin-1": "Latin-1 (Western European)",
}
_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}


class UploadForm(Form):
    """The file to be imported."""

    file = FileField("CSV file", [InputRequired("Choose a file.")])


@blueprint.route("/studies/<study>/alliance/import/<kind>", methods=["GET", "POST"])
@allowed(Act.IMPORT)
def upload(study: str, kind: str):
    """Take a file; nothing of it is stored in the study before it was looked at."""
    if kind not in KINDS:
        raise NotFound
    form = UploadForm(CombinedMultiDict([request.files, request.form]))
    if request.method == "POST" and form.validate():
        chosen = form.file.data
        data = chosen.read()
        chosen.close()
        with database().write() as db:
            public_id = csv_import.stage(db, actor(), kind, chosen.filename or "", data, _staging())
        return _to_import(study, public_id)
    with database().read() as db:
        measures = import_record.list_measures(db, actor())
    page = render_template("lead/import_upload.html", form=form, kind=kind, measures=measures)
    return page, 422 if form.errors else 200


@blueprint.get("/studies/<study>/alliance/imports/<import_id>")
@allowed(Act.IMPORT)
def show(study: str, import_id: str):
    """Show what a waiting file holds and would change, or what an import did."""
    with database().read() as db:
        record = import_record.get_import(db, actor(), import_id)
    if record.state != STAGED:
        return render_template("lead/import_over.html", record=record)
    return _preview_page(import_id)


@blueprint.post("/studies/<study>/alliance/imports/<import_id>/commit")
@allowed(Act.IMPORT)
def commit(study: str, import_id: str):
    """Import the file whole; asked for twice, it is imported once."""
    with database().read() as db:
        record = import_record.get_import(db, actor(), import_id)
    if record.state == DONE:
        return _to_import(study, import_id)
    try:
        read = _read_waiting(import_id)
    except NotFound:
        # Another click has just imported it, or the file is gone; the page says which.
        return _to_import(study, import_id)
    try:
        with database().write() as db:
            csv_import.commit(db, actor(), read, seen=request.form.get("seen", ""))
    except Refused as refusal:
        return _preview_page(import_id, str(refusal)), 409
    _staging().discard(import_id)
    return _to_import(study, import_id)


@blueprint.post("/studies/<study>/alliance/imports/<import_id>/discard")
@allowed(Act.IMPORT)
def discard(study: str, import_id: str):
    """Give the file up."""
    with database().write() as db:
        csv_import.discard(db, actor(), import_id)
    _staging().discard(import_id)
    return redirect(url_for("alliance.scores", study=study), 303)


@blueprint.get("/studies/<study>/alliance/imports/<import_id>/problems.csv")
@allowed(Act.IMPORT)
def problems(study: str, import_id: str):
    """Download every problem of a waiting file."""
    return attached("problems.csv", problems_csv(_read_waiting(import_id)))


def _read_waiting(import_id: str) -> ReadFile:
    with database().read() as db:
        staged = import_record.get_staged(db, actor(), import_id)
    return csv_import.read_staged(staged, _staging())


def _preview_page(import_id: str, refusal: str | None = None) -> str:
    try:
        read = _read_waiting(import_id)
    except NotFound:
        with database().read() as db:
            record = import_record.get_import(db, actor(), import_id)
        return render_template("lead/import_over.html", record=record)
    with database().read() as db:
        preview = csv_import.preview(db, actor(), read)
    wanted = request.args.get("row", type=int)
    numbers = read.rows_with_problems()
    around = wanted if wanted is not None else next(iter(numbers), None)
    return render_template(
        "lead/import_preview.html",
        refusal=refusal,
        preview=preview,
        read=read,
        record=read.staged.record,
        difference=preview.difference,
        problems=[_as_row(problem) for problem in read.problems[:MOST_PROBLEMS]],
        n_errors=sum(problem.severity == "error" for problem in read.problems),
        first=read.first_rows(),
        around=around,
        excerpt=read.rows_around(around) if around is not None else None,
        next_row=next((number for number in numbers if around is not None and number > around), None),
        changes=preview.difference.changes[:MOST_CHANGES],
        unknown_dyads=read.unknown_dyads[:MOST_UNKNOWN_DYADS],
        encoding=_ENCODINGS.get(read.text.encoding, read.text.encoding) if read.text else None,
        delimiter=_DELIMITERS.get(read.text.delimiter) if read.text else None,
    )


def _as_row(problem: Problem) -> dict[str, object]:
    return {
        "file": problem.file,
        "row": problem.row,
        "column": problem.column,
        "value": problem.value,
        "sentence": problem.message,
        "severity": problem.severity,
    }


def _to_import(study: str, import_id: str):
    return redirect(url_for("alliance.imports.show", study=study, import_id=import_id), 303)


def _staging() -> Staging:
    return Staging(current_app.config["SETTINGS"].staging_dir, tools().token_bytes)
