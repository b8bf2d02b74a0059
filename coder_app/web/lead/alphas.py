"""Questionnaires: Cronbach's alpha of the alliance measures, session by session."""

from typing import Any

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.services import alphas as alphas_service
from coder_app.services.alphas_tables import write_alphas, write_answers
from coder_app.services.errors import NotFound
from coder_app.services.export import File
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed
from coder_app.web.downloads import attached
from coder_app.web.lead.alphas_page import show_questionnaires
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.how import explain_alphas
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("alphas", __name__)

TEMPLATE = "lead/alphas.html"
ALPHAS = "questionnaires-alpha.csv"


@blueprint.get("/studies/<study>/reliability/questionnaires")
@allowed(Act.SEE_ALLIANCE)
def alphas(study: str):
    """Show how well the items of each questionnaire hang together at each session."""
    found = result_or_pending(alphas_service.KIND, {})
    if isinstance(found, Response):
        return found
    return render_template(
        TEMPLATE,
        figures=list_figure_files(alphas_service.KIND, found.content),
        may_import=actor().can(Act.IMPORT),
        kept_result=None,
        **show_page(found),
    )


def show_kept(found: Snapshot) -> dict[str, Any]:
    """Return what the page needs of a kept result."""
    return show_page(found) | {"figures": [], "may_import": False}


def list_kept_files(found: Snapshot) -> list[File]:
    """Return the files of a kept result; the answers are in the whole of what is kept."""
    return [
        File(ALPHAS, "Cronbach's alpha of every questionnaire at every session.", write_alphas(found.content))
    ]


def show_page(found: Snapshot) -> dict[str, Any]:
    """Return what the page shows of a result and of nothing else, so that a kept one looks as it did."""
    shown = show_questionnaires(found.content)
    return {
        "shown": [one for one in shown if not one.totals_only],
        "without": [one for one in shown if one.totals_only],
        "how": explain_alphas(found),
        "settings": found.content["settings"],
        "computed_at": found.computed_at,
    }


@blueprint.get("/studies/<study>/reliability/questionnaires.csv")
@allowed(Act.SEE_ALLIANCE)
def alphas_file(study: str):
    """Give alpha of every session with interval, n and items."""
    found = result_or_pending(alphas_service.KIND, {})
    if isinstance(found, Response):
        return found
    return attached(ALPHAS, write_alphas(found.content))


@blueprint.get("/studies/<study>/reliability/questionnaires/answers.csv")
@allowed(Act.SEE_ALLIANCE)
def answers_file(study: str):
    """Give the answers behind one questionnaire's alphas, as `stats alpha` reads them."""
    found = result_or_pending(alphas_service.KIND, {})
    if isinstance(found, Response):
        return found
    wanted = (request.args.get("informant"), request.args.get("measure"))
    group = next(
        (one for one in found.inputs["groups"] if (one["informant"], one["measure"]) == wanted), None
    )
    if group is None:
        raise NotFound
    return attached("questionnaires-answers.csv", write_answers(group))
