"""What every page of ruptures asks first: its settings, the frozen sample, and what could be coded."""

from flask import render_template, request

from coder_app.domain.visibility import Thing
from coder_app.services import rupture
from coder_app.services import sample as sample_service
from coder_app.services.sample import SampleView
from coder_app.services.sample_proposal import SampleProposal, propose
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, database
from coder_app.web.lead.rupture_form import SettingsForm, read_form


def frozen_and_form() -> tuple[SampleView | None, SettingsForm]:
    """Return the frozen sample and the settings of the address, which can differ from the sample's."""
    with database().read() as db:
        frozen = sample_service.find_sample(db, actor())
    return frozen, read_form(request.args, frozen.settings if frozen else rupture.DEFAULTS)


def find_proposal(found: Snapshot) -> SampleProposal | None:
    """Return what could be coded, or None for who may not see which sessions were recorded."""
    if not actor().sees(Thing.COVERAGE):
        return None
    with database().read() as db:
        return propose(db, actor(), found.content)


def answer_invalid(form: SettingsForm) -> tuple[str, int]:
    """Answer settings that cannot be followed with the form that says why."""
    return render_template("lead/ruptures_settings.html", form=form), 422
