"""What the pages of the last question may show: the coder's own answers, and what is alike for all coders."""

from dataclasses import dataclass

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from coder_app.domain.guessing import Outcome, Position
from coder_app.services.actor import Actor
from coder_app.services.guess import OwnGuess, OwnGuesses
from coder_app.web.coding.player import Player
from coder_app.web.coding.words import clock
from coder_app.web.csrf import csrf_token

POSITIONS = {
    Position.PRE: lazy_gettext("Before the rupture"),
    Position.CENTRAL: lazy_gettext("At the rupture"),
    Position.POST: lazy_gettext("After the rupture"),
    Position.UNKNOWN: lazy_gettext("I don’t know"),
}
OUTCOMES = {
    Outcome.REPAIRED: lazy_gettext("It was repaired"),
    Outcome.UNREPAIRED: lazy_gettext("It was not repaired"),
    Outcome.UNKNOWN: lazy_gettext("I don’t know"),
}


@dataclass(frozen=True)
class GuessesCard:
    """The card in the queue: where the question is, and how far the coder is with it."""

    url: str
    answered: int
    total: int


@dataclass(frozen=True)
class GuessRow:
    """One recording in the list; without an address it can no longer be answered."""

    mask: str
    is_answered: bool
    position: str
    outcome: str
    url: str | None


@dataclass(frozen=True)
class GuessesPage:
    """The question, and all recordings that it is about; `closed` is "sent", "too late" or None."""

    queue_url: str
    send_url: str
    next_url: str | None
    answered: int
    rows: tuple[GuessRow, ...]
    closed: str | None

    @property
    def total(self) -> int:
        """How many recordings the question is about."""
        return len(self.rows)

    @property
    def is_complete(self) -> bool:
        """Whether all are answered."""
        return self.answered == self.total


@dataclass(frozen=True)
class Choice:
    """One answer of a radio group."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class GuessPage:
    """One recording with both radio groups; a fault says which of them lacks an answer."""

    mask: str
    instrument: str
    number: int
    total: int
    queue_url: str
    list_url: str
    save_url: str
    player: Player
    start: str
    end: str
    positions: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    no_position: bool
    no_outcome: bool
    # The head of a page about one recording asks for these.
    forms: tuple = ()


def guesses_card(actor: Actor, found: OwnGuesses | None) -> GuessesCard | None:
    """Return the card, None for whoever has nothing to answer."""
    if found is None or not found.is_open:
        return None
    return GuessesCard(_list_url(actor), found.answered, len(found.guesses))


def guesses_page(actor: Actor, found: OwnGuesses) -> GuessesPage:
    """Return the list."""
    following = found.find_next() if found.is_open else None
    return GuessesPage(
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        send_url=url_for("coding.send_guesses", study=actor.study_public_id),
        next_url=url_for("coding.guess", assignment=following.public_id) if following else None,
        answered=found.answered,
        rows=tuple(_row(guess, is_open=found.is_open) for guess in found.guesses),
        closed="sent" if found.sent else "too late" if found.too_late else None,
    )


def guess_page(
    actor: Actor,
    found: OwnGuesses,
    one: OwnGuess,
    refused: tuple[Position | None, Outcome | None] | None = None,
) -> GuessPage:
    """Return the page of one recording; `refused` are the answers as sent, one of them missing."""
    position, outcome = refused or (one.position, one.outcome)
    return GuessPage(
        mask=one.mask,
        instrument=_("%(number)s of %(total)s", number=one.number, total=len(found.guesses)),
        number=one.number,
        total=len(found.guesses),
        queue_url=url_for("coding.queue", study=actor.study_public_id),
        list_url=_list_url(actor),
        save_url=url_for("coding.save_guess", assignment=one.public_id),
        player=_player(actor, one),
        start=clock(one.start),
        end=clock(one.end),
        positions=tuple(Choice(str(it), str(words), it is position) for it, words in POSITIONS.items()),
        outcomes=tuple(Choice(str(it), str(words), it is outcome) for it, words in OUTCOMES.items()),
        no_position=refused is not None and position is None,
        no_outcome=refused is not None and outcome is None,
    )


def _row(guess: OwnGuess, *, is_open: bool) -> GuessRow:
    return GuessRow(
        mask=guess.mask,
        is_answered=guess.is_answered,
        position=str(POSITIONS[guess.position]) if guess.position else "",
        outcome=str(OUTCOMES[guess.outcome]) if guess.outcome else "",
        url=url_for("coding.guess", assignment=guess.public_id) if is_open else None,
    )


def _player(actor: Actor, one: OwnGuess) -> Player:
    """A player of its own: where and how far the coder listened while rating is not touched."""
    # The fragment is for browsers without scripts, which would begin at the beginning.
    audio = url_for("coding.audio", assignment=one.public_id, _anchor=f"t={one.start:.3f},{one.end:.3f}")
    return Player(
        audio_url=audio,
        peaks_url=url_for("coding.peaks", assignment=one.public_id),
        heard_url=url_for("coding.heard", assignment=one.public_id),
        token=csrf_token(),
        duration=one.duration,
        speeds=actor.coding_settings.speeds,
        start=one.start,
        end=one.end,
        place=f"guess-{one.public_id}",
    )


def _list_url(actor: Actor) -> str:
    return url_for("coding.list_guesses", study=actor.study_public_id)
