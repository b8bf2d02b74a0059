"""Figures of planning: the width of an interval by recordings, and what the mean of more coders is worth."""

from typing import Any

from coder_app.services.figure import Drawing
from coder_app.services.reliability_tables import file_names
from coder_app.web.lead.drawings.panels import panel, series
from coder_app.web.numbers import coefficient, count, percent


def draw_plan(content: dict[str, Any]) -> list[Drawing]:
    """Return the widths with and without coder bias."""
    settings = content["settings"]
    icc, wanted = coefficient(settings["icc"]), coefficient(settings["width"])
    sure, bias = percent(settings["confidence"]), percent(settings["bias"])
    caption = (
        f"Expected width of the {sure} interval of an ICC of {icc} by number of recordings and of coders. "
        "Left: Bonett (2002), without coder bias. Right: ICC(A,1), simulated with coders’ levels making "
        f"{bias} of the variance ({content['samples']:,} samples, seed {content['seed']}). Dashed: the width "
        "that is wanted."
    )
    panels = [
        panel(
            title,
            [series(count(one["coders"], "coder"), one["recordings"], one[key]) for one in content["curves"]],
            levels=[(settings["width"], f"wanted: {wanted}")],
        )
        for key, title in (("bonett", "Without coder bias"), ("simulated", f"With coder bias of {bias}"))
    ]
    data = {
        "columns": 2,
        "height": 2.0,
        "x": "Recordings",
        "y": "Width of the interval",
        "ylim": None,
        "panels": panels,
    }
    title = "Width of the interval of an ICC by number of recordings and coders"
    return [Drawing("widths", "", "widths", "lines", title, caption, data)]


def draw_projection(content: dict[str, Any]) -> list[Drawing]:
    """Return the reliability of means of coders for the subscales of every instrument that has any."""
    found = content["instruments"]
    drawings = []
    for name, instrument in zip(file_names(found), found, strict=True):
        rows = [row for row in instrument["rows"] if row["kind"] == "subscale" and row["agreement"]]
        rows = [row for row in rows if row["agreement"][0]["estimate"] is not None]
        if rows:
            drawings.append(_projection(name, instrument["name"], rows, content))
    return drawings


def _projection(name: str, label: str, rows: list[dict[str, Any]], content: dict[str, Any]) -> Drawing:
    lines = [series(row["name"], content["coders"], *_columns(row["agreement"])) for row in rows]
    wanted = coefficient(content["wanted"])
    return Drawing(
        picture="means",
        label=label,
        name=f"means-{name}",
        form="lines",
        title=f"Reliability of the mean of several coders, {label}",
        caption=(
            "Φ (absolute agreement) of the mean of 1 to "
            f"{max(content['coders'])} coders, from the variance components of the ratings at hand, with "
            f"{percent(content['settings']['confidence'])} confidence intervals. Dashed: {wanted}."
        ),
        data={
            "columns": 1,
            "height": 2.0,
            "x": "Coders",
            "y": "Φ of their mean",
            "ylim": [0.0, 1.0],
            "panels": [panel("", lines, levels=[(content["wanted"], wanted)])],
        },
    )


def _columns(estimates: list[dict[str, Any]]) -> tuple[list[Any], list[Any], list[Any]]:
    estimate, lower, upper = ([one[key] for one in estimates] for key in ("estimate", "lower", "upper"))
    return estimate, lower, upper
