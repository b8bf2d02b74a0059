"""Reliability: agreement of the coders, item by item and subscale by subscale."""

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.services import marks
from coder_app.services import reliability as reliability_service
from coder_app.services.export import list_files
from coder_app.web.access import actor, allowed, database
from coder_app.web.charts import forest_axis
from coder_app.web.lead import reliability_page
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.reliability_methods import write_methods
from coder_app.web.lead.reliability_words import lede_of, nothing_yet
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.selection_form import selection_settings, show_selection

blueprint = Blueprint("reliability", __name__)


@blueprint.get("/studies/<study>/reliability")
@allowed(Act.SEE_RELIABILITY)
def reliability(study: str):
    """Show how well the coders agree on the recordings that all of them have submitted."""
    found = result_or_pending(reliability_service.KIND, selection_settings())
    if isinstance(found, Response):
        return found
    axis = forest_axis()
    scales = reliability_page.show_scales(found.content, found.inputs, axis)
    with database().read() as db:
        marked = marks.get_marks(db, actor())
        selection = show_selection(db)
    return render_template(
        "lead/reliability.html",
        marks=marked,
        selection=selection,
        axis=axis,
        scales=scales,
        legend=max((scale.scores for scale in scales), key=len, default=()),
        rare=[row for scale in scales for row in scale.rare],
        prevalent=[
            f"{item.label}: {item.prevalent}"
            for scale in scales
            for item in scale.items
            if item.prevalent and not item.rare
        ],
        holes=[sentence for scale in scales for sentence in scale.holes],
        subscales=reliability_page.show_subscales(found.content),
        lede=lede_of(found.content),
        missing=nothing_yet(found.content),
        methods=write_methods(found.content),
        kept=selection_settings(),
        settings=found.content["settings"],
        dropped=found.content["dropped_items"],
        ratings_files=[one for one in list_files(found, reliability_service.KIND) if "-ratings-" in one.name],
        figures=list_figure_files(reliability_service.KIND, found.content),
        may_plan=actor().can(Act.RECORD_PLAN),
        computed_at=found.computed_at,
    )
