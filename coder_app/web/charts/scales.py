"""From values to places on a drawing, and the ticks beside them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

NICE_STEPS = (1, 2, 4, 5, 10)


@dataclass(frozen=True)
class Scale:
    """A straight line from a range of values to a stretch of the drawing; values outside stop at its ends."""

    low: float
    high: float
    start: float
    end: float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ValueError(f"a scale needs two different ends, not {self.low} and {self.high}")

    def at(self, value: float) -> float:
        """Return where a value lies, rounded to a hundredth of a unit."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 2)

    def holds(self, value: float) -> bool:
        """Say whether a value lies within the scale, ends included."""
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Tick:
    """A place on an axis and what stands there."""

    at: float
    label: str


def nice_step(span: float, wanted: int) -> float:
    """Return the round step that cuts a span into at most `wanted` parts."""
    if span <= 0 or wanted < 1:
        raise ValueError("a step needs a positive span and at least one part")
    power = 10 ** floor(log10(span / wanted))
    return next(step * power for step in NICE_STEPS if span / (step * power) <= wanted + 1e-9)


def padded_range(values: Sequence[float], wanted: int = 5) -> tuple[float, float, float]:
    """Return low, high and step of an axis that holds all values and begins and ends on a tick."""
    low, high = min(values), max(values)
    # Values that differ in their last bits only would ask for a step of no size.
    if high - low <= 1e-9 * max(1.0, abs(low), abs(high)):
        low, high = low - 1, high + 1
    step = nice_step(high - low, wanted)
    return floor(low / step + 1e-9) * step, ceil(high / step - 1e-9) * step, step


def number(value: float) -> str:
    """Write a number as it stands on an axis: no trailing zeros, a true minus."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") if text not in ("-0", "") else "0"


def ticks_between(scale: Scale, step: float) -> tuple[Tick, ...]:
    """Return a tick at every multiple of the step that the scale holds."""
    first = ceil(scale.low / step - 1e-9)
    last = floor(scale.high / step + 1e-9)
    return tuple(Tick(scale.at(n * step), number(n * step)) for n in range(first, last + 1))


def finite(values: Sequence[float | None]) -> list[float]:
    """Return the values that are there and are numbers."""
    return [value for value in values if value is not None and isfinite(value)]


def spread(places: Sequence[float], gap: float, low: float, high: float) -> tuple[float, ...]:
    """Move labels apart until neighbours are a gap from each other, in their order, between two ends.

    Where there is no room for all, they are set evenly between the ends.
    """
    if not places:
        return ()
    order = sorted(range(len(places)), key=lambda i: places[i])
    if (len(places) - 1) * gap > high - low:
        gap = (high - low) / max(1, len(places) - 1)
    moved = [min(max(places[i], low), high) for i in order]
    for i in range(1, len(moved)):
        moved[i] = max(moved[i], moved[i - 1] + gap)
    moved[-1] = min(moved[-1], high)
    for i in range(len(moved) - 2, -1, -1):
        moved[i] = min(moved[i], moved[i + 1] - gap)
    result = [0.0] * len(places)
    for place, i in zip(moved, order, strict=True):
        result[i] = round(place, 2)
    return tuple(result)


def path_of(points: Sequence[tuple[float, float]]) -> str:
    """Write points as the data of an SVG path."""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
