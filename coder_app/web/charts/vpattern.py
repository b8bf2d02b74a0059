"""Subscale scores before, in and after a rupture: sequences, means and intervals, one panel a type."""

from collections.abc import Sequence
from dataclasses import dataclass

from coder_app.web.charts.scales import Scale, Tick, finite, number, path_of, ticks_between

POSITIONS = ("pre", "central", "post")
WIDTH, HEIGHT = 250.0, 236.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 236.0, 12.0, 190.0


@dataclass(frozen=True)
class Mean:
    """The mean of one position, its 95% interval, the number of sequences behind it; None where unknown."""

    mean: float | None
    lower: float | None
    upper: float | None
    n: int


@dataclass(frozen=True)
class MeanPoint:
    """A mean as drawn, with the number printed beside it and an interval where there is one."""

    x: float
    y: float
    lower: float | None
    upper: float | None
    printed: str
    label_x: float
    label_y: float
    anchor: str


@dataclass(frozen=True)
class Position:
    """A place on the horizontal axis."""

    x: float
    word: str
    n: str


@dataclass(frozen=True)
class VPanel:
    """One panel: the sequences of one rupture type on an axis that all panels of the subscale share."""

    kind: str
    width: float
    height: float
    left: float
    right: float
    y_ticks: tuple[Tick, ...]
    positions: tuple[Position, ...]
    sequences: tuple[str, ...]
    mean_lines: tuple[str, ...]
    means: tuple[MeanPoint, ...]
    label: str
    reason: str | None


def v_panel(
    name: str,
    kind: str,
    sequences: Sequence[Sequence[float | None]],
    means: Sequence[Mean],
    low: float,
    high: float,
    step: float,
) -> VPanel:
    """Draw one panel; low, high and step are those of the subscale, so that panels can be compared by eye.

    A sequence that lacks a score is drawn as far as neighbouring positions are there.
    """
    if len(means) != len(POSITIONS):
        raise ValueError("a panel has one mean a position: pre, central, post")
    y = Scale(low, high, BOTTOM, TOP)
    xs = _places()
    drawn = tuple(line for scores in sequences for line in _pieces(scores, xs, y))
    points = tuple(
        _mean_point(i, mean, xs[i], y)
        for i, mean in enumerate(means)
        if finite([mean.mean]) and y.holds(mean.mean)
    )
    reason = None if drawn or points else "no sequence has a score"
    return VPanel(
        *(kind, WIDTH, HEIGHT, LEFT, RIGHT),
        y_ticks=ticks_between(y, step),
        positions=tuple(
            Position(x, word, f"n = {mean.n}") for x, word, mean in zip(xs, POSITIONS, means, strict=True)
        ),
        sequences=drawn,
        mean_lines=tuple(_pieces([mean.mean for mean in means], xs, y)),
        means=points,
        label=_said(name, kind, means),
        reason=reason,
    )


def _places() -> tuple[float, ...]:
    """Three places, the outer ones a little in from the edges."""
    inset = 28.0
    return (LEFT + inset, (LEFT + RIGHT) / 2, RIGHT - inset)


def _pieces(scores: Sequence[float | None], xs: Sequence[float], y: Scale) -> list[str]:
    """The neighbouring positions that both have a score, joined; a missing score breaks the line."""
    runs: list[list[tuple[float, float]]] = [[]]
    for x, score in zip(xs, scores, strict=True):
        if finite([score]):
            runs[-1].append((x, y.at(score)))
        else:
            runs.append([])
    return [path_of(run) for run in runs if len(run) > 1]


def _mean_point(index: int, mean: Mean, x: float, y: Scale) -> MeanPoint:
    """The number stands above the point at its right; the box leaves room for it at the last position."""
    has_interval = len(finite([mean.lower, mean.upper])) == 2
    at = y.at(mean.mean)
    return MeanPoint(
        x,
        at,
        y.at(mean.lower) if has_interval else None,
        y.at(mean.upper) if has_interval else None,
        f"{mean.mean:.1f}".replace("-", "−"),
        x + 9,
        max(at - 9, TOP + 4),
        "start",
    )


def _said(name: str, kind: str, means: Sequence[Mean]) -> str:
    """The means in words; a missing one is said to be missing."""
    parts = []
    for word, mean in zip(POSITIONS, means, strict=True):
        if not finite([mean.mean]):
            parts.append(f"{word} no mean (n = {mean.n})")
            continue
        interval = (
            f", 95% CI [{number(mean.lower)}, {number(mean.upper)}]"
            if len(finite([mean.lower, mean.upper])) == 2
            else ", no interval"
        )
        parts.append(f"{word} {number(mean.mean)}{interval} (n = {mean.n})")
    return f"{name}, {kind}: " + "; ".join(parts)
