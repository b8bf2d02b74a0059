"""How ruptures hang on their definition, for print: counts, stability, types."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_canvas import fill, new_canvas, outline, write, write_quiet
from coder_app.analysis.figure_paper import (
    BLUE,
    INK,
    PAPER,
    RULE,
    SMALL,
    VERMILLION,
    WIDTH,
    blend,
    width_of,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW, GAP, HEAD, NOTE = 0.185, 0.1, 0.42, 0.36
COLUMN = WIDTH / 2
LABELS = 1.15
DEEPEST = 0.62  # dark letters stay readable on it
NOTE_LETTERS = 52
SHADES = {"robust": 0.85, "depends": 0.6, "fragile": 0.35}
MARKS = (0.5, 0.9)


def draw_maps(data: dict[str, Any]) -> "Figure":
    """Draw heat maps of counts, two side by side.

    Parameters
    ----------
    data : `maps` of `title`, `note`, `rows` and `columns` with their labels, `counts` by row and column, and
        `own`, the row and column that is outlined, or None
    """
    maps = data["maps"]
    bands = [maps[at : at + 2] for at in range(0, len(maps), 2)]
    heights = [HEAD + NOTE + ROW * max(len(one["rows"]) for one in band) + GAP for band in bands]
    figure, axes = new_canvas(sum(heights))
    top = 0.0
    for band, height in zip(bands, heights, strict=True):
        for place, one in enumerate(band):
            _draw_map(axes, one, place * COLUMN, top)
        top += height
    return figure


def _draw_map(axes: "Axes", one: dict[str, Any], left: float, top: float) -> None:
    write(axes, left + GAP / 2, top + 0.12, one["title"], fontweight="bold")
    least = min(min(row) for row in one["counts"])
    most = max(max(row) for row in one["counts"])
    across = (COLUMN - LABELS - GAP) / len(one["columns"])
    for number, name in enumerate(one["columns"]):
        place = (left + LABELS + (number + 0.5) * across, top + HEAD - 0.09)
        write(axes, *place, wrapped(name, 12), SMALL, ha="center", linespacing=0.9)
    for row, (label, counts) in enumerate(zip(one["rows"], one["counts"], strict=True)):
        y = top + HEAD + row * ROW
        write(axes, left + GAP / 2, y + ROW / 2, label, SMALL)
        for number, count in enumerate(counts):
            cell = (left + LABELS + number * across, y, across, ROW)
            share = (count - least) / (most - least) if most > least else 0.0
            fill(axes, [cell], blend(BLUE, 0.04 + (DEEPEST - 0.04) * share), edgecolor=PAPER, linewidth=1)
            own = one["own"] is not None and tuple(one["own"]) == (row, number)
            weight = "bold" if own else "normal"
            middle = (cell[0] + across / 2, y + ROW / 2)
            write(axes, *middle, str(count), SMALL, ha="center", fontweight=weight)
            if own:
                outline(axes, cell)
    bottom = top + HEAD + ROW * len(one["rows"])
    write_quiet(axes, left + GAP / 2, bottom + 0.05, wrapped(one["note"], NOTE_LETTERS), 6.5, va="top")


def draw_stability(data: dict[str, Any]) -> "Figure":
    """Draw the share of definitions that find each rupture.

    Parameters
    ----------
    data : `rows` of `label`, `share` from 0 to 1, `printed`, `word` and `own`; `axis`, what the share is of
    """
    rows = data["rows"]
    top = 0.3
    figure, axes = new_canvas(top + ROW * max(len(rows), 1) + 0.36)
    left = width_of(figure, [one["label"] for one in rows]) + 3 * GAP
    right = width_of(figure, ["100%  depends"]) + GAP
    across = WIDTH - left - right - GAP
    bottom = top + ROW * len(rows)
    for mark in MARKS:
        x = left + mark * across
        axes.plot([x, x], [top, bottom], color=INK, linewidth=0.6, linestyle=(0, (3, 2)), zorder=3)
    for place, one in enumerate(rows):
        y = top + place * ROW
        if one["own"]:
            axes.plot(GAP, y + ROW / 2, "o", color=INK, markersize=3.6)
        write(axes, 2 * GAP, y + ROW / 2, one["label"], SMALL)
        fill(axes, [(left, y + 0.04, across, ROW - 0.08)], blend(INK, 0.07))
        share = (left, y + 0.04, one["share"] * across, ROW - 0.08)
        fill(axes, [share], blend(BLUE, SHADES[one["word"]]))
        write(axes, left + across + GAP, y + ROW / 2, f"{one['printed']}  {one['word']}", SMALL)
    for tick in (0, 0.25, *MARKS, 1):
        write(axes, left + tick * across, bottom + 0.1, f"{100 * tick:.0f}%", SMALL, ha="center")
    write(axes, left + across / 2, bottom + 0.25, data["axis"], ha="center")
    write_quiet(axes, GAP / 2, top / 2, "● found by the settings of the page", SMALL)
    return figure


def draw_types(data: dict[str, Any]) -> "Figure":
    """Draw the type of each rupture under each definition of the fourths.

    Parameters
    ----------
    data : `rows` of `label`, `own` and `types` ("repaired", "unrepaired" or None), and the `columns`' names
    """
    rows, columns = data["rows"], data["columns"]
    top = 0.75
    figure, axes = new_canvas(top + ROW * max(len(rows), 1) + 0.3)
    left = width_of(figure, [one["label"] for one in rows]) + 4 * GAP
    across = min(0.42, (WIDTH - left - GAP) / max(len(columns), 1))
    for number, name in enumerate(columns):
        place = (left + (number + 0.5) * across, top - 0.05)
        write(axes, *place, name, SMALL, rotation=90, ha="center", va="bottom")
    looks = {"repaired": (blend(BLUE, 0.4), "R"), "unrepaired": (blend(VERMILLION, 0.45), "U")}
    for place, one in enumerate(rows):
        y = top + place * ROW
        if one["own"]:
            axes.plot(GAP, y + ROW / 2, "o", color=INK, markersize=3.6)
        write(axes, 2 * GAP, y + ROW / 2, one["label"], SMALL)
        for number, kind in enumerate(one["types"]):
            colour, letter = looks.get(kind, (PAPER, "·"))
            cell = (left + number * across, y, across, ROW)
            fill(axes, [cell], colour, edgecolor=RULE, linewidth=0.5)
            write(axes, cell[0] + across / 2, y + ROW / 2, letter, SMALL, ha="center")
    said = "R repaired   U unrepaired   · not found   ● found by the settings of the page"
    write_quiet(axes, GAP / 2, top + ROW * len(rows) + 0.15, said, SMALL)
    return figure
