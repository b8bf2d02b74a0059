"""Same coder again: how far each coder agrees with themselves on recordings that came back."""

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.services import repeat as repeat_service
from coder_app.services import repeat_progress
from coder_app.services.export import list_files
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.charts import forest_axis
from coder_app.web.lead import repeats_page
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.how import explain_repeats
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("repeats", __name__)

TEMPLATE = "lead/repeats.html"


@blueprint.get("/studies/<study>/reliability/repeats")
@allowed(Act.SEE_RELIABILITY)
def repeats(study: str):
    """Show the agreement of both times for each coder, and how far the repeats are."""
    found = result_or_pending(repeat_service.KIND, {})
    if isinstance(found, Response):
        return found
    with database().read() as db:
        made = repeat_progress.find_repeats(db, actor()) if actor().can(Act.SEE_PROGRESS) else None
    return render_template(
        TEMPLATE,
        made=made,
        may_set_up=made is None and actor().can(Act.ALLOT) and actor().phase is Phase.CODING,
        figures=list_figure_files(repeat_service.KIND, found.content),
        kept_result=None,
        **show_page(found),
    )


def show_kept(found: Snapshot) -> dict[str, Any]:
    """Return what the page needs of a kept result; how far the repeats are now is left out."""
    return show_page(found) | {"made": None, "may_set_up": False, "figures": []}


def show_page(found: Snapshot) -> dict[str, Any]:
    """Return what the page shows of a result and of nothing else, so that a kept one looks as it did."""
    content = found.content
    axis = forest_axis()
    scales = repeats_page.show_scales(content, axis)
    files = [one.name for one in list_files(found, repeat_service.KIND) if "-ratings-" in one.name]
    return {
        "axis": axis,
        "scales": scales,
        "lede": repeats_page.lede_of(content),
        "missing": repeats_page.nothing_yet(content),
        "files": list(zip((one.name for one in scales if one.coders), files, strict=True)),
        "how": explain_repeats(found),
        "settings": content["settings"],
        "least_days": content["least_days"],
        "computed_at": found.computed_at,
    }
