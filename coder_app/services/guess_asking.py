"""Asking the coders, once after the lock, what they take recordings to have been; leads see counts."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from coder_app.domain.guessing import FEWEST, MOST, USUAL, draw_recordings
from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Guess, Membership, Round, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import find_last, hold_phase
from coder_app.services.errors import Refused

ASK = "ask for guesses"
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
