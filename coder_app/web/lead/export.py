"""Export: every file that can be taken away now, why others are closed, and all of them in one ZIP."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import (
    agreement,
    blinding,
    key,
    linkage,
    marks,
    occurrence,
    reliability,
    rupture,
    sample,
)
from coder_app.services import export as export_service
from coder_app.services.errors import NotFound
from coder_app.services.export import File, Shelf
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import blinding_report_file
from coder_app.web.lead.apa_tables import list_apa_files
from coder_app.web.lead.methods_beside import find_beside
from coder_app.web.lead.reliability_form import reliability_settings
from coder_app.web.lead.reliability_methods import write_methods
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.selection_form import selection_settings

blueprint = Blueprint("export", __name__)

# What was computed with the sealed key: whoever takes it away is on record.
_JOINED = (linkage.KIND, blinding.KIND)


@blueprint.get("/studies/<study>/export")
@allowed(Act.SEE_STUDY)
def exports(study: str):
    """List every file that is open to this person, and why the others are closed."""
    shelves, plan = _shelves()
    files = _files_of(shelves)
    if isinstance(files, Response):
        return files
    with database().read() as db:
        marked = marks.get_marks(db, actor()) if actor().sees(Thing.RATINGS) else None
    return render_template(
        "lead/export.html",
        shelves=shelves,
        files=files,
        plan=plan,
        marks=marked,
        may_see_trail=actor().can(Act.SEE_AUDIT),
    )


@blueprint.get("/studies/<study>/export/everything.zip")
@allowed(Act.SEE_STUDY)
def everything(study: str):
    """Give all open files with a README of their columns."""
    shelves, plan = _shelves()
    found = _files_of(shelves)
    if isinstance(found, Response):
        return found
    files = [file for group in found.values() for file in group] + ([plan] if plan else [])
    if actor().can(Act.SEE_AUDIT):
        files.append(blinding_report_file.make_file())
    _note_joined([file for kind in _JOINED for file in found.get(kind, ())])
    with database().read() as db:
        readme = export_service.describe_files(db, actor(), files)
    return attached("everything.zip", export_service.zip_files(files, readme))


@blueprint.get("/studies/<study>/export/<name>")
@allowed(Act.SEE_STUDY)
def file(study: str, name: str):
    """Give one file; the first word of its name says what it rests on, the address of which ratings."""
    kind = name.split("-")[0]
    if kind == export_service.PLAN:
        with database().read() as db:
            plan = export_service.find_plan_file(db, actor())
        files = [plan] if plan else []
    elif kind in {shelf.kind for shelf in _shelves()[0]}:
        found = _result(kind)
        if isinstance(found, Response):
            return found
        files = _list(kind, found)
    else:
        files = []
    wanted = next((one for one in files if one.name == name), None)
    if wanted is None:
        raise NotFound
    if kind in _JOINED:
        _note_joined([wanted])
    return attached(wanted.name, wanted.text)


def _note_joined(files: list[File]) -> None:
    if files:
        with database().write() as db:
            key.take_away(db, actor(), len(files))


def _shelves() -> tuple[list[Shelf], File | None]:
    with database().read() as db:
        shelves = export_service.list_shelves(db, actor())
        return shelves, export_service.find_plan_file(db, actor())


def _files_of(shelves: list[Shelf]) -> dict[str, list[File]] | Response:
    """The files of every open shelf; a page that waits while one of them is not computed yet."""
    # All are asked for before the first wait, so that the worker has them together.
    results = {shelf.kind: _result(shelf.kind) for shelf in shelves if not shelf.closed}
    waits = next((found for found in results.values() if isinstance(found, Response)), None)
    if waits is not None:
        return waits
    return {kind: _list(kind, found) for kind, found in results.items()}


def _list(kind: str, found: Snapshot) -> list[File]:
    files = export_service.list_files(found, kind)
    if kind == rupture.KIND:
        with database().read() as db:
            scores = export_service.get_scores_file(db, actor())
            return [*files, scores, *export_service.list_sample_files(db, actor(), found)]
    if kind != reliability.KIND:
        return files
    with database().read() as db:
        return [*files, export_service.get_forms_file(db, actor()), *_paper_files(found)]


def _paper_files(found: Snapshot) -> list[File]:
    about = "Paragraphs for the methods section of a paper, with these figures and their references."
    methods = File("reliability-methods.txt", about, write_methods(found.content, find_beside()).text)
    return [methods, *list_apa_files(found.content)]


def _result(kind: str) -> Snapshot | Response:
    if kind == reliability.KIND:
        return result_or_pending(kind, reliability_settings())
    if kind == agreement.KIND:
        return result_or_pending(kind, selection_settings())
    if kind not in (rupture.KIND, occurrence.KIND):
        return result_or_pending(kind, {})
    with database().read() as db:
        frozen = sample.find_sample(db, actor())
    return result_or_pending(kind, frozen.settings if frozen else rupture.DEFAULTS)
