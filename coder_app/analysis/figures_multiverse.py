"""All definitions in one row, sorted by what they find, with the choices beneath, for print."""

from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_canvas import fill, new_canvas, write
from coder_app.analysis.figure_paper import BLUE, INK, SMALL, VERMILLION, WIDTH, blend, width_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROW, GAP, CURVE, GROUP = 0.125, 0.1, 1.5, 0.1


def draw_multiverse(data: dict[str, Any]) -> "Figure":
    """Draw the curve of all definitions and the choices that each is made of.

    Parameters
    ----------
    data : `counts` by definition, fewest first; `own`, the place of the own settings; `y`, the axis;
        `choices` of `group`, `label`, `own` and `stretches`, pairs of place and length in the sorted row
    """
    choices, counts = data["choices"], data["counts"]
    groups = list(dict.fromkeys(one["group"] for one in choices))
    figure, axes = new_canvas(CURVE + ROW * len(choices) + GROUP * len(groups) + 2 * GAP)
    heads = width_of(figure, groups, SMALL, fontweight="bold") + 2 * GAP
    left = heads + width_of(figure, [one["label"] for one in choices], SMALL, fontweight="bold") + GAP
    across = WIDTH - left - 2 * GAP
    one_wide, most, base = across / len(counts), max(counts) or 1, CURVE - GAP
    tall = base - 2 * GAP
    bars = [
        (left + x * one_wide, base - tall * n / most, one_wide, tall * n / most) for x, n in enumerate(counts)
    ]
    fill(axes, bars, blend(BLUE, 0.5))
    for n in sorted({0, counts[data["own"]], most}):
        write(axes, left - GAP / 2, base - tall * n / most, str(n), SMALL, ha="right")
    write(axes, GAP / 2, base - tall / 2, data["y"], rotation=90)
    y, before = CURVE, None
    for one in choices:
        if one["group"] != before:
            y, before = y + GROUP, one["group"]
            write(axes, GAP / 2, y + ROW / 2, before, SMALL, fontweight="bold")
        weight = "bold" if one["own"] else "normal"
        write(axes, heads, y + ROW / 2, one["label"], SMALL, fontweight=weight)
        boxes = [(left + x * one_wide, y + 0.02, n * one_wide, ROW - 0.04) for x, n in one["stretches"]]
        fill(axes, boxes, INK if one["own"] else blend(BLUE, 0.5))
        y += ROW
    own = left + (data["own"] + 0.5) * one_wide
    axes.plot([own, own], [GAP, y], color=VERMILLION, linewidth=1.0)
    side = {"ha": "right"} if data["own"] > len(counts) / 2 else {"ha": "left"}
    shift = -GAP / 2 if data["own"] > len(counts) / 2 else GAP / 2
    said = f"settings of the page: {counts[data['own']]}"
    write(axes, own + shift, 1.5 * GAP, said, SMALL, fontweight="bold", **side)
    return figure
