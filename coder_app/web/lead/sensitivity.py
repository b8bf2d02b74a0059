"""Sensitivity: how many ruptures there are, and which, under every definition of a grid."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.services import sensitivity as sensitivity_service
from coder_app.services.errors import Refused
from coder_app.services.sensitivity_tables import write_definitions, write_found
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed
from coder_app.web.downloads import attached
from coder_app.web.lead import sensitivity_page
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.rupture_address import chosen_entries, read_settings
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_page import keys_of
from coder_app.web.lead.sensitivity_curve import build_curve
from coder_app.web.lead.sensitivity_words import FOURTHS_SHORT, GROUP_SAID, grid_said

blueprint = Blueprint("sensitivity", __name__)


@blueprint.get("/studies/<study>/sensitivity")
@allowed(Act.SEE_ALLIANCE)
def sensitivity(study: str):
    """Show how much the ruptures of the settings in the address hang on these settings."""
    form = read_settings()
    if not form.validate():
        return render_template("lead/ruptures_settings.html", form=form), 422
    found = result_or_pending(sensitivity_service.KIND, form.settings())
    if isinstance(found, Response):
        return found
    if not found.content["analyses"]:
        return render_template("lead/ruptures_empty.html", n_dyads=found.content["n_dyads"])
    return render_template("lead/sensitivity.html", form=form, **_page(found))


@blueprint.get("/studies/<study>/sensitivity/definitions.csv")
@allowed(Act.SEE_ALLIANCE)
def definitions_csv(study: str):
    """Give what each definition finds, one row each."""
    found = _found()
    if isinstance(found, Response):
        return found
    return attached("sensitivity-definitions.csv", write_definitions(found.content))


@blueprint.get("/studies/<study>/sensitivity/ruptures.csv")
@allowed(Act.SEE_ALLIANCE)
def found_csv(study: str):
    """Give every rupture that any definition finds, with the share of definitions that do."""
    found = _found()
    return (
        found
        if isinstance(found, Response)
        else attached("sensitivity-ruptures.csv", write_found(found.content))
    )


def _found() -> Snapshot | Response:
    form = read_settings()
    if not form.validate():
        raise Refused("These settings cannot be followed. Open the sensitivity again and choose others.")
    return result_or_pending(sensitivity_service.KIND, form.settings())


def _page(found: Snapshot) -> dict[str, Any]:
    content, study = found.content, actor().study_public_id
    keys = keys_of(content)
    key = request.args.get("informant")
    key = key if key in keys else next(iter(keys))
    place = list(keys).index(key)
    analysis = content["analyses"][place]
    chosen = chosen_entries()
    shown, others = sensitivity_page.stable_rows(analysis)

    def series_link(dyad: str) -> str:
        here = {"informant": key, "dyad": dyad, "show": "all"}
        return url_for("ruptures.ruptures", study=study, **here, **chosen)

    def file(endpoint: str) -> str:
        return url_for(f"sensitivity.{endpoint}", study=study, **chosen)

    return {
        "key": key,
        "keys": [
            (label, url_for("sensitivity.sensitivity", study=study, informant=one, **chosen), one == key)
            for one, label in keys.items()
        ],
        "label": keys[key],
        "whose": f"{analysis['informant']} ({analysis['measure']})",
        "maps": sensitivity_page.count_maps(content, analysis),
        "shown": shown,
        "others": others,
        "typed": sensitivity_page.typed_rows(content, analysis),
        "fourths": [FOURTHS_SHORT[one] for one in content["grid"]["fourths"]],
        "curve": build_curve(content, analysis),
        "groups": GROUP_SAID,
        "summary": sensitivity_page.summary(content, analysis),
        "grid_said": grid_said(content["grid"], len(content["definitions"])),
        "said": describe(content["settings"]),
        "series_link": series_link,
        "definitions_csv": file("definitions_csv"),
        "found_csv": file("found_csv"),
        "figures": [
            one for one in list_figure_files(sensitivity_service.KIND, content) if one.label == keys[key]
        ],
        "computed_at": found.computed_at,
    }
