"""Curves on shared axes, each named at its end: widths by number of recordings, alpha by session."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite

from coder_app.web.charts.boxes import Plane
from coder_app.web.charts.scales import Scale, Tick, finite, nice_step, path_of, spread, ticks_between
from coder_app.web.charts.series_parts import LimitLine

# Two of them stand side by side on a wide screen.
WIDTH, LEFT, TOP, BOTTOM = 500.0, 46.0, 30.0, 270.0
LABEL_ROOM, LABEL_GAP = 78.0, 16.0


@dataclass(frozen=True)
class Value:
    """One place on a curve, with an interval where there is one; without a y the curve breaks."""

    x: float
    y: float | None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Curve:
    """A curve and the name that stands at its end."""

    name: str
    values: Sequence[Value]


@dataclass(frozen=True)
class Level:
    """A level across the drawing, with its words."""

    value: float
    words: str


@dataclass(frozen=True)
class DrawnCurve:
    """A curve as paths, its intervals as one band a run, its values as dots; the step tells curves apart."""

    step: int
    paths: tuple[str, ...]
    bands: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    name: str
    label_y: float


@dataclass(frozen=True)
class CurvesChart(Plane):
    """Everything that the drawing holds; with a reason nothing else is drawn."""

    curves: tuple[DrawnCurve, ...]
    levels: tuple[LimitLine, ...]
    label: str
    reason: str | None


def curves_chart(
    name: str,
    curves: Sequence[Curve],
    titles: tuple[str, str],
    ends: tuple[float | None, float | None] = (None, None),
    levels: Sequence[Level] = (),
    beneath: Sequence[tuple[float, str]] = (),
    whole: bool = False,
) -> CurvesChart:
    """Draw the curves.

    `titles` are those of the axes, x before y; `ends` fix the y axis where they are given, and values beyond
    them break the curve; `beneath` are words under places of the x axis; `whole` puts a tick at each whole x.
    """
    given = [value for curve in curves for value in curve.values if _holds(value.y, ends)]
    if not given:
        edges = (WIDTH, BOTTOM + 60, LEFT, WIDTH - LABEL_ROOM, TOP, BOTTOM)
        said = "no figure to draw"
        return CurvesChart(*edges, *titles, (), (), (), (), (), f"{name}: {said}", said)
    right = WIDTH - (LABEL_ROOM if any(curve.name for curve in curves) else 14)
    x = _x_scale([value.x for curve in curves for value in curve.values], right)
    y, step = _y_scale(given, ends, [level.value for level in levels])
    drawn = _draw(curves, x, y, ends)
    places = [y.at(level.value) for level in levels if y.holds(level.value)]
    return CurvesChart(
        *(WIDTH, BOTTOM + (64 if beneath else 46), LEFT, right, TOP, BOTTOM),
        *titles,
        x_ticks=_x_ticks(x, whole),
        y_ticks=tuple(Tick(one.at, _bare(one.label)) for one in ticks_between(y, step)),
        beneath=tuple(Tick(x.at(place), words) for place, words in beneath),
        curves=drawn,
        levels=tuple(
            LimitLine(place, place + 15, level.words, "limit")
            for place, level in zip(places, levels, strict=False)
        ),
        label=f"{name}: " + "; ".join(_said(curve, ends) for curve in curves),
        reason=None,
    )


def _bare(label: str) -> str:
    """Drop the zero before the point: nothing that is drawn here can pass 1."""
    sign = "−" if label.startswith("−") else ""
    digits = label.removeprefix(sign)
    return sign + (digits[1:] if digits.startswith("0.") else digits)


def _holds(y: float | None, ends: tuple[float | None, float | None]) -> bool:
    low, high = ends
    return y is not None and isfinite(y) and (low is None or y >= low) and (high is None or y <= high)


def _x_scale(places: list[float], right: float) -> Scale:
    first, last = min(places), max(places)
    if first == last:
        first, last = first - 1, last + 1
    return Scale(first, last, LEFT + 6, right - 6)


def _y_scale(
    given: list[Value], ends: tuple[float | None, float | None], levels: list[float]
) -> tuple[Scale, float]:
    seen = [value.y for value in given] + levels
    seen += finite([limit for value in given for limit in (value.lower, value.upper)])
    low, high = (min(seen) if ends[0] is None else ends[0]), (max(seen) if ends[1] is None else ends[1])
    if high - low < 1e-9:
        low, high = low - 0.1, high + 0.1
    step = nice_step(high - low, 6)
    low = floor(low / step + 1e-9) * step if ends[0] is None else low
    high = ceil(high / step - 1e-9) * step if ends[1] is None else high
    return Scale(low, high, BOTTOM, TOP), step


def _x_ticks(x: Scale, whole: bool) -> tuple[Tick, ...]:
    if not whole:
        return ticks_between(x, nice_step(x.high - x.low, 8))
    every = max(1, ceil((x.high - x.low) / 20))
    return tuple(
        Tick(x.at(place), str(place)) for place in range(ceil(x.low), floor(x.high) + 1) if place % every == 0
    )


def _draw(
    curves: Sequence[Curve], x: Scale, y: Scale, ends: tuple[float | None, float | None]
) -> tuple[DrawnCurve, ...]:
    runs = [_runs(curve.values, ends) for curve in curves]
    last = [y.at(parts[-1][-1].y) if parts else BOTTOM for parts in runs]
    labels = spread(last, LABEL_GAP, TOP, BOTTOM)
    return tuple(
        DrawnCurve(
            step=step,
            paths=tuple(
                path_of([(x.at(value.x), y.at(value.y)) for value in run]) for run in parts if len(run) > 1
            ),
            bands=tuple(band for run in parts if (band := _band(run, x, y))),
            dots=tuple((x.at(value.x), y.at(value.y)) for run in parts for value in run),
            name=curve.name,
            label_y=label,
        )
        for step, (curve, parts, label) in enumerate(zip(curves, runs, labels, strict=True))
        if parts
    )


def _runs(values: Sequence[Value], ends: tuple[float | None, float | None]) -> list[list[Value]]:
    """Neighbours that both have a value; a missing one breaks the curve."""
    runs: list[list[Value]] = [[]]
    for value in values:
        if _holds(value.y, ends):
            runs[-1].append(value)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _band(run: list[Value], x: Scale, y: Scale) -> str | None:
    """The intervals of one run as an outline, there along the upper limits and back along the lower."""
    known = [value for value in run if len(finite([value.lower, value.upper])) == 2]
    if len(known) < 2:
        return None
    there = [(x.at(value.x), y.at(value.upper)) for value in known]
    back = [(x.at(value.x), y.at(value.lower)) for value in reversed(known)]
    return path_of([*there, *back]) + "Z"


def _said(curve: Curve, ends: tuple[float | None, float | None]) -> str:
    kept = [value for value in curve.values if _holds(value.y, ends)]
    if not kept:
        return f"{curve.name}, nothing"
    first, last = kept[0], kept[-1]
    return f"{curve.name}, {first.y:.2f} at {first.x:g} to {last.y:.2f} at {last.x:g}"
