"""Control charts for print: one series in full, and all series as small multiples."""

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from coder_app.analysis.figure_canvas import new_canvas, write, write_quiet
from coder_app.analysis.figure_paper import (
    INK,
    NORMAL,
    PAPER,
    QUIET,
    RULE,
    SMALL,
    VERMILLION,
    WIDTH,
    bare,
    blend,
    new_figure,
    place_axes,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 3.4, 0.55, 1.25, 0.3, 0.45
LOOKS = {
    "median": {"color": QUIET, "linewidth": 0.6},
    "half": {"color": QUIET, "linewidth": 0.9, "linestyle": (0, (5, 3))},
    "limit": {"color": VERMILLION, "linewidth": 1.2},
}
DARK_ORANGE = "#A64500"
ROOM = 0.75
COLUMNS, ROWS_A_PAGE = 6, 9
CELL, HEAD, FOOT, GAP = 0.62, 0.17, 0.22, 0.12
REASON_LETTERS = 26

Score = tuple[int, float | None]


def draw_control(data: dict[str, Any]) -> "Figure":
    """Draw the control chart of one series.

    Parameters
    ----------
    data : `sessions` and `scores` (None where there is none), `left_out` (sessions that do not count),
        `limits` of `value`, `label` and `style` (a key of `LOOKS`), `ruptures` of `pre`, `central`, `post`,
        `kind`, `y`, the name of the axis, and `reason`, why it is not analysed, or None
    """
    figure = new_figure(HEIGHT)
    axes = place_axes(figure, LEFT, TOP, RIGHT, BOTTOM)
    scores = list(zip(data["sessions"], data["scores"], strict=True))
    values = [score for _, score in scores if score is not None]
    levels = [limit for limit in data["limits"] if limit["value"] is not None]
    low, high = _span([*values, *(limit["value"] for limit in levels)])
    first, last = (scores[0][0], scores[-1][0]) if scores else (1, 2)
    axes.set_xlim(first - 0.5, last + 0.5)
    axes.set_ylim(low, high)
    for one in data["ruptures"]:
        end = one["central"] if one["post"] is None else one["post"]
        axes.axvspan(one["pre"] - 0.35, end + 0.35, color=blend(VERMILLION, 0.09), linewidth=0)
    heights = _apart([limit["value"] for limit in levels], 0.075 * (high - low))
    for limit, y in zip(levels, heights, strict=True):
        axes.axhline(limit["value"], **LOOKS[limit["style"]])
        where = {"xytext": (6, 0), "textcoords": "offset points", "va": "center", "fontsize": SMALL}
        colour = DARK_ORANGE if limit["style"] == "limit" else INK
        axes.annotate(limit["label"], (last + 0.5, y), annotation_clip=False, color=colour, **where)
    for line in _lines(scores, frozenset(data["left_out"])):
        axes.plot([x for x, _ in line], [y for _, y in line], color=INK, linewidth=1.1, zorder=3)
    there = [(x, y) for x, y in scores if y is not None]
    axes.plot([x for x, _ in there], [y for _, y in there], "o", color=INK, markersize=3.2, zorder=4)
    _draw_marks(axes, data["ruptures"], dict(scores))
    bottom = {"transform": axes.get_xaxis_transform(), "ha": "center", "fontsize": 6.5, "color": QUIET}
    for x in (x for x, y in scores if y is None):
        axes.text(x, 0.02, "no\nscore", va="bottom", linespacing=0.9, **bottom)
    for x in data["left_out"]:
        axes.text(x, 0.02, "parent\nalone", va="bottom", linespacing=0.9, **bottom)
    if data["reason"]:
        axes.text(0.0, 1.02, data["reason"], transform=axes.transAxes, fontsize=SMALL, style="italic")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.grid(axis="y", color=RULE, linewidth=0.5)
    axes.set_axisbelow(True)
    axes.tick_params(length=3, width=0.6)
    axes.set_xlabel("Session", fontsize=NORMAL)
    axes.set_ylabel(data["y"], fontsize=NORMAL)
    bare(axes, keep=("left", "bottom"))
    return figure


def draw_multiples(data: dict[str, Any]) -> "Figure":
    """Draw all series as small charts in one figure.

    Parameters
    ----------
    data : `series`, each as `draw_control` reads one, with its `title` and `state` in a few words
    """
    return _draw_page(data["series"])


def draw_multiples_pages(data: dict[str, Any]) -> list["Figure"]:
    """Draw all series as small charts on pages of A4; the data are those of `draw_multiples`."""
    a_page = COLUMNS * ROWS_A_PAGE
    starts = range(0, max(len(data["series"]), 1), a_page)
    return [_draw_page(data["series"][at : at + a_page]) for at in starts]


def _draw_page(series: list[dict[str, Any]]) -> "Figure":
    rows = max(1, -(-len(series) // COLUMNS))
    down = HEAD + CELL + FOOT + GAP
    figure, axes = new_canvas(rows * down + GAP)
    across = (WIDTH - GAP) / COLUMNS
    for number, one in enumerate(series):
        row, column = divmod(number, COLUMNS)
        _draw_small(axes, one, GAP + column * across, GAP + row * down, across - GAP)
    return figure


def _draw_small(axes: "Axes", one: dict[str, Any], left: float, top: float, across: float) -> None:
    """Place and scale by hand: axes of their own for hundreds of charts take minutes."""
    axes.plot([left, left + across], [top, top], color=RULE, linewidth=0.6)
    write(axes, left, top + HEAD / 2, one["title"], 6.5, fontweight="bold")
    rupture = bool(one["ruptures"])
    colour = {"color": DARK_ORANGE} if rupture else {"color": QUIET}
    write(axes, left + across, top + HEAD / 2, one["state"], 6, ha="right", **colour)
    scores = list(zip(one["sessions"], one["scores"], strict=True))
    values = [score for _, score in scores if score is not None]
    if one["reason"]:
        said = wrapped(one["reason"], REASON_LETTERS)
        write_quiet(axes, left, top + HEAD + CELL + 0.05, said, 5.5, va="top", linespacing=0.95)
    if not values:
        return
    levels = [limit for limit in one["limits"] if limit["value"] is not None and limit["style"] != "median"]
    low, high = _span([*values, *(limit["value"] for limit in levels)])
    first, last = scores[0][0], scores[-1][0]
    base, wide = top + HEAD + CELL, max(last - first, 1)

    def place(session: float, score: float) -> tuple[float, float]:
        return left + across * (session - first) / wide, base - CELL * (score - low) / (high - low)

    for limit in levels:
        y = place(first, limit["value"])[1]
        axes.plot([left, left + across], [y, y], **(LOOKS[limit["style"]] | {"linewidth": 0.6}))
    for line in _lines(scores, frozenset(one["left_out"])):
        points = [place(x, y) for x, y in line]
        axes.plot([x for x, _ in points], [y for _, y in points], color=INK, linewidth=0.7)
    dots = [place(x, y) for x, y in scores if y is not None]
    axes.plot([x for x, _ in dots], [y for _, y in dots], "o", color=INK, markersize=1.2)
    by_session = dict(scores)
    for found in one["ruptures"]:
        axes.plot(*place(found["central"], by_session[found["central"]]), "D", color=VERMILLION, markersize=3)


def _draw_marks(axes: "Axes", ruptures: list[dict[str, Any]], score_of: dict[int, float | None]) -> None:
    hollow = {"markerfacecolor": PAPER, "markeredgecolor": INK, "markeredgewidth": 1.0, "zorder": 5}
    near = {"textcoords": "offset points", "fontsize": SMALL, "fontweight": "bold", "zorder": 6}
    near |= {"bbox": {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.8, "pad": 0.6}}
    first, last = min(score_of, default=0), max(score_of, default=0)
    for one in ruptures:
        pre, central = one["pre"], one["central"]
        axes.plot(pre, score_of[pre], "s", markersize=6, **hollow)
        axes.annotate("pre", (pre, score_of[pre]), (0, 8), ha="center", **near)
        if one["post"] is not None:
            axes.plot(one["post"], score_of[one["post"]], "^", markersize=6.5, **hollow)
            said = f"post, {one['kind']}" if one["kind"] else "post"
            # The right margin has the labels of the limits.
            late = one["post"] > first + ROOM * (last - first)
            beside = {"xytext": (5, 9), "ha": "right"} if late else {"xytext": (7, -9), "ha": "left"}
            axes.annotate(said, (one["post"], score_of[one["post"]]), **beside, **near)
        # Last, since a session can end one sequence and be the rupture of the next.
        axes.plot(central, score_of[central], "D", color=VERMILLION, markersize=6, zorder=6)
        axes.annotate("central", (central, score_of[central]), (7, -2), color=DARK_ORANGE, ha="left", **near)


def _span(values: list[float]) -> tuple[float, float]:
    """What an axis holds: all values with a little room, also where they are one value or none."""
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.12 * (high - low) or 1.0
    return low - room, high + room


def _lines(scores: list[Score], left_out: frozenset[int]) -> list[list[tuple[int, float]]]:
    """Neighbours that both have a score are joined, across sessions that do not count as well."""
    runs: list[list[tuple[int, float]]] = []
    for (before, earlier), (session, score) in pairwise([(0, None), *scores]):
        if score is None:
            continue
        if earlier is None or not left_out.issuperset(range(before + 1, session)):
            runs.append([])
        runs[-1].append((session, score))
    return runs


def _apart(places: list[float], gap: float) -> list[float]:
    """Heights of labels, moved up until neighbours are a gap from each other."""
    order = sorted(range(len(places)), key=lambda at: places[at])
    moved = list(places)
    for before, at in pairwise(order):
        moved[at] = max(moved[at], moved[before] + gap)
    return moved
