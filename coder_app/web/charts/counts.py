"""Counts as bars: lying ones for named things, standing ones along the numbers of treatment sessions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from coder_app.web.charts.scales import Scale, Tick, nice_step, number, ticks_between

WIDTH, HEIGHT = 480.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 472.0, 12.0, 160.0


@dataclass(frozen=True)
class CountBar:
    """A lying bar; its width is in per cent of the longest."""

    name: str
    count: int
    width: float


@dataclass(frozen=True)
class Column:
    """A standing bar over one treatment session."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Histogram:
    """How often something happened at each treatment session; with a reason nothing is drawn."""

    width: float
    height: float
    left: float
    right: float
    bottom: float
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    columns: tuple[Column, ...]
    y_title: str
    label: str
    reason: str | None


def count_bars(counts: Sequence[tuple[str, int]]) -> tuple[CountBar, ...]:
    """Return one bar for each named count, in the order given."""
    longest = max((count for _, count in counts), default=0)
    return tuple(
        CountBar(name, count, round(100 * count / longest, 2) if longest else 0.0) for name, count in counts
    )


def session_histogram(name: str, counts: Mapping[int, int], y_title: str = "Ruptures") -> Histogram:
    """Return a column for each treatment session from the first to the last that is named, none left out."""
    top = max(counts.values(), default=0)
    box = (WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM)
    if not top:
        return Histogram(*box, (), (), (), y_title, f"{name}: none", "none found")
    first, last = min(counts), max(counts)
    slot = (RIGHT - LEFT) / (last - first + 1)
    step = max(1.0, nice_step(top, 4))
    y = Scale(0, max(step, -(-top // step) * step), BOTTOM, TOP)
    columns = tuple(
        _column(LEFT + slot * (session - first), slot, session, counts.get(session, 0), y)
        for session in range(first, last + 1)
    )
    said = ", ".join(f"session {session}: {count}" for session, count in sorted(counts.items()) if count)
    return Histogram(
        *box, _ticks(first, last, slot), ticks_between(y, step), columns, y_title, f"{name}: {said}", None
    )


def _column(start: float, slot: float, session: int, count: int, y: Scale) -> Column:
    """A bar takes three quarters of its slot, at most 40 units."""
    width = min(40.0, slot * 0.75)
    top = y.at(count)
    x = round(start + (slot - width) / 2, 2)
    return Column(x, top, round(width, 2), round(y.at(0) - top, 2), f"session {session}: {number(count)}")


def _ticks(first: int, last: int, slot: float) -> tuple[Tick, ...]:
    every = next((n for n in (1, 2, 5, 10, 20) if n * slot >= 24), 50)
    sessions = (s for s in range(first, last + 1) if every == 1 or s % every == 0)
    return tuple(Tick(round(LEFT + slot * (s - first + 0.5), 2), str(s)) for s in sessions)
