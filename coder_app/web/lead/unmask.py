"""Unmask: lock the coding, record the plan, open the key once and on record."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import Form

from coder_app.domain.instruments import CODING
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.services import guess_asking, lock, plan
from coder_app.services import unmask as unmask_service
from coder_app.services.errors import Refused
from coder_app.services.plan import PlanChoices, PlanView
from coder_app.services.study import list_instruments
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.unmask_forms import AskForm, LockForm, OpenForm, PlanForm
from coder_app.web.lead.unmask_page import checks_of, plan_facts, plan_text, what_guesses_lack
from coder_app.web.password_again import WRONG_PASSWORD, WrongPassword, check_password

blueprint = Blueprint("unmask", __name__)


@blueprint.get("/studies/<study>/unmask")
@allowed(Act.UNMASK)
def unmask(study: str):
    """Show what has to be true before the key opens; afterwards, when and why it was opened."""
    return _page()


@blueprint.post("/studies/<study>/unmask/lock")
@allowed(Act.LOCK)
def lock_coding(study: str):
    """Lock the coding."""
    form = LockForm(request.form)
    if not form.validate():
        return _page(lock_form=form), 422
    try:
        with database().write() as db:
            lock.lock_coding(db, actor())
    except Refused as refusal:
        return _refused(refusal, form, lock_form=form)
    return _back(study)


@blueprint.post("/studies/<study>/unmask/ask")
@allowed(Act.ASK_GUESSES)
def ask_coders(study: str):
    """Ask the coders what they take recordings to have been."""
    form = AskForm(request.form)
    if not form.validate():
        return _page(ask_form=form), 422
    try:
        with database().write() as db:
            guess_asking.ask_coders(db, actor(), form.count.data)
    except Refused as refusal:
        if actor().phase is not Phase.LOCKED:
            # The page has this form between the lock and the opening of the key only.
            raise
        return _refused(refusal, form, ask_form=form)
    return redirect(url_for("unmask.unmask", study=study, _anchor="guesses"), 303)


@blueprint.post("/studies/<study>/unmask/plan")
@allowed(Act.RECORD_PLAN)
def record_plan(study: str):
    """Record a version of the analysis plan."""
    form = _with_items(PlanForm(request.form), _list_items())
    if not form.validate():
        return _page(plan_form=form), 422
    choices = PlanChoices(
        permutations=form.permutations.data,
        seed=form.seed.data,
        dropped_items=tuple(form.dropped_items.data),
        notes=form.notes.data or "",
        method=form.method.data,
        marginal=form.marginal.data,
    )
    try:
        with database().write() as db:
            plan.record_plan(db, actor(), choices)
    except Refused as refusal:
        return _refused(refusal, form, plan_form=form)
    return _back(study)


@blueprint.post("/studies/<study>/unmask/open")
@allowed(Act.UNMASK)
def open_key(study: str):
    """Open the key: reason, the study's name, and the password once more."""
    form = OpenForm(request.form)
    if not form.validate():
        return _page(open_form=form), 422
    if " ".join(form.name.data.split()) != " ".join(actor().study_name.split()):
        form.name.errors = [f"Type the study’s name as it is written: {actor().study_name}"]
        return _page(open_form=form), 422
    try:
        _check_open_to(form.password.data)
        with database().write() as db:
            unmask_service.unmask(db, actor(), form.reason.data)
    except WrongPassword:
        form.password.errors = [WRONG_PASSWORD]
        return _page(open_form=form), 422
    except Refused as refusal:
        return _refused(refusal, form, open_form=form)
    return _back(study)


@blueprint.get("/studies/<study>/unmask/plan-v<int(max=2147483647):version>.json")
@allowed(Act.SEE_STUDY)
def plan_json(study: str, version: int):
    """Give a version of the plan as the very text that its hash is of."""
    with database().read() as db:
        found = plan.get_plan(db, actor(), version)
    return attached(f"plan-v{version}.json", found.text)


def _check_open_to(password: str) -> None:
    """Check the conditions, then the password."""
    with database().read() as db:
        missing = unmask_service.get_conditions(db, actor()).missing
    if missing:
        raise Refused(" ".join(missing))
    check_password(password, lambda db: unmask_service.record_refusal(db, actor(), "wrong password"))


def _refused(refusal: Refused, form: Form, **forms: Form) -> tuple[str, int]:
    """Say it in the form; once the key is open the page has no forms."""
    if actor().phase is Phase.UNMASKED:
        raise refusal
    form.form_errors.append(str(refusal))
    return _page(**forms), 409


def _page(
    lock_form: LockForm | None = None,
    ask_form: AskForm | None = None,
    plan_form: PlanForm | None = None,
    open_form: OpenForm | None = None,
) -> str:
    with database().read() as db:
        conditions = unmask_service.get_conditions(db, actor())
    items = _list_items()
    return render_template(
        "lead/unmask.html",
        conditions=conditions,
        checks=checks_of(conditions, actor().study_public_id),
        facts=plan_facts(conditions.plan, dict(items)) if conditions.plan else (),
        plan_text=plan_text(conditions.plan) if conditions.plan else "",
        lack=what_guesses_lack(conditions),
        lock_form=lock_form or LockForm(),
        ask_form=ask_form or AskForm(),
        plan_form=plan_form or _with_items(_filled(conditions.plan), items),
        open_form=open_form or OpenForm(),
    )


def _list_items() -> list[tuple[str, str]]:
    """Every item of the scales that coders use: its code, and its scale and label."""
    with database().read() as db:
        instruments = [entry.instrument for entry in list_instruments(db, actor(), CODING)]
    return [
        (item.code, f"{instrument.name}: {item.label}")
        for instrument in instruments
        for item in instrument.items
    ]


def _with_items(form: PlanForm, items: list[tuple[str, str]]) -> PlanForm:
    form.dropped_items.choices = items
    return form


def _filled(before: PlanView | None) -> PlanForm:
    """The form of a new version starts from the version before it."""
    usual = PlanChoices()
    content = before.content if before else {}
    return PlanForm(
        permutations=content.get("permutations", usual.permutations),
        seed=content.get("seed", usual.seed),
        dropped_items=content.get("dropped_items", []),
        notes=content.get("notes", ""),
        method=content.get("method", usual.method),
        marginal=content.get("marginal_below") is not None,
    )


def _back(study: str) -> Response:
    return redirect(url_for("unmask.unmask", study=study), 303)
