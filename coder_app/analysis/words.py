"""Words for intraclass correlations, for the estimate and for both ends of its interval."""

import math
from dataclasses import dataclass

from coder_app.analysis.results import Estimate

# Lowest value that earns each word. Koo & Li call "greater than 0.90" excellent, so that .90 itself is good.
SCHEMES = {
    "cicchetti": ((0.75, "excellent"), (0.60, "good"), (0.40, "fair"), (-math.inf, "poor")),
    "koo_li": (
        (math.nextafter(0.90, 1), "excellent"),
        (0.75, "good"),
        (0.50, "moderate"),
        (-math.inf, "poor"),
    ),
}


@dataclass(frozen=True, slots=True)
class Words:
    """Words for an estimate and the ends of its interval; None where there is no figure."""

    estimate: str | None
    lower: str | None
    upper: str | None


def name_icc(value: float | None, scheme: str = "cicchetti") -> str | None:
    """Word for an unrounded ICC.

    Parameters
    ----------
    value : the ICC, not rounded, or None
    scheme : "cicchetti" (poor, fair, good, excellent) or "koo_li" (poor, moderate, good, excellent)

    Notes
    -----
    Cicchetti (1994), Psychological Assessment 6, 284; Koo & Li (2016), J Chiropractic Medicine 15, 155.
    """
    if value is None:
        return None
    return next(word for limit, word in SCHEMES[scheme] if value >= limit)


def name_interval(value: Estimate, scheme: str = "cicchetti") -> Words:
    """Words for an estimate and for both limits of its interval (see `name_icc`)."""
    return Words(*(name_icc(part, scheme) for part in (value.estimate, value.lower, value.upper)))
