"""Lower and upper fourths of a series, in exact arithmetic, by every definition in common use."""

import math
from collections.abc import Sequence
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


def median(values: Sequence[Fraction]) -> Fraction:
    """Middle value of at least one score, or the mean of the two middle ones."""
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


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
    if len(values) < 2:
        raise ValueError("fourths need at least two scores")
    if definition not in DEFINITIONS:
        raise ValueError(f"fourths {definition!r}; expected one of {', '.join(DEFINITIONS)}")
    ordered = sorted(values)
    if definition in (HINGES, EXCLUSIVE):
        half = (len(ordered) + (definition == HINGES)) // 2
        return median(ordered[:half]), median(ordered[-half:])
    return _quantile(ordered, Fraction(1, 4), definition), _quantile(ordered, Fraction(3, 4), definition)


def _quantile(ordered: list[Fraction], share: Fraction, definition: str) -> Fraction:
    n = len(ordered)
    if definition in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[definition]
        place = alpha + share * (n + 1 - alpha - beta)
        below = math.floor(place)
        weight = place - below
    else:
        place = n * share - (Fraction(1, 2) if definition == "type3" else 0)
        below = math.floor(place)
        weight = _step_weight(definition, below, place == below)
    low, high = ordered[min(max(below, 1), n) - 1], ordered[min(max(below + 1, 1), n) - 1]
    return low + weight * (high - low)


def _step_weight(definition: str, below: int, on_a_score: bool) -> Fraction:
    """Weight of the higher neighbour in the three discontinuous definitions."""
    if not on_a_score:
        return Fraction(1)
    if definition == "type1":
        return Fraction(0)
    if definition == "type2":
        return Fraction(1, 2)
    return Fraction(below % 2)
