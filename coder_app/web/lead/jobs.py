"""How far long work is, for the page's script, and the button that stops it."""

from flask import Blueprint, redirect, request, url_for

from coder_app.domain.permissions import Act
from coder_app.services import job as jobs_service
from coder_app.web.access import actor, allowed, database

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/studies/<study>/jobs/<job>")
@allowed(Act.SEE_STUDY)
def job(study: str, job: str):
    """Return how far a piece of work is."""
    with database().read() as db:
        view = jobs_service.get_job(db, actor(), job)
    return {
        "state": view.state,
        "done": view.done,
        "total": view.total,
        "message": view.message,
        "is_open": view.is_open,
    }


@blueprint.post("/studies/<study>/jobs/<job>/stop")
@allowed(Act.SEE_STUDY)
def stop(study: str, job: str):
    """Ask that a piece of work end, and go back to the page that showed it."""
    with database().write() as db:
        if jobs_service.get_job(db, actor(), job).kind in ("recordings", "mute", "scores", "scoring"):
            actor().check_can(Act.IMPORT)
        jobs_service.ask_to_stop(db, actor(), job)
    return redirect(_page_of_study(study, request.form.get("back", "")), 303)


def _page_of_study(study: str, back: str) -> str:
    """Return the address in the form, if it is one of the study's pages."""
    if back.startswith(f"/studies/{study}/") and "\\" not in back and back.isprintable():
        return back
    return url_for("studies.studies")
