"""Reliability: agreement of the coders, item by item and subscale by subscale."""

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.services import marks
from coder_app.services import reliability as reliability_service
from coder_app.services.export import File, list_files
from coder_app.services.reliability_tables import file_names
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.charts import words_axis
from coder_app.web.lead import reliability_page
from coder_app.web.lead.apa_tables import list_apa_files
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.how import explain_reliability
from coder_app.web.lead.methods_beside import find_beside
from coder_app.web.lead.reliability_beside import show_against, show_second
from coder_app.web.lead.reliability_evidence import say_rounds, show_entering, show_holes
from coder_app.web.lead.reliability_form import (
    address_entries,
    reliability_settings,
    say_settings,
    show_against_form,
    show_settings_form,
)
from coder_app.web.lead.reliability_methods import write_methods
from coder_app.web.lead.reliability_words import lede_of, nothing_yet
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.selection_form import show_selection

blueprint = Blueprint("reliability", __name__)

TEMPLATE = "lead/reliability.html"


@blueprint.get("/studies/<study>/reliability")
@allowed(Act.SEE_RELIABILITY)
def reliability(study: str):
    """Show how well the coders agree on the recordings that two or more of them have submitted."""
    found = result_or_pending(reliability_service.KIND, reliability_settings())
    if isinstance(found, Response):
        return found
    with database().read() as db:
        marked = marks.get_marks(db, actor())
        selection = show_selection(db)
        against_form = show_against_form(db)
    return render_template(
        TEMPLATE,
        marks=marked,
        selection=selection,
        against_form=against_form,
        settings_form=show_settings_form(),
        figures=list_figure_files(reliability_service.KIND, found.content),
        may_plan=actor().can(Act.RECORD_PLAN) and actor().phase is not Phase.UNMASKED,
        kept=address_entries(),
        kept_result=None,
        **show_page(found) | {"methods": write_methods(found.content, find_beside())},
    )


def show_kept(found: Snapshot) -> dict[str, Any]:
    """Return what the page needs of a kept result; what belongs to the study as it is now is left out."""
    return show_page(found) | {"marks": None, "figures": [], "may_plan": False, "kept": {}}


def list_kept_files(found: Snapshot) -> list[File]:
    """Return the files of a kept result, from what is stored of it only."""
    about = "Paragraphs for the methods section of a paper."
    methods = File("reliability-methods.txt", about, write_methods(found.content).text)
    return [*list_files(found, reliability_service.KIND), methods, *list_apa_files(found.content)]


def show_page(found: Snapshot) -> dict[str, Any]:
    """Return what the page shows of a result and of nothing else, so that a kept one looks as it did."""
    content = found.content
    settings = content["settings"]
    axis = words_axis(settings["words"])
    scales = reliability_page.show_scales(content, found.inputs, axis)
    return {
        "axis": axis,
        "scales": scales,
        "legend": max((scale.scores for scale in scales), key=len, default=()),
        "rare": [row for scale in scales for row in scale.rare],
        "prevalent": [
            f"{item.label}: {item.prevalent}"
            for scale in scales
            for item in scale.items
            if item.prevalent and not item.rare
        ],
        "not_codable": [said for scale in scales for said in scale.not_codable],
        "holes": show_holes(content),
        "entering": show_entering(content),
        "rounds": say_rounds(content["selection"]),
        "besides": [one for one in (show_second(content, axis), show_against(content, axis)) if one],
        "subscales": reliability_page.show_subscales(content),
        "lede": lede_of(content),
        "missing": nothing_yet(content),
        "methods": write_methods(content),
        "how": explain_reliability(found),
        "settings": settings,
        "said_settings": [
            ("Ratings", f"{say_rounds(content['selection'])}, as first submitted"),
            *say_settings(settings),
        ],
        "level": f"{100 * settings['confidence']:.0f}%",
        "dropped": _name_dropped(content),
        "ratings_files": [
            f"reliability-ratings-{name}.csv" for name in file_names(found.inputs["instruments"])
        ],
        "computed_at": found.computed_at,
    }


def _name_dropped(content: dict[str, Any]) -> list[str]:
    labels = {item["code"]: item["label"] for found in content["instruments"] for item in found["items"]}
    return [labels.get(code, code) for code in content["dropped_items"]]
