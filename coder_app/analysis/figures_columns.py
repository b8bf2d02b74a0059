"""Stacked columns in panels of one size: ruptures at each treatment session, by what became of them."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_paper import (
    BLUE,
    INK,
    NORMAL,
    PAPER,
    QUIET,
    RULE,
    SMALL,
    VERMILLION,
    bare,
    new_figure,
    place_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, RIGHT, TOP, BOTTOM, HEIGHT = 0.5, 0.1, 0.3, 0.42, 1.5
TITLES, LEGEND = 0.2, 0.28
WIDTH = 0.66
MOST_LABELS = 24
# Solid, hollow with lines across, grey: told apart in grey too.
LOOKS = (
    {"facecolor": BLUE, "edgecolor": BLUE},
    {"facecolor": PAPER, "edgecolor": VERMILLION, "hatch": "////"},
    {"facecolor": RULE, "edgecolor": QUIET},
)


def draw_columns(data: dict[str, Any]) -> "Figure":
    """Draw panels below each other, on one axis of counts.

    Parameters
    ----------
    data : `kinds`, names of the parts of a column from below; `x` and `y`, names of the axes; `reason`, said
        in a panel without columns; `panels` of `title`, `places` (whole numbers), `counts` (for each place
        one of each kind) and `beneath` (a number under each place)
    """
    panels = data["panels"]
    cell = TOP + HEIGHT + BOTTOM
    figure = new_figure(LEGEND + len(panels) * cell + TITLES)
    highest = max((sum(counts) for panel in panels for counts in panel["counts"]), default=0) or 1
    for row, panel in enumerate(panels):
        below = (len(panels) - row - 1) * cell + BOTTOM + TITLES
        axes = place_axes(figure, LEFT, LEGEND + row * cell + TOP, RIGHT, below)
        axes.set_ylim(0, highest * 1.05)
        _draw_panel(axes, panel, data)
    axes.set_xlabel(data["x"], fontsize=NORMAL)
    _add_legend(figure, data["kinds"])
    return figure


def _draw_panel(axes: "Axes", panel: dict[str, Any], data: dict[str, Any]) -> None:
    axes.set_title(panel["title"], fontsize=NORMAL, loc="left", pad=4)
    axes.set_ylabel(data["y"], fontsize=NORMAL)
    axes.yaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=3, width=0.6)
    bare(axes, keep=("left", "bottom"))
    places = panel["places"]
    if not places:
        axes.set_xticks([])
        middle = {"ha": "center", "va": "center", "style": "italic", "fontsize": SMALL}
        axes.text(0.5, 0.5, data["reason"], transform=axes.transAxes, **middle)
        return
    below = [0] * len(places)
    for kind, look in enumerate(LOOKS[: len(data["kinds"])]):
        heights = [counts[kind] for counts in panel["counts"]]
        # A part of no height would draw its edge over the part below.
        drawn = [part for part in zip(places, heights, below, strict=True) if part[1]]
        if drawn:
            at, height, bottom = zip(*drawn, strict=True)
            axes.bar(at, height, WIDTH, bottom=bottom, linewidth=0.8, **look)
        below = [lower + height for lower, height in zip(below, heights, strict=True)]
    axes.set_xlim(places[0] - 0.5, places[-1] + 0.5)
    every = -(-len(places) // MOST_LABELS)
    labelled = list(zip(places, panel["beneath"], strict=True))[::every]
    axes.set_xticks([place for place, _ in labelled], [f"{place}\n{n}" for place, n in labelled])


def _add_legend(figure: "Figure", kinds: list[str]) -> None:
    from matplotlib.patches import Patch

    handles = [Patch(label=kind, **look) for kind, look in zip(kinds, LOOKS, strict=False)]
    figure.legend(
        handles=handles, loc="upper left", ncols=len(kinds), frameon=False, fontsize=SMALL, labelcolor=INK
    )
