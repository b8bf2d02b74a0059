"""Export: every file that can be taken away now, why others are closed, and all of them in one ZIP."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import export as export_service
from coder_app.services import marks
from coder_app.services.errors import NotFound
from coder_app.services.package_texts import NEVER, folders
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import blinding_report_file
from coder_app.web.lead.shelves import (
    JOINED,
    files_of,
    list_files,
    list_shelves,
    note_joined,
    result_of,
    results_of,
)

blueprint = Blueprint("export", __name__)


@blueprint.get("/studies/<study>/export")
@allowed(Act.SEE_STUDY)
def exports(study: str):
    """List every file that is open to this person, and why the others are closed."""
    shelves, plan = list_shelves()
    results = results_of(shelves)
    if isinstance(results, Response):
        return results
    with database().read() as db:
        marked = marks.get_marks(db, actor()) if actor().sees(Thing.RATINGS) else None
    return render_template(
        "lead/export.html",
        shelves=shelves,
        files=files_of(results),
        plan=plan,
        folders=folders(),
        never=NEVER,
        may_unmask=actor().sees(Thing.LINKAGE),
        marks=marked,
        may_see_trail=actor().can(Act.SEE_AUDIT),
    )


@blueprint.get("/studies/<study>/export/everything.zip")
@allowed(Act.SEE_STUDY)
def everything(study: str):
    """Give all open files with a README of their columns."""
    shelves, plan = list_shelves()
    results = results_of(shelves)
    if isinstance(results, Response):
        return results
    found = files_of(results)
    files = [file for group in found.values() for file in group] + ([plan] if plan else [])
    if actor().can(Act.SEE_AUDIT):
        files.append(blinding_report_file.make_file())
    note_joined(sum(len(found.get(kind, ())) for kind in JOINED))
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
    elif kind in {shelf.kind for shelf in list_shelves()[0]}:
        found = result_of(kind)
        if isinstance(found, Response):
            return found
        files = list_files(kind, found)
    else:
        files = []
    wanted = next((one for one in files if one.name == name), None)
    if wanted is None:
        raise NotFound
    if kind in JOINED:
        note_joined(1)
    return attached(wanted.name, wanted.text)
