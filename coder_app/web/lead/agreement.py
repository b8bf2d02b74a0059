"""Rare and ordinal: agreement that needs no variance, item by item, and between each pair of coders."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.services import agreement as agreement_service
from coder_app.services import marks
from coder_app.services.reliability_tables import file_names
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.charts.dots import dots_axis
from coder_app.web.lead import agreement_page
from coder_app.web.lead.agreement_words import lede_of, nothing_yet
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.reliability_evidence import say_rounds
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.selection_form import selection_settings, show_selection

blueprint = Blueprint("agreement", __name__)


TEMPLATE = "lead/agreement.html"


@blueprint.get("/studies/<study>/reliability/agreement")
@allowed(Act.SEE_RELIABILITY)
def agreement(study: str):
    """Show how far the coders agree on each item, and each pair of coders with the other."""
    narrowed = selection_settings()
    found = result_or_pending(agreement_service.KIND, narrowed)
    if isinstance(found, Response):
        return found
    with database().read() as db:
        marked = marks.get_marks(db, actor())
        selection = show_selection(db)
    return render_template(
        TEMPLATE,
        selection=selection,
        narrowed=narrowed,
        marks=marked,
        pictures=list_figure_files(agreement_service.KIND, found.content),
        may_decide=actor().can(Act.RECORD_PLAN) and actor().phase is not Phase.UNMASKED,
        kept_result=None,
        **show_page(found),
    )


def show_kept(found: Snapshot) -> dict[str, Any]:
    """Return what the page needs of a kept result; what belongs to the study as it is now is left out."""
    return show_page(found) | {"marks": None, "pictures": [], "may_decide": False, "narrowed": {}}


def show_page(found: Snapshot) -> dict[str, Any]:
    """Return what the page shows of a result; the address says which figure of pairs, and of which item."""
    content = found.content
    items = agreement_page.list_items(content)
    figure = request.args.get("show", "")
    figure = figure if figure in agreement_page.FIGURES else agreement_page.USUAL
    item = request.args.get("item", "")
    item = item if any(item == code for _, listed in items for code, _ in listed) else ""
    axis = dots_axis(len(agreement_page.COEFFICIENTS))
    scales = agreement_page.show_scales(content, axis, figure, "")
    return {
        "lede": lede_of(content),
        "missing": nothing_yet(content),
        "axis": axis,
        "coefficients": agreement_page.COEFFICIENTS,
        "scales": scales,
        "of_pairs": agreement_page.show_scales(content, axis, figure, item) if item else scales,
        "legend": max((scale.scores for scale in scales), key=len, default=()),
        "figures": agreement_page.FIGURES,
        "figure": figure,
        "items": items,
        "item": item,
        "files": file_names(found.inputs["instruments"]),
        "settings": content["settings"],
        "rounds": say_rounds(content["selection"]),
        "here": url_for(request.endpoint, **request.view_args),
        "computed_at": found.computed_at,
    }
