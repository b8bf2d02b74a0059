"""Cells of a heat map: a printed number and one of a few steps of colour, never a style of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite

DIVERGING_STEPS = 4
SEQUENTIAL_STEPS = 5


@dataclass(frozen=True)
class HeatCell:
    """The number as printed and the name of its colour step; an empty step is white."""

    text: str
    step: str


MISSING = HeatCell("–", "missing")


def signed(value: float) -> str:
    """Write a difference with its sign and two decimals; what rounds to nothing has no sign."""
    text = f"{value:+.2f}".replace("-", "−")
    return "0.00" if text[1:] == "0.00" else text


def diverging_cells(
    values: Sequence[Sequence[float | None]], full: float | None = None
) -> list[list[HeatCell]]:
    """Colour differences blue below and orange above nothing; `full` is the difference of the deepest step.

    Without it, the largest difference of the map is.
    """
    there = [abs(value) for row in values for value in row if value is not None and isfinite(value)]
    deepest = full if full is not None else max(there, default=0.0)
    return [[_diverging_cell(value, deepest) for value in row] for row in values]


def _diverging_cell(value: float | None, deepest: float) -> HeatCell:
    if value is None or not isfinite(value):
        return MISSING
    text = signed(value)
    if text == "0.00" or deepest <= 0:
        return HeatCell(text, "")
    step = min(DIVERGING_STEPS, ceil(DIVERGING_STEPS * abs(value) / deepest - 1e-9))
    return HeatCell(text, f"{'p' if value > 0 else 'n'}{step}")


def sequential_cells(values: Sequence[Sequence[int | None]]) -> list[list[HeatCell]]:
    """Colour counts from the smallest to the largest of the map."""
    there = [value for row in values for value in row if value is not None]
    low, high = min(there, default=0), max(there, default=0)
    return [[_sequential_cell(value, low, high) for value in row] for row in values]


def _sequential_cell(value: int | None, low: int, high: int) -> HeatCell:
    if value is None:
        return MISSING
    share = (value - low) / (high - low) if high > low else 0.0
    return HeatCell(str(value), f"s{min(SEQUENTIAL_STEPS - 1, int(share * SEQUENTIAL_STEPS))}")
