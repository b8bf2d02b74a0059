"""What a plan is made for, and how long the listening takes that it asks for."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Recording
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.planning_content import compute

__all__ = ["KIND", "SETTINGS", "Listening", "collect", "compute", "find_listening"]

KIND = "planning"
# Of a single coder's score: the expected ICC(A,1), the interval's width and coverage, the share of variance
# between coders, and the ICC that a test is to refute, with which chance.
SETTINGS: dict[str, float] = {
    "icc": 0.7,
    "width": 0.2,
    "confidence": 0.95,
    "bias": 0.05,
    "least": 0.4,
    "power": 0.8,
}
_MS_AN_HOUR = 3_600_000


@dataclass(frozen=True)
class Listening:
    """The study's recordings together: their number, and their length in whole hours."""

    n_recordings: int
    hours: int


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what is asked; nothing of the study enters, so that whoever plans may ask at any time."""
    actor.check_can(Act.SEE_RELIABILITY)
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there are {', '.join(SETTINGS)}.")
    return {"settings": SETTINGS | settings}


def find_listening(db: Session, actor: Actor) -> Listening | None:
    """Return how long the study's recordings are in all; None for whoever may not see their lengths."""
    actor.check_can(Act.SEE_RELIABILITY)
    if not actor.sees(Thing.RECORDINGS):
        return None
    n, length = db.execute(
        select(func.count(), func.coalesce(func.sum(Recording.duration_ms), 0)).where(
            Recording.study_id == actor.study_id, Recording.use == "study"
        )
    ).one()
    return Listening(n, round(length / _MS_AN_HOUR))
