"""Settings under a name: keep those of a page, open or delete kept ones, and compare what they find."""

from typing import Any

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms import Form, StringField
from wtforms.validators import InputRequired, Length

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.services import rupture_sets, rupture_settings
from coder_app.services.errors import Refused
from coder_app.services.rupture_settings import LONGEST_NAME, NamedSettings
from coder_app.services.rupture_tables import write_compared
from coder_app.services.sample_proposal import propose
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.rupture_address import chosen_entries, read_settings
from coder_app.web.lead.rupture_blueprint import blueprint
from coder_app.web.lead.rupture_compare import compare, list_compared
from coder_app.web.lead.rupture_form import SettingsForm, as_entries, describe

# Stands in addresses for the settings of the page that one comes from.
HERE = "here"


class NameForm(Form):
    """The name under which settings are kept."""

    name = StringField(
        "Name of these settings",
        [InputRequired("Give a name."), Length(max=LONGEST_NAME)],
        description="For example: as preregistered.",
    )


@blueprint.get("/studies/<study>/ruptures/settings")
@allowed(Act.SEE_ALLIANCE)
def settings(study: str):
    """List the settings with a name, and compare those that are chosen."""
    form = read_settings()
    if not form.validate():
        return render_template("lead/ruptures_settings.html", form=form), 422
    sets = _chosen(form)
    page = _page(form, sets)
    if len(sets) < rupture_sets.FEWEST:
        return render_template("lead/rupture_settings.html", **page)
    found = result_or_pending(rupture_sets.KIND, {"sets": [one.settings for one in sets]})
    if isinstance(found, Response):
        return found
    return render_template("lead/rupture_settings.html", **page | _comparison(found, sets))


@blueprint.get("/studies/<study>/ruptures/settings/compared.csv")
@allowed(Act.SEE_ALLIANCE)
def compared_csv(study: str):
    """Give every rupture that any of the chosen settings finds, one row for each of the settings."""
    form = read_settings()
    sets = _chosen(form) if form.validate() else []
    if len(sets) < rupture_sets.FEWEST:
        raise Refused("Choose two sets of settings or more to compare.")
    found = result_or_pending(rupture_sets.KIND, {"sets": [one.settings for one in sets]})
    if isinstance(found, Response):
        return found
    return attached("settings-compared.csv", write_compared(found.content, [one.name for one in sets]))


@blueprint.post("/studies/<study>/ruptures/settings/keep")
@allowed(Act.RECORD_PLAN)
def keep_settings(study: str):
    """Keep the settings of the form under a name."""
    form, named = SettingsForm(request.form), NameForm(request.form)
    if not form.validate():
        raise Refused("These settings cannot be followed. Open the ruptures again and choose others.")
    if not named.validate():
        page = _page(form, []) | {"name_form": named}
        return render_template("lead/rupture_settings.html", **page), 422
    with database().write() as db:
        rupture_settings.keep_settings(db, actor(), named.name.data, form.settings())
    return redirect(url_for("ruptures.settings", study=study, **as_entries(form.settings())), 303)


@blueprint.post("/studies/<study>/ruptures/settings/<rupture_settings_id>/delete")
@allowed(Act.RECORD_PLAN)
def delete_settings(study: str, rupture_settings_id: str):
    """Delete settings that are kept."""
    with database().write() as db:
        rupture_settings.delete_settings(db, actor(), rupture_settings_id)
    return redirect(url_for("ruptures.settings", study=study), 303)


def _all(form: SettingsForm) -> list[NamedSettings]:
    """The settings of the address first, then all with a name."""
    with database().read() as db:
        known = rupture_settings.list_settings(db, actor())
    own = form.settings()
    same = next((one.name for one in known if one.settings == own), None)
    name = f"Settings of the page (as “{same}”)" if same else "Settings of the page"
    return [NamedSettings(HERE, name, own), *known]


def _chosen(form: SettingsForm) -> list[NamedSettings]:
    wanted = request.args.getlist("set")
    sets = [one for one in _all(form) if one.key in wanted]
    if len(sets) > rupture_sets.MOST:
        raise Refused(f"Choose at most {rupture_sets.MOST} sets of settings to compare.")
    return sets


def _page(form: SettingsForm, sets: list[NamedSettings]) -> dict[str, Any]:
    study = actor().study_public_id
    chosen = {one.key for one in sets}
    rows = [
        {
            "one": one,
            "said": describe(one.settings),
            "chosen": one.key in chosen,
            "open": url_for("ruptures.ruptures", study=study, **as_entries(one.settings)),
        }
        for one in _all(form)
    ]
    return {
        "rows": rows,
        "entries": as_entries(form.settings()),
        "chosen": chosen_entries(),
        "said": describe(form.settings()),
        "name_form": NameForm(),
        "may_keep": actor().can(Act.RECORD_PLAN),
        "most": rupture_sets.MOST,
        "asked": "set" in request.args and len(sets) < rupture_sets.FEWEST,
        "informants": None,
    }


def _comparison(found: Snapshot, sets: list[NamedSettings]) -> dict[str, Any]:
    csv = url_for(
        "ruptures.compared_csv",
        study=actor().study_public_id,
        set=[one.key for one in sets],
        **chosen_entries(),
    )
    return {
        "sets": list_compared(sets),
        "informants": compare(found.content, _complete(found)),
        "csv": csv,
        "n_dyads": found.content["n_dyads"],
    }


def _complete(found: Snapshot) -> list[dict[tuple[str, str], int]] | None:
    """Sequences with all three recordings, by informant and measure; None for who may not know."""
    if not actor().sees(Thing.COVERAGE):
        return None
    counts: list[dict[tuple[str, str], int]] = []
    with database().read() as db:
        for one in found.content["sets"]:
            here: dict[tuple[str, str], int] = {}
            for sequence in propose(db, actor(), one).sequences:
                key = (sequence.informant, sequence.measure)
                here[key] = here.get(key, 0) + 1
            counts.append(here)
    return counts
