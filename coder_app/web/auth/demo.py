"""The front doors of the demo, which open without a password; in the demo only."""

from flask import Blueprint, abort, current_app, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from coder_app.domain.permissions import Role
from coder_app.services import doors
from coder_app.web.access import database, public
from coder_app.web.auth.login import let_in

blueprint = Blueprint("demo", __name__)


@blueprint.post("/demo/<role>")
@public
def enter(role: str):
    """Let a visitor in: a coder to an own queue, a lead to the finished study."""
    if not is_demo() or role not in (Role.LEAD, Role.CODER):
        abort(404)
    with database().read() as db:
        door = doors.find_door(db, Role(role))
    page = "coding.queue" if role == Role.CODER else "lead.home"
    return let_in(door.user_id, url_for(page, study=door.study_public_id))


@blueprint.get("/demo/own-study")
@public
def own_study():
    """Explain how to start one's own installation."""
    if not is_demo():
        abort(404)
    return render_template("lead/new_study_elsewhere.html")


def is_demo() -> bool:
    """Say whether this is the demo."""
    return current_app.config["SETTINGS"].demo


def demo_context() -> dict[str, object]:
    """Return what the sign-in page says of the demo."""
    if not is_demo():
        return {"demo": False}
    with database().read() as db:
        return {"demo": True, "lede": _lede(doors.find_size(db))}


def _lede(size: doors.DemoSize | None) -> str:
    promise = _("Nothing here comes from a patient, and nothing leaves this computer.")
    if size is None:
        return promise
    made = _(
        "%(cases)s with alliance scores after every session, short made-up recordings, and ratings by "
        "%(coders)s.",
        cases=ngettext("%(num)s made-up case", "%(num)s made-up cases", size.n_dyads),
        coders=ngettext("%(num)s made-up coder", "%(num)s made-up coders", size.n_coders),
    )
    return f"{made} {promise}"
