"""What coders take recordings to have been: asked once, after the lock, and answered before the key opens.

What a coder answers stands in no page and in no trail but the coder's own until the study is unmasked; leads
see how many answers there are.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from coder_app.domain.guessing import FEWEST, MOST, USUAL, Outcome, Position, cut_excerpt, draw_recordings
from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import Phase
from coder_app.domain.sentences import say
from coder_app.models import Assignment, Audit, Guess, Membership, Recording, Round, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import find_last, hold_phase
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound, Refused

ASK = "ask for guesses"
SEND = "send in guesses"
MAIN = "main"
SUBMITTED = "submitted"
SEED_BELOW = 2**31


@dataclass(frozen=True)
class CoderCount:
    """How many recordings a coder was asked about, and about how many the coder has answered."""

    name: str
    answered: int
    total: int


@dataclass(frozen=True)
class Asked:
    """That the coders were asked: when, by whom, and how many answers there are."""

    at: datetime
    by: str
    coders: tuple[CoderCount, ...]

    @property
    def answered(self) -> int:
        """How many answers there are."""
        return sum(coder.answered for coder in self.coders)

    @property
    def total(self) -> int:
        """How many were asked for."""
        return sum(coder.total for coder in self.coders)


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


def ask_coders(db: Session, actor: Actor, count: int = USUAL) -> None:
    """Draw for each coder recordings that the coder has coded in the main round; raise Refused but once.

    The draw depends on a seed and on the coder's own queue, and on nothing that a coder must not know.
    """
    actor.check_can(Act.ASK_GUESSES)
    phase = hold_phase(db, actor)
    if phase is Phase.UNMASKED:
        raise Refused("The key is open; what coders would guess now says nothing about how blind they were.")
    if phase is not Phase.LOCKED:
        raise Refused("Lock the coding first: asked earlier, the questions would teach what to listen for.")
    if find_asked(db, actor) is not None:
        raise Refused("The coders have been asked already. They are asked once.")
    if not FEWEST <= count <= MOST:
        raise Refused(f"Ask each coder about {FEWEST} to {MOST} recordings.")
    seed = int.from_bytes(actor.tools.token_bytes(4), "big") % SEED_BELOW
    coded = _list_coded(db, actor)
    if not coded:
        raise Refused("Nobody who is a coder of this study has coded a recording of the main round.")
    now = actor.now()
    for coder, assignments in coded.items():
        drawn = draw_recordings(list(assignments.values()), count, seed, coder)
        for place, assignment_id in enumerate(drawn, start=1):
            db.add(Guess(study_id=actor.study_id, assignment_id=assignment_id, place=place, drawn_at=now))
    db.flush()
    audit.record(db, actor, ASK, actor.study_public_id, each=count, coders=len(coded), seed=seed)


def find_asked(db: Session, actor: Actor) -> Asked | None:
    """Return that the coders were asked, with the number of answers of each, or None."""
    actor.check_can(Act.ASK_GUESSES)
    done = find_last(db, actor, ASK)
    if done is None:
        return None
    rows = db.execute(
        select(User.name, func.count(Guess.guessed_at).label("answered"), func.count().label("total"))
        .join(Assignment, Assignment.user_id == User.id)
        .join(Guess, (Guess.study_id == Assignment.study_id) & (Guess.assignment_id == Assignment.id))
        .where(Guess.study_id == actor.study_id)
        .group_by(User.id, User.name)
        .order_by(User.name, User.id)
    )
    coders = tuple(CoderCount(row.name, row.answered, row.total) for row in rows)
    return Asked(done.at, done.by, coders)


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
    _check_open(db, actor)
    row = db.scalars(
        select(Guess)
        .join(Assignment, (Assignment.study_id == Guess.study_id) & (Assignment.id == Guess.assignment_id))
        .where(*own(actor, assignment))
        .with_for_update(of=Guess)
    ).first()
    if row is None:
        raise NotFound
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
    _check_open(db, actor)
    found = find_own(db, actor)
    if found is None:
        raise NotFound
    if not found.is_complete:
        raise Refused(say("Answer for every recording first; “I don’t know” is an answer."))
    audit.record(db, actor, SEND, guesses=len(found.guesses))


def _list_coded(db: Session, actor: Actor) -> dict[str, dict[int, int]]:
    """Return, by coder, each recording with the coder's first form of it, in the order of the queue."""
    rows = db.execute(
        select(User.public_id, Assignment.recording_id, Assignment.id)
        .join(User, User.id == Assignment.user_id)
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.state == SUBMITTED,
            Round.purpose == MAIN,
            User.disabled_at.is_(None),
            exists().where(
                Membership.study_id == Assignment.study_id,
                Membership.user_id == Assignment.user_id,
                Membership.role == Role.CODER,
            ),
        )
        .order_by(User.id, Assignment.place)
    )
    found: dict[str, dict[int, int]] = defaultdict(dict)
    for coder, recording, assignment in rows:
        found[coder].setdefault(recording, assignment)
    return found


def _check_open(db: Session, actor: Actor) -> None:
    """Held still: the key may be opening at this moment."""
    if hold_phase(db, actor) is Phase.UNMASKED:
        raise Refused(say("The study was unmasked, so a guess no longer counts. Nothing was changed."))
    if _is_sent(db, actor):
        raise Refused(say("You have sent in your answers, so they stay as they are."))


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
