"""Figures of the alliance course: all series with their means, all informants on one scale, agreement."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.web.charts.course import MOST_THREADS
from coder_app.web.lead.drawings.panels import panel, series
from coder_app.web.numbers import count, percent

_COURSE = (
    "Every series as a thin line, broken where a score is missing, and the mean{groups} with {sure} t "
    "intervals. Session numbers count the sessions that the child attended. Means of fewer than {least} "
    "scores are left out. {n}."
)
_SCALE = (
    "Mean of each informant by session number in standard deviations of the measure, over all its scores, "
    "with {sure} t intervals; only session numbers with at least {least} scores."
)
_AGREEMENT = (
    "Correlation of the informants’ scores at each session number with {sure} intervals (Fisher’s z); none "
    "with fewer than {least} dyads."
)


def draw_course(content: dict[str, Any]) -> list[Drawing]:
    """Return the figures that the page has, for print."""
    return [one for one in (_courses(content), _one_scale(content), _agreement(content)) if one is not None]


def _words(content: dict[str, Any]) -> dict[str, Any]:
    settings = content["settings"]
    return {"sure": percent(settings["confidence"]), "least": settings["least"]}


def _courses(content: dict[str, Any]) -> Drawing | None:
    if not content["courses"]:
        return None
    grouping = content["settings"]["group"]
    groups = f" of each group by {grouping}" if grouping else ""
    n = "; ".join(_n(one) for one in content["courses"])
    caption = _COURSE.format(groups=groups, n=n, **_words(content))
    data = {
        "columns": min(2, len(content["courses"])),
        "height": 2.2,
        "x": "Session number",
        "y": "Score",
        "ylim": None,
        "own_y": True,
        "panels": [_panel(one, content["settings"]["least"]) for one in content["courses"]],
    }
    return Drawing("course", "", "course", "lines", "Course of the alliance", caption, data)


def _n(course: dict[str, Any]) -> str:
    sizes = f"{count(course['n_dyads'], 'dyad')}, {count(course['n_scores'], 'score')}"
    return f"{course['informant']}, {course['measure']}: {sizes}"


def _panel(course: dict[str, Any], least: int) -> dict[str, Any]:
    numbers = course["numbers"]
    lines = [series(None, numbers, scores, look="thin") for scores in course["scores"][:MOST_THREADS]]
    parts = course["parts"][1:] or course["parts"]
    for part in parts:
        lines.append(series(part["group"] or "mean", numbers, *_columns(part["points"], numbers, least)))
    return panel(f"{course['informant'].capitalize()}, {course['measure']}", lines)


def _one_scale(content: dict[str, Any]) -> Drawing | None:
    least = content["settings"]["least"]
    lines = []
    for course in content["courses"]:
        numbers = course["numbers"]
        columns = _columns(course["standardised"], numbers, least)
        if any(value is not None for value in columns[0]):
            lines.append(series(f"{course['informant']}, {course['measure']}", numbers, *columns))
    if len(lines) < 2:
        return None
    data = _one_panel(lines, "Mean, in SD of the measure", None)
    title = "Means of all informants on one scale"
    return Drawing("agreement", "Means", "one-scale", "lines", title, _SCALE.format(**_words(content)), data)


def _agreement(content: dict[str, Any]) -> Drawing | None:
    lines = []
    for pair in content["pairs"]:
        places = pair["by_number"]
        r = [one["r"] for one in places]
        if any(one["estimate"] is not None for one in r):
            name = f"{' '.join(pair['first'])} – {' '.join(pair['second'])}"
            columns = ([one[key] for one in r] for key in ("estimate", "lower", "upper"))
            lines.append(series(name, [one["number"] for one in places], *columns))
    if not lines:
        return None
    data = _one_panel(lines, "Correlation", [-1.0, 1.0])
    title = "Agreement of informants by session number"
    caption = _AGREEMENT.format(**_words(content))
    return Drawing("agreement", "Correlation", "agreement", "lines", title, caption, data)


def _one_panel(lines: list[dict[str, Any]], y: str, ylim: list[float] | None) -> dict[str, Any]:
    panels = [panel("", lines)]
    return {"columns": 1, "height": 2.2, "x": "Session number", "y": y, "ylim": ylim, "panels": panels}


def _columns(points: list[dict[str, Any]], numbers: list[int], least: int) -> tuple[list[Any], ...]:
    found = {one["number"]: one for one in points if one["n"] >= least}
    return tuple(
        [found[number][key] if number in found else None for number in numbers]
        for key in ("mean", "lower", "upper")
    )
