"""Recordings under their codes, and the pages that bring a folder of recordings in."""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from wtforms import Form, SelectField
from wtforms.validators import InputRequired

from coder_app.domain.permissions import Act
from coder_app.domain.rough import write_rough
from coder_app.domain.visibility import Thing
from coder_app.services import recording, recording_import, recording_import_view
from coder_app.services.errors import Refused
from coder_app.services.staging import CHUNK_BYTES, Announced, StagedFile, Staging, list_incoming
from coder_app.web.access import actor, allowed, database, tools

blueprint = Blueprint("recordings", __name__)

MOST_PROBLEMS_SHOWN = 200
LONGEST_NAME = 1_000


class FolderForm(Form):
    """A folder that somebody put on the server."""

    folder = SelectField("Folder", [InputRequired("Choose a folder.")], validate_choice=True)


@blueprint.get("/studies/<study>/recordings")
@allowed(Act.IMPORT)
def recordings(study: str):
    """List the recordings by code; counts only for a lead who still codes."""
    return _page(_folder_form())


@blueprint.post("/studies/<study>/recordings/imports")
@allowed(Act.IMPORT)
def start(study: str):
    """Begin an import: of files that the page's script will send, or of a folder on the server."""
    staging = _staging()
    if request.is_json:
        with database().write() as db:
            public_id = recording_import.start_import(db, actor(), staging)
        return {
            "page": url_for("recordings.one_import", study=study, import_id=public_id),
            "files": url_for("recordings.announce", study=study, import_id=public_id),
        }
    form = _folder_form()
    if not form.validate():
        return _page(form), 422
    folder = current_app.config["SETTINGS"].incoming_dir / form.folder.data
    with database().write() as db:
        public_id = recording_import.start_import(db, actor(), staging, folder)
        recording_import.ask_check(db, actor(), staging, public_id)
    return _to_import(study, public_id)


@blueprint.get("/studies/<study>/recordings/imports/<import_id>")
@allowed(Act.IMPORT)
def one_import(study: str, import_id: str):
    """Show how far an import is: what is missing, what is wrong, what it will do, what it did."""
    with database().read() as db:
        view = recording_import_view.get_import(db, actor(), _staging(), import_id)
    preview = view.preview
    shown = preview.problems[:MOST_PROBLEMS_SHOWN] if preview else ()
    return render_template(
        "lead/recordings_import.html",
        view=view,
        problems=[problem | {"sentence": problem["message"]} for problem in shown],
        n_more=len(preview.problems) - len(shown) if preview else 0,
        n_to_look_at=_n_to_look_at(view.summary),
        lengths_shown=actor().sees(Thing.RECORDINGS),
        chunk_bytes=CHUNK_BYTES,
    )


@blueprint.post("/studies/<study>/recordings/imports/<import_id>/files")
@allowed(Act.IMPORT)
def announce(study: str, import_id: str):
    """Note which files the chosen folder has; answer which of them are to be sent, and from where on."""
    files = _announced(request.get_json())
    with database().read() as db:
        expected = recording_import.announce_files(db, actor(), _staging(), import_id, files)
    return {
        "files": [_as_json(study, import_id, file) for file in expected],
        "left_out": len(files) - len(expected),
        "check": url_for("recordings.check", study=study, import_id=import_id),
    }


@blueprint.post("/studies/<study>/recordings/imports/<import_id>/files/<file_id>")
@allowed(Act.IMPORT)
def append(study: str, import_id: str, file_id: str):
    """Take the next stretch of a file; names never stand in an address, where logs would keep them."""
    offset = request.args.get("offset", type=int)
    if offset is None or (request.content_length or 0) > CHUNK_BYTES:
        abort(400)
    with database().read() as db:
        recording_import.check_takes_files(db, actor(), import_id)
    return {"received": _staging().append(import_id, file_id, offset, request.get_data(cache=False))}


@blueprint.post("/studies/<study>/recordings/imports/<import_id>/check")
@allowed(Act.IMPORT)
def check(study: str, import_id: str):
    """Have the folder checked."""
    with database().write() as db:
        recording_import.ask_check(db, actor(), _staging(), import_id)
    return _to_import(study, import_id)


@blueprint.post("/studies/<study>/recordings/imports/<import_id>/import")
@allowed(Act.IMPORT)
def bring_in(study: str, import_id: str):
    """Have the checked folder imported."""
    with database().write() as db:
        recording_import.ask_import(db, actor(), _staging(), import_id)
    return _to_import(study, import_id)


@blueprint.post("/studies/<study>/recordings/imports/<import_id>/discard")
@allowed(Act.IMPORT)
def discard(study: str, import_id: str):
    """Give an import up and remove what was sent for it."""
    with database().write() as db:
        recording_import.discard(db, actor(), _staging(), import_id)
    return redirect(url_for("recordings.recordings", study=study), 303)


def _page(form: FolderForm) -> str:
    with database().read() as db:
        totals = recording.count_recordings(db, actor())
        entries = recording.list_recordings(db, actor()) if actor().sees(Thing.RECORDINGS) else None
        waiting, done = recording_import_view.list_imports(db, actor())
        try:
            recording_import.check_open(actor())
            closed = None
        except Refused as refusal:
            closed = str(refusal)
    return render_template(
        "lead/recordings.html",
        form=form,
        totals=totals,
        entries=entries,
        hears=actor().sees(Thing.SOUND),
        written_rough=write_rough,
        waiting=waiting,
        done=done,
        closed=closed,
        incoming=current_app.config["SETTINGS"].incoming_dir,
        chunk_bytes=CHUNK_BYTES,
    )


def _n_to_look_at(summary: dict[str, Any]) -> int:
    """Imports of earlier versions kept a list, with codes that are nobody's any more."""
    found = summary.get("warnings", 0)
    return found if isinstance(found, int) else len(found)


def _folder_form() -> FolderForm:
    form = FolderForm(request.form)
    form.folder.choices = list(list_incoming(current_app.config["SETTINGS"].incoming_dir))
    return form


def _staging() -> Staging:
    return Staging(current_app.config["SETTINGS"].staging_dir, tools().token_bytes)


def _to_import(study: str, import_id: str):
    return redirect(url_for("recordings.one_import", study=study, import_id=import_id), 303)


def _announced(sent: Any) -> list[Announced]:
    """Return the files that the script names, or refuse what it could not have sent."""
    if not isinstance(sent, list):
        abort(400)
    try:
        files = [Announced(str(one["name"]), int(one["size"]), int(one["modified"])) for one in sent]
    except (TypeError, KeyError, ValueError):
        abort(400)
    if any(len(file.name) > LONGEST_NAME or "\0" in file.name for file in files):
        abort(400)
    return files


def _as_json(study: str, import_id: str, file: StagedFile) -> dict[str, Any]:
    return {
        "name": file.name,
        "received": file.received,
        "to": url_for("recordings.append", study=study, import_id=import_id, file_id=file.id),
    }
