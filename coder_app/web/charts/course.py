"""The course of the alliance: every series as a thread, means above them with their intervals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from coder_app.web.charts.boxes import Plane
from coder_app.web.charts.lines import BOTTOM, LABEL_GAP, LABEL_ROOM, LEFT, TOP, WIDTH
from coder_app.web.charts.scales import Scale, Tick, finite, padded_range, path_of, spread, ticks_between

# More threads hide each other, and cost more than they show.
MOST_THREADS = 400
MOST_TICKS = 20


@dataclass(frozen=True)
class Mean:
    """A mean at a session number with its interval; where too few scores are behind it, it is drawn faint."""

    number: int
    mean: float
    lower: float | None
    upper: float | None
    n: int
    enough: bool


@dataclass(frozen=True)
class DrawnMean:
    """A line of means; `faint` are the parts that too few scores are behind."""

    step: int
    paths: tuple[str, ...]
    faint: tuple[str, ...]
    bands: tuple[str, ...]
    dots: tuple[tuple[float, float, bool], ...]
    name: str
    label_y: float


@dataclass(frozen=True)
class CourseChart(Plane):
    """Everything that the drawing holds; with a reason nothing else is drawn."""

    threads: tuple[str, ...]
    n_hidden: int
    means: tuple[DrawnMean, ...]
    label: str


def course_chart(
    name: str,
    numbers: Sequence[int],
    series: Sequence[Sequence[float | None]],
    means: Sequence[tuple[str, Sequence[Mean]]],
    counts: Mapping[int, int],
    y_title: str,
) -> CourseChart:
    """Draw one informant's series and the means of all, or of each group; there is at least one score.

    `counts` are the scores at each session number, whatever the groups.
    """
    right = WIDTH - (LABEL_ROOM if any(title for title, _ in means) else 14)
    first, last = numbers[0], numbers[-1]
    room = 0.5 if first == last else 0.0
    x = Scale(first - room, last + room, LEFT + 6, right - 6)
    seen = finite([score for one in series for score in one])
    # The interval of two scores may be ten times their scale, and is not drawn.
    sure = [one for _, line in means for one in line if one.enough]
    seen += finite([limit for one in sure for limit in (one.lower, one.upper)])
    low, high, step = padded_range(seen)
    y = Scale(low, high, BOTTOM, TOP)
    every = max(1, ceil((last - first + 1) / MOST_TICKS))
    ticks = [number for number in numbers if (number - first) % every == 0]
    return CourseChart(
        *(WIDTH, BOTTOM + 64, LEFT, right, TOP, BOTTOM),
        "Session number, and scores there",
        y_title,
        x_ticks=tuple(Tick(x.at(number), str(number)) for number in ticks),
        y_ticks=ticks_between(y, step),
        beneath=tuple(Tick(x.at(number), str(counts.get(number, 0))) for number in ticks),
        threads=tuple(_thread(numbers, one, x, y) for one in series[:MOST_THREADS]),
        n_hidden=max(0, len(series) - MOST_THREADS),
        means=_draw_means(means, x, y),
        label=f"{name}: {len(series)} series; " + "; ".join(_said(*one) for one in means),
    )


def _thread(numbers: Sequence[int], scores: Sequence[float | None], x: Scale, y: Scale) -> str:
    """One path for a series, broken at its gaps; a score that stands alone is a dot."""
    runs: list[list[tuple[float, float]]] = [[]]
    for number, score in zip(numbers, scores, strict=True):
        if score is not None:
            runs[-1].append((x.at(number), y.at(score)))
        elif runs[-1]:
            runs.append([])
    return "".join(path_of(run if len(run) > 1 else run * 2) for run in runs if run)


def _draw_means(means: Sequence[tuple[str, Sequence[Mean]]], x: Scale, y: Scale) -> tuple[DrawnMean, ...]:
    drawn = [(step, title, line) for step, (title, line) in enumerate(means) if line]
    labels = spread([y.at(line[-1].mean) for _, _, line in drawn], LABEL_GAP, TOP, BOTTOM)
    return tuple(
        DrawnMean(
            step=step,
            paths=tuple(_links(line, x, y, enough=True)),
            faint=tuple(_links(line, x, y, enough=False)),
            bands=tuple(_bands(line, x, y)),
            dots=tuple((x.at(one.number), y.at(one.mean), one.enough) for one in line),
            name=title,
            label_y=label,
        )
        for (step, title, line), label in zip(drawn, labels, strict=True)
    )


def _links(line: Sequence[Mean], x: Scale, y: Scale, *, enough: bool) -> list[str]:
    """Paths through neighbours that both have enough scores, or the links of the others."""
    runs: list[list[Mean]] = []
    for before, here in pairwise(line):
        if here.number != before.number + 1 or (before.enough and here.enough) is not enough:
            continue
        if runs and runs[-1][-1] is before:
            runs[-1].append(here)
        else:
            runs.append([before, here])
    return [path_of([(x.at(one.number), y.at(one.mean)) for one in run]) for run in runs]


def _bands(line: Sequence[Mean], x: Scale, y: Scale) -> list[str]:
    runs: list[list[Mean]] = [[]]
    for one in line:
        known = one.enough and one.lower is not None and one.upper is not None
        if known and (not runs[-1] or runs[-1][-1].number == one.number - 1):
            runs[-1].append(one)
        elif runs[-1]:
            runs.append([one] if known else [])
    outlines = []
    for run in runs:
        if len(run) > 1:
            there = [(x.at(one.number), y.at(one.upper)) for one in run]
            back = [(x.at(one.number), y.at(one.lower)) for one in reversed(run)]
            outlines.append(path_of([*there, *back]) + "Z")
    return outlines


def _said(title: str, line: Sequence[Mean]) -> str:
    of = f"mean of {title}" if title else "mean"
    if not line:
        return f"{of}, nothing"
    return f"{of} {line[0].mean:.2f} at {line[0].number} to {line[-1].mean:.2f} at {line[-1].number}"
