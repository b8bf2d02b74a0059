"""The step at which a person says what the columns of a file mean, and keeps that for the next file."""

import re
from urllib.parse import urlencode

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from coder_app.domain.permissions import Act
from coder_app.services import import_columns, import_columns_read, import_job, import_mapping, import_record
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_columns_facts import Choices, ColumnsStep
from coder_app.services.import_mapping import MappingGround
from coder_app.services.import_record import PARTICIPANTS, STAGED
from coder_app.services.staging import Staging
from coder_app.web.access import actor, allowed, database, tools
from coder_app.web.lead import import_columns_page, import_page

blueprint = Blueprint("import_columns", __name__)

_GOAL = re.compile(r"goes-([0-9]{1,4})")
_MOST_SESSION_DIGITS = 4


@blueprint.get("/studies/<study>/alliance/imports/<import_id>/columns")
@allowed(Act.IMPORT)
def columns(study: str, import_id: str):
    """Show what the columns are taken as, on the real rows."""
    ground = _find_ground(import_id)
    if ground is None:
        return _to_import(study, import_id)
    try:
        step = import_columns.look(
            ground,
            kept_id=request.args.get("kept"),
            sheet=request.args.get("sheet") or None,
            from_guess="again" in request.args,
        )
    except import_columns_read.NotLookedAt as missing:
        return _opening_page(ground, missing.args[0])
    except import_columns_read.unreadable():
        # The preview says what is wrong with a file that is no table.
        return _to_import(study, import_id)
    return _page(step)


@blueprint.post("/studies/<study>/alliance/imports/<import_id>/columns")
@allowed(Act.IMPORT)
def choose(study: str, import_id: str):
    """Try what was chosen, keep it under a name, or go on with it to the check."""
    ground = _find_ground(import_id)
    if ground is None:
        return _to_import(study, import_id)
    try:
        step = import_columns.look(ground, _read_choices(ground))
    except import_columns_read.NotLookedAt as missing:
        return redirect(f"{_address(study, import_id)}?{urlencode({'sheet': missing.args[0] or ''})}", 303)
    except (ValueError, KeyError, IndexError):
        raise Refused("The page has changed since it was opened. Open the columns again.") from None
    except import_columns_read.unreadable():
        return _to_import(study, import_id)
    asked = request.form.get("do", "try")
    if asked == "keep":
        return _keep(study, import_id, step)
    if asked != "use":
        return _page(step)
    if step.n_mapping_errors:
        return _page(step, refusal="The columns cannot be used yet. What is missing stands below."), 422
    content = import_columns_read.write_mapping(step.mapping)
    with database().write() as db:
        import_mapping.choose(db, actor(), import_id, content)
    return _to_import(study, import_id)


@blueprint.post("/studies/<study>/alliance/imports/<import_id>/columns/forget")
@allowed(Act.IMPORT)
def forget(study: str, import_id: str):
    """Delete columns that were kept under a name."""
    with database().write() as db:
        import_record.get_import(db, actor(), import_id)
        import_mapping.forget(db, actor(), request.form.get("kept", ""))
    return redirect(_address(study, import_id), 303)


def _opening_page(ground: MappingGround, sheet: str | None):
    """Show that a large file is being opened; what the page needs of it is kept for all later times."""
    with database().write() as db:
        job = import_job.ask_look(db, actor(), ground.staged.record.public_id, sheet)
    if not job.is_open:
        return import_page.show_failed(ground.staged.record, job)
    return import_page.show_opening(ground.staged.record, job)


def _keep(study: str, import_id: str, step: ColumnsStep):
    content = import_columns_read.write_mapping(step.mapping)
    try:
        with database().write() as db:
            kept_id = import_mapping.keep(db, actor(), request.form.get("keep_as", ""), content)
            import_mapping.choose(db, actor(), import_id, content)
    except Refused as refusal:
        return _page(step, refusal=str(refusal), at="keep_as"), 422
    return redirect(f"{_address(study, import_id)}?kept={kept_id}#kept", 303)


def _read_choices(ground: MappingGround) -> Choices:
    """Read the form; a number that is none counts as no number."""
    form = request.form
    goals: dict[int, tuple[str, str, str]] = {}
    members: dict[int, tuple[int, ...]] = {}
    for name in form:
        found = _GOAL.fullmatch(name)
        if found is None:
            continue
        place = int(found[1])
        session = form.get(f"session-{place}", "").strip()
        is_number = session.isdecimal() and len(session) <= _MOST_SESSION_DIGITS
        goals[place] = (form[name], form.get(f"who-{place}", ""), session if is_number else "")
        listed = form.get(f"with-{place}", "")
        members[place] = tuple(int(part) for part in listed.split(",") if part.isdecimal()) or (place,)
    words: dict[str, dict[str, str]] = {}
    for role in ("session", "informant", "measure", "attendance"):
        texts, values = form.getlist(f"word-{role}"), form.getlist(f"means-{role}")
        words[role] = dict(zip(texts, (value.strip() for value in values), strict=False))
    return Choices(
        sheet=form.get("sheet") or None,
        goals=goals,
        members=members,
        apart=frozenset(int(part) for part in form.getlist("apart") if part.isdecimal()),
        words=words,
        informant=form.get("informant", ""),
        measure=form.get("measure", ""),
        missing=form.get("missing", ""),
    )


def _find_ground(import_id: str) -> MappingGround | None:
    """Return a file that waits, None when it waits no longer; NotFound for what was never there."""
    with database().read() as db:
        record = import_record.get_import(db, actor(), import_id)
        if record.state != STAGED or record.kind not in (PARTICIPANTS, "scores"):
            return None
        try:
            return import_mapping.find_ground(db, actor(), import_id, _staging())
        except NotFound:
            return None


def _page(step: ColumnsStep, refusal: str | None = None, at: str | None = None) -> str:
    return render_template(
        "lead/import_columns.html",
        step=step,
        record=step.ground.staged.record,
        refusal=refusal,
        at=at,
        keep_as=request.form.get("keep_as", step.source_name or ""),
        **import_columns_page.words_of(step),
    )


def _address(study: str, import_id: str) -> str:
    return url_for("alliance.import_columns.columns", study=study, import_id=import_id)


def _to_import(study: str, import_id: str):
    return redirect(url_for("alliance.imports.show", study=study, import_id=import_id), 303)


def _staging() -> Staging:
    return Staging(current_app.config["SETTINGS"].staging_dir, tools().token_bytes)
