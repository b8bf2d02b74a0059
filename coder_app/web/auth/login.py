"""The cookie of a signed-in browser; a new one at every sign-in, so that none can be planted beforehand."""

from flask import redirect, request
from werkzeug.wrappers import Response

from coder_app.services import auth
from coder_app.web.access import LOGIN_COOKIE, database, tools
from coder_app.web.csrf import set_private_cookie


def let_in(user_id: int, to: str) -> Response:
    """Sign a person in and lead on to a page; an earlier sign-in of this browser ends."""
    with database().write() as db:
        if old := request.cookies.get(LOGIN_COOKIE):
            auth.close_login(db, old)
        token = auth.open_login(db, tools(), user_id)
    return lead_on(token, to)


def lead_on(token: str, to: str) -> Response:
    """Lead on to a page with the token of a new sign-in."""
    response = redirect(to, 303)
    set_private_cookie(response, LOGIN_COOKIE, token, max_age=int(auth.LOGIN_LASTS.total_seconds()))
    return response
