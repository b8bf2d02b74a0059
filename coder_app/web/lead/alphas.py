"""Questionnaires: Cronbach's alpha of the alliance measures, session by session."""

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.services import alphas as alphas_service
from coder_app.services.alphas_tables import write_alphas, write_answers
from coder_app.services.errors import NotFound
from coder_app.web.access import actor, allowed
from coder_app.web.downloads import attached
from coder_app.web.lead.alphas_page import show_questionnaires
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.results import result_or_pending

blueprint = Blueprint("alphas", __name__)


@blueprint.get("/studies/<study>/reliability/questionnaires")
@allowed(Act.SEE_ALLIANCE)
def alphas(study: str):
    """Show how well the items of each questionnaire hang together at each session."""
    found = result_or_pending(alphas_service.KIND, {})
    if isinstance(found, Response):
        return found
    shown = show_questionnaires(found.content)
    return render_template(
        "lead/alphas.html",
        shown=[one for one in shown if not one.totals_only],
        without=[one for one in shown if one.totals_only],
        figures=list_figure_files(alphas_service.KIND, found.content),
        settings=found.content["settings"],
        computed_at=found.computed_at,
        may_import=actor().can(Act.IMPORT),
    )


@blueprint.get("/studies/<study>/reliability/questionnaires.csv")
@allowed(Act.SEE_ALLIANCE)
def alphas_file(study: str):
    """Give alpha of every session with interval, n and items."""
    found = result_or_pending(alphas_service.KIND, {})
    if isinstance(found, Response):
        return found
    return attached("questionnaires-alpha.csv", write_alphas(found.content))


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
