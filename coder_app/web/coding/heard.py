"""Takes the reports of what a coder has heard, which the player sends from time to time."""

from typing import Any

from flask import request
from flask_babel import gettext as _

from coder_app.domain.heard import Fault, Report, Stretch
from coder_app.services import listening
from coder_app.web.access import actor, assigned, database
from coder_app.web.coding.blueprint import blueprint

MOST_STRETCHES = 1000
_LARGEST = 2**31


@blueprint.post("/coding/<assignment>/heard")
@assigned
def heard(assignment: str):
    """Add what was heard since the last report, and answer with all that was heard."""
    report = read_report(request.get_json(silent=True))
    if report is None:
        return {"message": _("The page sent something that cannot be read. Open it again.")}, 422
    with database().write() as db:
        outcome = listening.record(db, actor(), assignment, report)
    if outcome is None:
        return "", 204
    if isinstance(outcome, Fault):
        return {"message": _words(outcome)}, 422
    return {"heard": outcome.stretches}


def read_report(data: Any) -> Report | None:
    """Return the report that the page's script sent, None when it has not the agreed form."""
    if not isinstance(data, dict):
        return None
    sent, position, speed = (data.get(name) for name in ("stretches", "position_ms", "speed"))
    ago = data.get("ago_ms", 0)
    if not (isinstance(sent, list) and len(sent) <= MOST_STRETCHES and all(map(_is_stretch, sent))):
        return None
    if not (_is_time(position) and _is_time(ago) and ago >= 0 and _is_speed(speed)):
        return None
    stretches: tuple[Stretch, ...] = tuple((start, end) for start, end in sent)
    return Report(stretches=stretches, position_ms=position, speed=float(speed), ago_ms=ago)


def _words(fault: Fault) -> str:
    if fault is Fault.TOO_FAST:
        return _(
            "The lead has set a lower top speed; what was played faster is not counted. Open this page again."
        )
    return _("The page reported a time outside the recording, which is not counted. Open it again.")


def _is_stretch(sent: Any) -> bool:
    return isinstance(sent, list) and len(sent) == 2 and all(map(_is_time, sent))


def _is_time(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool) and abs(number) < _LARGEST


def _is_speed(number: Any) -> bool:
    return isinstance(number, int | float) and not isinstance(number, bool) and 0 < number < 16
