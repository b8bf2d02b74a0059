"""What a lead decides about a round at any time: a goal for the week, and whether coders read its name."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import OPEN_PHASES
from coder_app.models import Round
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.errors import NotFound, Refused

HIGHEST_GOAL = 200


@dataclass(frozen=True)
class RoundSettings:
    """How many forms each coder should submit in a week, None for no goal; whether coders read the name."""

    weekly_goal: int | None
    announced: bool


def change_round(db: Session, actor: Actor, public_id: str, new: RoundSettings) -> bool:
    """Change a round's settings, the old and the new in the trail; return whether anything changed."""
    actor.check_can(Act.ALLOT)
    if new.weekly_goal is not None and not 1 <= new.weekly_goal <= HIGHEST_GOAL:
        raise Refused(f"A goal is a number of forms from 1 to {HIGHEST_GOAL}, or none.")
    phase = hold_phase(db, actor)
    # Repeats have no settings of their own: coders take them for forms of the round that they are of.
    query = select(Round).where(
        Round.study_id == actor.study_id, Round.public_id == public_id, Round.of_round_id.is_(None)
    )
    row = db.scalars(query.with_for_update()).first()
    if row is None:
        raise NotFound
    if phase not in OPEN_PHASES:
        raise Refused("Coding is locked; nobody has anything left to submit.")
    old = RoundSettings(row.weekly_goal, row.announced)
    if new == old:
        return False
    row.weekly_goal, row.announced = new.weekly_goal, new.announced
    db.flush()
    audit.record(
        db,
        actor,
        "change round",
        public_id,
        weekly_goal=[old.weekly_goal, new.weekly_goal],
        announced=[old.announced, new.announced],
    )
    return True
