"""Coefficients with their intervals on labelled bands, one row of a table each, in per cent of the cell.

Per cent, because a table column may be any width: squares stay square and text keeps its size.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from coder_app.web.charts.scales import Scale, Tick
from coder_app.web.numbers import coefficient

CICCHETTI_CUTS = (0.40, 0.60, 0.75)
CICCHETTI_WORDS = ("poor", "fair", "good", "excellent")
KOO_LI_CUTS = (0.50, 0.75, 0.90)
KOO_LI_WORDS = ("poor", "moderate", "good", "excellent")


@dataclass(frozen=True)
class Band:
    """A stretch of the axis that has a word."""

    x: float
    width: float
    middle: float
    word: str
    step: int


@dataclass(frozen=True)
class ForestAxis:
    """The bands and ticks above all rows of one table."""

    scale: Scale
    bands: tuple[Band, ...]
    ticks: tuple[Tick, ...]


@dataclass(frozen=True)
class ForestRow:
    """One coefficient; None with a reason where there is none, a cut where the interval runs off the axis."""

    estimate: float | None
    lower: float | None
    upper: float | None
    cut_low: bool
    cut_high: bool
    reason: str | None
    label: str


@dataclass(frozen=True)
class SharePart:
    """The share of one score among all that were given."""

    x: float
    width: float
    step: int
    score: str
    count: int


@dataclass(frozen=True)
class ShareBar:
    """How often each score was given, as parts of one bar."""

    parts: tuple[SharePart, ...]
    label: str
    reason: str | None


def forest_axis(
    low: float = -0.20,
    high: float = 1.0,
    cuts: Sequence[float] = CICCHETTI_CUTS,
    words: Sequence[str] = CICCHETTI_WORDS,
    ticks: Sequence[float] = (0.0, 0.20, 0.40, 0.60, 0.75, 1.0),
) -> ForestAxis:
    """Return the axis: one band more than there are cuts, each with its word."""
    if len(words) != len(cuts) + 1:
        raise ValueError("there is one word more than there are cuts")
    scale = Scale(low, high, 0.0, 100.0)
    edges = [scale.at(edge) for edge in (low, *cuts, high)]
    bands = tuple(
        Band(a, round(b - a, 2), round((a + b) / 2, 2), word, step)
        for step, (a, b, word) in enumerate(zip(edges, edges[1:], words, strict=False))
    )
    return ForestAxis(scale, bands, tuple(Tick(scale.at(tick), coefficient(tick)) for tick in ticks))


def words_axis(scheme: str) -> ForestAxis:
    """Return the axis with the bands of Cicchetti (1994), or of Koo and Li (2016)."""
    if scheme == "koo_li":
        return forest_axis(cuts=KOO_LI_CUTS, words=KOO_LI_WORDS, ticks=(0.0, 0.25, 0.50, 0.75, 0.90))
    return forest_axis()


def forest_row(
    axis: ForestAxis,
    name: str,
    estimate: float | None,
    lower: float | None = None,
    upper: float | None = None,
    reason: str | None = None,
    statistic: str = "ICC",
    confidence: float = 0.95,
) -> ForestRow:
    """Place one coefficient; without an estimate the row carries the reason in its stead."""
    if estimate is None or not isfinite(estimate):
        said = reason or f"no {statistic}"
        return ForestRow(None, None, None, False, False, said, f"{name}: {said}")
    scale = axis.scale
    words = f"{name}: {statistic} {coefficient(estimate)}"
    if lower is None or upper is None or not (isfinite(lower) and isfinite(upper)):
        label = f"{words}, {reason or 'no interval'}"
        return ForestRow(scale.at(estimate), None, None, False, False, reason, label)
    label = f"{words}, {100 * confidence:.0f}% CI [{coefficient(lower)}, {coefficient(upper)}]"
    return ForestRow(
        scale.at(estimate),
        scale.at(lower),
        scale.at(upper),
        lower < scale.low,
        upper > scale.high,
        reason,
        label,
    )


def share_bar(name: str, counts: Sequence[tuple[str, int]], steps: int = 6) -> ShareBar:
    """Cut a bar by how often each score was given; counts go from the lowest score to the highest."""
    total = sum(count for _, count in counts)
    if not total:
        return ShareBar((), f"{name}: no scores yet", "no scores yet")
    parts, x = [], 0.0
    for i, (score, count) in enumerate(counts):
        width = 100 * count / total
        step = i if len(counts) <= steps else round(i * (steps - 1) / (len(counts) - 1))
        if count:
            parts.append(SharePart(round(x, 2), round(width, 2), step, score, count))
        x += width
    said = ", ".join(f"{part.score} {100 * part.count / total:.0f}%" for part in parts)
    return ShareBar(tuple(parts), f"{name}: {said}", None)
