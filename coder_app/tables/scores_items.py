"""Answers to the single items of alliance measures, long or wide; no item is turned round here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables.columns import DYAD_NAMES, find_needed_columns, warn_of_unknown_columns
from coder_app.tables.numbers import NotANumber, NumberColumn
from coder_app.tables.score_cells import KnownDyads, find_measure, name_measures
from coder_app.tables.scores_long import OPTIONAL_COLUMNS, PLACE_COLUMNS, PlaceReader
from coder_app.tables.text import TextTable

_ANY_MEASURE = re.compile(r"(?:item|i)[ _.-]?([0-9]{1,3})", re.IGNORECASE)
_OF_MEASURE = re.compile(r"(.+?)[ _.-]i(?:tem)?[ _.-]?([0-9]{1,3})", re.IGNORECASE)
_OF_SESSION = re.compile(r"(.+)[ _.-]s([0-9]{1,4})[ _.-]i(?:tem)?[ _.-]?([0-9]{1,3})", re.IGNORECASE)


@dataclass(frozen=True)
class AnswersRow:
    """One questionnaire: the answers by item code, without those that are missing."""

    row: int
    column: str
    dyad: str
    session: int
    date: str | None
    informant: str
    measure: str
    answers: dict[str, int]
    attendance: str | None


@dataclass(frozen=True)
class _ItemColumn:
    """A column of answers: which item it is, of one measure or (None) of the measure of each row."""

    column: str
    measure: str | None
    number: int
    session: int | None = None


def has_items(table: TextTable, measures: Mapping[str, Instrument]) -> bool:
    """Whether columns are named as items are: item_01, tasc_i01, or by an item's own code."""
    return bool(_find_columns(table, measures))


def has_items_by_session(table: TextTable, measures: Mapping[str, Instrument]) -> bool:
    """Whether columns are named by measure, session and item, such as tasc_s01_i01."""
    return any(_OF_SESSION.fullmatch(column) for column in table.columns)


def read_items(
    table: TextTable, measures: Mapping[str, Instrument], dyads: KnownDyads, log: ProblemLog
) -> tuple[list[AnswersRow], int]:
    """Return the questionnaires of a long table and the number of missing answers; note what is wrong."""
    columns = find_needed_columns(table, PLACE_COLUMNS, log)
    if len(columns) < len(PLACE_COLUMNS):
        return [], 0
    columns |= {name: column for name in OPTIONAL_COLUMNS if (column := table.find_column(name))}
    items = _find_columns(table, measures)
    warn_of_unknown_columns(table, {*columns.values(), *(item.column for item in items)}, log)
    places = PlaceReader(table, columns, measures, dyads, log)
    answers = _Answers(table, items, log)
    rows: list[AnswersRow] = []
    for number, cells in table.iter_cells():
        n_errors = log.n_errors
        place = places.read(number, cells)
        found = answers.read(number, cells, place.measure, items) if place.measure else {}
        if log.n_errors > n_errors or not places.settle(number, place, found) or not found:
            continue
        answers.count_missing(place.measure, found)
        rows.append(
            AnswersRow(
                *(number, items[0].column, place.dyad, place.session, place.date, place.informant),
                *(place.measure.name, found, place.attendance),
            )
        )
    return rows, answers.n_missing


def read_items_wide(
    table: TextTable, measures: Mapping[str, Instrument], dyads: KnownDyads, log: ProblemLog
) -> tuple[list[AnswersRow], int]:
    """Return the questionnaires of a wide table and the number of missing answers; note what is wrong."""
    found = find_needed_columns(table, {"dyad": DYAD_NAMES}, log)
    items = _read_header(table, measures, log)
    named = {column for column in table.columns if _OF_SESSION.fullmatch(column)}
    warn_of_unknown_columns(table, {*found.values(), *named}, log)
    if not found or not items:
        return [], 0
    questionnaires: dict[tuple[str, int], list[_ItemColumn]] = {}
    for item in items:
        questionnaires.setdefault((item.measure, item.session), []).append(item)
    answers = _Answers(table, items, log)
    rows: list[AnswersRow] = []
    first_rows: dict[str, int] = {}
    for number, cells in table.iter_cells():
        dyad = dyads.read(cells[found["dyad"]], number, found["dyad"], log)
        if dyad is None:
            continue
        first = first_rows.setdefault(dyad, number)
        if first != number:
            log.error(
                number, found["dyad"], dyad, f"Dyad {dyad} is there twice, in rows {first} and {number}."
            )
            continue
        for (name, session), own in questionnaires.items():
            measure = measures[name]
            given = answers.read(number, cells, measure, own)
            if given:
                answers.count_missing(measure, given)
                place = (number, own[0].column, dyad, session, None, measure.informant or "", name)
                rows.append(AnswersRow(*place, given, None))
    return rows, answers.n_missing


class _Answers:
    """Reads single answers, which one program wrote, so that they share their decimal mark."""

    def __init__(self, table: TextTable, items: list[_ItemColumn], log: ProblemLog) -> None:
        texts = [cells[item.column] for _, cells in table.iter_cells() for item in items]
        self._numbers, self._log = NumberColumn(texts, table.delimiter), log
        self.n_missing = 0

    def read(
        self, row: int, cells: Mapping[str, str], measure: Instrument, items: list[_ItemColumn]
    ) -> dict[str, int]:
        """Return the answers by item code; note those that no item of the measure can have."""
        found: dict[str, int] = {}
        for item in items:
            answer = self._read_answer(row, item, cells[item.column], measure)
            if answer is None:
                continue
            wrong = _find_fault(item, measure, found)
            if wrong:
                self._log.error(row, item.column, cells[item.column], wrong)
            else:
                found[measure.items[item.number - 1].code] = answer
        return found

    def count_missing(self, measure: Instrument, found: Mapping[str, int]) -> None:
        """Count what one questionnaire with answers lacks."""
        self.n_missing += len(measure.items) - len(found)

    def _read_answer(self, row: int, item: _ItemColumn, text: str, measure: Instrument) -> int | None:
        try:
            answer = self._numbers.read(text)
        except NotANumber as error:
            self._log.error(row, item.column, text, str(error))
            return None
        if answer is None or answer in measure.scores:
            return None if answer is None else int(answer)
        self._log.error(
            row,
            item.column,
            text,
            f"{text} is not on the scale of {measure.name}: a whole number from {measure.lowest} to "
            f"{measure.highest}. If {text} stands for a missing answer, leave the cell empty.",
        )
        return None


def _find_fault(item: _ItemColumn, measure: Instrument, found: Mapping[str, int]) -> str | None:
    if item.measure not in (None, measure.name) or item.number > len(measure.items):
        return f"This is a row of {measure.name}, which has no such item; it has {len(measure.items)}."
    if measure.items[item.number - 1].code in found:
        return f"Item {item.number} of {measure.name} has another answer in this row."
    return None


def _find_columns(table: TextTable, measures: Mapping[str, Instrument]) -> list[_ItemColumn]:
    """Item columns of a long table, by number or by an item's own code."""
    codes = {
        item.code: (name, number)
        for name, measure in measures.items()
        for number, item in enumerate(measure.items, start=1)
    }
    found = []
    for column in table.columns:
        if column.casefold() in codes:
            found.append(_ItemColumn(column, *codes[column.casefold()]))
        elif (match := _ANY_MEASURE.fullmatch(column)) and int(match[1]):
            found.append(_ItemColumn(column, None, int(match[1])))
        elif (match := _OF_MEASURE.fullmatch(column)) and int(match[2]):
            measure = find_measure(match[1], measures)
            if measure is not None:
                found.append(_ItemColumn(column, measure.name, int(match[2])))
    return found


def _read_header(table: TextTable, measures: Mapping[str, Instrument], log: ProblemLog) -> list[_ItemColumn]:
    """Refuse the whole header if one of its columns cannot be placed: its answers would be lost unseen."""
    items: list[_ItemColumn] = []
    n_errors = log.n_errors
    for column in table.columns:
        match = _OF_SESSION.fullmatch(column)
        if match is None:
            continue
        measure, session, number = find_measure(match[1], measures), int(match[2]), int(match[3])
        if measure is None:
            known = name_measures(measures)
            said = f"“{match[1]}” is not a measure of the study. It has {known}."
            log.error(table.header_row, column, match[1], said)
        elif not session or not 1 <= number <= len(measure.items):
            said = f"{measure.name} has the items 1 to {len(measure.items)}, and sessions count from 1."
            log.error(table.header_row, column, column, said)
        elif any((measure.name, session, number) == (i.measure, i.session, i.number) for i in items):
            said = f"Item {number} of {measure.name}, session {session}, has a second column here."
            log.error(table.header_row, column, column, said)
        else:
            items.append(_ItemColumn(column, measure.name, number, session))
    return items if log.n_errors == n_errors else []
