"""Deny by default: every view says who may open it, and identity is settled before it runs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from flask import abort, current_app, g, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from coder_app.db import Database
from coder_app.domain.permissions import Act
from coder_app.services import auth
from coder_app.services.actor import Actor, Tools, Viewer, get_actor, get_assigned_actor
from coder_app.services.sound import Store

LOGIN_COOKIE = "coder_app_login"

View = TypeVar("View", bound=Callable)


@dataclass(frozen=True)
class Access:
    """Who may open a view: anyone, anyone signed in, who may do an act, or the assigned coder."""

    kind: str
    act: Act | None = None


def public(view: View) -> View:
    """Mark a view that everybody may open."""
    return _marked(view, Access("public"))


def signed_in(view: View) -> View:
    """Mark a view that needs a signed-in person and no study."""
    return _marked(view, Access("signed in"))


def allowed(act: Act) -> Callable[[View], View]:
    """Mark a view of a study (its address has `study`) that needs a role which allows the act."""
    return lambda view: _marked(view, Access("act", act))


def assigned(view: View) -> View:
    """Mark a view of one assignment (its address has `assignment`) that only its coder may open."""
    return _marked(view, Access("assigned", Act.RATE))


def access_of(view: Callable) -> Access | None:
    """Return who may open a view; None means nobody."""
    return getattr(view, "access", None)


def database() -> Database:
    """Return the database of this application."""
    return current_app.extensions["coder_app.database"]


def tools() -> Tools:
    """Return the clock and the randomness of this application."""
    return current_app.extensions["coder_app.tools"]


def store() -> Store:
    """Return the folder of cleaned recordings of this application."""
    return current_app.extensions["coder_app.store"]


def viewer() -> Viewer:
    """Return the person who is signed in."""
    return g.viewer


def actor() -> Actor:
    """Return the person at work in the study that the address names."""
    return g.actor


def settle_identity() -> Response | None:
    """Find out who asks, before any view: 404 for what is not theirs, the sign-in page for nobody."""
    g.viewer = g.actor = None
    if request.endpoint in (None, "static"):
        return None
    access = access_of(current_app.view_functions[request.endpoint])
    # PostgreSQL knows no NUL in a text, so an address with one is of nothing.
    if access is None or "\x00" in request.path:
        abort(404)
    token = request.cookies.get(LOGIN_COOKIE)
    with database().read() as db:
        g.viewer = auth.find_viewer(db, tools(), token) if token else None
        if access.kind == "public":
            return None
        if g.viewer is None:
            return _to_sign_in()
        actor = _find_actor(db, access)
    if actor is not None:
        # Only now: an error page must not show the study to somebody who may not open the page.
        actor.check_can(access.act)
        g.actor = actor
    return None


def _find_actor(db: Session, access: Access) -> Actor | None:
    if access.kind == "act":
        return get_actor(db, tools(), g.viewer, request.view_args["study"])
    if access.kind == "assigned":
        return get_assigned_actor(db, tools(), g.viewer, request.view_args["assignment"])
    return None


def _to_sign_in() -> Response:
    if request.method in ("GET", "HEAD") and request.accept_mimetypes.best != "application/json":
        return redirect(url_for("auth.sign_in"), 303)
    abort(401)


def _marked(view: View, access: Access) -> View:
    view.access = access
    return view
