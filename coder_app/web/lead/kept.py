"""Kept results of the pages of reliability: list them, show one as it was, name what a paper reports."""

from dataclasses import dataclass

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, StringField
from wtforms.validators import Length

from coder_app.domain.permissions import Act
from coder_app.services import kept as kept_service
from coder_app.services import reliability as reliability_service
from coder_app.services.errors import NotFound, Refused
from coder_app.services.export import File
from coder_app.services.keeping import SHAPE
from coder_app.services.kept import LONGEST_NAME, Kept, KeptResult
from coder_app.services.selection import RoundChoice, list_rounds
from coder_app.web.access import actor, allowed, database
from coder_app.web.charts import words_axis
from coder_app.web.downloads import attached
from coder_app.web.lead.kept_pages import PAGES, say_kept
from coder_app.web.lead.reliability_beside import count_changes, show_then_and_now
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("kept", __name__)

SHORT = 12
WHOLE = "result.json"


class NameForm(Form):
    """What a lead calls a kept result."""

    name = StringField(
        "Name of this result",
        [Length(max=LONGEST_NAME)],
        description="For example: reported in the paper. A result with a name is never dropped.",
    )


@dataclass(frozen=True)
class Line:
    """One kept result in words."""

    kept: Kept
    title: str
    said: str
    data: str
    program: str
    versions: str


@dataclass(frozen=True)
class Shown:
    """What stands above a kept result; `data` is what it was computed from.

    `current` is None where the data as they are now cannot be looked up.
    """

    line: Line
    public_id: str
    data: str | None
    current: bool | None
    intact: bool
    now: str | None
    may_compare: bool


@blueprint.get("/studies/<study>/reliability/kept")
@allowed(Act.SEE_RELIABILITY)
def kept(study: str):
    """List the kept results, those with a name first."""
    with database().read() as db:
        found = kept_service.list_kept(db, actor())
        rounds = list_rounds(db, actor())
    lines = [_line(one, rounds) for one in found]
    return render_template(
        "lead/kept.html",
        named=[line for line in lines if line.kept.name],
        others=[line for line in lines if not line.kept.name],
        most=kept_service.MOST_LISTED if len(lines) == kept_service.MOST_LISTED else None,
    )


@blueprint.get("/studies/<study>/reliability/kept/<result>")
@allowed(Act.SEE_RELIABILITY)
def result(study: str, result: str):
    """Show a kept result as it was, from what is stored of it only."""
    with database().read() as db:
        found = kept_service.get_kept(db, actor(), result)
        shown = _show(db, found)
    return _render(found, shown, NameForm(data={"name": found.kept.name or ""}))


@blueprint.post("/studies/<study>/reliability/kept/<result>/name")
@allowed(Act.RECORD_PLAN)
def name(study: str, result: str):
    """Name a kept result, or take its name back."""
    form = NameForm(request.form)
    if not form.validate():
        with database().read() as db:
            found = kept_service.get_kept(db, actor(), result)
            shown = _show(db, found)
        return _render(found, shown, form), 422
    with database().write() as db:
        kept_service.name_kept(db, actor(), result, form.name.data or "")
    return redirect(url_for("kept.result", study=study, result=result), 303)


@blueprint.get("/studies/<study>/reliability/kept/<result>/compare")
@allowed(Act.SEE_RELIABILITY)
def compare(study: str, result: str):
    """Show a kept result beside what the ratings give now under the same settings."""
    with database().read() as db:
        found = kept_service.get_kept(db, actor(), result)
        shown = _show(db, found)
    if not shown.may_compare:
        raise NotFound
    now = result_or_pending(found.kept.kind, found.kept.settings)
    if isinstance(now, Response):
        return now
    axis = words_axis(found.found.content["settings"]["words"])
    return render_template(
        "lead/kept_compare.html",
        kept_result=shown,
        axis=axis,
        level=f"{100 * found.found.content['settings']['confidence']:.0f}%",
        beside=show_then_and_now(found.found.content, now.content, axis),
        changes=count_changes(found.found.inputs, now.inputs),
    )


@blueprint.get("/studies/<study>/reliability/kept/<result>/files/<name>")
@allowed(Act.SEE_RELIABILITY)
def file(study: str, result: str, name: str):
    """Give a file of a kept result: all that is stored of it as JSON, or one of its tables."""
    with database().read() as db:
        found = kept_service.get_kept(db, actor(), result)
    short = found.kept.input_hash[:SHORT]
    if name == WHOLE:
        return attached(f"{found.kept.kind}-{short}.json", kept_service.write_kept(found))
    wanted = next((one for one in _files(found) if one.name == name), None)
    if wanted is None:
        raise NotFound
    stem, _, end = wanted.name.rpartition(".")
    return attached(f"{stem}-{short}.{end}", wanted.text)


def _render(found: KeptResult, shown: Shown, form: NameForm) -> str:
    page = PAGES[found.kept.kind]
    common = {"kept_result": shown, "name_form": form, "may_name": actor().can(Act.RECORD_PLAN)}
    return render_template(page.template, **page.show(found.found), **common)


def _show(db: Session, found: KeptResult) -> Shown:
    kept, page = found.kept, PAGES[found.kept.kind]
    current, now = None, None
    if page.endpoint in current_app.view_functions:
        now = url_for(page.endpoint, study=actor().study_public_id, **page.entries(kept.settings))
    try:
        current = kept_service.is_current(db, actor(), kept)
    except (NotFound, Refused):
        # A round that is gone, or settings of an earlier version of the program.
        now = None
    return Shown(
        line=_line(kept, list_rounds(db, actor())),
        public_id=kept.public_id,
        data=page.data,
        current=current,
        intact=kept_service.check_hash(found),
        now=now,
        may_compare=kept.kind == reliability_service.KIND and current is False,
    )


def _files(found: KeptResult) -> list[File]:
    """The files of a kept result, made of what is stored of it."""
    return PAGES[found.kept.kind].files(found.found)


def _line(kept: Kept, rounds: list[RoundChoice]) -> Line:
    versions = {key: value[:8] if key == "commit" else value for key, value in kept.versions.items()}
    if SHAPE in versions:
        versions["form of the result"] = versions.pop(SHAPE)
    return Line(
        kept=kept,
        title=PAGES[kept.kind].title,
        said=say_kept(kept.kind, kept.settings, rounds),
        data=kept.input_hash[:SHORT],
        program=", ".join(f"{key} {versions[key]}" for key in ("coder_app", "commit") if key in versions),
        versions=", ".join(f"{key} {value}" for key, value in versions.items()),
    )
