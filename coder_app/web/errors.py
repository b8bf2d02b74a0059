"""Errors as pages: the same bytes for what is foreign and for what does not exist."""

from flask import Flask, render_template, request
from flask_babel import lazy_gettext as _
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.wrappers import Response

from coder_app.domain.permissions import NotAllowed
from coder_app.domain.phases import PhaseError
from coder_app.domain.visibility import Hidden
from coder_app.services.errors import NotFound, Refused
from coder_app.web.language import translated

_NOTHING = _("There is nothing here"), _("The address is wrong, or it is not yours to open.")
_TEXTS = {
    400: (
        _("This could not be read"),
        _("The request was incomplete or has grown old. Nothing was changed."),
    ),
    401: (_("You are signed out"), _("Sign in again; what was saved is safe.")),
    404: _NOTHING,
    405: _NOTHING,
    413: (
        _("That is too large"),
        _("The upload is larger than this page takes. Nothing was changed."),
    ),
}
_OTHER = (
    _("Something went wrong"),
    _("The error was written to the log. What was acknowledged as saved is safe."),
)
_CLOSED = _("This is closed for now")
_REFUSED = _("This cannot be done")


def add_error_pages(app: Flask) -> None:
    """Answer each kind of error with one page, or with JSON where the page's script asks."""
    app.register_error_handler(NotFound, lambda _error: _answer(404))
    app.register_error_handler(NotAllowed, lambda _error: _answer(404))
    app.register_error_handler(Hidden, lambda error: _answer(403, _CLOSED, translated(error)))
    app.register_error_handler(Refused, lambda error: _answer(409, _REFUSED, translated(error)))
    app.register_error_handler(PhaseError, lambda error: _answer(409, _REFUSED, translated(error)))
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(HTTPException, _http_error)


def _unknown_host(_error: SecurityError) -> Response:
    # No template: addresses cannot be built for a host that is not ours.
    text = _("This server does not answer under this name. Its name belongs into CODER_APP_HOSTS.")
    return Response(f"{text}\n", 400, content_type="text/plain; charset=utf-8")


def _http_error(error: HTTPException):
    code = error.code or 500
    if code < 400:
        return error
    title, text = _TEXTS.get(code, _OTHER)
    if code == 400 and error.description != type(error).description:
        text = str(error.description)
    return _answer(404 if code == 405 else code, title, text)


def _answer(code: int, title: str | None = None, text: str | None = None):
    if title is None or text is None:
        title, text = _TEXTS.get(code, _OTHER)
    if request.is_json or request.accept_mimetypes.best == "application/json":
        return {"message": str(text)}, code
    return render_template("errors/error.html", title=title, text=text), code
