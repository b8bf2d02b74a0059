"""One look through a table before its scores are read: how its numbers and dates are written."""

from dataclasses import dataclass

from coder_app.tables.dates import DateColumn
from coder_app.tables.mapping import DATE, ITEM, SCORE, Mapping
from coder_app.tables.numbers import NumberColumn
from coder_app.tables.text import TextTable

_MOST_HELD = 200_000
_LOOKED_AT = (DATE, SCORE, ITEM)


@dataclass(frozen=True)
class Found:
    """How scores, answers and dates are written; one program wrote those of a file."""

    scores: NumberColumn
    items: NumberColumn
    dates: DateColumn


def scan(table: TextTable, mapping: Mapping) -> Found:
    """Look through the columns of scores, answers and dates."""
    places = {
        role: [place for place, column in enumerate(table.columns) if _has_role(mapping, column, role)]
        for role in _LOOKED_AT
    }
    scores, items = NumberColumn((), table.delimiter), NumberColumn((), table.delimiter)
    dates = DateColumn(())
    texts: dict[str, set[str]] = {role: set() for role in _LOOKED_AT}
    for _, cells in table.iter_rows():
        for role, own in places.items():
            texts[role].update([cells[place] for place in own])
        if len(texts[SCORE]) > _MOST_HELD:
            scores.notice(texts[SCORE])
            texts[SCORE].clear()
        if len(texts[DATE]) > _MOST_HELD:
            dates.notice(texts[DATE])
            texts[DATE].clear()
    scores.notice(texts[SCORE])
    items.notice(texts[ITEM])
    dates.notice(texts[DATE])
    return Found(scores, items, dates)


def _has_role(mapping: Mapping, column: str, role: str) -> bool:
    use = mapping.columns.get(column)
    return use is not None and use.role == role
