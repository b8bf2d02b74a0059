"""The settings of ruptures as they stand in the address of every page of the module."""

from typing import Any

from flask import request

from coder_app.services import sample as sample_service
from coder_app.services.errors import NotFound
from coder_app.services.rupture import DEFAULTS
from coder_app.web.access import actor, database
from coder_app.web.lead.rupture_form import SettingsForm, read_form


def read_settings() -> SettingsForm:
    """Return the form of the address; what is not given is as in the frozen sample, or usual."""
    with database().read() as db:
        frozen = sample_service.find_sample(db, actor())
    return read_form(request.args, frozen.settings if frozen else DEFAULTS)


def address_settings() -> dict[str, Any]:
    """Return the settings that the address means; raise NotFound where they cannot be followed."""
    form = read_settings()
    if not form.validate():
        raise NotFound
    return form.settings()


def chosen_entries(*more: str) -> dict[str, str]:
    """Return what the address says of the settings, and of `more`, to be kept in links."""
    names = (*SettingsForm().data, *more)
    return {name: request.args[name] for name in names if name in request.args}
