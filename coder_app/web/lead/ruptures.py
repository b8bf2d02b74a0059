"""Ruptures: preview settings and look at every series; nothing that is stored changes with them."""

from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import Form, SelectField

from coder_app.domain.permissions import Act
from coder_app.services import rupture
from coder_app.services.errors import Refused
from coder_app.services.rupture_tables import write_ruptures, write_series
from coder_app.services.sample_proposal import SampleProposal
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import rupture_page, rupture_settings
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.rupture_address import ALL_SERIES, choose_series, read_scales
from coder_app.web.lead.rupture_blueprint import blueprint
from coder_app.web.lead.rupture_form import SettingsForm, as_choices, describe
from coder_app.web.lead.rupture_request import answer_invalid, find_proposal, frozen_and_form

__all__ = ["blueprint", "rupture_settings"]

MOST_DIGITS = 6


class SeriesForm(Form):
    """Which series is shown in full."""

    informant = SelectField("Informant and measure")
    dyad = SelectField("Dyad")


@blueprint.get("/studies/<study>/ruptures")
@allowed(Act.SEE_ALLIANCE)
def ruptures(study: str):
    """Show the ruptures under the settings of the address; nothing that is stored changes with them."""
    frozen, form = frozen_and_form()
    if not form.validate():
        return answer_invalid(form)
    found = result_or_pending(rupture.KIND, form.settings() | read_scales())
    if isinstance(found, Response):
        return found
    # What is coded are sequences of totals.
    proposal = None if read_scales() else find_proposal(found)
    shown = choose_series(found.content)
    if shown is None:
        return render_template("lead/ruptures_empty.html", n_dyads=found.content["n_dyads"])
    return render_template(
        "lead/ruptures.html",
        form=form,
        series_form=_series_form(found, shown),
        shown=shown,
        frozen=frozen,
        **_page(found, proposal, shown),
        **_links(form, shown),
        **_figures(found.content),
        **_scales_link(form, shown),
    )


@blueprint.get("/studies/<study>/ruptures/ruptures.csv")
@allowed(Act.SEE_ALLIANCE)
def ruptures_csv(study: str):
    """Give the list of ruptures, and who may see it which sessions lack a recording."""
    found = _found()
    if isinstance(found, Response):
        return found
    proposal = None if read_scales() else find_proposal(found)
    return attached("ruptures.csv", write_ruptures(found.content, proposal.candidates if proposal else None))


@blueprint.get("/studies/<study>/ruptures/series.csv")
@allowed(Act.SEE_ALLIANCE)
def series_csv(study: str):
    """Give every series with its limits."""
    found = _found()
    return found if isinstance(found, Response) else attached("series.csv", write_series(found.content))


def _found() -> Snapshot | Response:
    _, form = frozen_and_form()
    if not form.validate():
        raise Refused("These settings cannot be followed. Open the ruptures again and choose others.")
    return result_or_pending(rupture.KIND, form.settings() | read_scales())


def _scales_link(form: SettingsForm, shown: rupture_page.Shown) -> dict[str, Any]:
    """Where the subscales are series, too, and back; nothing where the study has no scores of any."""
    with database().read() as db:
        if not rupture.has_subscales(db, actor()):
            return {"scales_link": None}
    chosen = {name: request.args[name] for name in form.data if name in request.args}
    other = {} if read_scales() else {rupture.SCALES: rupture.SUBSCALES}
    kept = {"dyad": shown.dyad} | chosen | other
    return {
        "with_subscales": bool(read_scales()),
        "scales_link": url_for("ruptures.ruptures", study=actor().study_public_id, **kept),
    }


def _series_form(found: Snapshot, shown: rupture_page.Shown) -> SeriesForm:
    form = SeriesForm(informant=shown.key, dyad=shown.dyad)
    form.informant.choices = as_choices(rupture_page.keys_of(found.content))
    form.dyad.choices = as_choices({one["dyad"]: one["dyad"] for one in shown.analysis["series"]})
    return form


def _page(found: Snapshot, proposal: SampleProposal | None, shown: rupture_page.Shown) -> dict[str, Any]:
    content, settings = found.content, found.content["settings"]
    at_hand = None
    if proposal is not None:
        whose = (shown.analysis["informant"], shown.analysis["measure"])
        at_hand = sum((one.informant, one.measure) == whose for one in proposal.sequences)
    candidates = proposal.candidates if proposal else ()
    lacking = {(one.informant, one.measure, one.dyad, one.central): one.not_recorded for one in candidates}
    return {
        "label": rupture_page.keys_of(content)[shown.key],
        "large": rupture_page.large_series(
            shown, settings, found.inputs["mean_items"], found.inputs["sessions"]
        ),
        "pages": rupture_page.small_series(shown, settings, found.inputs["sessions"], _page_number()),
        "at_hand": at_hand,
        "elsewhere": rupture_page.range_elsewhere(shown.analysis),
        "said": describe(settings),
        "settings": settings,
        "proposal": proposal,
        "lacking": lacking,
        "computed_at": found.computed_at,
    }


def _figures(content: dict[str, Any]) -> dict[str, Any]:
    """Return the figures of the page by their picture."""
    return {"figures": {one.picture: one for one in list_figure_files(rupture.KIND, content)}}


def _page_number() -> int | None:
    page = request.args.get("page", "")
    return int(page) if page.isascii() and page.isdigit() and len(page) < MOST_DIGITS else None


def _links(form: SettingsForm, shown: rupture_page.Shown) -> dict[str, Any]:
    """Addresses that keep the settings of this page."""
    chosen = {name: request.args[name] for name in form.data if name in request.args} | read_scales()
    study = actor().study_public_id
    here = {"informant": shown.key, **chosen}
    if not shown.only_ruptures:
        here["show"] = ALL_SERIES

    def at(dyad: str | None = None, **other: str | None) -> str:
        return url_for("ruptures.ruptures", study=study, **(here | {"dyad": dyad or shown.dyad} | other))

    return {
        "at": at,
        "chosen": chosen,
        "sensitivity_link": url_for("sensitivity.sensitivity", study=study, informant=shown.key, **chosen),
        "tables_link": url_for("rupture_tables.tables", study=study, **chosen),
        "settings_link": url_for("ruptures.settings", study=study, **chosen),
        "ruptures_csv": url_for("ruptures.ruptures_csv", study=study, **chosen),
        "series_csv": url_for("ruptures.series_csv", study=study, **chosen),
        "sample_link": url_for("sample.sample", study=study, **chosen),
        "usual_link": url_for("ruptures.ruptures", study=study, informant=shown.key, dyad=shown.dyad),
    }
