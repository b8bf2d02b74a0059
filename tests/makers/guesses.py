"""Lets coders be asked, and answer, in a few words."""

from collections.abc import Callable

from coder_app.domain.guessing import USUAL, Outcome, Position
from coder_app.services import guess, guess_asking
from coder_app.services.guess import OwnGuess, OwnGuesses
from tests.makers.coded import CodedStudy

Answer = tuple[Position, Outcome] | None
DONT_KNOW = (Position.UNKNOWN, Outcome.UNKNOWN)


def ask(study: CodedStudy, count: int = USUAL) -> None:
    """Ask the coders of a locked study."""
    with study.world.database.write() as db:
        guess_asking.ask_coders(db, study.lead, count)


def own_guesses(study: CodedStudy, coder: str) -> OwnGuesses:
    """Return what a coder is asked about."""
    with study.world.database.read() as db:
        return guess.find_own(db, study.world.again(study.coders[coder]))


def answer_all(
    study: CodedStudy, give: Callable[[str, OwnGuess], Answer] = lambda coder, one: DONT_KNOW
) -> None:
    """Let every coder answer; `give` returns the answers of a coder about a recording, None for none."""
    for name in study.coders:
        actor = study.world.again(study.coders[name])
        for one in own_guesses(study, name).guesses:
            given = give(name, one)
            if given:
                with study.world.database.write() as db:
                    guess.save(db, actor, one.public_id, *given)
