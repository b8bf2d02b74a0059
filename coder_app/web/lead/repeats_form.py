"""The part of the page of rounds about recordings that come back to their coder."""

from dataclasses import dataclass

from sqlalchemy.orm import Session
from wtforms import Form, IntegerField
from wtforms.validators import InputRequired, NumberRange, Optional

from coder_app.domain.phases import Phase
from coder_app.domain.repeating import (
    FEWEST,
    FEWEST_DAYS,
    MOST_DAYS,
    MOST_PERCENT,
    USUAL_DAYS,
    USUAL_PERCENT,
)
from coder_app.domain.visibility import Thing
from coder_app.services.actor import Actor
from coder_app.services.repeat_making import SEED_BELOW
from coder_app.services.repeat_progress import Repeats, find_repeats

PREFIX = "repeats-"


class RepeatsForm(Form):
    """Which share of each coder's recordings comes back, and when."""

    percent = IntegerField(
        "Share of each coder’s recordings that comes back, in percent",
        [
            InputRequired("Give a share."),
            NumberRange(1, MOST_PERCENT, f"Give a share from 1 to {MOST_PERCENT}."),
        ],
        description=f"At least {FEWEST} recordings of each coder on each scale.",
    )
    least_days = IntegerField(
        "Days between, at the least",
        [
            InputRequired("Give a number of days."),
            NumberRange(FEWEST_DAYS, MOST_DAYS, f"Give a number of days from {FEWEST_DAYS} to {MOST_DAYS}."),
        ],
        description="Counted from the day on which the coder first submitted the recording.",
    )
    seed = IntegerField(
        "Seed",
        [Optional(), NumberRange(0, SEED_BELOW - 1, "Give a whole number from 0 on.")],
        description="Leave it empty and one is drawn. It is stored, so that the draw can be repeated.",
    )


@dataclass(frozen=True)
class RepeatsCard:
    """What was set up and how far it is, and the form while anything can be set up."""

    found: Repeats | None
    form: RepeatsForm | None
    sees_results: bool


def read_repeats(sent) -> RepeatsForm:
    """Return a sent form; others on the page have a seed, too."""
    return RepeatsForm(sent, prefix=PREFIX)


def show_repeats(db: Session, actor: Actor, sent: RepeatsForm | None) -> RepeatsCard | None:
    """Return the part of the page, None before there is anything that could come back."""
    found = find_repeats(db, actor)
    if actor.phase is Phase.SETUP or (found is None and actor.phase is not Phase.CODING):
        return None
    changeable = found is None or (found.coders is not None and not found.given)
    is_open = actor.phase is Phase.CODING and changeable
    values = {
        "percent": round(found.share * 100) if found else USUAL_PERCENT,
        "least_days": found.least_days if found else USUAL_DAYS,
        "seed": found.seed if found else None,
    }
    form = sent or (RepeatsForm(prefix=PREFIX, data=values) if is_open else None)
    return RepeatsCard(found, form, actor.sees(Thing.RATINGS))
