"""Importing participants and alliance scores: choose a file, check it, import or discard it."""

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.datastructures import CombinedMultiDict
from wtforms import FileField, Form
from wtforms.validators import InputRequired

from coder_app.domain.permissions import Act
from coder_app.services import csv_import, import_check, import_job, import_mapping, import_record
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_preview import is_sample_frozen
from coder_app.services.import_reading import problems_csv
from coder_app.services.import_record import DONE, KINDS, PARTICIPANTS, STAGED, ImportRecord
from coder_app.services.participant_import import read_participants
from coder_app.services.staging import Staging
from coder_app.web.access import actor, allowed, database, tools
from coder_app.web.downloads import attached
from coder_app.web.lead import import_page

blueprint = Blueprint("imports", __name__)


class UploadForm(Form):
    """The file to be imported."""

    file = FileField("File", [InputRequired("Choose a file.")])


@blueprint.route("/studies/<study>/alliance/import/<kind>", methods=["GET", "POST"])
@allowed(Act.IMPORT)
def upload(study: str, kind: str):
    """Take a file; nothing of it is stored in the study before it was looked at."""
    if kind not in KINDS:
        raise NotFound
    form = UploadForm(CombinedMultiDict([request.files, request.form]))
    if request.method == "POST" and form.validate():
        chosen = form.file.data
        name = chosen.filename or ""
        try:
            public_id = csv_import.stage(database(), actor(), kind, name, chosen.stream, _staging())
            return _begin(study, kind, public_id)
        except Refused as refusal:
            form.file.errors = [str(refusal)]
        finally:
            chosen.close()
    with database().read() as db:
        measures = import_record.list_measures(db, actor())
    page = render_template(
        "lead/import_upload.html", form=form, kind=kind, measures=measures, most_bytes=csv_import.MOST_BYTES
    )
    return page, 422 if form.errors else 200


@blueprint.get("/studies/<study>/alliance/imports/<import_id>")
@allowed(Act.IMPORT)
def show(study: str, import_id: str):
    """Show what a waiting file holds and would change, or what an import did."""
    record = _get_record(import_id)
    return _over_page(record) if record.state != STAGED else _waiting_page(record)


@blueprint.post("/studies/<study>/alliance/imports/<import_id>/commit")
@allowed(Act.IMPORT)
def commit(study: str, import_id: str):
    """Import the file whole; asked for twice, it is imported once."""
    record = _get_record(import_id)
    if record.state == DONE:
        return _to_import(study, import_id)
    seen = request.form.get("seen", "")
    try:
        if record.kind == PARTICIPANTS or _is_quick(import_id):
            csv_import.commit(database(), actor(), import_id, _staging(), seen)
        else:
            with database().write() as db:
                import_job.ask_import(db, actor(), import_id, seen)
    except Refused as refusal:
        return _waiting_page(_get_record(import_id), str(refusal)), 409
    except NotFound:
        # Another click has just imported it, or the file is gone; the page says which.
        return _to_import(study, import_id)
    return _to_import(study, import_id)


@blueprint.post("/studies/<study>/alliance/imports/<import_id>/discard")
@allowed(Act.IMPORT)
def discard(study: str, import_id: str):
    """Give the file up."""
    csv_import.discard(database(), actor(), import_id, _staging())
    return redirect(url_for("alliance.scores", study=study), 303)


@blueprint.get("/studies/<study>/alliance/imports/<import_id>/problems.csv")
@allowed(Act.IMPORT)
def problems(study: str, import_id: str):
    """Download every problem of a waiting file."""
    if _get_record(import_id).kind == PARTICIPANTS:
        found = read_participants(database(), actor(), import_id, _staging()).reading.problems
    else:
        with database().read() as db:
            ground = import_check.find_ground(db, actor(), import_id)
        check = import_check.find_check(_staging(), ground)
        if check is None:
            raise NotFound
        found = check.problems
    return attached("problems.csv", problems_csv(found))


def _begin(study: str, kind: str, import_id: str):
    """Lead on to the columns where something is to be asked; of a large file the worker finds that out."""
    is_small = kind == PARTICIPANTS or import_job.is_small(_staging(), import_id)
    if is_small and import_mapping.begin(database(), actor(), import_id, _staging()):
        return _to_columns(study, import_id)
    return _to_import(study, import_id)


def _waiting_page(record: ImportRecord, refusal: str | None = None):
    """Show a file that waits: as it was checked, or how far checking it is."""
    try:
        if record.state == STAGED and record.kind == PARTICIPANTS:
            return import_page.show_participants(record, _staging(), refusal)
        if record.state == STAGED:
            return _scores_page(record, refusal)
    except NotFound:
        record = _get_record(record.public_id)
    return _over_page(record)


def _over_page(record: ImportRecord) -> str:
    with database().read() as db:
        is_frozen = is_sample_frozen(db, actor())
    return render_template("lead/import_over.html", record=record, is_frozen=is_frozen)


def _scores_page(record: ImportRecord, refusal: str | None):
    import_id, staging = record.public_id, _staging()
    with database().read() as db:
        ground = import_check.find_ground(db, actor(), import_id)
        job = import_job.find_job(db, actor(), import_id)
    if job is not None and job.is_open:
        return import_page.show_job(record, job)
    if import_job.has_question(staging, import_id):
        return _to_columns(actor().study_public_id, import_id)
    check = import_check.find_check(staging, ground)
    if check is None and import_job.is_small(staging, import_id):
        check = import_check.check_file(database(), actor(), import_id, staging)
        with database().read() as db:
            ground = import_check.find_ground(db, actor(), import_id)
    elif check is None:
        if job is not None and job.state in ("failed", "stopped") and "again" not in request.args:
            return import_page.show_failed(record, job)
        with database().write() as db:
            import_job.ask_check(db, actor(), import_id)
        with database().read() as db:
            job = import_job.find_job(db, actor(), import_id)
        return import_page.show_job(record, job)
    if refusal is None and job is not None and job.state == "failed":
        refusal = job.message
    return import_page.show_scores(record, ground, check, refusal)


def _is_quick(import_id: str) -> bool:
    """Whether a file is imported within the request; one that has to be checked again is refused there."""
    with database().read() as db:
        ground = import_check.find_ground(db, actor(), import_id)
    check = import_check.find_check(_staging(), ground)
    return check is None or import_job.is_quick(check)


def _get_record(import_id: str) -> ImportRecord:
    with database().read() as db:
        return import_record.get_import(db, actor(), import_id)


def _to_import(study: str, import_id: str):
    return redirect(url_for("alliance.imports.show", study=study, import_id=import_id), 303)


def _to_columns(study: str, import_id: str):
    return redirect(url_for(import_page.COLUMNS_ENDPOINT, study=study, import_id=import_id), 303)


def _staging() -> Staging:
    return Staging(current_app.config["SETTINGS"].staging_dir, tools().token_bytes)
