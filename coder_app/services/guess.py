"""What a coder takes recordings to have been, answered after the lock and before the key opens.

Until the study is unmasked the answers stand on the coder's own pages and nowhere else, not in the trail.
"""

from dataclasses import dataclass

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coder_app.domain.guessing import Outcome, Position, cut_excerpt
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.sentences import say
from coder_app.models import Assignment, Audit, Guess, Recording
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound, Refused

SEND = "send in guesses"


@dataclass(frozen=True)
class OwnGuess:
    """One recording that a coder is asked about, both answers None until they are given; times in seconds."""

    public_id: str
    mask: str
    number: int
    duration: float
    start: float
    end: float
    position: Position | None
    outcome: Outcome | None

    @property
    def is_answered(self) -> bool:
        """Whether the coder has answered, "don't know" being an answer."""
        return self.position is not None


@dataclass(frozen=True)
class OwnGuesses:
    """All recordings that a coder is asked about; `sent` and `too_late` each close them."""

    guesses: tuple[OwnGuess, ...]
    sent: bool
    too_late: bool

    @property
    def is_open(self) -> bool:
        """Whether answers can still be given and changed."""
        return not (self.sent or self.too_late)

    @property
    def answered(self) -> int:
        """How many are answered."""
        return sum(guess.is_answered for guess in self.guesses)

    @property
    def is_complete(self) -> bool:
        """Whether all are answered."""
        return self.answered == len(self.guesses)

    def find(self, public_id: str) -> OwnGuess | None:
        """Return the one about this assignment, or None."""
        return next((guess for guess in self.guesses if guess.public_id == public_id), None)

    def find_next(self, after: int = 0) -> OwnGuess | None:
        """Return the first unanswered one after a number, else the first of all, or None."""
        waiting = [guess for guess in self.guesses if not guess.is_answered]
        return next((guess for guess in waiting if guess.number > after), next(iter(waiting), None))


def find_own(db: Session, actor: Actor) -> OwnGuesses | None:
    """Return what the coder is asked about, None when the coder was not asked."""
    actor.check_can(Act.RATE)
    rows = db.execute(
        select(Guess, Assignment.public_id, Assignment.mask, Recording.duration_ms)
        .join(Assignment, (Assignment.study_id == Guess.study_id) & (Assignment.id == Guess.assignment_id))
        .join(Recording, Recording.id == Assignment.recording_id)
        .where(Guess.study_id == actor.study_id, Assignment.user_id == actor.user_id)
        .order_by(Guess.place)
    ).all()
    if not rows:
        return None
    return OwnGuesses(
        guesses=tuple(_own_guess(*row) for row in rows),
        sent=_is_sent(db, actor),
        too_late=actor.phase is Phase.UNMASKED,
    )


def save(db: Session, actor: Actor, assignment: str, position: Position, outcome: Outcome) -> None:
    """Keep both answers about one of the coder's own recordings; raise Refused once they are closed."""
    actor.check_can(Act.RATE)
    row = db.scalars(
        select(Guess)
        .join(Assignment, (Assignment.study_id == Guess.study_id) & (Assignment.id == Guess.assignment_id))
        .where(*own(actor, assignment))
        .with_for_update(of=Guess)
    ).first()
    # Before the phase is looked at: who was not asked must not learn it.
    if row is None:
        raise NotFound
    _check_open(db, actor)
    if (row.position, row.rupture_type) == (position, outcome):
        return
    is_first = row.guessed_at is None
    row.position, row.rupture_type, row.guessed_at = position, outcome, actor.now()
    db.flush()
    # Leads read the trail, so the answers are not in it.
    audit.record(db, actor, "guess" if is_first else "change guess", assignment)


def send_in(db: Session, actor: Actor) -> None:
    """Close the coder's answers; raise Refused while one is missing."""
    actor.check_can(Act.RATE)
    found = find_own(db, actor)
    if found is None:
        raise NotFound
    _check_open(db, actor)
    if not found.is_complete:
        raise Refused(say("Answer for every recording first; “I don’t know” is an answer."))
    audit.record(db, actor, SEND, guesses=len(found.guesses))


def _check_open(db: Session, actor: Actor) -> None:
    """The phase is held still: the key may be opening at this moment.

    Whoever is done gets the same answer before and after, and does not learn that it was opened.
    """
    phase = hold_phase(db, actor)
    if _is_sent(db, actor):
        raise Refused(say("You have sent in your answers, so they stay as they are."))
    if phase is Phase.UNMASKED:
        raise Refused(say("The study was unmasked, so a guess no longer counts. Nothing was changed."))


def _is_sent(db: Session, actor: Actor) -> bool:
    sent = exists().where(
        Audit.study_id == actor.study_id, Audit.act == SEND, Audit.actor == actor.viewer.public_id
    )
    return db.scalar(select(sent)) is True


def _own_guess(row: Guess, public_id: str, mask: str, duration_ms: int) -> OwnGuess:
    start, end = cut_excerpt(duration_ms)
    return OwnGuess(
        public_id=public_id,
        mask=mask,
        number=row.place,
        duration=duration_ms / 1000,
        start=start / 1000,
        end=end / 1000,
        position=Position(row.position) if row.position else None,
        outcome=Outcome(row.rupture_type) if row.rupture_type else None,
    )
