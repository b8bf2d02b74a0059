"""Holm's correction of p for several tests."""

from collections.abc import Sequence


def adjust_holm(ps: Sequence[float | None]) -> list[float | None]:
    """Adjust p of a family of tests, in their order; a test without a p is not one of the family.

    Parameters
    ----------
    ps : sequence of float or None
        Each from 0 to 1.

    Returns
    -------
    list of float or None
        The smallest p times the number of tests, the next times one fewer, and so on, never falling and at
        most 1.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics, 6, 65-70; R ``p.adjust(method = "holm")``.
    """
    order = sorted((p, at) for at, p in enumerate(ps) if p is not None)
    adjusted: list[float | None] = [None] * len(ps)
    highest = 0.0
    for place, (p, at) in enumerate(order):
        highest = max(highest, min(1.0, p * (len(order) - place)))
        adjusted[at] = highest
    return adjusted
