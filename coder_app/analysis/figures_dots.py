"""Several coefficients of each item side by side, told apart by the shapes of their marks."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_paper import (
    INK,
    NORMAL,
    PAPER,
    RULE,
    SERIES,
    SMALL,
    bare,
    new_figure,
    place_axes,
    width_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOW, HIGH = -0.3, 1.0
LETTERS = 34
ROW = 0.115  # for each coefficient of an item
SPACE = 0.06
TOP, BOTTOM, GAP = 0.34, 0.46, 0.1


def draw_dots(data: dict[str, Any]) -> "Figure":
    """Draw coefficients with intervals, a row of marks for each item.

    Parameters
    ----------
    data : `coefficients`, pairs of name and mark; `rows` of `label` and `marks`, for each coefficient None or
        `estimate`, `lower`, `upper` and `hollow` (whether it is withheld elsewhere); `ticks` as pairs of
        place and label; `axis`, the name of the axis
    """
    names = data["coefficients"]
    labels = [wrapped(row["label"], LETTERS) for row in data["rows"]]
    height = ROW * len(names) + SPACE
    figure = new_figure(TOP + BOTTOM + height * max(len(labels), 1))
    axes = place_axes(figure, width_of(figure, labels, NORMAL) + 2 * GAP, TOP, 2 * GAP, BOTTOM)
    axes.set_xlim(LOW, HIGH)
    axes.set_ylim(max(len(labels), 1), 0)
    for tick, _ in data["ticks"]:
        axes.axvline(tick, color=RULE, linewidth=0.6, zorder=0)
    for place, (row, label) in enumerate(zip(data["rows"], labels, strict=True)):
        if place:
            axes.axhline(place, color=RULE, linewidth=0.6, zorder=0)
        axes.annotate(
            label,
            (0, place + 0.5),
            (-7, 0),
            axes.get_yaxis_transform(),
            "offset points",
            ha="right",
            va="center",
            annotation_clip=False,
        )
        for number, mark in enumerate(row["marks"]):
            if mark is not None:
                _draw_mark(
                    axes, mark, names[number][1], SERIES[number], place + (number + 0.75) / (len(names) + 0.5)
                )
    for number, (name, shape) in enumerate(names):
        axes.plot([], [], shape, color=SERIES[number], markersize=4, label=name)
    axes.set_xticks([tick for tick, _ in data["ticks"]], [label for _, label in data["ticks"]])
    axes.tick_params(axis="x", length=3, width=0.6)
    axes.set_yticks([])
    axes.set_xlabel(data["axis"], fontsize=NORMAL)
    if names:
        where = {"loc": "lower left", "bbox_to_anchor": (-0.01, 1.0), "borderaxespad": 0.2}
        axes.legend(ncols=len(names), frameon=False, fontsize=SMALL, handletextpad=0.1, **where)
    bare(axes, keep=("bottom",))
    return figure


def _draw_mark(axes: "Axes", mark: dict[str, Any], shape: str, colour: str, y: float) -> None:
    if mark["lower"] is not None:
        ends = [max(mark["lower"], LOW), min(mark["upper"], HIGH)]
        axes.plot(ends, [y, y], color=colour, linewidth=0.9, solid_capstyle="butt", zorder=2)
        if mark["lower"] < LOW:
            axes.plot(LOW, y, "<", color=colour, markersize=3, clip_on=False, zorder=2)
    fill = {"markerfacecolor": PAPER if mark["hollow"] else colour, "markeredgecolor": colour}
    axes.plot(
        max(mark["estimate"], LOW),
        y,
        shape,
        color=INK,
        markersize=4,
        markeredgewidth=0.8,
        clip_on=False,
        zorder=3,
        **fill,
    )
