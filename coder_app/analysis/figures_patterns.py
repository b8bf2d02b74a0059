"""Patterns over pre, central and post for print: sequences, means with intervals, both types together."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_paper import (
    BLUE,
    INK,
    NORMAL,
    PAPER,
    RULE,
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

PANEL, LEFT, RIGHT, TOP, BOTTOM, HEAD = 1.95, 0.55, 0.15, 0.34, 0.42, 0.24
POSITIONS = ("pre", "central", "post")
LOOKS = {"repaired": (BLUE, "o", "-"), "unrepaired": (VERMILLION, "D", (0, (5, 2)))}
OTHER = (INK, "s", "-")
APART = 0.07


def draw_patterns(data: dict[str, Any]) -> "Figure":
    """Draw rows of panels that share their axis within a row.

    Parameters
    ----------
    data : `rows` of `title`, `y` (name of the axis), `ylim` (a pair) and `panels`; a panel has a `title` and
        `groups` of `kind` (repaired, unrepaired), `sequences` (lists of three scores, None where missing) and
        `means` (three of `mean`, `lower`, `upper`, `n`)
    """
    rows = data["rows"]
    cell = HEAD + TOP + PANEL + BOTTOM
    figure = new_figure(len(rows) * cell)
    height = len(rows) * cell
    for place, row in enumerate(rows):
        top = place * cell
        figure.text(0.06 / WIDTH, 1 - (top + 0.13) / height, row["title"], fontsize=NORMAL, fontweight="bold")
        width = WIDTH / max(1, len(row["panels"]))
        for column, panel in enumerate(row["panels"]):
            axes = place_axes(
                figure,
                column * width + LEFT,
                top + HEAD + TOP,
                WIDTH - (column + 1) * width + RIGHT,
                height - top - cell + BOTTOM,
            )
            axes.set_ylim(*row["ylim"])
            _draw_panel(axes, panel)
            if column == 0:
                axes.set_ylabel(row["y"], fontsize=NORMAL)
    return figure


def _draw_panel(axes: "Axes", panel: dict[str, Any]) -> None:
    axes.set_title(panel["title"], fontsize=NORMAL, loc="left", pad=4)
    axes.set_xlim(-0.45, 2.45)
    groups = panel["groups"]
    counts = [
        "\n".join([name, *(_count(group, at, len(groups) > 1) for group in groups)])
        for at, name in enumerate(POSITIONS)
    ]
    axes.set_xticks(range(len(POSITIONS)), counts)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=3, width=0.6)
    bare(axes, keep=("left", "bottom"))
    for number, group in enumerate(groups):
        shift = APART * (2 * number - len(groups) + 1)
        _draw_group(axes, group, shift, named=len(groups) > 1)
    if not any(mean["mean"] is not None for group in groups for mean in group["means"]):
        middle = {"ha": "center", "va": "center", "style": "italic", "fontsize": SMALL}
        axes.text(0.5, 0.5, "no sequence has a score", transform=axes.transAxes, **middle)


def _count(group: dict[str, Any], at: int, named: bool) -> str:
    return f"{group['kind'] + ' ' if named else ''}n = {group['means'][at]['n']}"


def _draw_group(axes: "Axes", group: dict[str, Any], shift: float, *, named: bool) -> None:
    colour, mark, dash = LOOKS.get(group["kind"], OTHER)
    for scores in group["sequences"]:
        values = [float("nan") if score is None else score for score in scores]
        axes.plot(range(3), values, color=blend(colour, 0.4), linewidth=0.7, zorder=2)
    means = [(at + shift, one) for at, one in enumerate(group["means"]) if one["mean"] is not None]
    for x, one in means:
        if one["lower"] is not None:
            axes.plot([x, x], [one["lower"], one["upper"]], color=INK, linewidth=1.0, zorder=4)
    look = {"markersize": 5.5, "markeredgecolor": PAPER, "markeredgewidth": 0.6, "zorder": 5}
    xs, ys = [x for x, _ in means], [one["mean"] for _, one in means]
    axes.plot(xs, ys, color=colour, linewidth=2.0, linestyle=dash, marker=mark, **look)
    if named and means:
        x, one = means[-1]
        where = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": SMALL}
        axes.annotate(group["kind"], (x, one["mean"]), color=INK, **where)
