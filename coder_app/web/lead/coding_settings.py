"""The settings of the coder's room: how coders listen, and whom they turn to when a child may not be safe."""

from flask import Blueprint, redirect, render_template, request, url_for
from wtforms import BooleanField, Form, IntegerField, RadioField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from coder_app.domain.coding_settings import CAPS, LONGEST_NAME, LONGEST_WAY, CodingSettings
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.services import coding_settings as settings_service
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, database

blueprint = Blueprint("coding_settings", __name__)


class SettingsForm(Form):
    """How coders listen, and the safeguarding contact."""

    speed_cap = RadioField(
        "Fastest speed",
        [InputRequired("Choose a speed.")],
        choices=[SelectChoice(f"{cap:g}", f"{cap:g}×") for cap in CAPS],
        description="Coders choose among 0.75× and the speeds up to this one. The pitch stays the same.",
    )
    minimum_heard = IntegerField(
        "Share of a recording that has to be heard, in per cent",
        [
            InputRequired("Give a share; 0 asks for nothing."),
            NumberRange(0, 100, "Give a share from 0 to 100."),
        ],
        description="A coder who has heard less can submit, but has to say why. 0 asks for nothing.",
    )
    one_listening = BooleanField("One listening for two forms")
    contact_name = StringField("Name", [Optional(), Length(max=LONGEST_NAME)])
    contact_reached = StringField("How to reach the person", [Optional(), Length(max=LONGEST_WAY)])


@blueprint.get("/studies/<study>/coding-settings")
@allowed(Act.SET_UP_CODING)
def settings(study: str):
    """Show the settings as they are."""
    with database().read() as db:
        stored = settings_service.get_settings(db, actor())
    form = SettingsForm(
        speed_cap=f"{stored.speed_cap:g}",
        minimum_heard=round(100 * stored.minimum_heard),
        one_listening=stored.one_listening,
        contact_name=stored.contact_name,
        contact_reached=stored.contact_reached,
    )
    return _page(form, saved=request.args.get("saved") == "1")


@blueprint.post("/studies/<study>/coding-settings")
@allowed(Act.SET_UP_CODING)
def change(study: str):
    """Change the settings."""
    form = SettingsForm(request.form)
    if not form.validate():
        return _page(form), 422
    try:
        with database().write() as db:
            # Once the recordings are allotted the page has no such box.
            fixed = actor().phase is not Phase.SETUP
            stored = settings_service.get_settings(db, actor())
            new = _read(form, stored.one_listening if fixed else form.one_listening.data)
            settings_service.change_settings(db, actor(), new)
    except Refused as refusal:
        form.form_errors.append(str(refusal))
        return _page(form), 422
    return redirect(url_for("coding_settings.settings", study=study, saved=1), 303)


def _read(form: SettingsForm, one_listening: bool) -> CodingSettings:
    return CodingSettings(
        speed_cap=float(form.speed_cap.data),
        minimum_heard=form.minimum_heard.data / 100,
        one_listening=one_listening,
        contact_name=_line(form.contact_name.data),
        contact_reached=_line(form.contact_reached.data),
    )


def _line(text: str | None) -> str:
    # One line, and nothing that PostgreSQL refuses.
    return "".join(character for character in " ".join((text or "").split()) if character.isprintable())


def _page(form: SettingsForm, *, saved: bool = False) -> str:
    with database().read() as db:
        stored = settings_service.get_settings(db, actor())
    return render_template(
        "lead/coding_settings.html", form=form, stored=stored, saved=saved, phase=actor().phase
    )
