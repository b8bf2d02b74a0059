"""What the page of ratings and gaps shows: cells with their marks, how often each gap occurs, the pages."""

from dataclasses import dataclass, replace

from coder_app.services.gaps import Cell, Gaps, Mark, Scale, Wanted
from coder_app.web.charts import share_bar
from coder_app.web.charts.forest import ShareBar
from coder_app.web.charts.heat import SEQUENTIAL_STEPS
from coder_app.web.numbers import count, percent

# From here on a gap is wide enough to be talked about where nobody has said otherwise.
WIDE = 2


@dataclass(frozen=True)
class MarkCell:
    """One coder's mark as it is printed; `step` is its colour, `reason` says why there is no score."""

    text: str
    step: str
    reason: str | None


@dataclass(frozen=True)
class GapRow:
    """One cell of the matrix of ratings."""

    gap: str
    wide: bool
    scale: str
    item: str
    recording: str
    segment: int | None
    marks: tuple[MarkCell | None, ...]


@dataclass(frozen=True)
class GapCount:
    """How many cells have a gap."""

    gap: int
    number: int
    share: str


@dataclass(frozen=True)
class Meeting:
    """One recording and scale of the list for a meeting, with its coders and what is to be talked about."""

    recording: str
    scale: str
    coders: tuple[str, ...]
    rows: tuple[GapRow, ...]


@dataclass(frozen=True)
class Shown:
    """The whole page."""

    coders: tuple[str, ...]
    rows: tuple[GapRow, ...]
    counts: tuple[GapCount, ...]
    strip: ShareBar
    total: str
    not_shown: str | None
    too_few: str | None
    n_listed: int


def show(found: Gaps, wanted: Wanted, *, has_days: bool) -> Shown:
    """Return the page of a stretch of the list; `has_days` says whether it is narrowed to some days."""
    scales = {scale.key: scale for scale in found.scales}
    coders = list_coders(found, wanted)
    n_cells = sum(found.counts.values())
    return Shown(
        coders=coders,
        rows=tuple(_row(cell, scales[cell.scale], coders) for cell in found.cells),
        counts=tuple(
            GapCount(gap, number, percent(number / n_cells)) for gap, number in found.counts.items()
        ),
        strip=share_bar("Gaps", [(str(gap), number) for gap, number in found.counts.items()]),
        total=_total(found, wanted, n_cells),
        not_shown=_not_shown(found, has_days),
        too_few=_too_few(found),
        n_listed=found.n_listed(wanted),
    )


def list_coders(found: Gaps, wanted: Wanted) -> tuple[str, ...]:
    """Return the coders of the scales that the list is of, each once."""
    asked = [scale for scale in found.scales if _is_asked(scale, wanted)]
    return tuple(dict.fromkeys(name for scale in asked for name in scale.coders))


def by_recording(shown: Shown) -> tuple[Meeting, ...]:
    """Put the cells of each recording and scale together, that with the widest gap first."""
    of: dict[tuple[str, str], list[GapRow]] = {}
    for row in shown.rows:
        of.setdefault((row.recording, row.scale), []).append(row)
    return tuple(_meeting(*key, rows, shown.coders) for key, rows in of.items())


def _meeting(recording: str, scale: str, rows: list[GapRow], coders: tuple[str, ...]) -> Meeting:
    """Leave out the coders who have nothing to do with it: those of another scale."""
    there = [place for place in range(len(coders)) if any(row.marks[place] for row in rows)]
    kept = [replace(row, marks=tuple(row.marks[place] for place in there)) for row in rows]
    return Meeting(recording, scale, tuple(coders[place] for place in there), tuple(kept))


def _is_asked(scale: Scale, wanted: Wanted) -> bool:
    has_item = not wanted.item or scale.instrument.find_item(wanted.item) is not None
    return wanted.scale in ("", scale.key) and has_item


def _row(cell: Cell, scale: Scale, coders: tuple[str, ...]) -> GapRow:
    lowest, highest = scale.instrument.lowest, scale.instrument.highest
    return GapRow(
        gap="–" if cell.gap is None else str(cell.gap),
        wide=cell.gap is not None and cell.gap >= WIDE,
        scale=cell.scale,
        item=cell.item,
        recording=cell.recording,
        segment=cell.segment,
        marks=tuple(
            _mark(cell.marks[name], lowest, highest) if name in cell.marks else None for name in coders
        ),
    )


def _mark(mark: Mark, lowest: int, highest: int) -> MarkCell:
    if mark.score is None:
        return MarkCell("n.c.", "missing", mark.reason)
    share = (mark.score - lowest) / (highest - lowest)
    return MarkCell(str(mark.score), f"s{round(share * (SEQUENTIAL_STEPS - 1))}", None)


def _total(found: Gaps, wanted: Wanted, n_cells: int) -> str:
    at_least = max(wanted.smallest, WIDE) if wanted.smallest else WIDE
    differing = found.count_from(at_least)
    return f"{differing:,} of {count(n_cells, 'cell')} differ by {at_least} points or more"


def _not_shown(found: Gaps, has_days: bool) -> str | None:
    """Say what is missing, and why it had better not be talked about."""
    left = found.n_allotted - found.n_ready
    if not left:
        return None
    are = "is" if left == 1 else "are"
    return (
        f"{count(left, 'recording')} of {found.n_allotted:,} {are} not shown (each scale counted), because "
        f"not every coder has submitted them{' on these days' if has_days else ''}: what is talked about "
        "before all have submitted is no longer rated independently."
    )


def _too_few(found: Gaps) -> str | None:
    if not found.n_too_few:
        return None
    have = "has" if found.n_too_few == 1 else "have"
    return f"{count(found.n_too_few, 'cell')} {have} fewer than two scores and so no gap; they stand last."
