"""Figures of very few sequences, which a package under recording codes withholds.

A mean of one or two scores can be found again among single ratings, and would say which recording lies where.
"""

import csv
import io
from collections.abc import Callable

FEWEST = 3
EVERY = "all"
WHY = f"withheld: fewer than {FEWEST} sequences of a type"
# What stays of a row that is withheld; the rest of it is empty.
_KEPT = frozenset(
    {
        *(
            "informant",
            "instrument",
            "subscale",
            "whose",
            "rupture_type",
            "position",
            "pattern",
            "line",
            "test",
        ),
        *("n", "effect", "df1", "df2"),
    }
)

Row = dict[str, str]


def withhold_few(name: str, text: str) -> str:
    """Return a table of the linkage without what fewer than three sequences give; other files as they are."""
    by_type = _BY_TYPE.get(name)
    if by_type is None:
        return text
    rows = list(csv.DictReader(io.StringIO(text)))
    if not rows:
        return text
    few = {_group(row) for row in rows if int(row["n"]) < FEWEST}
    # With the figures of all sequences, those of one type would give the other's.
    shown = [
        _emptied(row) if int(row["n"]) < FEWEST or (by_type(row) and _group(row) in few) else row
        for row in rows
    ]
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]), lineterminator=_line_end(text))
    writer.writeheader()
    writer.writerows(shown)
    return target.getvalue()


def _is_of_type(row: Row) -> bool:
    return row["rupture_type"] != EVERY


def _is_of_type_alone(row: Row) -> bool:
    return row["test"].endswith(" only")


_BY_TYPE: dict[str, Callable[[Row], bool]] = {
    "linkage-means.csv": _is_of_type,
    "linkage-patterns.csv": _is_of_type,
    "linkage-tests.csv": _is_of_type_alone,
}


def _group(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in ("informant", "instrument", "subscale"))


def _emptied(row: Row) -> Row:
    return {name: value if name in _KEPT else "" for name, value in row.items()} | {"reason": WHY}


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
