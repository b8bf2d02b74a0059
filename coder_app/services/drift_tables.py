"""Drift as CSV: every point of every chart, the alarms, and the ICC in windows of recordings."""

from collections.abc import Iterable
from typing import Any

CHARTS = (
    *("instrument", "level", "item", "rater", "number", "target", "submitted_at", "deviation"),
    *("baseline_recordings", "baseline_mean", "baseline_sd", "ewma", "limit_low", "limit_high"),
    *("cusum_high", "cusum_low", "cusum_signal", "alarm", "reason"),
)
ALARMS = ("instrument", "subscale", "rater", "direction", "number", "of", "target", "submitted_at", "driver")
WINDOWS = (
    *("instrument", "subscale", "first_target", "last_target", "submitted_at", "recordings"),
    *("icc", "lower", "upper", "reason"),
)


def list_files(content: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Yield the end of each file's name, what it is, and its text."""
    yield "alarms.csv", "Coders whose sums came to differ from those of the others.", write_alarms(content)
    yield "charts.csv", "Every point of every control chart.", write_charts(content)
    yield "icc.csv", "ICC(A,1) of the sums in windows of recordings.", write_windows(content)


def write_alarms(content: dict[str, Any]) -> str:
    """Return a row for every alarm, the strongest first."""
    from coder_app.tables.writing import write_csv

    # A label means one person throughout the study.
    aliases = {label: alias for found in content["instruments"] for label, alias in _aliases(found).items()}
    names = ("direction", "number", "of", "target", "at", "driver")
    rows = [
        (one["instrument"], one["code"], aliases[one["coder"]], *(one[name] for name in names))
        for one in content["alarms"]
    ]
    return write_csv(ALARMS, rows)


def write_charts(content: dict[str, Any]) -> str:
    """Return a row for every point, and one with the reason for a chart that has none."""
    from coder_app.tables.writing import write_csv

    rows = []
    for found in content["instruments"]:
        aliases = _aliases(found)
        for chart in found["charts"]:
            level = "subscale" if chart["is_sum"] else "item"
            head = (found["name"], level, chart["code"], aliases[chart["coder"]])
            rows += [(*head, *point) for point in _points(chart)]
    return write_csv(CHARTS, rows)


def write_windows(content: dict[str, Any]) -> str:
    """Return a row for every window, and one with the reason for a subscale without any."""
    from coder_app.tables.writing import write_csv

    size, rows = content["settings"]["window"], []
    for found in content["instruments"]:
        for part in found["windows"]:
            if not part["points"]:
                rows.append((found["name"], part["code"], *[None] * 7, part["reason"]))
            for one in part["points"]:
                icc = (one["icc"][name] for name in ("estimate", "lower", "upper"))
                places = (one["first"], one["last"], one["at"], size)
                rows.append((found["name"], part["code"], *places, *icc, one["reason"]))
    return write_csv(WINDOWS, rows)


def _points(chart: dict[str, Any]) -> Iterable[tuple[Any, ...]]:
    baseline = (chart["n_baseline"], chart["mean"], chart["sd"])
    if not chart["targets"]:
        yield (None, None, None, None, *baseline, *[None] * 7, chart["reason"])
    for place, target in enumerate(chart["targets"]):
        series = ("ewma", "lower", "upper", "cusum_high", "cusum_low")
        values = [chart[name][place] if chart[name] else None for name in series]
        yield (
            *(chart["starts_at"] + place, target, chart["at"][place], chart["deviations"][place]),
            *baseline,
            *values,
            *(place in chart["cusum_signals"], chart["alarm_at"] == place, chart["reason"]),
        )


def _aliases(found: dict[str, Any]) -> dict[str, str]:
    return {coder["label"]: coder["alias"] for coder in found["coders"]}
