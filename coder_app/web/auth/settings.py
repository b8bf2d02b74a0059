"""A person's own settings: language, light or dark, and keys; they belong to no study."""

from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect
from werkzeug.wrappers import Response

from coder_app.domain.preferences import LANGUAGES, THEMES
from coder_app.services import preferences
from coder_app.web.access import database, public, signed_in, viewer
from coder_app.web.auth.settings_page import SentKeys, key_fields, read_keys
from coder_app.web.csrf import set_private_cookie
from coder_app.web.language import COOKIE, NAMES

blueprint = Blueprint("settings", __name__)

_A_YEAR = 365 * 24 * 60 * 60
_LEFT_OPEN = ""


@blueprint.get("/settings")
@signed_in
def settings():
    """Show the person's own settings."""
    return _page()


@blueprint.post("/settings")
@signed_in
def change_look():
    """Keep a language and a theme, or leave them to the browser and the system."""
    language, theme = _choice("language", LANGUAGES), _choice("theme", THEMES)
    with database().write() as db:
        preferences.choose_language(db, viewer(), language)
        preferences.choose_theme(db, viewer(), theme)
    return _with_language(redirect(url_for("settings.settings", saved="look"), 303), language)


@blueprint.post("/settings/keys")
@signed_in
def change_keys():
    """Keep the keys of all shortcuts, or none of them while one cannot stand."""
    sent = read_keys(request.form) if "usual" not in request.form else SentKeys({}, {})
    if sent.errors:
        return _page(sent), 422
    with database().write() as db:
        preferences.choose_keys(db, viewer(), sent.keys)
    return redirect(url_for("settings.settings", saved="keys"), 303)


@blueprint.post("/language")
@public
def change_language():
    """Show pages in a language from now on: to this browser, and to this person wherever they sign in."""
    language = _choice("language", LANGUAGES)
    if g.viewer is not None:
        with database().write() as db:
            preferences.choose_language(db, viewer(), language)
    return _with_language(redirect(_where_from(), 303), language)


@blueprint.post("/theme")
@signed_in
def change_theme():
    """Show pages light or dark from now on; the script has done so already and asks for no page."""
    theme = _choice("theme", THEMES)
    with database().write() as db:
        preferences.choose_theme(db, viewer(), theme)
    if request.accept_mimetypes.best == "application/json":
        return "", 204
    return redirect(_where_from(), 303)


def _page(sent: SentKeys | None = None) -> str:
    return render_template(
        "auth/settings.html",
        chosen=viewer(),
        languages=NAMES,
        fields=key_fields(sent),
        wrong=sent is not None,
        saved=request.args.get("saved"),
    )


def _choice(name: str, known: tuple[str, ...]) -> str | None:
    chosen = request.form.get(name, _LEFT_OPEN)
    if chosen not in (*known, _LEFT_OPEN):
        abort(400)
    return chosen or None


def _with_language(response: Response, language: str | None) -> Response:
    if language is None:
        response.delete_cookie(COOKIE, path="/")
    else:
        # So that this browser's sign-in page speaks it too.
        set_private_cookie(response, COOKIE, language, max_age=_A_YEAR)
    return response


def _where_from() -> str:
    """Return the page of ours that the form stood on, the start page where that cannot be opened again."""
    came = urlsplit(request.referrer or "")
    if came.netloc != request.host:
        return url_for("auth.start")
    try:
        current_app.create_url_adapter(request).match(came.path, "GET")
    except (HTTPException, RequestRedirect):
        return url_for("auth.start")
    return f"{came.path}?{came.query}" if came.query else came.path
