"""Wide tables of scores: one row per dyad, one column per measure and treatment session, such as tasc_s01."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables.columns import DYAD_NAMES, find_needed_columns, warn_of_unknown_columns
from coder_app.tables.numbers import NumberColumn
from coder_app.tables.score_cells import KnownDyads, ScoreRow, find_measure, name_measures, read_score
from coder_app.tables.text import TextTable

_SESSION_COLUMN = re.compile(r"(.+)[_ .-]s([0-9]{1,4})", re.IGNORECASE)


@dataclass(frozen=True)
class _ScoreColumn:
    column: str
    measure: Instrument
    session: int


def session_columns(table: TextTable) -> dict[str, tuple[str, int]]:
    """Return the columns named like a measure and a session, with both."""
    found = {column: _SESSION_COLUMN.fullmatch(column) for column in table.columns}
    return {column: (match[1], int(match[2])) for column, match in found.items() if match}


def read_wide(
    table: TextTable, measures: Mapping[str, Instrument], dyads: KnownDyads, log: ProblemLog
) -> tuple[list[ScoreRow], int]:
    """Return the usable scores and the number of missing ones; note what is wrong with the others."""
    found = find_needed_columns(table, {"dyad": DYAD_NAMES}, log)
    score_columns = _read_header(table, measures, log)
    warn_of_unknown_columns(table, {*found.values(), *session_columns(table)}, log)
    if not found or not score_columns:
        return [], 0
    dyad_column = found["dyad"]
    # One program wrote all scores of the file, so they share their decimal mark.
    texts = [cells[score.column] for _, cells in table.iter_cells() for score in score_columns]
    numbers = NumberColumn(texts, table.delimiter)
    rows: list[ScoreRow] = []
    n_missing = 0
    first_rows: dict[str, int] = {}
    for number, cells in table.iter_cells():
        dyad = dyads.read(cells[dyad_column], number, dyad_column, log)
        if dyad is None:
            continue
        first = first_rows.setdefault(dyad, number)
        if first != number:
            log.error(number, dyad_column, dyad, f"Dyad {dyad} is there twice, in rows {first} and {number}.")
            continue
        read, missing = _read_cells(dyad, number, cells, score_columns, numbers, log)
        rows += read
        n_missing += missing
    return rows, n_missing


def _read_header(table: TextTable, measures: Mapping[str, Instrument], log: ProblemLog) -> list[_ScoreColumn]:
    """Refuse the whole header if one of its columns cannot be placed: its scores would be lost unseen."""
    score_columns: list[_ScoreColumn] = []
    first_columns: dict[tuple[str, int], str] = {}
    n_errors = log.n_errors
    for column, (name, session) in session_columns(table).items():
        measure = find_measure(name, measures)
        if measure is None:
            known = name_measures(measures)
            log.error(
                table.header_row, column, name, f"“{name}” is not a measure of the study. It has {known}."
            )
        elif session == 0:
            log.error(table.header_row, column, column, "Sessions count from 1: there is no session 0.")
        elif (first := first_columns.setdefault((measure.name, session), column)) != column:
            log.error(
                table.header_row,
                column,
                column,
                f"{first} and {column} are both {measure.name}, session {session}.",
            )
        else:
            score_columns.append(_ScoreColumn(column, measure, session))
    return score_columns if log.n_errors == n_errors else []


def _read_cells(
    dyad: str,
    number: int,
    cells: Mapping[str, str],
    score_columns: list[_ScoreColumn],
    numbers: NumberColumn,
    log: ProblemLog,
) -> tuple[list[ScoreRow], int]:
    rows = []
    n_missing = 0
    for score_column in score_columns:
        column, measure = score_column.column, score_column.measure
        n_errors = log.n_errors
        score = read_score(cells[column], numbers, measure, number, column, log)
        if score is not None:
            rows.append(
                ScoreRow(
                    number,
                    column,
                    dyad,
                    score_column.session,
                    None,
                    measure.informant or "",
                    measure.name,
                    score,
                    None,
                )
            )
        elif log.n_errors == n_errors:
            n_missing += 1
    return rows, n_missing
