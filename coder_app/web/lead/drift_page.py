"""What the page of drift shows: alarms in words, panels by scale and coder, and the numbers behind them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from coder_app.web.charts.drift import DriftPanel, icc_panel
from coder_app.web.lead.drift_panels import CoderPanel, coder_panel, span_of
from coder_app.web.numbers import NONE, coefficient, count, decimal, interval, percent
from coder_app.web.words import day

# Rows that somebody reads; the files have all.
MOST_ROWS = 200


@dataclass(frozen=True)
class Alarm:
    """One coder's drift in a sentence, and when and where it showed."""

    sentence: str
    evidence: str


@dataclass(frozen=True)
class Numbers:
    """The numbers of one subscale: a row for each place in the order, a cell for each coder.

    `left_out` counts rows before these, which the file has.
    """

    coders: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    left_out: int


@dataclass(frozen=True)
class Subscale:
    """One subscale's charts over the order of submission."""

    name: str
    coders: tuple[CoderPanel, ...]
    numbers: Numbers
    icc: DriftPanel
    icc_note: str
    icc_rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Item:
    """One item's charts, which give no alarm."""

    name: str
    coders: tuple[CoderPanel, ...]


@dataclass(frozen=True)
class Scale:
    """One instrument's part of the page."""

    name: str
    evidence: str
    reason: str | None
    subscales: tuple[Subscale, ...]
    items: tuple[Item, ...]


def show_alarms(content: dict[str, Any]) -> list[Alarm]:
    """Return every alarm in words, the strongest first."""
    return [_alarm(one) for one in content["alarms"]]


def show_scales(content: dict[str, Any]) -> list[Scale]:
    """Return every instrument as the page shows it."""
    return [_scale(found, content["settings"]["window"]) for found in content["instruments"]]


def baseline_words(content: dict[str, Any]) -> str | None:
    """Say what a coder's own level was taken from."""
    if content["baseline"] == "training":
        return "The last training round: each coder’s mean and spread of deviations there."
    if content["baseline"] == "first":
        why = content["why_not_training"]
        return (
            f"Each coder’s first {content['n_first']} recordings, because {why}. "
            "The charts begin after them; coders who differed from the start are not found."
        )
    return None


def limit_words(content: dict[str, Any]) -> str | None:
    """Say where the limits lie, and what a CUSUM signal is worth."""
    found = content["limits"]
    if found is None:
        return None
    share = percent(content["settings"]["false_alarms"])
    return (
        f"{decimal(found['ewma'])} standard deviations of the EWMA: found in {found['n_simulated']:,} "
        f"simulated studies of this size, so that {share} of studies without drift would give an alarm on "
        f"any chart. CUSUM signals are drawn beside it and are no alarm: "
        f"{percent(found['cusum_false_alarms'])} of such studies would have one."
    )


def _alarm(one: dict[str, Any]) -> Alarm:
    driver = f"; driven by item {one['driver']}" if one["driver"] else ""
    sentence = (
        f"{one['coder']} rates {one['label']} {one['direction']} since recording {one['number']} of "
        f"{one['of']}{driver}"
    )
    evidence = f"{one['instrument']}; recording {one['target']}, submitted {_day(one['at'])}"
    return Alarm(sentence, evidence)


def _scale(found: dict[str, Any], window: int) -> Scale:
    windows = {one["code"]: one for one in found["windows"]}
    coders = [coder["label"] for coder in found["coders"]]
    sums, items = ([one for one in found["charts"] if one["is_sum"] is is_sum] for is_sum in (True, False))
    return Scale(
        name=found["name"],
        evidence=f"{count(found['n_recordings'], 'recording')} submitted by two coders or more",
        reason=found["reason"],
        subscales=tuple(
            _subscale([one for one in sums if one["code"] == code], windows[code], coders, window)
            for code in windows
        ),
        items=tuple(
            _item([one for one in items if one["code"] == code])
            for code in dict.fromkeys(one["code"] for one in items)
        ),
    )


def _subscale(charts: list[dict[str, Any]], window: dict[str, Any], coders: list[str], size: int) -> Subscale:
    span = span_of(charts)
    points = [tuple(one["icc"][name] for name in ("estimate", "lower", "upper")) for one in window["points"]]
    rows = tuple(
        (f"to recording {number}", _day(one["at"]), coefficient(estimate), interval(lower, upper))
        for number, (one, (estimate, lower, upper)) in enumerate(
            zip(window["points"], points, strict=True), start=size
        )
    )
    return Subscale(
        name=window["label"],
        coders=tuple(coder_panel(one, span) for one in charts),
        numbers=_numbers(charts, [coder for coder in coders if coder in {one["coder"] for one in charts}]),
        icc=icc_panel(window["label"], points, size),
        icc_note=window["reason"] or f"windows of {size} of {count(window['n_recordings'], 'recording')}",
        icc_rows=rows,
    )


def _item(charts: list[dict[str, Any]]) -> Item:
    span = span_of(charts)
    return Item(charts[0]["label"], tuple(coder_panel(one, span, small=True) for one in charts))


def _numbers(charts: list[dict[str, Any]], coders: list[str]) -> Numbers:
    ends = [chart["starts_at"] + len(chart["deviations"]) for chart in charts]
    begins = min((chart["starts_at"] for chart in charts), default=1)
    first = max(begins, max(ends, default=1) - MOST_ROWS)
    cells: dict[int, dict[str, str]] = {}
    for chart in charts:
        start = chart["starts_at"]
        for place in range(max(0, first - start), len(chart["deviations"])):
            value = chart["deviations"][place]
            cells.setdefault(start + place, {})[chart["coder"]] = _cell(chart, place, value)
    return Numbers(
        tuple(coders),
        tuple(
            (str(number), tuple(row.get(coder, NONE) for coder in coders))
            for number, row in sorted(cells.items())
        ),
        first - begins,
    )


def _cell(chart: dict[str, Any], place: int, value: float) -> str:
    if not chart["ewma"]:
        return decimal(value)
    marks = (" alarm" if chart["alarm_at"] == place else "") + (
        " CUSUM" if place in chart["cusum_signals"] else ""
    )
    return f"{decimal(value)} ({decimal(chart['ewma'][place])}){marks}"


def _day(at: str) -> str:
    return day(datetime.fromisoformat(at))
