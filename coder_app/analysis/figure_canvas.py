"""A figure that is drawn in inches from its upper left corner: for pictures that are no plot of two axes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_paper import INK, NORMAL, QUIET, WIDTH, new_figure, place_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Cell = tuple[float, float, float, float]


def new_canvas(height: float) -> tuple["Figure", "Axes"]:
    """Return a figure of the usual width and bare axes over all of it, in inches, downwards."""
    figure = new_figure(height)
    axes = place_axes(figure, 0, 0, 0, 0)
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    return figure, axes


def fill(axes: "Axes", cells: Sequence[Cell], colour: Any, **style: Any) -> None:
    """Fill rectangles of one colour: left, top, width and height of each."""
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    if cells:
        boxes = [Rectangle((x, y), width, height) for x, y, width, height in cells]
        axes.add_collection(PatchCollection(boxes, facecolor=colour, **({"linewidth": 0} | style)))


def outline(axes: "Axes", cell: Cell, width: float = 1.4) -> None:
    """Draw the frame of a rectangle in ink."""
    from matplotlib.patches import Rectangle

    x, y, across, down = cell
    axes.add_patch(Rectangle((x, y), across, down, fill=False, edgecolor=INK, linewidth=width, zorder=4))


def write(axes: "Axes", x: float, y: float, text: str, size: float = NORMAL, **style: Any) -> None:
    """Write a text, its middle at the height `y`."""
    axes.text(x, y, text, fontsize=size, **({"va": "center", "ha": "left", "color": INK} | style))


def write_quiet(axes: "Axes", x: float, y: float, text: str, size: float = NORMAL, **style: Any) -> None:
    """Write a text that says less."""
    write(axes, x, y, text, size, **({"color": QUIET} | style))
