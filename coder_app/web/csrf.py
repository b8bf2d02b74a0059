"""Every change carries a token that is bound to this browser's sign-in (or visit) and to our secret."""

import hashlib
import hmac

from flask import abort, current_app, g, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from coder_app.web.access import LOGIN_COOKIE, tools

VISIT_COOKIE = "coder_app_visit"
HEADER = "X-CSRF-Token"
FIELD = "csrf_token"


def csrf_token() -> str:
    """Return the token for the forms of this page; a visitor who is not signed in gets a visit cookie."""
    bound_to = request.cookies.get(LOGIN_COOKIE) if g.get("viewer") else request.cookies.get(VISIT_COOKIE)
    if not bound_to:
        bound_to = g.setdefault("new_visit", None) or tools().token_hex(32)
        g.new_visit = bound_to
    return _token(bound_to)


def check_csrf() -> None:
    """Refuse a change without the right token."""
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    bound_to = request.cookies.get(LOGIN_COOKIE) if g.get("viewer") else request.cookies.get(VISIT_COOKIE)
    given = request.headers.get(HEADER) or request.form.get(FIELD, "")
    if not bound_to or not hmac.compare_digest(given.encode(), _token(bound_to).encode()):
        abort(
            400,
            gettext("This page has grown old. Open it again and repeat what you did; nothing was changed."),
        )


def keep_visit(response: Response) -> Response:
    """Send the visit cookie that a form on this page was bound to."""
    if g.get("new_visit"):
        set_private_cookie(response, VISIT_COOKIE, g.new_visit)
    return response


def set_private_cookie(response: Response, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie that scripts cannot read and other sites cannot send."""
    secure = current_app.config["SETTINGS"].secure_cookies
    response.set_cookie(name, value, max_age=max_age, httponly=True, samesite="Lax", secure=secure, path="/")


def _token(bound_to: str) -> str:
    secret = current_app.config["SETTINGS"].secret_key
    return hmac.new(secret, b"csrf " + bound_to.encode(), hashlib.sha256).hexdigest()
