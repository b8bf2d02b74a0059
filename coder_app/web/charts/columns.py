"""Stacked columns over whole numbers: ruptures at each treatment session, by what became of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from coder_app.web.charts.boxes import Plane
from coder_app.web.charts.scales import Scale, Tick, nice_step, ticks_between

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 500.0, 40.0, 14.0, 26.0, 196.0
FILL = 0.66  # of the room that a column has
MOST_LABELS = 14


@dataclass(frozen=True)
class Stack:
    """One column: where it stands, its parts from below as (kind, number), and the number written beneath."""

    place: int
    parts: Sequence[tuple[str, int]]
    beneath: int


@dataclass(frozen=True)
class Block:
    """One part of a column."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    said: str


@dataclass(frozen=True)
class ColumnsChart(Plane):
    """Everything that the drawing holds; with a reason nothing else is drawn."""

    blocks: tuple[Block, ...]
    label: str
    reason: str | None


def columns_chart(
    name: str, stacks: Sequence[Stack], titles: tuple[str, str], highest: int | None = None
) -> ColumnsChart:
    """Draw the columns; `titles` are of the axes, x before y, `highest` is the least top of the y axis."""
    edges = (WIDTH, BOTTOM + 66, LEFT, WIDTH - RIGHT, TOP, BOTTOM)
    if not stacks:
        said = "no treatment session of an analysed series"
        return ColumnsChart(*edges, *titles, (), (), (), (), f"{name}: {said}", said)
    top = max(1, highest or 0, *(sum(n for _, n in one.parts) for one in stacks))
    step = max(1, int(nice_step(top, 5)))
    y = Scale(0, ceil(top / step) * step, BOTTOM, TOP)
    x = Scale(stacks[0].place - 0.5, stacks[-1].place + 0.5, LEFT, WIDTH - RIGHT)
    room = x.at(stacks[0].place + 0.5) - x.at(stacks[0].place - 0.5)
    every = ceil(len(stacks) / MOST_LABELS)
    labelled = [one for one in stacks if (one.place - stacks[0].place) % every == 0]
    return ColumnsChart(
        *edges,
        *titles,
        x_ticks=tuple(Tick(x.at(one.place), str(one.place)) for one in labelled),
        y_ticks=ticks_between(y, step),
        beneath=tuple(Tick(x.at(one.place), str(one.beneath)) for one in labelled),
        blocks=tuple(block for one in stacks for block in _blocks(one, x, y, FILL * room)),
        label=f"{name}: " + "; ".join(_said(one) for one in stacks if any(n for _, n in one.parts)),
        reason=None,
    )


def _blocks(one: Stack, x: Scale, y: Scale, width: float) -> list[Block]:
    found, below = [], 0
    for kind, n in one.parts:
        if n:
            upper, lower = y.at(below + n), y.at(below)
            left = round(x.at(one.place) - width / 2, 2)
            said = f"session {one.place}: {n} {kind}"
            found.append(Block(kind, left, upper, round(width, 2), round(lower - upper, 2), said))
        below += n
    return found


def _said(one: Stack) -> str:
    return f"session {one.place}, " + " and ".join(f"{n} {kind}" for kind, n in one.parts if n)
