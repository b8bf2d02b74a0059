"""The sample: which ruptures would be coded, and the list once it is frozen."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing
from coder_app.services import rupture
from coder_app.services import sample as sample_service
from coder_app.services.errors import Refused
from coder_app.web.access import actor, allowed, database
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.rupture_form import SettingsForm, as_entries, describe
from coder_app.web.lead.rupture_request import answer_invalid, find_proposal, frozen_and_form
from coder_app.web.lead.rupture_words import counted

blueprint = Blueprint("sample", __name__)


@blueprint.get("/studies/<study>/sample")
@allowed(Act.SEE_ALLIANCE)
def sample(study: str):
    """Show the frozen sample; before it is frozen, what these settings would take in and leave out."""
    frozen, form = frozen_and_form()
    may_change = actor().can(Act.FREEZE_SAMPLE) and actor().phase is Phase.SETUP
    if frozen is not None:
        return render_template(
            "lead/sample.html",
            frozen=frozen,
            said=describe(frozen.settings),
            n_sequences=counted(frozen.n_sequences),
            entries=as_entries(frozen.settings),
            may_change=may_change,
        )
    actor().check_sees(Thing.COVERAGE)
    if not form.validate():
        return answer_invalid(form)
    found = result_or_pending(rupture.KIND, form.settings())
    if isinstance(found, Response):
        return found
    proposal = find_proposal(found)
    return render_template(
        "lead/sample_proposal.html",
        proposal=proposal,
        has_scores=bool(found.content["analyses"]),
        n_sequences=counted(proposal.n_sequences),
        said=describe(proposal.settings),
        entries=as_entries(proposal.settings),
        may_change=may_change,
    )


@blueprint.post("/studies/<study>/sample/freeze")
@allowed(Act.FREEZE_SAMPLE)
def freeze(study: str):
    """Freeze the sample that the settings of the form give."""
    form = SettingsForm(request.form)
    if not form.validate():
        raise Refused("These settings cannot be followed. Open the sample again and choose others.")
    with database().write() as db:
        sample_service.freeze(db, actor(), form.settings())
    return redirect(url_for("sample.sample", study=study), 303)


@blueprint.post("/studies/<study>/sample/release")
@allowed(Act.FREEZE_SAMPLE)
def release(study: str):
    """Release the frozen sample while nothing is allotted."""
    with database().write() as db:
        sample_service.unfreeze(db, actor())
    return redirect(url_for("sample.sample", study=study), 303)
