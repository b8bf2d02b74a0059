"""The sample: which ruptures would be coded, the list once it is frozen, and what later scores make of it."""

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing
from coder_app.services import rupture, sample_changes, snapshot
from coder_app.services import sample as sample_service
from coder_app.services.errors import NotFound, Refused
from coder_app.services.sample import SampleView
from coder_app.services.sample_proposal import SampleProposal
from coder_app.services.sample_tables import write_changes, write_sample
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import sample_page
from coder_app.web.lead.results import REFRESH_SECONDS, result_or_pending
from coder_app.web.lead.rupture_form import SettingsForm, as_entries, describe
from coder_app.web.lead.rupture_request import answer_invalid, find_proposal, frozen_and_form
from coder_app.web.lead.rupture_words import counted
from coder_app.web.lead.sample_page import NOTHING_CHOSEN, Choice
from coder_app.web.lead.sample_words import summary

blueprint = Blueprint("sample", __name__)

COUNT = "count"
STALE = "The scores have changed since this page was opened. Open it again, then freeze."


@blueprint.get("/studies/<study>/sample")
@allowed(Act.SEE_ALLIANCE)
def sample(study: str):
    """Show the frozen sample; before it is frozen, what these settings would take in and leave out."""
    frozen, form = frozen_and_form()
    if frozen is not None:
        return _show_frozen(frozen)
    actor().check_sees(Thing.COVERAGE)
    if not form.validate():
        return answer_invalid(form)
    found = result_or_pending(rupture.KIND, form.settings())
    return found if isinstance(found, Response) else _show_proposal(found, find_proposal(found))


@blueprint.post("/studies/<study>/sample/freeze")
@allowed(Act.FREEZE_SAMPLE)
def freeze(study: str):
    """Freeze the sequences that are ticked, or count them first; what is left out needs a reason."""
    form = SettingsForm(request.form)
    if not form.validate():
        raise Refused("These settings cannot be followed. Open the sample again and choose others.")
    choice = sample_page.read_choice(request.form)
    counts_only = request.form.get("act") == COUNT
    if counts_only or choice.errors:
        with database().read() as db:
            found = snapshot.find(db, actor(), rupture.KIND, form.settings())
        if found is None:
            raise Refused(STALE)
        page = _show_proposal(found, find_proposal(found), choice)
        return (page, 200) if counts_only else (page, 422)
    with database().write() as db:
        sample_service.freeze(db, actor(), form.settings(), choice.reasons, choice.offered)
    return redirect(url_for("sample.sample", study=study), 303)


@blueprint.post("/studies/<study>/sample/release")
@allowed(Act.FREEZE_SAMPLE)
def release(study: str):
    """Release the frozen sample while nothing is allotted."""
    with database().write() as db:
        sample_service.unfreeze(db, actor())
    return redirect(url_for("sample.sample", study=study), 303)


@blueprint.get("/studies/<study>/sample/sample.csv")
@allowed(Act.SEE_ALLIANCE)
def sample_csv(study: str):
    """Give the frozen sequences and what was left out, with the settings and the reasons."""
    return attached("sample.csv", write_sample(_frozen()))


@blueprint.get("/studies/<study>/sample/sample-changes.csv")
@allowed(Act.SEE_ALLIANCE)
def changes_csv(study: str):
    """Give every frozen sequence beside what the scores of today say of it."""
    frozen = _frozen()
    found = result_or_pending(rupture.KIND, frozen.settings)
    if isinstance(found, Response):
        return found
    changes = sample_changes.compare(frozen, found.content)
    return attached("sample-changes.csv", write_changes(frozen, changes))


def _frozen() -> SampleView:
    with database().read() as db:
        frozen = sample_service.find_sample(db, actor())
    if frozen is None:
        raise NotFound
    return frozen


def _may_change() -> bool:
    return actor().can(Act.FREEZE_SAMPLE) and actor().phase is Phase.SETUP


def _show_frozen(frozen: SampleView) -> Response | str:
    """The list is there at once; what today's scores make of it may have to be computed first."""
    changes = waits = None
    if frozen.scores_changed:
        found = result_or_pending(rupture.KIND, frozen.settings)
        if isinstance(found, Snapshot):
            changes = sample_changes.compare(frozen, found.content)
        elif found.status_code == 202:
            waits = "waiting"
        else:
            # It failed, or was asked for once more: the page of the work says what can be done.
            return found
    page = render_template(
        "lead/sample.html",
        frozen=frozen,
        said=describe(frozen.settings),
        n_sequences=counted(frozen.n_sequences),
        changes=changes,
        changed_rows=sample_page.list_changes(changes) if changes else (),
        summary=summary(changes) if changes else None,
        waits=waits,
        may_change=_may_change(),
    )
    response = make_response(page)
    if waits:
        response.headers["Refresh"] = str(REFRESH_SECONDS)
    return response


def _show_proposal(found: Snapshot, proposal: SampleProposal, choice: Choice = NOTHING_CHOSEN) -> str:
    chosen = choice.apply(proposal)
    return render_template(
        "lead/sample_proposal.html",
        proposal=proposal,
        chosen=chosen,
        groups=sample_page.list_groups(proposal, choice),
        n_errors=len(choice.errors),
        has_scores=bool(found.content["analyses"]),
        n_sequences=counted(chosen.n_sequences),
        said=describe(proposal.settings),
        entries=as_entries(proposal.settings),
        may_change=_may_change(),
    )
