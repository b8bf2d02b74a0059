"""The demo's coders: what they would hear in a recording, and what they make of it.

Every score is a function of the dyad, the treatment session, the coder, the item and a seed alone, so that it
does not matter under which code or mask a recording reaches a coder.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field

from coder_app.demo.planting import Planted

Place = tuple[str, int]

# What the sessions of a sequence add to what can be heard, in standard deviations of it.
PRE, CENTRAL, REPAIRED, UNREPAIRED = 0.15, -0.6, 0.2, -0.5


@dataclass(frozen=True)
class ItemModel:
    """How an item behaves, in points of its scale.

    `centre` and `spread` are of what can be heard; `common` is how much of it goes with the other items of
    its pole, from -1 to 1; `bias` is how far coders differ for good, `noise` how far they stray each time.
    """

    centre: float
    spread: float
    common: float
    bias: float
    noise: float


@dataclass(frozen=True)
class Judgement:
    """A score, or the reason why there is none."""

    score: int | None
    reason: str | None = None


CIRS = {
    "cirs_01": ItemModel(2.5, 1.25, 0.9, 0.25, 0.55),
    "cirs_02": ItemModel(2.7, 1.2, 0.9, 0.3, 0.6),
    "cirs_03": ItemModel(2.1, 1.3, 0.85, 0.15, 0.3),
    "cirs_04": ItemModel(3.0, 1.2, 0.85, 0.3, 0.6),
    "cirs_05": ItemModel(1.4, 1.2, -0.7, 0.25, 0.55),
    "cirs_06": ItemModel(1.1, 1.2, -0.5, 0.3, 0.5),
}
TABBS = {
    "tabbs_01": ItemModel(1.9, 0.85, 0.55, 0.25, 0.5),
    "tabbs_02": ItemModel(1.2, 1.2, 0.35, 0.1, 0.25),
    "tabbs_03": ItemModel(1.8, 0.9, 0.5, 0.2, 0.45),
    "tabbs_04": ItemModel(2.1, 0.8, 0.6, 0.3, 0.6),
    "tabbs_05": ItemModel(1.9, 0.85, 0.55, 0.25, 0.55),
    "tabbs_06": ItemModel(1.5, 1.15, 0.25, 0.1, 0.35),
    "tabbs_07": ItemModel(0.9, 0.9, 0.3, 0.15, 0.4),
    "tabbs_08": ItemModel(0.5, 0.95, -0.3, 0.2, 0.4),
    "tabbs_09": ItemModel(0.5, 1.0, -0.4, 0.2, 0.4),
    "tabbs_10": ItemModel(-1.6, 1.0, 0.0, 0.0, 0.3),
    "tabbs_11": ItemModel(-1.6, 1.0, 0.0, 0.0, 0.3),
}
HIGHEST = {"cirs": 5, "tabbs": 4}
NOT_CODABLE_IN = 400
REASONS = ("inaudible", "incomplete")


# What a coder strays by is drawn anew when a recording comes back.
FIRST_TIME, AGAIN = "judge", "judge again"


@dataclass(frozen=True)
class Coders:
    """Simulated coders who all hear the same and judge it each in their own way."""

    planted: tuple[Planted, ...]
    seed: int
    occasion: str = FIRST_TIME
    _shift: dict[Place, float] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note what each session of a sequence does to what can be heard."""
        object.__setattr__(self, "_shift", _shifts(self.planted))

    def judge(self, coder: str, dyad: str, session: int, item: str) -> Judgement:
        """Return what a coder answers to an item about a treatment session."""
        model = (CIRS | TABBS)[item]
        scale = item.split("_")[0]
        own = self._draw(self.occasion, coder, dyad, session, item)
        if own.randrange(NOT_CODABLE_IN) == 0:
            return Judgement(None, own.choice(REASONS))
        heard = model.centre + model.spread * self._heard(dyad, session, scale, item, model.common)
        bias = self._draw("bias", coder, item).gauss(0, model.bias)
        return Judgement(min(HIGHEST[scale], max(0, round(heard + bias + own.gauss(0, model.noise)))))

    def _heard(self, dyad: str, session: int, scale: str, item: str, common: float) -> float:
        """Return a standardised quality: some of the dyad, some of the session, some of the item alone."""
        of_dyad = self._draw("dyad", dyad, scale).gauss(0, 0.65)
        of_session = self._draw("session", dyad, session, scale).gauss(0, 0.65)
        shared = of_dyad + of_session + self._shift.get((dyad, session), 0.0)
        alone = self._draw("item", dyad, session, item).gauss(0, 1)
        return common * shared + (1 - common**2) ** 0.5 * alone

    def _draw(self, *names: str | int) -> random.Random:
        return random.Random(" ".join(map(str, (self.seed, *names))))


def _shifts(planted: Iterable[Planted]) -> dict[Place, float]:
    shifts: dict[Place, float] = {}
    for one in planted:
        after = REPAIRED if one.is_repaired else UNREPAIRED
        for session, shift in zip(one.sessions, (PRE, CENTRAL, after), strict=True):
            # Where two sequences share a session, the deeper effect is heard.
            place = one.dyad, session
            shifts[place] = max(shifts.get(place, shift), shift, key=abs)
    return shifts
