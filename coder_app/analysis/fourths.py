"""Lower and upper fourths by every definition in common use, as places among sorted scores."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

HINGES, EXCLUSIVE = "hinges", "exclusive"
DEFINITIONS = (HINGES, EXCLUSIVE, *(f"type{number}" for number in range(1, 10)))

# Plotting positions (alpha, beta) of the six continuous sample quantiles.
_CONTINUOUS = {
    "type4": (Fraction(0), Fraction(1)),
    "type5": (Fraction(1, 2), Fraction(1, 2)),
    "type6": (Fraction(0), Fraction(0)),
    "type7": (Fraction(1), Fraction(1)),
    "type8": (Fraction(1, 3), Fraction(1, 3)),
    "type9": (Fraction(3, 8), Fraction(3, 8)),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A quantile among sorted scores: `weight` of the way from score `low` to score `high`, from 0."""

    low: int
    high: int
    weight: Fraction

    def pick(self, ordered: Sequence[Fraction]) -> Fraction:
        """Return the quantile of scores that are sorted."""
        return ordered[self.low] + self.weight * (ordered[self.high] - ordered[self.low])


def median(values: Sequence[Fraction]) -> Fraction:
    """Middle value of at least one score, or the mean of the two middle ones."""
    return find_median(len(values)).pick(sorted(values))


def fourths(values: Sequence[Fraction], definition: str = HINGES) -> tuple[Fraction, Fraction]:
    """Lower and upper fourth of a series.

    Parameters
    ----------
    values : sequence of Fraction
        At least two scores, in any order.
    definition : str
        ``hinges``: medians of the halves, the median in both when their number is odd (R ``fivenum``);
        ``exclusive``: in neither; ``type1`` to ``type9``: sample quantiles at 1/4 and 3/4.

    Returns
    -------
    tuple of Fraction
        Lower and upper fourth.

    Raises
    ------
    ValueError
        Fewer than two scores, or a definition that is not in ``DEFINITIONS``.

    References
    ----------
    Tukey (1977), Exploratory Data Analysis, ch. 2; Hyndman & Fan (1996), The American Statistician, 50,
    361-365; R ``quantile(type = 1...9)``.

    Examples
    --------
    >>> [float(fourth) for fourth in fourths([Fraction(x) for x in (5, 4, 4, 3, 1, 4, 5)])]
    [3.5, 4.5]
    """
    ordered = sorted(values)
    lower, upper = find_fourths(len(ordered), definition)
    return lower.pick(ordered), upper.pick(ordered)


def find_median(n: int, first: int = 0) -> Place:
    """Return the place of the median of `n` sorted scores that begin at place `first`."""
    return Place(first + (n - 1) // 2, first + n // 2, Fraction(1 - n % 2, 2))


def find_fourths(n: int, definition: str = HINGES) -> tuple[Place, Place]:
    """Places of lower and upper fourth among `n` sorted scores; parameters and errors as of `fourths`."""
    if n < 2:
        raise ValueError("fourths need at least two scores")
    if definition not in DEFINITIONS:
        raise ValueError(f"fourths {definition!r}; expected one of {', '.join(DEFINITIONS)}")
    if definition in (HINGES, EXCLUSIVE):
        half = (n + (definition == HINGES)) // 2
        return find_median(half), find_median(half, n - half)
    return _find_quantile(n, Fraction(1, 4), definition), _find_quantile(n, Fraction(3, 4), definition)


def _find_quantile(n: int, share: Fraction, definition: str) -> Place:
    if definition in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[definition]
        place = alpha + share * (n + 1 - alpha - beta)
        below = math.floor(place)
        weight = place - below
    else:
        place = n * share - (Fraction(1, 2) if definition == "type3" else 0)
        below = math.floor(place)
        weight = _step_weight(definition, below, place == below)
    return Place(min(max(below, 1), n) - 1, min(max(below + 1, 1), n) - 1, weight)


def _step_weight(definition: str, below: int, on_a_score: bool) -> Fraction:
    """Weight of the higher neighbour in the three discontinuous definitions."""
    if not on_a_score:
        return Fraction(1)
    if definition == "type1":
        return Fraction(0)
    if definition == "type2":
        return Fraction(1, 2)
    return Fraction(below % 2)
