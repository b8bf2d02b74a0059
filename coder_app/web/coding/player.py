"""The player as a coder's page shows it."""

from dataclasses import dataclass

from flask import url_for

from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm
from coder_app.web.coding.words import clock


@dataclass(frozen=True)
class Player:
    """The audio of one assignment."""

    audio_url: str
    peaks_url: str
    duration: float
    speeds: tuple[float, ...]

    @property
    def clock(self) -> str:
        """The whole length."""
        return clock(self.duration)


def player_of(actor: Actor, form: CodingForm) -> Player:
    """Return the player of one recording."""
    return Player(
        audio_url=url_for("coding.audio", assignment=form.public_id),
        peaks_url=url_for("coding.peaks", assignment=form.public_id),
        duration=form.duration,
        speeds=actor.coding_settings.speeds,
    )
