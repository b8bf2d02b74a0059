"""The player as a coder's page shows it."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for

from coder_app.services import listening
from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm
from coder_app.services.listening import Heard
from coder_app.web.access import database
from coder_app.web.coding.words import clock
from coder_app.web.csrf import csrf_token


@dataclass(frozen=True)
class Known:
    """What the server knows of the coder's listening; times in milliseconds, `ago` since it was reported."""

    stretches: tuple[tuple[int, int], ...]
    position: int
    speed: float
    ago: int


@dataclass(frozen=True)
class Player:
    """The audio of one assignment; playing stays between `start` and `end`, in seconds, of the recording.

    `place` names the listening to the browser, so that forms of one listening share a position.
    """

    audio_url: str
    peaks_url: str
    heard_url: str
    token: str
    duration: float
    speeds: tuple[float, ...]
    start: float
    end: float
    place: str
    known: Known | None = None

    @property
    def clock(self) -> str:
        """Where playing ends, which is the whole length of a recording that is rated as a whole."""
        return clock(self.end)


def player_of(actor: Actor, form: CodingForm, start: float = 0.0, end: float | None = None) -> Player:
    """Return the player of one recording, or of a part of it that is rated on its own."""
    with database().read() as db:
        heard = listening.find_heard(db, actor, form.public_id)
    return Player(
        audio_url=url_for("coding.audio", assignment=form.public_id),
        peaks_url=url_for("coding.peaks", assignment=form.public_id),
        heard_url=url_for("coding.heard", assignment=form.public_id),
        token=csrf_token(),
        duration=form.duration,
        speeds=actor.coding_settings.speeds,
        start=start,
        end=form.duration if end is None else end,
        place=place_of(form),
        known=known_of(heard, actor.now()) if heard else None,
    )


def place_of(form: CodingForm) -> str:
    """Return the name under which the browser keeps where it stands, the same for forms of one listening."""
    return min([form.public_id, *(other.public_id for other in form.others)])


def known_of(heard: Heard, now: datetime) -> Known:
    """Return what the server knows as the page has it."""
    ago = int((now - heard.at).total_seconds() * 1000)
    return Known(heard.stretches, heard.position_ms, heard.speed, max(0, ago))
