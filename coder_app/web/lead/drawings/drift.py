"""Figures of drift: each coder's deviations over the order of coding, and the ICC in windows."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.services.reliability_tables import file_names
from coder_app.web.lead.drawings.panels import panel, series
from coder_app.web.numbers import decimal, percent

_CHARTS = (
    "Each coder’s sum of {of} minus the mean of the other coders’ sums of the same recording, in the order "
    "in which the coder submitted them. Line: EWMA (weight .2) about the coder’s own baseline."
)
_LIMITS = (
    " Band: limits, {limit} standard deviations of the EWMA, simulated so that {share} of studies without "
    "drift give an alarm on any chart; diamond: alarm."
)
_WINDOWS = (
    "ICC(A,1) of the sums of {of} in windows of {window} recordings that every coder has submitted, at the "
    "place of each window’s last recording, with {sure} confidence intervals. Windows overlap: neighbours "
    "are not independent."
)


def draw_drift(content: dict[str, Any]) -> list[Drawing]:
    """Return the charts and the windows of every subscale that has any."""
    found = content["instruments"]
    drawings = []
    for name, instrument in zip(file_names(found), found, strict=True):
        for window in instrument["windows"]:
            charts = [one for one in instrument["charts"] if one["is_sum"] and one["code"] == window["code"]]
            label = f"{instrument['name']}, {window['label']}"
            if charts:
                drawings.append(_charts(f"drift-{name}-{window['code']}", label, instrument, charts, content))
            if window["points"]:
                drawings.append(_windows(f"windows-{name}-{window['code']}", label, window, content))
    return drawings


def _charts(
    name: str, label: str, instrument: dict[str, Any], charts: list[dict[str, Any]], content: dict[str, Any]
) -> Drawing:
    aliases = {coder["label"]: coder["alias"] for coder in instrument["coders"]}
    caption = _CHARTS.format(of=label)
    if limits := content["limits"]:
        share = percent(content["settings"]["false_alarms"])
        caption += _LIMITS.format(limit=decimal(limits["ewma"]), share=share)
    return Drawing(
        picture="drift",
        label=label,
        name=name.replace("_", "-"),
        form="lines",
        title=f"Drift of the coders on {label}",
        caption=caption,
        data={
            "columns": 2,
            "height": 1.15,
            "x": "Recording, in the order of submission",
            "y": "Points of the sum",
            "ylim": None,
            "panels": [_chart(aliases[one["coder"]], one) for one in charts],
        },
    )


def _chart(coder: str, one: dict[str, Any]) -> dict[str, Any]:
    places = [one["starts_at"] + number for number in range(len(one["deviations"]))]
    drawn = [series("deviation", places, one["deviations"], look="dots")]
    band, alarms = None, []
    if one["ewma"]:
        drawn.append(series("EWMA", places, one["ewma"], look="line"))
        if one["lower"]:
            band = {"x": places, "lower": one["lower"], "upper": one["upper"]}
        if one["alarm_at"] is not None:
            at = one["alarm_at"]
            alarms = [{"x": places[at], "y": one["ewma"][at], "label": f"alarm: {one['direction']}"}]
    return panel(coder, drawn, band=band, alarms=alarms, reason=None if places else one["reason"])


def _windows(name: str, label: str, window: dict[str, Any], content: dict[str, Any]) -> Drawing:
    settings, points = content["settings"], window["points"]
    icc = {key: [point["icc"][key] for point in points] for key in ("estimate", "lower", "upper")}
    places = [settings["window"] + number for number in range(len(points))]
    line = series(None, places, icc["estimate"], icc["lower"], icc["upper"])
    sure = percent(settings["confidence"])
    return Drawing(
        picture="windows",
        label=label,
        name=name.replace("_", "-"),
        form="lines",
        title=f"ICC over the order of coding, {label}",
        caption=_WINDOWS.format(of=label, window=settings["window"], sure=sure),
        data={
            "columns": 1,
            "height": 1.7,
            "x": "Last recording of the window, in the order of submission",
            "y": "ICC(A,1)",
            "ylim": None,
            "panels": [panel("", [line])],
        },
    )
