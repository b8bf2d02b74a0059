"""The panels of the page of drift: one coder on one subscale or item."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from coder_app.web.charts.drift import DriftPanel, drift_panel, find_span

# What a drawing of this width can show.
MOST_POINTS, MOST_SMALL = 240, 80


@dataclass(frozen=True)
class CoderPanel:
    """One coder's chart, with what stands in its head: an alarm, or that there is none, or why no chart."""

    coder: str
    panel: DriftPanel
    state: str
    alarmed: bool


def span_of(charts: Iterable[dict[str, Any]]) -> tuple[float, float]:
    """Return the range that the charts of one subscale share, so that coders can be compared."""
    names = ("deviations", "ewma", "lower", "upper")
    return find_span([chart[name] for chart in charts for name in names])


def coder_panel(chart: dict[str, Any], span: tuple[float, float], *, small: bool = False) -> CoderPanel:
    """Return one coder's panel, drawn in as many points as can be seen."""
    first, alarm_at = chart["starts_at"], chart["alarm_at"]
    signals = [] if small else _beginnings(chart["cusum_signals"])
    kept = {alarm_at} if alarm_at is not None else set()
    places = thin(len(chart["deviations"]), MOST_SMALL if small else MOST_POINTS, kept)
    ewma, lower, upper = (
        [chart[name][place] for place in places] if chart[name] else None
        for name in ("ewma", "lower", "upper")
    )
    panel = drift_panel(
        f"{chart['coder']}, {chart['label']}",
        [chart["deviations"][place] for place in places],
        numbers=[first + place for place in places],
        ewma=ewma,
        limits=(lower, upper) if lower and upper else None,
        centre=chart["mean"],
        signals=[first + place for place in signals],
        alarm_at=None if alarm_at is None else first + alarm_at,
        span=span,
        small=small,
        reason=chart["reason"],
    )
    return CoderPanel(chart["coder"], panel, _state(chart), alarm_at is not None)


def thin(count: int, most: int, kept: Collection[int] = ()) -> list[int]:
    """Return which of so many points are drawn: all, or evenly spaced ones and those that must be there."""
    if count <= most:
        return list(range(count))
    return sorted({round(one * (count - 1) / (most - 1)) for one in range(most)} | set(kept))


def _beginnings(places: list[int]) -> list[int]:
    """Where each run of signals begins."""
    there = set(places)
    return [place for place in places if place - 1 not in there]


def _state(chart: dict[str, Any]) -> str:
    if chart["reason"]:
        return "no chart"
    if chart["alarm_at"] is not None:
        return f"{chart['direction']} since {chart['starts_at'] + chart['alarm_at']}"
    return "no alarm" if chart["lower"] else ""
