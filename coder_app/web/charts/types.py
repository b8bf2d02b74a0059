"""Means of both rupture types on one axis: the plot of type by position."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coder_app.web.charts.scales import Scale, Tick, finite, number, path_of, ticks_between
from coder_app.web.charts.vpattern import BOTTOM, HEIGHT, LEFT, POSITIONS, RIGHT, TOP, WIDTH, Mean

# The types stand a little apart, so that their intervals do not lie on each other.
APART, INSET = 5.0, 28.0


@dataclass(frozen=True)
class TypePoint:
    """One mean as drawn."""

    x: float
    y: float
    lower: float | None
    upper: float | None


@dataclass(frozen=True)
class TypeLine:
    """One rupture type: its line, its means, and how many sequences they are of."""

    kind: str
    path: str
    points: tuple[TypePoint, ...]
    n: int


@dataclass(frozen=True)
class TypesPanel:
    """The plot; `reason` says why there is none."""

    width: float
    height: float
    left: float
    right: float
    y_ticks: tuple[Tick, ...]
    positions: tuple[tuple[float, str], ...]
    lines: tuple[TypeLine, ...]
    label: str
    reason: str | None


def types_panel(
    name: str, means: Mapping[str, Sequence[Mean]], low: float, high: float, step: float
) -> TypesPanel:
    """Draw the means of each type at pre, central and post, on the axis of the panels beside it."""
    empty = (WIDTH, HEIGHT, LEFT, RIGHT)
    if not any(finite([one.mean]) for own in means.values() for one in own):
        return TypesPanel(*empty, (), (), (), f"{name}: no means", "no sequence has a score")
    y = Scale(low, high, BOTTOM, TOP)
    middles = (LEFT + INSET, (LEFT + RIGHT) / 2, RIGHT - INSET)
    shifts = [APART * (2 * at - len(means) + 1) for at in range(len(means))]
    lines = tuple(
        _line(kind, own, [x + shift for x in middles], y)
        for (kind, own), shift in zip(means.items(), shifts, strict=True)
    )
    said = "; ".join(f"{kind} {_said(own)}" for kind, own in means.items())
    return TypesPanel(
        *empty,
        y_ticks=ticks_between(y, step),
        positions=tuple(zip(middles, POSITIONS, strict=True)),
        lines=lines,
        label=f"{name}, means by rupture type: {said}",
        reason=None,
    )


def _said(means: Sequence[Mean]) -> str:
    there = [(word, one.mean) for word, one in zip(POSITIONS, means, strict=True) if finite([one.mean])]
    return ", ".join(f"{word} {number(mean)}" for word, mean in there) or "no means"


def _line(kind: str, means: Sequence[Mean], xs: Sequence[float], y: Scale) -> TypeLine:
    points = tuple(
        TypePoint(x, y.at(one.mean), *_ends(one, y))
        for x, one in zip(xs, means, strict=True)
        if finite([one.mean])
    )
    path = path_of([(point.x, point.y) for point in points]) if len(points) > 1 else ""
    return TypeLine(kind, path, points, max((one.n for one in means), default=0))


def _ends(one: Mean, y: Scale) -> tuple[float | None, float | None]:
    if len(finite([one.lower, one.upper])) < 2:
        return None, None
    return y.at(one.lower), y.at(one.upper)
