"""The password once more, before an act that cannot be taken back."""

from collections.abc import Callable

from flask import request
from sqlalchemy.orm import Session

from coder_app.services import auth, brake
from coder_app.services.errors import Refused
from coder_app.web.access import actor, database, tools

WRONG_PASSWORD = "This is not your password. The attempt is in the audit trail."  # noqa: S105 - a sentence


class WrongPassword(Exception):  # noqa: N818 - reads as the sentence that it is
    """The password that was typed again is not this person's."""


def check_password(password: str, record_refusal: Callable[[Session], None]) -> None:
    """Raise WrongPassword, put on record, unless it is the viewer's; guesses count as when signing in."""
    me, address = actor().viewer.user_name, str(request.remote_addr)
    with database().write() as db:
        attempt = brake.try_sign_in(db, tools(), me, address)
        credentials = auth.find_credentials(db, me)
    # Outside any transaction: hashing takes its time.
    if not auth.verify_password(credentials, password):
        with database().write() as db:
            record_refusal(db)
        raise Refused(attempt.held) if attempt.held else WrongPassword
    with database().write() as db:
        brake.forgive(db, tools(), attempt)
