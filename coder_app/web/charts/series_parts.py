"""What the drawing of a series is made of, in the units of its own box."""

from dataclasses import dataclass
from typing import Literal

from coder_app.web.charts.boxes import Box
from coder_app.web.charts.scales import Tick, number

Shape = Literal["dot", "square", "diamond", "triangle"]
Score = tuple[int, float | None]
LABEL_ROOM = 130.0


@dataclass(frozen=True)
class Rupture:
    """The treatment sessions before, at and after one rupture, and how it went on."""

    pre: int
    central: int
    post: int | None
    kind: str | None


@dataclass(frozen=True)
class Limit:
    """A level that a chart draws: its value, its word and how its line looks."""

    value: float | None
    word: str
    style: Literal["median", "half", "limit"]

    @property
    def said(self) -> str:
        """Its label: word and value."""
        return self.word if self.value is None else f"{self.word} {number(self.value)}"


@dataclass(frozen=True)
class About:
    """What is said of a series; sessions left out before numbering, and why it is not analysed."""

    name: str
    y_title: str
    left_out: frozenset[int]
    not_analysed: str | None


@dataclass(frozen=True)
class Point:
    """One score."""

    x: float
    y: float
    shape: Shape
    label: str


@dataclass(frozen=True)
class Word:
    """A word inside the drawing; from its place it runs right (start), both ways (middle) or left (end)."""

    x: float
    y: float
    text: str
    anchor: Literal["start", "middle", "end"]
    tone: str


@dataclass(frozen=True)
class LimitLine:
    """A drawn level with its label at the right end."""

    y: float
    label_y: float
    label: str
    style: str


@dataclass(frozen=True)
class Stretch:
    """The part of the time axis that one sequence takes."""

    x: float
    width: float


@dataclass(frozen=True)
class SeriesChart(Box):
    """Everything that the drawing of one series holds; with a reason nothing else is drawn."""

    y_title: str
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    lines: tuple[str, ...]
    points: tuple[Point, ...]
    limits: tuple[LimitLine, ...]
    stretches: tuple[Stretch, ...]
    words: tuple[Word, ...]
    label: str
    reason: str | None


FULL = Box(720, 390, 44, 720 - LABEL_ROOM, 30, 346)
SMALL = Box(158, 60, 4, 154, 6, 54)
