"""What choosing the columns of a large table needs of it: its first rows, and one row for each word."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from coder_app.domain.problems import Problem
from coder_app.tables.mapping_contents import ROWS_LOOKED_AT
from coder_app.tables.packed import PackedRows, Row
from coder_app.tables.text import TextTable

# A column with more texts than these holds no words that somebody could match one by one.
MOST_TEXTS = 200
# However wide the table is, what is kept stays small.
MOST_CELLS = 400_000
MOST_PROBLEMS = 1_000


def digest(table: TextTable) -> TextTable:
    """Return a small table that is guessed at and worded as the whole one is, with its count of rows."""
    packed = PackedRows()
    packed.add(list(_rows_to_keep(table)))
    packed.n_rows = table.n_rows
    return replace(table, packed=packed, places=None, problems=table.problems[:MOST_PROBLEMS])


def digest_as_json(table: TextTable) -> dict[str, Any]:
    """Return a digest as types that JSON knows."""
    plain = {name: getattr(table, name) for name in _PLAIN}
    return plain | {
        "n_rows": table.n_rows,
        "rows": list(table.iter_rows()),
        "problems": [asdict(problem) for problem in table.problems],
        "labels": dict(table.labels),
        "value_labels": {column: dict(own) for column, own in table.value_labels.items()},
    }


def digest_from_json(content: dict[str, Any]) -> TextTable:
    """Return the digest that was written down."""
    packed = PackedRows()
    packed.add([(number, tuple(cells)) for number, cells in content["rows"]])
    packed.n_rows = content["n_rows"]
    plain = {name: content[name] for name in _PLAIN}
    lists = {name: tuple(content[name]) for name in ("columns", "empty_columns", "sheets")}
    return TextTable(
        **plain | lists,
        packed=packed,
        problems=tuple(Problem(**problem) for problem in content["problems"]),
        labels=content["labels"],
        value_labels=content["value_labels"],
    )


_PLAIN = (
    *("file", "columns", "header_row", "kind", "encoding", "delimiter", "decimal_comma"),
    *("empty_columns", "sheet", "sheets"),
)


def _rows_to_keep(table: TextTable) -> Iterator[Row]:
    met: dict[tuple[int, bool], set[str]] = defaultdict(set)
    most = max(ROWS_LOOKED_AT, MOST_CELLS // max(1, len(table.columns)))
    n_kept = 0
    for place, (number, cells) in enumerate(table.iter_rows()):
        is_kept = place < ROWS_LOOKED_AT
        for column, text in enumerate(cells):
            # Apart, so that a column of numbers with some words among them keeps the words.
            own = met[column, text.isdecimal()]
            if len(own) < MOST_TEXTS and text not in own:
                own.add(text)
                is_kept = True
        if is_kept and n_kept < most:
            n_kept += 1
            yield number, cells
