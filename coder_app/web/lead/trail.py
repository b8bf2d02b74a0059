"""The audit trail: read it, filter it, verify it, download it."""

import json
from datetime import date, datetime, time, timedelta

from flask import Blueprint, render_template, request, url_for
from sqlalchemy.orm import Session
from wtforms import DateField, Form, SelectField
from wtforms.validators import Optional, ValidationError

from coder_app.domain.permissions import Act
from coder_app.services import trail
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached

blueprint = Blueprint("trail", __name__)

_FILTERS = ("act", "person", "since", "until")
_LARGEST_SEQ = 2**31 - 1
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2999, 12, 31)


def _in_reach(_form: Form, field: DateField) -> None:
    """The first and last days of the calendar have no day before or after them in another time zone."""
    if field.data and not FIRST_DAY <= field.data <= LAST_DAY:
        raise ValidationError(f"Give a day from {FIRST_DAY} to {LAST_DAY}.")


class FilterForm(Form):
    """Which acts are shown."""

    act = SelectField("Act", [Optional()], default="")
    person = SelectField("Person", [Optional()], default="")
    since = DateField("From", [Optional(), _in_reach])
    until = DateField("To", [Optional(), _in_reach])


@blueprint.get("/studies/<study>/audit")
@allowed(Act.SEE_AUDIT)
def audit_trail(study: str):
    """Show acts, the newest first; on request, verify the whole chain."""
    with database().read() as db:
        return _page(db, study, _filter_form(db))


@blueprint.get("/studies/<study>/audit.csv")
@allowed(Act.SEE_AUDIT)
def download(study: str):
    """Download the acts that the filter lets through, the newest first, or say what is wrong with it."""
    with database().read() as db:
        form = _filter_form(db)
        if not form.validate():
            return _page(db, study, form)
        csv = trail.export_csv(db, actor(), _wanted(form))
    return attached("audit_trail.csv", csv)


def _page(db: Session, study: str, form: FilterForm) -> tuple[str, int]:
    page = trail.list_entries(db, actor(), _wanted(form), before=_before())
    chosen = {name: request.args[name] for name in _FILTERS if request.args.get(name)}
    html = render_template(
        "lead/trail.html",
        form=form,
        page=page,
        chain=trail.verify(db, actor()) if "verify" in request.args else None,
        begins=_before() is None,
        here=url_for("trail.audit_trail", study=study),
        newest_url=url_for("trail.audit_trail", study=study, **chosen),
        older_url=url_for("trail.audit_trail", study=study, **chosen, before=page.older),
        csv_url=url_for("trail.download", study=study, **chosen),
        as_json=lambda value: json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True),
    )
    return html, 422 if form.errors else 200


def _filter_form(db: Session) -> FilterForm:
    form = FilterForm(request.args)
    form.act.choices = [("", "every act"), *((act, act) for act in trail.list_acts(db, actor()))]
    form.person.choices = [("", "everybody"), *trail.list_persons(db, actor())]
    return form


def _wanted(form: FilterForm) -> trail.Filter:
    if not form.validate():
        return trail.Filter()
    return trail.Filter(
        act=form.act.data or None,
        person=form.person.data or None,
        since=_midnight(form.since.data),
        until=_midnight(form.until.data, days=1),
    )


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    """Return the moment at which a day begins here, or the day so many days later."""
    return datetime.combine(day + timedelta(days), time()).astimezone() if day else None


def _before() -> int | None:
    before = request.args.get("before", type=int)
    return before if before is not None and 0 < before <= _LARGEST_SEQ else None
