"""What every figure for print shares: its width, type and colours, and files that are the same every time."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

FORMATS = ("svg", "pdf", "png")
WIDTH = 16 / 2.54  # inches: both columns of a journal, and what APA leaves between the margins
DPI = 300
SMALL, NORMAL = 7.5, 8.0
INK, QUIET, RULE, PAPER = "#15212A", "#44525B", "#C9D2D6", "#FFFFFF"
# Okabe & Ito: told apart by all kinds of colour vision; in grey by shape, dash or number.
BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY = (
    "#0072B2",
    "#D55E00",
    "#009E73",
    "#E69F00",
    "#CC79A7",
    "#56B4E9",
)
MARKS = ("o", "D", "s", "^", "v", "P", "X", "*")
DASHES = ("-", "--", "-.", ":")
SERIES = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
_SETTINGS = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so that it is the same everywhere
    "font.size": NORMAL,
    "text.color": INK,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.unicode_minus": True,
    "xtick.color": INK,
    "ytick.color": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "lines.linewidth": 1.0,
    "svg.hashsalt": "coder_app",  # else names within the file are random
    "svg.fonttype": "path",
    "pdf.fonttype": 42,  # TrueType, embedded
}


def write_figure(draw: Callable[[], "Figure | list[Figure]"], form: str, title: str, about: str) -> bytes:
    """Bytes of a figure as a file, the same for the same content.

    Parameters
    ----------
    draw : makes the figure, or for a PDF a list of them, one a page
    form : one of `FORMATS`
    title, about : what the file says of itself: the figure's title and its caption

    Raises
    ------
    ValueError
        `form` is none of `FORMATS`.
    """
    if form not in FORMATS:
        raise ValueError(f"no figures are written as {form}; there are {', '.join(FORMATS)}")
    told = {
        "svg": {"Title": title, "Description": about, "Date": None},
        "pdf": {"Title": title, "Subject": about, "CreationDate": None},
        "png": {"Title": title, "Description": about},
    }[form]
    target = io.BytesIO()
    with paper():
        drawn = draw()
        if isinstance(drawn, list):
            _write_pages(target, drawn, told)
        else:
            drawn.savefig(target, format=form, dpi=DPI, metadata=told, facecolor=PAPER)
    return target.getvalue()


def _write_pages(target: io.BytesIO, figures: list["Figure"], told: dict[str, str | None]) -> None:
    from matplotlib.backends.backend_pdf import PdfPages

    with PdfPages(target, metadata=told) as pages:
        for figure in figures:
            pages.savefig(figure, facecolor=PAPER)


@contextmanager
def paper() -> Iterator[None]:
    """Draw with the settings of all figures, whatever the machine's own are."""
    from matplotlib import rc_context, rcdefaults

    with rc_context():
        rcdefaults()
        with rc_context(_SETTINGS):
            yield


def new_figure(height: float) -> "Figure":
    """Return an empty figure of the usual width and a height in inches."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    return figure


def place_axes(figure: "Figure", left: float, top: float, right: float, bottom: float) -> "Axes":
    """Return axes that leave these margins, in inches."""
    width, height = figure.get_size_inches()
    return figure.add_axes(
        (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    )


def bare(axes: "Axes", *, keep: tuple[str, ...] = ()) -> None:
    """Take the frame away but for the sides that are named."""
    for side, spine in axes.spines.items():
        spine.set_visible(side in keep)


def width_of(figure: "Figure", texts: list[str], size: float = NORMAL, **style: Any) -> float:
    """Width in inches of the widest of some texts, lines apart."""
    made: list[Text] = [
        figure.text(0, 0, line, fontsize=size, **style) for text in texts for line in text.split("\n")
    ]
    renderer = figure.canvas.get_renderer()
    widest = max((text.get_window_extent(renderer).width for text in made), default=0.0)
    for text in made:
        text.remove()
    return widest / figure.dpi


def wrapped(text: str, letters: int) -> str:
    """Break a label into lines of at most so many letters."""
    from textwrap import wrap

    return "\n".join(wrap(text, letters)) or text


def blend(colour: str, share: float) -> tuple[float, float, float]:
    """A colour mixed with white: 0 is white, 1 the colour itself."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return tuple(1 - share * (1 - part) for part in parts)
