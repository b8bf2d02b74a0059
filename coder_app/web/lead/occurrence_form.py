"""What the comparisons are of: who the therapist is, and which covariates are one for each therapist."""

from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import SelectField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired

from coder_app.services.occurrence import UNITS
from coder_app.web.lead.rupture_address import address_settings, chosen_entries
from coder_app.web.lead.rupture_form import as_choices

THERAPIST = "therapist"
# What a covariate is of stands in the address as of:child_age=dyad.
OF = "of:"
LABELS = dict(zip(UNITS, ("of the dyad", "of the therapist", "not compared"), strict=True))


def occurrence_settings() -> dict[str, Any]:
    """Return the settings that the address means; raise NotFound where they cannot be followed."""
    return address_settings() | chosen_units()


def chosen_units() -> dict[str, Any]:
    """Return what the address chooses of the comparisons; what is not chosen is guessed, and not there."""
    units = {
        name.removeprefix(OF): unit
        for name, unit in sorted(request.args.items())
        if name.startswith(OF) and unit in UNITS
    }
    chosen: dict[str, Any] = {"units": units} if units else {}
    if request.args.get(THERAPIST):
        chosen[THERAPIST] = request.args[THERAPIST]
    return chosen


def occurrence_entries() -> dict[str, str]:
    """Return what the address says, to be kept in links."""
    of = {name: unit for name, unit in request.args.items() if name.startswith(OF)}
    return chosen_entries(THERAPIST) | of


def units_form(compared: dict[str, Any]) -> BaseForm:
    """Return the form that shows what was compared."""
    names = sorted([*compared["units"], *filter(None, [compared[THERAPIST]])])
    therapists = {"": "nobody says"} if compared[THERAPIST] is None else {}
    choices = as_choices(therapists | {name: name for name in names})
    needed = [InputRequired()]
    fields: dict[str, Any] = {
        THERAPIST: SelectField("Who the therapist is", needed, id="therapist", choices=choices)
    }
    entries = {THERAPIST: compared[THERAPIST] or ""}
    for place, name in enumerate(sorted(compared["units"])):
        label = name.replace("_", " ")
        fields[OF + name] = SelectField(label, needed, id=f"unit-{place}", choices=as_choices(LABELS))
        entries[OF + name] = compared["units"][name]
    form = BaseForm(fields)
    form.process(MultiDict(entries))
    return form
