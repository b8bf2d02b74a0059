"""Alliance scores: totals, or answers to single items, in a long or a wide table."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from coder_app.domain.instruments import ALLIANCE, Instrument
from coder_app.domain.problems import Problem, ProblemLog
from coder_app.tables.columns import open_table
from coder_app.tables.score_cells import KnownDyads, ScoreRow
from coder_app.tables.scores_items import (
    AnswersRow,
    has_items,
    has_items_by_session,
    read_items,
    read_items_wide,
)
from coder_app.tables.scores_long import LONG_ONLY, read_long
from coder_app.tables.scores_wide import read_wide, session_columns
from coder_app.tables.text import TextTable

LONG, WIDE = "long", "wide"
ITEMS_LONG, ITEMS_WIDE = "items long", "items wide"
ITEMS = (ITEMS_LONG, ITEMS_WIDE)

_READERS = {LONG: read_long, WIDE: read_wide, ITEMS_LONG: read_items, ITEMS_WIDE: read_items_wide}


@dataclass(frozen=True)
class ScoresTable:
    """The scores of a file in its order; `layout` is None where the file has none that is known.

    `n_missing` counts scores, or answers where the file has those.
    """

    layout: str | None
    rows: tuple[ScoreRow, ...] | tuple[AnswersRow, ...]
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
    rows, n_missing = _READERS[layout](table, measures, KnownDyads(dyads), log)
    return ScoresTable(layout, tuple(rows), n_missing, log.in_order())


def _find_layout(table: TextTable, measures: Mapping[str, Instrument], log: ProblemLog) -> str | None:
    if table.find_column("score", "total"):
        return LONG
    if session_columns(table):
        return WIDE
    if has_items_by_session(table, measures):
        return ITEMS_WIDE
    if has_items(table, measures):
        return ITEMS_LONG
    if any(table.find_column(*names) for names in LONG_ONLY):
        return LONG
    log.error(
        table.header_row,
        None,
        None,
        "The file has no layout of scores: long has the columns dyad, session, informant, measure and score "
        "(or item_01, item_02 and so on), wide has dyad and one column per measure and session, such as "
        "tasc_s01 (or tasc_s01_i01).",
    )
    return None
