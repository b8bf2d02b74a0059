"""Control charts of a coder's deviations and the ICC over time: a line, what it may stray by, and marks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from coder_app.web.charts.boxes import Box
from coder_app.web.charts.scales import (
    Scale,
    Tick,
    finite,
    number,
    padded_range,
    path_of,
    ticks_between,
)
from coder_app.web.charts.series_parts import SMALL

PANEL = Box(340, 176, 38, 332, 14, 140)
TICK_ROOM = 46.0
ICC_RANGE = (-0.2, 1.0)
ICC_TICKS = ((0.0, "0"), (0.40, ".40"), (0.60, ".60"), (0.75, ".75"), (1.0, "1"))


@dataclass(frozen=True)
class Dot:
    """One value, and what it is."""

    x: float
    y: float
    label: str


@dataclass(frozen=True)
class DriftPanel:
    """Everything that one panel holds; with a reason nothing else is drawn."""

    box: Box
    x_ticks: tuple[Tick, ...] = ()
    y_ticks: tuple[Tick, ...] = ()
    bands: tuple[str, ...] = ()
    edges: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    centre: float | None = None
    dots: tuple[Dot, ...] = ()
    signals: tuple[Dot, ...] = ()
    alarm: Dot | None = None
    label: str = ""
    reason: str | None = None


def find_span(series: Sequence[Sequence[float | None] | None]) -> tuple[float, float]:
    """Return the lowest and highest value, for panels that share an axis; 0 lies between."""
    values = [value for one in series if one for value in finite(one)]
    return min([*values, 0.0]), max([*values, 0.0])


def drift_panel(
    name: str,
    deviations: Sequence[float],
    *,
    numbers: Sequence[int] | None = None,
    ewma: Sequence[float] | None = None,
    limits: tuple[Sequence[float], Sequence[float]] | None = None,
    centre: float | None = None,
    signals: Sequence[int] = (),
    alarm_at: int | None = None,
    span: tuple[float, float] | None = None,
    small: bool = False,
    reason: str | None = None,
) -> DriftPanel:
    """Draw one coder's deviations in the order of submission, at the `numbers` of their recordings.

    Without numbers they count from 1. `signals` and `alarm_at` are such numbers.
    """
    box = SMALL if small else PANEL
    if not deviations or reason:
        said = reason or "no recordings"
        return DriftPanel(box, label=f"{name}: {said}", reason=said)
    numbers = numbers or range(1, len(deviations) + 1)
    x = _order_scale(box, numbers[0], numbers[-1])
    low, high, step = padded_range(span or find_span([deviations, ewma, *(limits or ())]), 4)
    y = Scale(low, high, box.bottom, box.top)
    places = [x.at(one) for one in numbers]
    dots = tuple(
        Dot(x.at(one), y.at(value), f"recording {one}: {number(value)}")
        for one, value in zip(numbers, deviations, strict=True)
    )
    lower, upper = limits or ((), ())
    edges = tuple(
        path_of([(a, y.at(b)) for a, b in zip(places, edge, strict=False)]) for edge in limits or ()
    )
    return DriftPanel(
        box,
        x_ticks=() if small else _order_ticks(x),
        y_ticks=() if small else ticks_between(y, step),
        bands=_band(places, [y.at(one) for one in lower], [y.at(one) for one in upper]),
        edges=edges,
        lines=(path_of([(a, y.at(b)) for a, b in zip(places, ewma, strict=True)]),) if ewma else (),
        centre=y.at(0.0 if centre is None else centre),
        dots=dots,
        signals=tuple(Dot(x.at(at), box.top - 6, f"CUSUM at {at}") for at in signals),
        alarm=_alarm(numbers, ewma, x, y, alarm_at),
        label=_said(name, deviations, alarm_at, signals),
    )


def icc_panel(
    name: str, points: Sequence[tuple[float | None, float | None, float | None]], starts_at: int
) -> DriftPanel:
    """Draw an ICC over windows of recordings, each at the number of its last recording, with its interval.

    `points` are (estimate, lower, upper); the line breaks where there is no estimate.
    """
    if not points:
        return DriftPanel(PANEL, label=f"{name}: nothing to draw", reason="nothing to draw")
    x = _order_scale(PANEL, starts_at, starts_at + len(points) - 1)
    y = Scale(*ICC_RANGE, PANEL.bottom, PANEL.top)
    bands, lines, dots = [], [], []
    for run in _runs(points, starts_at):
        places = [x.at(place) for place, _ in run]
        lines.append(path_of([(a, y.at(point[0])) for a, (_, point) in zip(places, run, strict=True)]))
        if all(None not in point for _, point in run):
            lower, upper = ([y.at(point[part]) for _, point in run] for part in (1, 2))
            bands += _band(places, lower, upper)
        dots += [
            Dot(x.at(place), y.at(point[0]), f"to recording {place}: ICC {number(point[0])}")
            for place, point in run
        ]
    return DriftPanel(
        PANEL,
        x_ticks=_order_ticks(x),
        y_ticks=tuple(Tick(y.at(value), label) for value, label in ICC_TICKS),
        bands=tuple(bands),
        lines=tuple(lines),
        dots=tuple(dots),
        label=f"{name}: {_said_of_icc([point[0] for point in points])}",
    )


def _runs(points, starts_at: int) -> Iterator[list]:
    run: list = []
    for place, point in enumerate(points, start=starts_at):
        if point[0] is None:
            if run:
                yield run
            run = []
        else:
            run.append((place, point))
    if run:
        yield run


def _order_scale(box: Box, first: int, last: int) -> Scale:
    """A single recording stands in the middle."""
    low, high = (first, last) if last > first else (first - 1, first + 1)
    return Scale(low, high, box.left + 6, box.right - 6)


def _order_ticks(x: Scale) -> tuple[Tick, ...]:
    room = (x.end - x.start) / (x.high - x.low)
    every = next((n for n in (1, 2, 5, 10, 20, 50, 100, 200, 500) if n * room >= TICK_ROOM), 1000)
    numbers = range(int(x.low), int(x.high) + 1)
    return tuple(Tick(x.at(one), str(one)) for one in numbers if one % every == 0 or every == 1)


def _band(places: Sequence[float], lower: Sequence[float], upper: Sequence[float]) -> tuple[str, ...]:
    """The stretch between two lines as one closed path; a single point has no width."""
    if len(lower) < 2:
        return ()
    there = list(zip(places, upper, strict=True))
    back = list(zip(places, lower, strict=True))[::-1]
    return (path_of(there + back) + "Z",)


def _alarm(
    numbers: Sequence[int], ewma: Sequence[float] | None, x: Scale, y: Scale, at: int | None
) -> Dot | None:
    if at is None or not ewma:
        return None
    return Dot(x.at(at), y.at(ewma[numbers.index(at)]), f"alarm at recording {at}")


def _said(name: str, deviations: Sequence[float], alarm_at: int | None, signals: Sequence[int]) -> str:
    """What a listener needs of the picture, in one sentence."""
    ends = f"{number(min(deviations))} to {number(max(deviations))}"
    spread = f"deviations from {ends}"
    alarm = "no alarm" if alarm_at is None else f"alarm at recording {alarm_at}"
    begins = ", ".join(map(str, signals))
    cusum = f"; CUSUM signal from recording {begins}" if signals else ""
    return f"{name}: {spread}; {alarm}{cusum}"


def _said_of_icc(estimates: Sequence[float | None]) -> str:
    found = finite(estimates)
    if not found:
        return "no ICC in any window"
    ends = f"lowest {number(min(found))}, highest {number(max(found))}"
    return f"ICC {number(found[0])} in the first window and {number(found[-1])} in the last, {ends}"
