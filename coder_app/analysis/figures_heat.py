"""A heat map: a number in every cell, and colours that only underline it."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_paper import (
    BLUE,
    NORMAL,
    PAPER,
    SMALL,
    VERMILLION,
    WIDTH,
    bare,
    blend,
    new_figure,
    place_axes,
    width_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LETTERS = 34
HEAD_LETTERS = 12
ROW = 0.235
GAP = 0.1
WIDEST_CELL = 0.9
DEEPEST = 0.62  # dark letters stay readable on it
TYPE_PER_INCH = 15.0  # points of type that fit five letters into an inch of cell


def draw_heat(data: dict[str, Any]) -> "Figure":
    """Draw a heat map of signed values, or of shares.

    Parameters
    ----------
    data : `rows` and `columns` with their labels; `cells`, for each row and column a value, or None, and the
        text that is printed; `full`, the value of the deepest colour; `signed`, whether what is above 0 is
        orange and what is below blue, or all is blue
    """
    labels = [wrapped(label, LETTERS) for label in data["rows"]]
    heads = [wrapped(label, HEAD_LETTERS) for label in data["columns"]]
    heights = [max(1.0, 0.62 * (label.count("\n") + 1)) for label in labels]
    top = 0.1 + 0.13 * max((head.count("\n") + 1 for head in heads), default=1)
    total = sum(heights) or 1.0
    figure = new_figure(top + GAP + ROW * total)
    left = width_of(figure, labels, NORMAL) + 2 * GAP
    n = max(len(heads), 1)
    cell = min(WIDEST_CELL, (WIDTH - left - GAP) / n)
    axes = place_axes(figure, left, top, WIDTH - left - n * cell, GAP)
    axes.set_xlim(0, n)
    axes.set_ylim(total, 0)
    size = min(SMALL, TYPE_PER_INCH * cell)
    y = 0.0
    for label, height, values in zip(labels, heights, data["cells"], strict=True):
        where = axes.get_yaxis_transform()
        place = (0, y + height / 2)
        axes.annotate(
            label, place, (-7, 0), where, "offset points", ha="right", va="center", annotation_clip=False
        )
        for x, (value, text) in enumerate(values):
            colour = _colour(value, data["full"], signed=data["signed"])
            axes.fill_between([x, x + 1], y, y + height, color=colour, edgecolor=PAPER, linewidth=0.8)
            middle = (x + 0.5, y + height / 2)
            axes.text(*middle, text, ha="center", va="center", fontsize=size)
        y += height
    for x, head in enumerate(heads):
        axes.text(x + 0.5, -0.25, head, ha="center", va="bottom", fontsize=min(NORMAL, size + 1))
    axes.set_xticks([])
    axes.set_yticks([])
    bare(axes)
    return figure


def _colour(value: float | None, full: float, *, signed: bool) -> tuple[float, float, float]:
    if value is None or full <= 0:
        return blend(BLUE, 0)
    return blend(VERMILLION if signed and value > 0 else BLUE, DEEPEST * min(1.0, abs(value) / full))
