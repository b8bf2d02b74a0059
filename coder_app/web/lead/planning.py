"""Planning: how many recordings and coders an interval takes, and what more coders would be worth."""

from typing import Any

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Hidden, Thing
from coder_app.services import planning as planning_service
from coder_app.services import planning_tables, projection
from coder_app.services.export import File
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import planning_page
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.how import explain_projection
from coder_app.web.lead.planning_form import USUAL_CODERS, PlanningForm, read_form
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.selection_form import selection_settings, show_selection

blueprint = Blueprint("planning", __name__)

TEMPLATE = "lead/planning.html"
RECORDINGS, CODERS = "planning-recordings.csv", "planning-coders.csv"
# A page without a plan, without ratings, and without anything of the study as it is now.
_NOTHING = {
    **{"plan": None, "projection": None, "projected": [], "closed": None, "listening": [], "narrowed": {}},
    **{"figures": [], "means": [], "selection": None, "chosen": {}, "entries": None},
}


@blueprint.get("/studies/<study>/reliability/planning")
@allowed(Act.SEE_RELIABILITY)
def planning(study: str):
    """Show the plan for what the address asks, and beside it what the ratings at hand suggest."""
    form = read_form(request.args)
    narrowed = selection_settings()
    live = {"form": form, "narrowed": narrowed, "kept_result": None}
    if not form.validate():
        return render_template(TEMPLATE, **_NOTHING | live), 422
    found = result_or_pending(planning_service.KIND, form.settings())
    if isinstance(found, Response):
        return found
    closed, projected = _project(narrowed)
    if isinstance(projected, Response):
        return projected
    with database().read() as db:
        known = planning_service.find_listening(db, actor())
        selection = show_selection(db) if projected else None
    coders = int(form.coders.data)
    chosen = _chosen(form)
    live |= {
        "listening": planning_page.say_listening(found.content, coders, known),
        "closed": closed,
        "selection": selection,
        "figures": list_figure_files(planning_service.KIND, found.content),
        "means": list_figure_files(projection.KIND, projected.content) if projected else [],
        "chosen": chosen,
        "entries": lambda plan: url_for("planning.planning", study=study, **chosen | narrowed | plan),
    }
    shown = _show_plan(found, coders) | (_show_projection(projected) if projected else {})
    return render_template(TEMPLATE, **_NOTHING | shown | live)


def show_kept_plan(found: Snapshot) -> dict[str, Any]:
    """Return what the page needs of a kept plan; it is said in words for the usual number of coders."""
    return _NOTHING | _show_plan(found, USUAL_CODERS)


def show_kept_projection(found: Snapshot) -> dict[str, Any]:
    """Return what the page needs of what kept ratings project to."""
    return _NOTHING | _show_projection(found)


def list_kept_plan_files(found: Snapshot) -> list[File]:
    """Return the files of a kept plan."""
    return [File(RECORDINGS, "Recordings by number of coders.", planning_tables.write_plan(found.content))]


def list_kept_projection_files(found: Snapshot) -> list[File]:
    """Return the files of what kept ratings project to."""
    about = "The reliability of the mean of each number of coders."
    return [File(CODERS, about, planning_tables.write_projection(found.content))]


def _show_plan(found: Snapshot, coders: int) -> dict[str, Any]:
    """What the page shows of a plan and of nothing else, so that a kept one looks as it did."""
    return {
        "plan": found.content,
        "printed": planning_page.print_settings(found.content["settings"]),
        "said": planning_page.say_plan(found.content, coders),
        "rows": planning_page.show_rows(found.content, coders),
        "with_bias": planning_page.show_curves(found.content, "simulated", "Width with coder bias"),
        "without_bias": planning_page.show_curves(found.content, "bonett", "Width without coder bias"),
    }


def _show_projection(found: Snapshot) -> dict[str, Any]:
    """What the page shows of the ratings at hand and of nothing else."""
    return {
        "projected": planning_page.show_projection(found.content),
        "projection": found.content,
        "how": explain_projection(found),
    }


@blueprint.get("/studies/<study>/reliability/planning/recordings.csv")
@allowed(Act.SEE_RELIABILITY)
def recordings_file(study: str):
    """Give the numbers of recordings by number of coders."""
    form = read_form(request.args)
    settings = form.settings() if form.validate() else {}
    found = result_or_pending(planning_service.KIND, settings)
    if isinstance(found, Response):
        return found
    return attached(RECORDINGS, planning_tables.write_plan(found.content))


@blueprint.get("/studies/<study>/reliability/planning/coders.csv")
@allowed(Act.SEE_RELIABILITY)
def coders_file(study: str):
    """Give the variance components and the reliability of the mean of each number of coders."""
    found = result_or_pending(projection.KIND, selection_settings())
    if isinstance(found, Response):
        return found
    return attached(CODERS, planning_tables.write_projection(found.content))


def _project(narrowed: dict[str, str]) -> tuple[str | None, Snapshot | Response | None]:
    """Why the ratings are closed to this person, or what they project to."""
    try:
        actor().check_sees(Thing.RATINGS)
    except Hidden as hidden:
        return str(hidden).replace("This page opens", "This part opens"), None
    return None, result_or_pending(projection.KIND, narrowed)


def _chosen(form: PlanningForm) -> dict[str, str]:
    """The entries of the address that differ from what is usual."""
    return {field.name: request.args[field.name] for field in form if field.name in request.args}
