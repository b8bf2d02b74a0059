"""The curve of all definitions, sorted by how many ruptures they find, with the choices beneath."""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

from coder_app.services.sensitivity_content import DEFINITION, OUTCOME
from coder_app.web.lead.sensitivity_words import CRITERIA_SAID, GROUPS

N_RUPTURES = OUTCOME.index("n_ruptures")


@dataclass(frozen=True)
class Choice:
    """One value of one setting: the definitions that take it, as stretches of the sorted row."""

    group: str
    label: str
    own: bool
    stretches: tuple[tuple[int, int], ...]
    n: int
    fewest: int
    middle: float
    most: int


@dataclass(frozen=True)
class Curve:
    """The number of ruptures of every definition, fewest first; `own` is the place of the own settings."""

    counts: tuple[int, ...]
    own: int
    choices: tuple[Choice, ...]

    @property
    def path(self) -> str:
        """The curve as steps in a box of as many units as definitions, by 100 units from 0 to the most."""
        most = max(self.counts) or 1
        steps = (f"V{100 - 100 * n / most:.1f}h1" for n in self.counts)
        return "M0 100" + "".join(steps) + "V100z"

    @property
    def own_x(self) -> float:
        """Where the own settings stand, in per cent of the width."""
        return round(100 * (self.own + 0.5) / len(self.counts), 2)


def build_curve(content: dict[str, Any], analysis: dict[str, Any]) -> Curve:
    """Return all definitions, sorted by what they find, and the choices that they are made of."""
    definitions, outcomes = content["definitions"], analysis["outcomes"]
    grid = {"criteria": list(CRITERIA_SAID), **content["grid"]}
    ranks = {name: {value: rank for rank, value in enumerate(values)} for name, values in grid.items()}

    def order(number: int) -> tuple[int, ...]:
        values = zip(DEFINITION, definitions[number], strict=True)
        return (
            outcomes[number][N_RUPTURES],
            *(-1 if value is None else ranks[name][value] for name, value in values),
        )

    places = sorted(range(len(definitions)), key=order)
    counts = tuple(outcomes[number][N_RUPTURES] for number in places)
    own = definitions[content["own"]]
    choices = tuple(
        _choice(
            name,
            label(value),
            own[at] == value,
            [definitions[number][at] == value for number in places],
            counts,
        )
        for name, label in GROUPS
        for at in (DEFINITION.index(name),)
        for value in grid[name]
    )
    return Curve(counts, places.index(content["own"]), choices)


def _choice(group: str, label: str, own: bool, taken: list[bool], counts: tuple[int, ...]) -> Choice:
    found = sorted(n for n, one in zip(counts, taken, strict=True) if one)
    return Choice(group, label, own, tuple(_stretches(taken)), len(found), found[0], median(found), found[-1])


def _stretches(taken: list[bool]) -> Iterator[tuple[int, int]]:
    """Runs of neighbours, as pairs of place and length."""
    start = None
    for place, one in enumerate([*taken, False]):
        if one and start is None:
            start = place
        elif not one and start is not None:
            yield start, place - start
            start = None
