"""Several coefficients of one item side by side, each a mark with its interval on a lane of its own.

Places along the axis are per cent of the cell, lanes are pixels: a column may be any width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from coder_app.web.charts.scales import Scale, Tick
from coder_app.web.numbers import coefficient, interval

LANE = 12
MARGIN = 9


@dataclass(frozen=True)
class Dot:
    """A coefficient to draw: what it is, its figures, and what is said of it where some are missing.

    `withheld` draws a hollow mark without an interval: a figure that must not be read as the others are.
    """

    name: str
    shape: str
    estimate: float | None
    lower: float | None
    upper: float | None
    reason: str | None = None
    withheld: bool = False


@dataclass(frozen=True)
class Lane:
    """Where one coefficient lies; nothing of it is drawn without an estimate."""

    y: int
    shape: str
    estimate: float
    lower: float | None
    upper: float | None
    cut_low: bool
    hollow: bool


@dataclass(frozen=True)
class DotsAxis:
    """The ticks above all rows of one table."""

    scale: Scale
    ticks: tuple[Tick, ...]
    height: int


@dataclass(frozen=True)
class DotsRow:
    """All coefficients of one item; a reason in their stead where there is none at all."""

    lanes: tuple[Lane, ...]
    reason: str | None
    label: str


def dots_axis(
    n_lanes: int, low: float = -0.2, ticks: Sequence[float] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
) -> DotsAxis:
    """Return the axis of rows that have so many lanes; what lies below `low` is drawn at its end."""
    scale = Scale(low, 1.0, 0.0, 97.0)
    places = tuple(
        Tick(scale.at(tick), coefficient(tick, 1) if 0 < tick < 1 else f"{tick:.0f}") for tick in ticks
    )
    return DotsAxis(scale, places, 2 * MARGIN + LANE * (n_lanes - 1))


def dots_row(axis: DotsAxis, name: str, dots: Sequence[Dot]) -> DotsRow:
    """Place the coefficients of one item, the first one on top."""
    label = f"{name}: {'; '.join(_said(dot) for dot in dots)}"
    lanes = tuple(
        _lane(axis.scale, MARGIN + LANE * place, dot)
        for place, dot in enumerate(dots)
        if _is_there(dot.estimate)
    )
    reasons = {dot.reason for dot in dots if dot.reason}
    none = None if lanes else " ".join(sorted(reasons)) or "not computed"
    return DotsRow(lanes, none, label)


def _lane(scale: Scale, y: int, dot: Dot) -> Lane:
    has_interval = not dot.withheld and _is_there(dot.lower) and _is_there(dot.upper)
    return Lane(
        y=y,
        shape=dot.shape,
        estimate=scale.at(dot.estimate),
        lower=scale.at(dot.lower) if has_interval else None,
        upper=scale.at(dot.upper) if has_interval else None,
        cut_low=has_interval and dot.lower < scale.low,
        hollow=dot.withheld,
    )


def _said(dot: Dot) -> str:
    if not _is_there(dot.estimate):
        return f"{dot.name} not computable, {dot.reason or 'no reason given'}"
    words = f"{dot.name} {short_of_one(dot.estimate)}"
    if dot.withheld:
        return f"{words}, withheld, {dot.reason}"
    if not (_is_there(dot.lower) and _is_there(dot.upper)):
        return f"{words}, {dot.reason or 'no interval'}"
    return f"{words}, 95% CI {interval(dot.lower, dot.upper)}"


def short_of_one(value: float | None) -> str:
    """Write a coefficient; one that would be rounded to 1 though it is less keeps a third decimal."""
    decimals = 3 if value is not None and 0.995 <= value < 1 - 1e-9 else 2
    return ".999" if coefficient(value, decimals) == "1.000" else coefficient(value, decimals)


def _is_there(value: float | None) -> bool:
    return value is not None and isfinite(value)
