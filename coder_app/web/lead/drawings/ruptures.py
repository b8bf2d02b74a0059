"""Figures of the control charts for print: the series shown in full, and all that are listed."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.web.lead.drawings.names import slugs
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_page import Shown, choose, find_series, keys_of, limits_of, listed_series
from coder_app.web.lead.rupture_words import course_of, method_of, state_of, why_not_of


def draw_ruptures(content: dict[str, Any], shown: Shown | None) -> list[Drawing]:
    """Return the control chart of the series shown, and the small multiples of those listed."""
    if shown is None:
        return []
    drawings = []
    series = find_series(shown)
    informant = slugs(keys_of(content))[shown.key]
    if series is not None:
        drawings.append(_chart(informant, series, shown, content["settings"]))
    if listed := listed_series(shown):
        drawings.append(_multiples(informant, listed, shown, content["settings"]))
    return drawings


def draw_all_ruptures(content: dict[str, Any]) -> list[Drawing]:
    """Return the small multiples of all series, and the control chart of each series with a rupture."""
    drawings: list[Drawing] = []
    settings = content["settings"]
    for key, informant in slugs(keys_of(content)).items():
        shown = choose(content, key, None, only_ruptures=False)
        if shown is None or not (listed := listed_series(shown)):
            continue
        drawings.append(_multiples(informant, listed, shown, settings))
        drawings += [_chart(informant, series, shown, settings) for series in listed if series["ruptures"]]
    return drawings


def _chart(informant: str, series: dict[str, Any], shown: Shown, settings: dict[str, Any]) -> Drawing:
    dyads = [one["dyad"] for one in shown.analysis["series"]]
    name = f"{series['dyad']}, {shown.analysis['informant']}"
    left_out = _left_out(series)
    method = method_of(settings, shown.analysis["pooled_sd"])
    return Drawing(
        picture="chart",
        label="",
        name=f"chart-{informant}-{slugs(dyads)[series['dyad']]}",
        form="control",
        title=f"Control chart of {name} ({shown.analysis['measure']})",
        caption=f"{name}. {course_of(series, settings['min_run'], left_out)} {method}",
        data=_data(series, settings) | {"y": f"{shown.analysis['measure']} score"},
    )


def _multiples(
    informant: str, listed: list[dict[str, Any]], shown: Shown, settings: dict[str, Any]
) -> Drawing:
    some = " with a rupture" if shown.only_ruptures else ""
    return Drawing(
        picture="multiples",
        label="",
        name=f"multiples-{informant}{'-with-a-rupture' if some else ''}",
        form="multiples",
        title=f"All series{some} of the {shown.analysis['informant']} ({shown.analysis['measure']})",
        caption=(
            f"{len(listed)} series{some}. Dashed: lower fourth. Solid orange: lower limit. Diamond: rupture. "
            f"Each series has its own range of scores. {describe(settings)}"
        ),
        data={"series": [_small(one, settings) for one in listed]},
    )


def _data(series: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    why_not = why_not_of(series, settings["min_run"])
    return {
        "title": series["dyad"],
        "state": state_of(series),
        "sessions": series["sessions"],
        "scores": series["scores"],
        "left_out": _left_out(series),
        "limits": [
            {"value": one.value, "label": one.said, "style": one.style} for one in limits_of(series, settings)
        ],
        "ruptures": [
            {"pre": one["pre"], "central": one["central"], "post": one["post"], "kind": one["type"]}
            for one in series["ruptures"]
        ],
        "reason": f"not analysed: {why_not}" if why_not else None,
    }


def _small(series: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """Its state says in one word that it is not analysed."""
    return _data(series, settings) | {"reason": why_not_of(series, settings["min_run"])}


def _left_out(series: dict[str, Any]) -> list[int]:
    """Sessions within the series that are not counted."""
    sessions = series["sessions"]
    if not sessions:
        return []
    return sorted(set(range(sessions[0], sessions[-1])) - set(sessions))
