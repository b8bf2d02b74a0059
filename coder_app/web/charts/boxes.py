"""Where a drawing lies: its outer size, the plot within it, and the axes of a plot."""

from dataclasses import dataclass

from coder_app.web.charts.scales import Tick


@dataclass(frozen=True)
class Box:
    """The outer size of a drawing and the plot within it."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True)
class Plane(Box):
    """A plot with two named axes; `beneath` are words under places of the x axis."""

    x_title: str
    y_title: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    beneath: tuple[Tick, ...]
