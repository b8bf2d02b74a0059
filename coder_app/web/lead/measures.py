"""The measures of a study: what they ask, how they are scored, and what that does to the answers at hand."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.entries import InstrumentError
from coder_app.domain.own_measures import build_measure
from coder_app.domain.permissions import Act
from coder_app.services import job as jobs
from coder_app.services import measures as measures_service
from coder_app.services import own_measures, scoring
from coder_app.services.errors import NotFound, Refused
from coder_app.services.job import JobView
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.measures_forms import RULE_NOTES, FileForm, OutlineForm, RuleForm, form_of
from coder_app.web.lead.measures_page import show_measure
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("measures", __name__)

LIST = "alliance.measures.measures"


@blueprint.get("/studies/<study>/alliance/measures")
@allowed(Act.SEE_ALLIANCE)
def measures(study: str):
    """Show each measure, its rule, and what the rules do to the answers of this study."""
    return _list_page({})


@blueprint.post("/studies/<study>/alliance/measures")
@allowed(Act.IMPORT)
def change(study: str):
    """Score a measure in another way: what is stored is scored again by the worker."""
    name = request.form.get("measure", "")
    with database().read() as db:
        measure = scoring.get_measure(db, actor(), name)
    form = form_of(measure, request.form)
    if not form.validate():
        return _list_page({name: form}), 422
    try:
        with database().write() as db:
            work = scoring.ask_change(db, actor(), name, form.read_rule())
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return _list_page({name: form}), 409
    return redirect(url_for(LIST, study=study, job=work), 303)


@blueprint.get("/studies/<study>/alliance/measures/file")
@allowed(Act.SEE_ALLIANCE)
def measure_file(study: str):
    """Give a measure as a file that can be changed and brought back."""
    name = request.args.get("measure", "")
    with database().read() as db:
        text = own_measures.get_measure_file(db, actor(), name)
    response = attached("measure.txt", text)
    plain = "".join(letter if letter.isalnum() else "_" for letter in name).lower()
    response.headers["Content-Disposition"] = f'attachment; filename="{plain}.toml"'
    return response


@blueprint.get("/studies/<study>/alliance/measures/new")
@allowed(Act.IMPORT)
def new_measure(study: str):
    """Ask for a measure of the lab's own."""
    return _new_page(OutlineForm(), FileForm())


@blueprint.post("/studies/<study>/alliance/measures/new")
@allowed(Act.IMPORT)
def add_measure(study: str):
    """Add a measure from the small form."""
    form = OutlineForm(request.form)
    if not form.validate():
        return _new_page(form, FileForm()), 422
    try:
        return _add(study, build_measure(form.read_outline()))
    except InstrumentError as error:
        form.note(error)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
    return _new_page(form, FileForm()), 422


@blueprint.post("/studies/<study>/alliance/measures/new/file")
@allowed(Act.IMPORT)
def add_measure_file(study: str):
    """Add a measure from its file, chosen or pasted."""
    form = FileForm(request.form)
    chosen = request.files.get("file")
    data = chosen.read(own_measures.MOST_BYTES + 1) if chosen else b""
    data = data or (form.text.data or "").encode()
    try:
        if not data.strip():
            raise Refused("Choose a file, or paste its text.")
        return _add(study, own_measures.read_measure_file(data))
    except Refused as refusal:
        form.form_errors.append(str(refusal))
    return _new_page(OutlineForm(), form), 422


def _add(study: str, instrument) -> Response:
    with database().write() as db:
        replaced = own_measures.add_measure(db, actor(), instrument)
    done = "replaced" if replaced else "added"
    return redirect(url_for(LIST, study=study, measure=instrument.name, done=done), 303)


def _list_page(changed: dict[str, RuleForm]) -> str | Response:
    """Show all measures; `changed` are forms that need a look."""
    with database().read() as db:
        known = scoring.list_measures(db, actor())
        with_answers = {one.id for one in known if scoring.has_answers(db, actor(), one.id)}
        work = _find_work(db)
        frozen = scoring.is_sample_frozen(db, actor())
    groups = {}
    if with_answers and not (work and work.is_open):
        found = result_or_pending(measures_service.KIND, {})
        if isinstance(found, Response):
            return found
        groups = {one["name"]: one["groups"] for one in found.content["measures"]}
    shown = [
        show_measure(
            one, groups.get(one.instrument.name, []), changed.get(one.instrument.name) or form_of(one)
        )
        for one in known
    ]
    return render_template(
        "lead/measures.html",
        measures=shown,
        job=work,
        done=request.args.get("done"),
        named=request.args.get("measure", ""),
        may_change=actor().can(Act.IMPORT),
        notes=RULE_NOTES,
        frozen=frozen,
    )


def _find_work(db) -> JobView | None:
    """The scoring that is under way, or else the one that this person has just asked for."""
    last = jobs.find_last_job(db, actor(), scoring.JOB)
    if last is None or last.is_open:
        return last
    try:
        asked = jobs.get_job(db, actor(), request.args.get("job", ""))
    except NotFound:
        return None
    return asked if asked.kind == scoring.JOB else None


def _new_page(form: OutlineForm, file_form: FileForm) -> str:
    return render_template("lead/measure_new.html", form=form, file_form=file_form)
