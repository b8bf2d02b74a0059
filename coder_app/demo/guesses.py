"""The demo's coders answer the last question as people do who were kept blind: mostly not knowing."""

import random

from sqlalchemy.orm import Session

from coder_app.demo.office import Clock
from coder_app.domain.guessing import Outcome, Position
from coder_app.services import guess
from coder_app.services.actor import Actor

MINUTES_AN_ANSWER = 2
KNOWS_NO_POSITION, KNOWS_NO_OUTCOME = 0.5, 0.6


def answer_guesses(db: Session, coder: Actor, clock: Clock, seed: int) -> None:
    """Answer about every recording and send the answers in: random guesses, and more often none."""
    found = guess.find_own(db, coder)
    if found is None:
        return
    draw = random.Random(f"last question {seed} {coder.viewer.user_name}")
    for one in found.guesses:
        clock.move(minutes=MINUTES_AN_ANSWER)
        position = _guess(draw, Position, KNOWS_NO_POSITION)
        guess.save(db, coder, one.public_id, position, _guess(draw, Outcome, KNOWS_NO_OUTCOME))
    guess.send_in(db, coder)


def _guess(draw: random.Random, answers: type[Position] | type[Outcome], unknown: float):
    if draw.random() < unknown:
        return answers.UNKNOWN
    return draw.choice([answer for answer in answers if answer is not answers.UNKNOWN])
