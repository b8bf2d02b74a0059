"""Lines in panels of one size: drift over the order of coding, widths by recordings, alpha by session."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_paper import (
    DASHES,
    INK,
    MARKS,
    NORMAL,
    PAPER,
    QUIET,
    RULE,
    SERIES,
    SMALL,
    VERMILLION,
    WIDTH,
    bare,
    blend,
    new_figure,
    place_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, RIGHT, TOP, BOTTOM = 0.62, 0.12, 0.3, 0.34
TITLES, LEGEND = 0.2, 0.26
LINE_COLOUR = blend(INK, 0.9)


def draw_lines(data: dict[str, Any]) -> "Figure":
    """Draw panels that share their axes.

    Parameters
    ----------
    data : `columns`, panels side by side; `height` of a panel in inches; `x` and `y`, names of the axes;
        `ylim` as a pair, or None; `own_y`, whether each panel has a scale of its own; `panels` of `title`,
        `reason` (said in a panel without data, or None),
        `levels` (`y` and `label`: a dashed line over the whole panel), `band` (None, or `x`, `lower`,
        `upper`: limits with dashed edges), `series` (`label`, `x`, `y` with None where a line breaks,
        `lower` and `upper` or None, `look`: "marked", "dots", "line" or "thin"), `alarms` (`x`, `y`, `label`)
    """
    panels, columns = data["panels"], data["columns"]
    rows = max(1, -(-len(panels) // columns))
    named = list(dict.fromkeys(one["label"] for panel in panels for one in panel["series"] if one["label"]))
    above = LEGEND if len(named) > 1 else 0.0
    cell = TOP + data["height"] + BOTTOM
    figure = new_figure(above + rows * cell + TITLES)
    spans = _spans(panels, data["ylim"])
    width = WIDTH / columns
    for place, panel in enumerate(panels):
        row, column = divmod(place, columns)
        axes = place_axes(
            figure,
            column * width + LEFT,
            above + row * cell + TOP,
            (columns - column - 1) * width + RIGHT,
            (rows - row - 1) * cell + BOTTOM + TITLES,
        )
        axes.set_xlim(*spans[0])
        axes.set_ylim(*(_spans([panel], None) if data.get("own_y") else spans)[1])
        _draw_panel(axes, panel, named)
        if place + columns >= len(panels):
            axes.set_xlabel(data["x"], fontsize=NORMAL)
        if column == 0:
            axes.set_ylabel(data["y"], fontsize=NORMAL)
    if above:
        _add_legend(figure, panels, named)
    return figure


def _spans(panels: list[dict[str, Any]], ylim: list[float] | None) -> tuple[tuple, tuple]:
    """What the axes of all panels hold, with a little room."""
    xs, ys = [], []
    for panel in panels:
        for one in panel["series"]:
            xs += one["x"]
            ys += [
                value for name in ("y", "lower", "upper") for value in one[name] or () if value is not None
            ]
        ys += [level["y"] for level in panel["levels"]]
        if panel["band"]:
            ys += [*panel["band"]["lower"], *panel["band"]["upper"]]
    low, high = (min(ys), max(ys)) if ys else (0.0, 1.0)
    room = 0.06 * (high - low or 1.0)
    first, last = (min(xs), max(xs)) if xs else (0.0, 1.0)
    margin = 0.04 * (last - first or 1.0)
    return (first - margin, last + margin), tuple(ylim) if ylim else (low - room, high + room)


def _draw_panel(axes: "Axes", panel: dict[str, Any], named: list[str]) -> None:
    axes.set_title(panel["title"], fontsize=NORMAL, loc="left", pad=4)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=3, width=0.6)
    axes.xaxis.get_major_locator().set_params(integer=True)
    bare(axes, keep=("left", "bottom"))
    if panel["reason"]:
        middle = {"ha": "center", "va": "center", "style": "italic", "fontsize": SMALL, "wrap": True}
        axes.text(0.5, 0.5, panel["reason"], transform=axes.transAxes, **middle)
    if panel["band"]:
        band = panel["band"]
        axes.fill_between(band["x"], band["lower"], band["upper"], color=blend(INK, 0.07), linewidth=0)
        for edge in ("lower", "upper"):
            axes.plot(band["x"], band[edge], color=QUIET, linewidth=0.8, linestyle=(0, (3, 2)))
    for level in panel["levels"]:
        axes.axhline(level["y"], color=QUIET, linewidth=0.8, linestyle=(0, (3, 2)))
        start = {"ha": "left", "va": "bottom", "fontsize": SMALL, "color": QUIET}
        axes.text(0.01, level["y"], level["label"], transform=axes.get_yaxis_transform(), **start)
    for one in panel["series"]:
        number = named.index(one["label"]) if one["label"] else 0
        _draw_series(axes, one, number, alone=len(named) < 2)
    for alarm in panel["alarms"]:
        look = {"markersize": 7, "markerfacecolor": VERMILLION, "markeredgecolor": INK, "zorder": 5}
        axes.plot(alarm["x"], alarm["y"], "D", **look)
        above = alarm["y"] >= 0
        axes.annotate(
            alarm["label"],
            (alarm["x"], alarm["y"]),
            (6, 7 if above else -7),
            textcoords="offset points",
            ha="right",
            va="bottom" if above else "top",
            fontsize=SMALL,
            fontweight="bold",
            bbox={"facecolor": PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 1.0},
            zorder=6,
        )


def _draw_series(axes: "Axes", one: dict[str, Any], number: int, *, alone: bool) -> None:
    values = [float("nan") if value is None else value for value in one["y"]]
    look = _look(one["look"], number, alone)
    if one["lower"]:
        for x, lower, upper in zip(one["x"], one["lower"], one["upper"], strict=True):
            if lower is not None:
                axes.plot([x, x], [lower, upper], color=look["color"], linewidth=0.8, zorder=2)
    axes.plot(one["x"], values, **look)


def _look(kind: str, number: int, alone: bool) -> dict[str, Any]:
    colour = INK if alone else SERIES[number % len(SERIES)]
    if kind == "dots":
        return {"color": QUIET, "linestyle": "none", "marker": "o", "markersize": 2.6, "zorder": 3}
    if kind == "thin":
        return {"color": blend(INK, 0.22), "linewidth": 0.4, "zorder": 1.5}
    if kind == "line":
        return {"color": LINE_COLOUR, "linewidth": 1.6, "zorder": 4}
    return {
        "color": colour,
        "linestyle": DASHES[number % len(DASHES)],
        "marker": MARKS[number % len(MARKS)],
        "markersize": 3.6,
        "markeredgecolor": PAPER,
        "markeredgewidth": 0.4,
        "zorder": 3,
    }


def _add_legend(figure: "Figure", panels: list[dict[str, Any]], named: list[str]) -> None:
    from matplotlib.lines import Line2D

    looks = {one["label"]: one["look"] for panel in panels for one in panel["series"] if one["label"]}
    handles = [
        Line2D([], [], label=name, **_look(looks[name], number, alone=False))
        for number, name in enumerate(named)
    ]
    figure.legend(handles=handles, loc="upper left", ncols=min(len(named), 4), frameon=False, fontsize=SMALL)
