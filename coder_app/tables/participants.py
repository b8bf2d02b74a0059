"""The table of participants: one row per dyad with what is known of its child and therapist."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coder_app.domain.problems import Problem, ProblemLog, has_errors
from coder_app.tables.columns import DYAD_NAMES, read_id
from coder_app.tables.files import open_table_file
from coder_app.tables.mapping import DYAD
from coder_app.tables.numbers import NotANumber, NumberColumn, is_missing, looks_like_number
from coder_app.tables.participant_mapping import (
    COVARIATES,
    ID_COLUMNS,
    NUMBER,
    WORD,
    ParticipantMapping,
    check_participants,
)
from coder_app.tables.text import TableError, TextTable

# Of a column about which nobody was asked.
_AS_IT_STANDS = "as it stands"
_LEADING_ZERO = re.compile(r"[+-]?0[0-9]+")


@dataclass(frozen=True)
class ParticipantRow:
    """One dyad; a covariate that is missing is not among its covariates."""

    row: int
    dyad: str
    covariates: Mapping[str, str | float]


@dataclass(frozen=True)
class ParticipantsTable:
    """The dyads of a file in its order, and what is wrong with it."""

    rows: tuple[ParticipantRow, ...]
    covariates: tuple[str, ...]
    problems: tuple[Problem, ...]
    dyad_column: str | None = None


def read_participants(
    source: bytes | Path, file: str, mapping: ParticipantMapping | None = None
) -> ParticipantsTable:
    """Return the dyads of a file; rows with an error are left out and named among the problems."""
    try:
        table = open_table_file(source, file, mapping.sheet if mapping else None)
    except TableError as error:
        return ParticipantsTable((), (), error.problems)
    return list_participants(table, mapping)


def list_participants(table: TextTable, mapping: ParticipantMapping | None = None) -> ParticipantsTable:
    """Return the dyads of a table; rows with an error are left out and named among the problems.

    Without a mapping every column beside the dyad is taken.
    """
    mapping = (mapping or _take_all(table)).fitted(table.columns)
    log = ProblemLog(table.file)
    log.extend(table.problems_beside(mapping.used()))
    problems = check_participants(mapping, table)
    log.extend(problems)
    column = mapping.dyad
    if column is None or has_errors(problems):
        return ParticipantsTable((), (), log.in_order())
    covariates = tuple(
        name for name in table.columns if mapping.columns.get(name) in (*COVARIATES, _AS_IT_STANDS)
    )
    values = {name: _read_covariate(table, name, mapping.columns[name], log) for name in covariates}
    rows: list[ParticipantRow] = []
    first_rows: dict[str, int] = {}
    for place, (number, cells) in enumerate(table.iter_cells()):
        dyad = read_id(cells[column], number, column, log)
        if dyad is None or not _is_new(dyad, number, column, first_rows, log):
            continue
        known = {name: value for name in covariates if (value := values[name][place]) is not None}
        rows.append(ParticipantRow(number, dyad, known))
    return ParticipantsTable(tuple(rows), covariates, log.in_order(), column)


def _take_all(table: TextTable) -> ParticipantMapping:
    dyad = table.find_column(*DYAD_NAMES)
    roles = {name: DYAD if name == dyad else _AS_IT_STANDS for name in table.columns}
    return ParticipantMapping(roles)


def _is_new(dyad: str, row: int, column: str, first_rows: dict[str, int], log: ProblemLog) -> bool:
    """Ids that differ in case only would be one dyad to most people and two to the program."""
    first = first_rows.setdefault(dyad.casefold(), row)
    if first != row:
        log.error(row, column, dyad, f"The dyad {dyad} is there twice, in rows {first} and {row}.")
    return first == row


def _read_covariate(table: TextTable, column: str, role: str, log: ProblemLog) -> list[str | float | None]:
    """Numbers or words as a person said; where nobody did, numbers where every known cell is one."""
    texts = list(table.texts(column))
    if role == NUMBER:
        return _read_numbers(table, column, texts, log)
    if column.casefold() in ID_COLUMNS:
        return [text or None for text in texts]
    if labels := _labels_of_all(table, column, texts):
        said = ", ".join(f"{value} is {label}" for value, label in labels.items())
        log.warn(table.header_row, column, None, f"Values are read as their labels in SPSS: {said}.")
        return [labels.get(text) for text in texts]
    known = [text for text in texts if not is_missing(text)]
    if role == WORD:
        return [None if is_missing(text) else text for text in texts]
    if any(map(_LEADING_ZERO.fullmatch, known)) or not any(map(looks_like_number, known)):
        return [None if is_missing(text) else text for text in texts]
    numbers = NumberColumn(texts, table.delimiter)
    values: list[str | float | None] = []
    for (row, _), text in zip(table.iter_rows(), texts, strict=True):
        try:
            values.append(numbers.read(text))
        except NotANumber:
            log.warn(
                row,
                column,
                text,
                f"“{text}” is not a plain number, as others in {column} are, so the whole column is text.",
            )
            return [None if is_missing(text) else text for text in texts]
    return values


def _read_numbers(table: TextTable, column: str, texts: list[str], log: ProblemLog) -> list[float | None]:
    numbers = NumberColumn(texts, table.delimiter)
    values: list[float | None] = []
    for (row, _), text in zip(table.iter_rows(), texts, strict=True):
        try:
            values.append(numbers.read(text))
        except NotANumber as error:
            values.append(None)
            log.error(row, column, text, f"{error} Under Columns, {column} is said to hold numbers.")
    return values


def _labels_of_all(table: TextTable, column: str, texts: list[str]) -> dict[str, str]:
    """The labels of a column's values where each has one; a scale of which only the ends do stays numbers."""
    known = sorted({text for text in texts if not is_missing(text)})
    labels = table.value_labels.get(column, {})
    return {text: labels[text] for text in known} if known and labels.keys() >= set(known) else {}
