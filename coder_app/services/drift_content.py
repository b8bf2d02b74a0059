"""Computing drift from collected forms: control charts of each coder's deviations, and the ICC over time."""

from typing import TYPE_CHECKING, Any

from coder_app.services.drift_frame import find_shortfall, key_of, list_subscales, make_frame, name_in
from coder_app.services.job import Progress

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.drift import DriftChart, DriftStudy

TOO_FEW = "no recording was submitted by two coders"
NO_SUBSCALE = "the scale has no subscale, so that there is no sum to watch"
FIRST, TRAINING = "first", "training"


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return the charts of all coders and scales, their shared limits, the alarms, and the ICC over time."""
    from coder_app.analysis.drift import FEWEST_BASELINE, chart_drift
    from coder_app.analysis.drift import FIRST as N_FIRST

    instruments, settings = inputs["instruments"], inputs["settings"]
    total = len(instruments) + 2
    subscales = [list_subscales(one, inputs["dropped_items"]) for one in instruments]
    main = make_frame(instruments, subscales, "main")
    training = make_frame(instruments, subscales, TRAINING)
    progress(1, total)
    charted = None
    short = find_shortfall(instruments, FEWEST_BASELINE)
    if len(main):
        watched = [key_of(i, one["code"]) for i, own in enumerate(subscales) for one in own]
        chosen = (settings["false_alarms"], settings["seed"])
        charted = chart_drift(main, None if short else training, watched, *chosen)
    described = []
    for number, one in enumerate(instruments):
        progress(2 + number, total)
        described.append(_instrument(number, one, subscales[number], main, charted, settings))
    return {
        "settings": settings,
        "dropped_items": inputs["dropped_items"],
        "baseline": charted.baseline if charted else None,
        "n_first": N_FIRST,
        "why_not_training": short,
        "limits": _limits(charted),
        "alarms": sorted(
            (alarm for one in described for alarm in one["alarms"]), key=lambda alarm: -alarm["strength"]
        ),
        "instruments": described,
    }


def _limits(charted: "DriftStudy | None") -> dict[str, Any] | None:
    if charted is None or charted.limits is None:
        return None
    found = charted.limits
    return {
        "ewma": found.ewma,
        "cusum_false_alarms": found.cusum_false_alarms,
        "n_simulated": found.n_simulated,
    }


def _instrument(
    number: int,
    instrument: dict[str, Any],
    subscales: list[dict[str, Any]],
    main: "pd.DataFrame",
    charted: "DriftStudy | None",
    settings: dict[str, Any],
) -> dict[str, Any]:
    known = {name: instrument[name] for name in ("name", "version", "coders")}
    n_recordings = len({form[0] for form in instrument["main"]})
    found = known | {"n_recordings": n_recordings, "reason": None, "charts": [], "windows": [], "alarms": []}
    if charted is None or not n_recordings:
        return found | {"reason": TOO_FEW}
    moments = {(form[0], form[1]): form[2] for form in instrument["main"]}
    labels = {item["code"]: item["label"] for item in instrument["items"]}
    parts = [(one["code"], one["name"], True) for one in subscales]
    parts += [(item["code"], item["label"], False) for item in instrument["items"]]
    by_item: dict[str, list[DriftChart]] = {}
    for chart in sorted(charted.charts, key=lambda one: one.rater):
        by_item.setdefault(chart.item, []).append(chart)
    for code, label, is_sum in parts:
        for chart in by_item.get(key_of(number, code), ()):
            described = _chart(chart, label, is_sum, moments, charted.baseline == FIRST)
            found["charts"].append(described | {"code": code})
    found["alarms"] = [
        _alarm(number, instrument["name"], chart, one, labels, moments, charted)
        for one in subscales
        for chart in by_item.get(key_of(number, one["code"]), ())
        if chart.alarm_at is not None
    ]
    found["windows"] = [_windows(number, one, main, moments, settings) for one in subscales]
    return found | {"reason": None if subscales else NO_SUBSCALE}


def _chart(
    chart: "DriftChart", label: str, is_sum: bool, moments: dict[tuple[str, str], str], first: bool
) -> dict[str, Any]:
    targets = [name_in(target) for target in chart.targets]
    return {
        "coder": chart.rater,
        "label": label,
        "is_sum": is_sum,
        "targets": targets,
        "at": [moments[target, chart.rater] for target in targets],
        # The charted recordings are numbered after those that the baseline took.
        "starts_at": 1 + (chart.n_baseline if first else 0),
        "deviations": chart.deviations.tolist(),
        "n_baseline": chart.n_baseline,
        "mean": chart.baseline_mean,
        "sd": chart.baseline_sd,
        **{name: _numbers(getattr(chart, name)) for name in ("ewma", "lower", "upper")},
        "cusum_high": _numbers(chart.cusum_high) if is_sum else None,
        "cusum_low": _numbers(chart.cusum_low) if is_sum else None,
        "cusum_signals": list(chart.cusum_signals) if is_sum else [],
        "alarm_at": chart.alarm_at,
        "direction": chart.direction,
        "reason": chart.reason,
    }


def _numbers(values: Any) -> list[float] | None:
    return None if values is None else values.tolist()


def _alarm(
    number: int,
    instrument: str,
    chart: "DriftChart",
    subscale: dict[str, Any],
    labels: dict[str, str],
    moments: dict[tuple[str, str], str],
    charted: "DriftStudy",
) -> dict[str, Any]:
    from coder_app.analysis.drift import find_driver

    driver = find_driver(charted, chart, [key_of(number, code) for code in subscale["items"]])
    target = name_in(chart.targets[chart.alarm_at])
    before = chart.n_baseline if charted.baseline == FIRST else 0
    return {
        "instrument": instrument,
        "coder": chart.rater,
        "code": subscale["code"],
        "label": subscale["name"],
        "direction": chart.direction,
        "number": before + chart.alarm_at + 1,
        "of": before + len(chart.targets),
        "target": target,
        "at": moments[target, chart.rater],
        "driver": labels[name_in(driver)] if driver else None,
        "strength": _strength(chart),
    }


def _strength(chart: "DriftChart") -> float:
    """How far a chart went beyond its limits, in widths of the limits: who moves most comes first.

    Where one coder drifts, the means that the others are compared with move too, by less.
    """
    reach = (chart.upper - chart.lower) / 2
    return float((abs(chart.ewma - chart.baseline_mean) / reach).max())


def _windows(
    number: int,
    subscale: dict[str, Any],
    main: "pd.DataFrame",
    moments: dict[tuple[str, str], str],
    settings: dict[str, Any],
) -> dict[str, Any]:
    from coder_app.analysis.rolling import icc_over_order

    own = main[main["item"] == key_of(number, subscale["code"])]
    last: dict[str, str] = {}
    for (target, _), at in moments.items():
        last[target] = max(at, last.get(target, at))
    raters = own.loc[own["score"].notna(), "rater"].nunique()
    complete = own.dropna(subset="score").groupby("target")["rater"].nunique()
    n_complete = int((complete == raters).sum()) if raters > 1 else 0
    points = [
        {
            "first": name_in(one.first),
            "last": name_in(one.last),
            "at": last[name_in(one.last)],
            "icc": {"estimate": one.icc.estimate, "lower": one.icc.lower, "upper": one.icc.upper},
            "reason": one.icc.reason,
        }
        for one in (icc_over_order(own, settings["window"], settings["confidence"]) if n_complete else ())
    ]
    lacks = f"{n_complete} recordings have sums of all {raters} coders; a window takes {settings['window']}"
    return {
        "code": subscale["code"],
        "label": subscale["name"],
        "n_recordings": n_complete,
        "points": points,
        "reason": None if points else lacks,
    }
