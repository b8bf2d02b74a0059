"""The settings of ruptures as they stand in the address of every page of the module."""

from typing import Any

from flask import request

from coder_app.services import rupture
from coder_app.services.errors import NotFound
from coder_app.web.lead.rupture_form import SettingsForm
from coder_app.web.lead.rupture_page import Shown, choose
from coder_app.web.lead.rupture_request import frozen_and_form

# What says in an address which series are shown: whose, which in full, ALL_SERIES or those with a rupture.
SERIES = ("informant", "dyad", "show")
ALL_SERIES = "all"


def read_settings() -> SettingsForm:
    """Return the form of the address; what is not given is as in the frozen sample, or usual."""
    return frozen_and_form()[1]


def address_settings() -> dict[str, Any]:
    """Return the settings that the address means; raise NotFound where they cannot be followed."""
    form = read_settings()
    if not form.validate():
        raise NotFound
    return form.settings()


def read_scales() -> dict[str, str]:
    """Return what the address says of subscales: without it the series are those of totals."""
    wanted = request.args.get(rupture.SCALES) == rupture.SUBSCALES
    return {rupture.SCALES: rupture.SUBSCALES} if wanted else {}


def chosen_entries(*more: str) -> dict[str, str]:
    """Return what the address says of the settings, and of `more`, to be kept in links."""
    names = (*SettingsForm().data, *more)
    return {name: request.args[name] for name in names if name in request.args}


def choose_series(content: dict[str, Any]) -> Shown | None:
    """Return the series that the address asks for, as far as they are there; None without scores."""
    return choose(
        content,
        request.args.get("informant"),
        request.args.get("dyad"),
        only_ruptures=request.args.get("show") != ALL_SERIES,
    )
