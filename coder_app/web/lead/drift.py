"""Drift: whether coders come to rate higher or lower than the others in the course of the coding."""

from typing import Any

from flask import Blueprint, render_template
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.services import drift as drift_service
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import allowed
from coder_app.web.lead import drift_page
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.how import explain_drift
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("drift", __name__)

TEMPLATE = "lead/drift.html"


@blueprint.get("/studies/<study>/reliability/drift")
@allowed(Act.SEE_RELIABILITY)
def drift(study: str):
    """Show alarms first, then the charts that they come from, by scale."""
    found = result_or_pending(drift_service.KIND, {})
    if isinstance(found, Response):
        return found
    return render_template(
        TEMPLATE,
        figures=list_figure_files(drift_service.KIND, found.content),
        kept_result=None,
        **show_page(found),
    )


def show_kept(found: Snapshot) -> dict[str, Any]:
    """Return what the page needs of a kept result."""
    return show_page(found) | {"figures": []}


def show_page(found: Snapshot) -> dict[str, Any]:
    """Return what the page shows of a result and of nothing else, so that a kept one looks as it did."""
    content = found.content
    return {
        "alarms": drift_page.show_alarms(content),
        "scales": drift_page.show_scales(content),
        "baseline": drift_page.baseline_words(content),
        "limits": drift_page.limit_words(content),
        "how": explain_drift(found),
        "settings": content["settings"],
        "computed_at": found.computed_at,
    }
