"""The picture of a study's course: a lane for each kind of act, on one axis of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from coder_app.services.blinding_report import PhaseSpan
from coder_app.services.blinding_report_words import day, moment
from coder_app.web.charts.scales import Scale, Tick
from coder_app.web.lead.blinding_report_events import LANES, Event
from coder_app.web.numbers import count

WIDTH, LEFT, RIGHT = 860.0, 168.0, 846.0
TOP, LANE = 44.0, 30.0
# A phase's word needs so much room; in less it is left to the table.
ROOM_FOR_WORD = 58.0
MOST_TICKS = 7
_DAY = timedelta(days=1)
_STEPS = (timedelta(hours=1), timedelta(hours=3), timedelta(hours=12), *(n * _DAY for n in (1, 2, 7, 14)))
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


@dataclass(frozen=True)
class Band:
    """A phase: a stretch of the axis, and its word where there is room."""

    kind: str
    x: float
    width: float
    word: str
    title: str


@dataclass(frozen=True)
class Mark:
    """Something that happened: a point, or a stretch where it has a width."""

    shape: str
    x: float
    width: float
    title: str


@dataclass(frozen=True)
class Lane:
    """Marks on one line under one name."""

    name: str
    y: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Timeline:
    """The whole picture."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    bands: tuple[Band, ...]
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    label: str


def draw_timeline(
    phases: Sequence[PhaseSpan], events: Sequence[Event], head_at: datetime | None
) -> Timeline | None:
    """Return the picture, None for a study in which nothing happened at two different times."""
    times = [at for event in events for at in (event.begins, event.ends)]
    times += [phase.begins for phase in phases if phase.begins] + ([head_at] if head_at else [])
    if not times or min(times) == max(times):
        return None
    first, last = min(times), max(times)
    margin = (last - first) / 50
    scale = Scale((first - margin).timestamp(), (last + margin).timestamp(), LEFT, RIGHT)
    names = [lane for lane in LANES if any(event.lane == lane for event in events)]
    lanes = tuple(_lane(scale, lane, place, events) for place, lane in enumerate(names))
    bottom = TOP + LANE * len(names)
    return Timeline(
        width=WIDTH,
        height=bottom + 30,
        left=LEFT,
        right=RIGHT,
        top=TOP,
        bottom=bottom,
        bands=tuple(_bands(scale, phases, last)),
        lanes=lanes,
        ticks=_with_year(scale, _ticks(first, last, margin)),
        label=f"{count(len(events), 'entry', 'entries')} on a line of time from {day(first)} to {day(last)}; "
        "the table has them all.",
    )


def _bands(scale: Scale, phases: Sequence[PhaseSpan], last: datetime) -> Iterator[Band]:
    for phase in phases:
        if phase.begins is None:
            continue
        x = scale.at(phase.begins.timestamp())
        # The last phase lasts: it goes on to the end of the axis.
        width = round((scale.at(phase.ends.timestamp()) if phase.ends else scale.end) - x, 2)
        end = moment(phase.ends) if phase.ends else "still lasting"
        word = str(phase.phase) if width >= ROOM_FOR_WORD else ""
        yield Band(str(phase.phase), x, width, word, f"{phase.phase}: {moment(phase.begins)} to {end}")


def _lane(scale: Scale, lane: str, place: int, events: Sequence[Event]) -> Lane:
    name, shape = LANES[lane]
    marks = tuple(_mark(scale, shape, event) for event in events if event.lane == lane)
    return Lane(name, TOP + LANE * place + LANE / 2, marks)


def _mark(scale: Scale, shape: str, event: Event) -> Mark:
    x = scale.at(event.begins.timestamp())
    width = round(scale.at(event.ends.timestamp()) - x, 2)
    return Mark(
        shape, x, width, f"{event.what}: {moment(event.begins)}{f', {event.detail}' * bool(event.detail)}"
    )


def _with_year(scale: Scale, found: Iterator[tuple[datetime, str]]) -> tuple[Tick, ...]:
    """Return the ticks; the first, and each that begins another year, says which."""
    ticks: list[Tick] = []
    year = None
    for at, word in found:
        told = word if at.year == year or str(at.year) in word else f"{word} {at.year}"
        year = at.year
        ticks.append(Tick(scale.at(at.timestamp()), told))
    return tuple(ticks)


def _ticks(first: datetime, last: datetime, margin: timedelta) -> Iterator[tuple[datetime, str]]:
    """Yield moments that people count by, from hours to decades, and their words."""
    span = last - first
    step = next((step for step in _STEPS if span / step <= MOST_TICKS), None)
    if step is None:
        yield from _month_ticks(first, last)
        return
    at = first.replace(hour=0, minute=0, second=0, microsecond=0)
    while at <= last + margin:
        if at >= first - margin:
            yield at, f"{at:%H:%M}" if step < _DAY and at.hour else f"{at.day} {at:%b}"
        at += step


def _month_ticks(first: datetime, last: datetime) -> Iterator[tuple[datetime, str]]:
    n_months = (last.year - first.year) * 12 + last.month - first.month
    step = next((step for step in _MONTHS if n_months / step <= MOST_TICKS), _MONTHS[-1])
    begin = first.year * 12 + (first.month - 1) // step * step
    for month in range(begin, last.year * 12 + last.month, step):
        at = first.replace(
            year=month // 12, month=month % 12 + 1, day=1, hour=0, minute=0, second=0, microsecond=0
        )
        if first <= at <= last:
            yield at, f"{at:%b %Y}"
