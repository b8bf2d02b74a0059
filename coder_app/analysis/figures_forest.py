"""A forest: coefficients with their intervals, one a row, on bands that have words."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_paper import (
    NORMAL,
    PAPER,
    QUIET,
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

LOW, HIGH = -0.2, 1.0
# Four greys with a little blue, each lighter than the last in grey print too.
BANDS = ("#F3F5F6", "#E4ECF0", "#D0DFE7", "#B7CEDB")
MARK = "#0B3F57"
LETTERS = 34
ROW = 0.235
TOP, BOTTOM, GAP = 0.3, 0.48, 0.1


def draw_forest(data: dict[str, Any]) -> "Figure":
    """Draw a forest.

    Parameters
    ----------
    data : `rows` of `label`, `estimate`, `lower`, `upper` (None where there is none) and `said`, what stands
        at the right end, or in the row itself where there is no estimate; `cuts` and `words` of the bands
        (one word more than cuts), `ticks` as pairs of place and label, `axis` the name of the axis
    """
    labels = [wrapped(row["label"], LETTERS) for row in data["rows"]]
    heights = [max(1.0, 0.62 * (label.count("\n") + 1)) for label in labels]
    total = sum(heights) or 1.0
    figure = new_figure(TOP + BOTTOM + ROW * total)
    said = [row["said"] for row in data["rows"] if row["estimate"] is not None]
    left = width_of(figure, labels, NORMAL) + 2 * GAP
    axes = place_axes(figure, left, TOP, width_of(figure, said, NORMAL) + 2 * GAP, BOTTOM)
    axes.set_xlim(LOW, HIGH)
    axes.set_ylim(total, 0)
    _draw_bands(axes, data["cuts"], data["words"])
    middle = 0.0
    for row, label, height in zip(data["rows"], labels, heights, strict=True):
        _draw_row(axes, row, label, middle + height / 2)
        middle += height
    axes.set_xticks([place for place, _ in data["ticks"]], [label for _, label in data["ticks"]])
    axes.tick_params(axis="x", length=3, width=0.6)
    axes.set_yticks([])
    axes.set_xlabel(data["axis"], fontsize=NORMAL)
    bare(axes, keep=("bottom",))
    return figure


def _draw_bands(axes: "Axes", cuts: list[float], words: list[str]) -> None:
    edges = [LOW, *cuts, HIGH]
    for start, end, word, colour in zip(edges, edges[1:], words, BANDS, strict=False):
        axes.axvspan(start, end, color=colour, linewidth=0, zorder=0)
        where = axes.get_xaxis_transform()
        axes.text(
            (start + end) / 2, 1.0, word, transform=where, ha="center", va="bottom", fontsize=SMALL
        ).set_color(QUIET)
    for cut in cuts:
        axes.axvline(cut, color=PAPER, linewidth=1.0, zorder=1)
    axes.axvline(0, color=QUIET, linewidth=0.6, linestyle=":", zorder=1)


def _draw_row(axes: "Axes", row: dict[str, Any], label: str, y: float) -> None:
    where = axes.get_yaxis_transform()
    axes.annotate(
        label, (0, y), (-7, 0), where, "offset points", ha="right", va="center", annotation_clip=False
    )
    if row["estimate"] is None:
        said = axes.text((LOW + HIGH) / 2, y, row["said"], ha="center", va="center", fontsize=SMALL)
        said.set_style("italic")
        return
    if row["lower"] is not None:
        _draw_interval(axes, row["lower"], row["upper"], y)
    axes.plot(max(row["estimate"], LOW), y, "s", color=MARK, markersize=4.6, clip_on=False, zorder=4)
    axes.annotate(
        row["said"], (1, y), (7, 0), where, "offset points", ha="left", va="center", annotation_clip=False
    )


def _draw_interval(axes: "Axes", lower: float, upper: float, y: float) -> None:
    """A limit that lies outside the axis ends in an arrow."""
    start, end = max(lower, LOW), min(upper, HIGH)
    axes.plot([start, end], [y, y], color=MARK, linewidth=1.1, solid_capstyle="butt", zorder=3)
    for limit, place, arrow in ((lower, start, "<"), (upper, end, ">")):
        cut = place != limit
        mark = {"marker": arrow if cut else "|", "markersize": 4.0 if cut else 5.0}
        axes.plot(place, y, color=MARK, clip_on=False, zorder=3, markeredgewidth=1.0, **mark)
