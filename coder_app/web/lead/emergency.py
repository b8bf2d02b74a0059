"""Concerns in numbers, and the opening of one recording in an emergency."""

from flask import Blueprint, redirect, render_template, request, url_for
from wtforms import Form, PasswordField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from coder_app.domain.permissions import Act
from coder_app.services import concern
from coder_app.services import emergency as emergency_service
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, database
from coder_app.web.password_again import WRONG_PASSWORD, WrongPassword, check_password

blueprint = Blueprint("emergency", __name__)


class OpenOneForm(Form):
    """Opens the recording of one concern."""

    reference = StringField(
        "Reference of the concern",
        [InputRequired("Give the reference."), Length(max=40)],
        description="The coder and the contact have it, as 3F9A-21BC.",
    )
    reason = TextAreaField(
        "Reason",
        [InputRequired("Give the reason."), Length(max=emergency_service.LONGEST_REASON)],
        description="Stands in the audit trail word for word, so name nobody.",
    )
    password = PasswordField(
        "Your password",
        [InputRequired("Type your password."), Length(max=1000)],
        description="Once more, for this act only.",
    )


@blueprint.get("/studies/<study>/emergency")
@allowed(Act.OPEN_RECORDING)
def emergency(study: str):
    """Show how many concerns there are and, to who may, the form that opens one recording."""
    return _page(OpenOneForm(reference=request.args.get("reference", "")))


@blueprint.post("/studies/<study>/emergency")
@allowed(Act.OPEN_RECORDING)
def open_one(study: str):
    """Open the recording of one concern: reference, reason, and the password once more."""
    emergency_service.check_may_open(actor())
    form = OpenOneForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        with database().read() as db:
            wanted = emergency_service.find_open_concern(db, actor(), form.reference.data)
        check_password(
            form.password.data,
            lambda db: emergency_service.record_refusal(db, actor(), wanted, "wrong password"),
        )
        with database().write() as db:
            emergency_service.open_recording(db, actor(), wanted, form.reason.data)
    except WrongPassword:
        form.password.errors = [WRONG_PASSWORD]
        return _page(form), 422
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return _page(form), 422
    return redirect(url_for("emergency.opened", study=study, concern=wanted), 303)


@blueprint.get("/studies/<study>/emergency/<concern>")
@allowed(Act.OPEN_RECORDING)
def opened(study: str, concern: str):
    """Show again where a recording comes from to whoever has opened it; each look is on record."""
    with database().write() as db:
        found = emergency_service.see_opened(db, actor(), concern)
    return render_template("lead/emergency_opened.html", opened=found)


def _page(form: OpenOneForm) -> str:
    with database().read() as db:
        counts = concern.count(db, actor())
    return render_template(
        "lead/emergency.html",
        counts=counts,
        may_open=emergency_service.may_open(actor()),
        reads=actor().can(Act.ANSWER_CONCERN),
        form=form,
    )
