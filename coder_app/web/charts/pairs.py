"""A matrix of coders: a figure of each pair above the diagonal, and what it rests on below."""

from collections.abc import Mapping, Sequence

from coder_app.web.charts.heat import SEQUENTIAL_STEPS, HeatCell

SELF = HeatCell("", "self")


def pair_cells(
    names: Sequence[str],
    figures: Mapping[tuple[str, str], tuple[float | None, str]],
    counts: Mapping[tuple[str, str], str],
) -> list[list[HeatCell]]:
    """Colour figures from 0 or less to 1 in equal steps; `figures` are (value, as printed) by pair of names.

    Pairs stand in the order of the names. A pair without a value is printed without a colour.
    """
    return [
        [
            SELF
            if row == column
            else _cell(*figures[row, column])
            if (row, column) in figures
            else HeatCell(counts.get((column, row), ""), "count")
            for column in names
        ]
        for row in names
    ]


def _cell(value: float | None, printed: str) -> HeatCell:
    if value is None:
        return HeatCell(printed, "missing")
    step = min(SEQUENTIAL_STEPS - 1, max(0, int(value * SEQUENTIAL_STEPS)))
    return HeatCell(printed, f"s{step}")
