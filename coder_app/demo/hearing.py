"""How much of a recording the demo's coders listen to: mostly all, sometimes less, and then they say why."""

import random
from dataclasses import dataclass

from coder_app.domain.heard import Report

WHOLE_IN, MOST_IN = 0.62, 0.95
WHY_LESS = (
    "The last minutes are silence.",
    "Only the caretaker can be heard towards the end.",
    "The recording hums at the end, nothing can be made out.",
)


@dataclass(frozen=True)
class Hearing:
    """The share of a recording that a coder hears, at which speed, and why it is not more."""

    share: float
    speed: float
    why_less: str

    def report(self, duration_ms: int) -> Report:
        """Return what the coder's page would tell the server."""
        end = round(self.share * duration_ms)
        return Report(stretches=((0, end),), position_ms=end, speed=self.speed, ago_ms=0)

    def seconds(self, duration: float) -> float:
        """Return how long listening takes, given the recording's length in seconds."""
        return self.share * duration / self.speed


def draw_hearing(coder: str, dyad: str, session: int, seed: int) -> Hearing:
    """Return how a coder listens to the recording of one treatment session."""
    speed = random.Random(f"speed {coder}").choice((1.0, 1.25))
    draw = random.Random(f"hearing {seed} {coder} {dyad} {session}")
    kind = draw.random()
    if kind < WHOLE_IN:
        return Hearing(1.0, speed, "")
    if kind < MOST_IN:
        return Hearing(draw.uniform(0.93, 0.99), speed, "")
    return Hearing(draw.uniform(0.6, 0.85), speed, draw.choice(WHY_LESS))
