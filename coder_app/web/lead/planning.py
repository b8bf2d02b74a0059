"""Planning: how many recordings and coders an interval takes, and what more coders would be worth."""

from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Hidden, Thing
from coder_app.services import planning as planning_service
from coder_app.services import planning_tables, projection
from coder_app.services.snapshot import Snapshot
from coder_app.web.access import actor, allowed, database
from coder_app.web.downloads import attached
from coder_app.web.lead import planning_page
from coder_app.web.lead.figures import list_figure_files
from coder_app.web.lead.planning_form import PlanningForm, read_form
from coder_app.web.lead.results import result_or_pending
from coder_app.web.lead.selection_form import selection_settings, show_selection

blueprint = Blueprint("planning", __name__)


@blueprint.get("/studies/<study>/reliability/planning")
@allowed(Act.SEE_RELIABILITY)
def planning(study: str):
    """Show the plan for what the address asks, and beside it what the ratings at hand suggest."""
    form = read_form(request.args)
    narrowed = selection_settings()
    if not form.validate():
        return render_template("lead/planning.html", form=form, plan=None, narrowed=narrowed), 422
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
    return render_template(
        "lead/planning.html",
        form=form,
        plan=found.content,
        printed=planning_page.print_settings(found.content["settings"]),
        said=planning_page.say_plan(found.content, coders),
        rows=planning_page.show_rows(found.content, coders),
        with_bias=planning_page.show_curves(found.content, "simulated", "Width with coder bias"),
        without_bias=planning_page.show_curves(found.content, "bonett", "Width without coder bias"),
        listening=planning_page.say_listening(found.content, coders, known),
        closed=closed,
        projected=planning_page.show_projection(projected.content) if projected else [],
        projection=projected.content if projected else None,
        selection=selection,
        narrowed=narrowed,
        figures=list_figure_files(planning_service.KIND, found.content),
        means=list_figure_files(projection.KIND, projected.content) if projected else [],
        chosen=_chosen(form),
        entries=lambda plan: url_for("planning.planning", study=study, **_chosen(form) | narrowed | plan),
    )


@blueprint.get("/studies/<study>/reliability/planning/recordings.csv")
@allowed(Act.SEE_RELIABILITY)
def recordings_file(study: str):
    """Give the numbers of recordings by number of coders."""
    form = read_form(request.args)
    settings = form.settings() if form.validate() else {}
    found = result_or_pending(planning_service.KIND, settings)
    if isinstance(found, Response):
        return found
    return attached("planning-recordings.csv", planning_tables.write_plan(found.content))


@blueprint.get("/studies/<study>/reliability/planning/coders.csv")
@allowed(Act.SEE_RELIABILITY)
def coders_file(study: str):
    """Give the variance components and the reliability of the mean of each number of coders."""
    found = result_or_pending(projection.KIND, selection_settings())
    if isinstance(found, Response):
        return found
    return attached("planning-coders.csv", planning_tables.write_projection(found.content))


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
