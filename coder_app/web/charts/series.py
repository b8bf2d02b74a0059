"""Alliance scores along the treatment, the limits of Tukey's control chart and the ruptures they show."""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite

from coder_app.web.charts.boxes import Box
from coder_app.web.charts.scales import (
    Scale,
    Tick,
    finite,
    number,
    padded_range,
    path_of,
    spread,
    ticks_between,
)
from coder_app.web.charts.series_parts import (
    FULL,
    SMALL,
    About,
    Limit,
    LimitLine,
    Point,
    Rupture,
    Score,
    SeriesChart,
    Shape,
    Stretch,
)
from coder_app.web.charts.series_words import words_inside

LABEL_GAP = 16.0
SESSION_ROOM = 24.0


def control_chart(
    name: str,
    scores: Sequence[Score],
    limits: Sequence[Limit] = (),
    ruptures: Sequence[Rupture] = (),
    y_title: str = "",
    reason: str | None = None,
    *,
    left_out: Sequence[int] = (),
    not_analysed: str | None = None,
) -> SeriesChart:
    """Draw one series in full: axes, gaps, limits with labels, sequences with their words.

    Sessions that were left out before numbering are said and bridged by the line; a gap breaks it.
    """
    about = About(name, y_title, frozenset(left_out), not_analysed)
    return _chart(FULL, about, scores, limits, ruptures, reason, small=False)


def small_chart(
    name: str,
    scores: Sequence[Score],
    limits: Sequence[Limit] = (),
    ruptures: Sequence[Rupture] = (),
    reason: str | None = None,
    *,
    left_out: Sequence[int] = (),
    not_analysed: str | None = None,
) -> SeriesChart:
    """Draw one series as a small multiple: no words inside, only the central rupture is marked."""
    about = About(name, "", frozenset(left_out), not_analysed)
    return _chart(SMALL, about, scores, limits, ruptures, reason, small=True)


def _chart(
    box: Box,
    about: About,
    scores: Sequence[Score],
    limits: Sequence[Limit],
    ruptures: Sequence[Rupture],
    reason: str | None,
    small: bool,
) -> SeriesChart:
    ordered = _cleaned(scores)
    values = finite([score for _, score in ordered])
    if reason or not values:
        return _empty(box, about.name, about.y_title, reason or "no scores")
    levels = [limit for limit in limits if limit.value is not None]
    low, high, step = padded_range([*values, *finite([limit.value for limit in levels])])
    y = Scale(low, high, box.bottom, box.top)
    x = _session_scale(box, [session for session, _ in ordered])
    shapes = _shapes(ruptures, small)
    points = _points(ordered, x, y, shapes)
    return SeriesChart(
        *(box.width, box.height, box.left, box.right, box.top, box.bottom),
        y_title=about.y_title,
        x_ticks=() if small else _session_ticks(x),
        y_ticks=() if small else ticks_between(y, step),
        lines=_lines(ordered, about.left_out, x, y),
        points=points,
        limits=_limit_lines(levels, y, box),
        stretches=() if small else tuple(_stretch(rupture, x, box) for rupture in ruptures),
        words=() if small else words_inside(ordered, ruptures, about.left_out, x, y, box),
        label=_said(about, values, ruptures),
        reason=None,
    )


def _cleaned(scores: Sequence[Score]) -> list[Score]:
    """Sessions in order, with None for what is not a number."""
    kept = [(session, score if score is not None and isfinite(score) else None) for session, score in scores]
    return sorted(kept, key=lambda pair: pair[0])


def _empty(box: Box, name: str, y_title: str, reason: str) -> SeriesChart:
    edges = (box.width, box.height, box.left, box.right, box.top, box.bottom)
    return SeriesChart(*edges, y_title, (), (), (), (), (), (), (), f"{name}: {reason}", reason)


def _session_scale(box: Box, sessions: Sequence[int]) -> Scale:
    """A single treatment session stands in the middle."""
    first, last = sessions[0], sessions[-1]
    if first == last:
        first, last = first - 1, last + 1
    return Scale(first, last, box.left + 4, box.right)


def _session_ticks(x: Scale) -> tuple[Tick, ...]:
    """Every session where there is room, else every second, fifth or tenth."""
    room = (x.end - x.start) / (x.high - x.low)
    every = next((n for n in (1, 2, 5, 10, 20) if n * room >= SESSION_ROOM), 50)
    sessions = range(int(x.low), int(x.high) + 1)
    return tuple(
        Tick(x.at(s), str(s)) for s in sessions if every == 1 or s % every == 0 or s == int(x.low) == 1
    )


def _shapes(ruptures: Sequence[Rupture], small: bool) -> dict[int, Shape]:
    """A session in two sequences keeps the shape that says most: central before post before pre."""
    shapes: dict[int, Shape] = {}
    if not small:
        shapes.update({rupture.pre: "square" for rupture in ruptures})
        shapes.update({rupture.post: "triangle" for rupture in ruptures if rupture.post is not None})
    shapes.update({rupture.central: "diamond" for rupture in ruptures})
    return shapes


def _points(ordered: Sequence[Score], x: Scale, y: Scale, shapes: dict[int, Shape]) -> tuple[Point, ...]:
    return tuple(
        Point(x.at(session), y.at(score), shapes.get(session, "dot"), f"session {session}: {number(score)}")
        for session, score in ordered
        if score is not None
    )


def _lines(ordered: Sequence[Score], left_out: frozenset[int], x: Scale, y: Scale) -> tuple[str, ...]:
    """Neighbouring sessions that both have a score are joined; a missing score or number breaks the line.

    Across sessions that were left out the neighbours are neighbours still.
    """
    runs: list[list[tuple[float, float]]] = []
    for (before, earlier), (session, score) in pairwise([(ordered[0][0] - 2, None), *ordered]):
        if score is None:
            continue
        if earlier is None or not left_out.issuperset(range(before + 1, session)):
            runs.append([])
        runs[-1].append((x.at(session), y.at(score)))
    return tuple(path_of(run) for run in runs if len(run) > 1)


def _limit_lines(levels: Sequence[Limit], y: Scale, box: Box) -> tuple[LimitLine, ...]:
    places = [y.at(limit.value) for limit in levels]
    labels = spread(places, LABEL_GAP, box.top, box.bottom)
    return tuple(
        LimitLine(place, label_y, limit.said, limit.style)
        for limit, place, label_y in zip(levels, places, labels, strict=True)
    )


def _stretch(rupture: Rupture, x: Scale, box: Box) -> Stretch:
    half = (x.end - x.start) / (x.high - x.low) / 3
    last = rupture.central if rupture.post is None else rupture.post
    start = max(box.left, x.at(rupture.pre) - half)
    end = min(box.right, x.at(last) + half)
    return Stretch(round(start, 2), round(end - start, 2))


def _said(about: About, values: Sequence[float], ruptures: Sequence[Rupture]) -> str:
    """What a listener needs of the picture, in one sentence."""
    found = "; ".join(
        f"rupture at session {rupture.central}" + (f", {rupture.kind}" if rupture.kind else "")
        for rupture in ruptures
    )
    scores = f"{len(values)} scores from {number(min(values))} to {number(max(values))}"
    if about.not_analysed:
        found = f"not analysed: {about.not_analysed}"
    return f"{about.name}: {scores}; {found or 'no rupture'}"
