"""Alliance scores: totals per dyad, treatment session and measure, in a long or a wide table."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from coder_app.domain.instruments import ALLIANCE, Instrument
from coder_app.domain.problems import Problem, ProblemLog
from coder_app.tables.columns import open_table
from coder_app.tables.score_cells import KnownDyads, ScoreRow
from coder_app.tables.scores_long import LONG_ONLY, read_long
from coder_app.tables.scores_wide import read_wide, session_columns
from coder_app.tables.text import TextTable

LONG, WIDE = "long", "wide"

_ITEM_COLUMN = re.compile(r"item[ _.-]?[0-9]+|.+_i(tem)?_?[0-9]+", re.IGNORECASE)


@dataclass(frozen=True)
class ScoresTable:
    """The scores of a file in its order; `layout` is None where the file has neither layout."""

    layout: str | None
    rows: tuple[ScoreRow, ...]
    n_missing: int
    problems: tuple[Problem, ...]


def read_scores(
    data: bytes, file: str, measures: Mapping[str, Instrument], dyads: Collection[str] | None = None
) -> ScoresTable:
    """Return the scores of a file; rows with an error are left out and named among the problems."""
    log = ProblemLog(file)
    table = open_table(data, log)
    measures = {name: measure for name, measure in measures.items() if measure.kind == ALLIANCE}
    layout = _find_layout(table, measures, log) if table else None
    if table is None or layout is None:
        return ScoresTable(None, (), 0, log.in_order())
    read = read_long if layout == LONG else read_wide
    rows, n_missing = read(table, measures, KnownDyads(dyads), log)
    return ScoresTable(layout, tuple(rows), n_missing, log.in_order())


def _find_layout(table: TextTable, measures: Mapping[str, Instrument], log: ProblemLog) -> str | None:
    if table.find_column("score", "total"):
        return LONG
    if session_columns(table):
        return WIDE
    if items := _item_columns(table, measures):
        log.error(
            table.header_row,
            items[0],
            items[0],
            f"The file holds single items ({items[0]} to {items[-1]}). "
            "Totals are expected here: a column score, or columns such as tasc_s01.",
        )
        return None
    if any(table.find_column(*names) for names in LONG_ONLY):
        return LONG
    log.error(
        table.header_row,
        None,
        None,
        "The file has neither layout of scores: long has the columns dyad, session, informant, measure and "
        "score, wide has dyad and one column per measure and session, such as tasc_s01.",
    )
    return None


def _item_columns(table: TextTable, measures: Mapping[str, Instrument]) -> list[str]:
    codes = {item.code for measure in measures.values() for item in measure.items}
    return [name for name in table.columns if _ITEM_COLUMN.fullmatch(name) or name.casefold() in codes]
