"""What a coder can say about a recording beside rating it: a concern, and that it was recognised."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import lazy_gettext as _

from coder_app.domain.recognition import How
from coder_app.services import recognition
from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm
from coder_app.web.access import database
from coder_app.web.words import moment

_WAYS = {
    How.VOICE: _("A voice"),
    How.NAME: _("A name that is said"),
    How.TOLD: _("Somebody told me"),
    How.OTHER: _("Something else"),
}


@dataclass(frozen=True)
class AboutPart:
    """Where to report a concern, and since when and by what the coder has recognised the recording."""

    concern_url: str
    recognised: str | None
    how: str | None
    ways: tuple[tuple[str, str], ...]
    mark_url: str
    take_back_url: str | None
    segment: int


def about_part(actor: Actor, form: CodingForm, segment: int = 0) -> AboutPart:
    """Return the part of one recording; `segment` is the one that its page goes back to."""
    with database().read() as db:
        found = recognition.find_own(db, actor, form.public_id)
    address = {"assignment": form.public_id}
    can_take_back = found is not None and form.state != "submitted"
    return AboutPart(
        concern_url=url_for("coding.concern", **address),
        recognised=moment(found.at) if found else None,
        how=str(_WAYS[found.how]) if found and found.how else None,
        ways=tuple((str(how), str(words)) for how, words in _WAYS.items()),
        mark_url=url_for("coding.recognise", **address),
        take_back_url=url_for("coding.take_back_recognition", **address) if can_take_back else None,
        segment=segment,
    )
