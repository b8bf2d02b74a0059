"""Alliance scores: totals, answers to single items or both, as a mapping says where they stand."""

from collections.abc import Collection, Iterator, Sequence
from collections.abc import Mapping as Measures
from dataclasses import dataclass
from pathlib import Path

from coder_app.domain.instruments import ALLIANCE, Instrument
from coder_app.domain.problems import Problem, ProblemLog, has_errors
from coder_app.tables.files import open_table_file
from coder_app.tables.mapping import DATE, DYAD, INFORMANT, ITEMS_LONG, ITEMS_WIDE, LONG, WIDE, Mapping
from coder_app.tables.mapping_check import check_mapping
from coder_app.tables.mapping_guess import guess_mapping
from coder_app.tables.score_cells import KnownDyads, NumberCells, ScoreRow, SessionRow, read_score
from coder_app.tables.scores_blocks import Block, find_blocks
from coder_app.tables.scores_items import AnswerCells, AnswersRow
from coder_app.tables.scores_places import Place, PlaceReader
from coder_app.tables.scores_scan import scan
from coder_app.tables.text import TableError, TextTable

ITEMS = (ITEMS_LONG, ITEMS_WIDE)
__all__ = ["ITEMS", "ITEMS_LONG", "ITEMS_WIDE", "LONG", "WIDE", "ScoresReader", "ScoresTable", "read_scores"]


@dataclass(frozen=True)
class ScoresTable:
    """The scores of a file in its order; `layout` is None where the file has none that is known.

    `n_missing` counts scores, or answers where the file has those.
    """

    layout: str | None
    rows: tuple[ScoreRow | AnswersRow, ...]
    n_missing: int
    problems: tuple[Problem, ...]


def read_scores(
    source: Path | bytes,
    file: str,
    measures: Measures[str, Instrument],
    dyads: Collection[str] | None = None,
    mapping: Mapping | None = None,
) -> ScoresTable:
    """Return the scores of a file; rows with an error are left out and named among the problems.

    Without a mapping what is sure of the guess is used.
    """
    log = ProblemLog(file)
    try:
        table = open_table_file(source, file, mapping.sheet if mapping else None)
    except TableError as error:
        return ScoresTable(None, (), 0, error.problems)
    if mapping is None:
        mapping = guess_mapping(table, measures)
    reader = ScoresReader(table, mapping, measures, dyads, log)
    rows = tuple(reader)
    return ScoresTable(mapping.layout, rows, reader.n_missing, log.in_order())


class ScoresReader:
    """Goes through the scores of a table in its order, once, without holding them.

    The log gets what is wrong with table, mapping and rows; a mapping with an error yields nothing.
    Afterwards `n_missing` counts missing scores, or answers where the file has those, `n_left_out` the rows
    of no treatment session, and `sessions` lists those of which a row tells who attended and no score.
    """

    def __init__(
        self,
        table: TextTable,
        mapping: Mapping,
        measures: Measures[str, Instrument],
        dyads: Collection[str] | None,
        log: ProblemLog,
    ) -> None:
        self._table, self._log = table, log
        self._mapping = mapping = mapping.fitted(table.columns)
        self._measures = {name: one for name, one in measures.items() if one.kind == ALLIANCE}
        self._dyads = KnownDyads(dyads)
        self.sessions: list[SessionRow] = []
        self.n_left_out = 0
        self._n_missing_scores = 0
        self._answers: AnswerCells | None = None
        problems = check_mapping(mapping, table, self._measures)
        self._is_sound = not has_errors(problems)
        log.extend(table.problems_beside(mapping.used()))
        log.extend(problems)

    @property
    def n_missing(self) -> int:
        """How many scores are missing, or answers where the file has those."""
        return self._answers.n_missing if self._answers else self._n_missing_scores

    def __iter__(self) -> Iterator[ScoreRow | AnswersRow]:
        if not self._is_sound:
            return
        self._prepare()
        for number, cells in self._table.iter_rows():
            yield from self._read_row(number, cells)
        self._warn_of_silent_rows()
        self._places.finish()
        self.n_left_out = self._places.n_left_out

    def _prepare(self) -> None:
        """Look through the cells once: one alone tells neither its decimal mark nor its order of days."""
        table, mapping, log = self._table, self._mapping, self._log
        found = scan(table, mapping)
        for column, use in mapping.columns.items():
            if use.role == DATE:
                found.dates.warn(table.header_row, column, log)
                break
        self._places = PlaceReader(table, mapping, self._measures, self._dyads, found.dates, log)
        self._scores = NumberCells(found.scores, mapping.missing)
        if mapping.has_items:
            self._answers = AnswerCells(NumberCells(found.items, mapping.missing), log)
        self._blocks = find_blocks(table, mapping, self._measures)
        self._dyad_column = mapping.find(DYAD) or ""
        self._is_wide = self._places.session_column is None
        self._first_rows: dict[tuple[str, str | None, str | None], int] = {}
        values = [place for block in self._blocks for place in block.places]
        own = self._places.places_of_sessions
        self._silent_places = (*own, *values) if own else ()
        self._n_silent = self._first_silent = 0

    def _read_row(self, number: int, cells: Sequence[str]) -> Iterator[ScoreRow | AnswersRow]:
        if self._places.is_left_out(number, cells):
            return
        if self._says_nothing(cells):
            self._n_silent += 1
            self._first_silent = self._first_silent or number
            return
        log = self._log
        n_errors = log.n_errors
        place = self._places.read(number, cells)
        if self._is_wide and not self._is_first(number, place):
            return
        is_sound = log.n_errors == n_errors
        n_yielded = 0
        for block in self._blocks:
            for row in self._read_block(number, cells, place, block, is_sound):
                n_yielded += 1
                yield row
        is_sound = log.n_errors == n_errors
        if is_sound and not n_yielded and place.attendance and place.dyad and place.session:
            self._keep_session(number, place)

    def _says_nothing(self, cells: Sequence[str]) -> bool:
        """REDCap has a row for what is asked once a treatment: no session, no score, nobody attended."""
        return bool(self._silent_places) and not any(cells[place] for place in self._silent_places)

    def _warn_of_silent_rows(self) -> None:
        if self._n_silent:
            others = f", as have {self._n_silent - 1:,} further rows" if self._n_silent > 1 else ""
            said = f"The row has neither a session nor a score{others}; what has neither is left out."
            self._log.warn(self._first_silent, self._places.session_column, "", said)

    def _is_first(self, number: int, place: Place) -> bool:
        """In a wide table a row is a whole dyad (of one informant and measure, where columns say so)."""
        dyad = place.dyad
        if dyad is None:
            return False
        key = (dyad, place.informant, place.measure.name if place.measure else None)
        first = self._first_rows.setdefault(key, number)
        if first != number:
            whose = f" of the {place.informant}" if self._mapping.find(INFORMANT) and place.informant else ""
            said = f"Dyad {dyad} is there twice{whose}, in rows {first} and {number}."
            self._log.error(number, self._dyad_column, dyad, said)
        return first == number

    def _read_block(
        self, number: int, cells: Sequence[str], place: Place, block: Block, is_sound: bool
    ) -> list[ScoreRow | AnswersRow]:
        log = self._log
        measure = block.measure or place.measure
        if measure is None:
            return []
        n_errors = log.n_errors
        score, column = self._read_score(number, cells, block, measure)
        answers = self._answers.read(number, cells, measure, block.items) if block.items else {}
        date, attendance = self._read_session_details(number, cells, place, block)
        if log.n_errors > n_errors or not is_sound:
            return []
        session = block.session or place.session
        informant = self._places.name_informant(place, block.informant, measure)
        if place.dyad is None or session is None or informant is None:
            return []
        is_empty = score is None and not answers
        if is_empty and (len(self._blocks) > 1 or self._is_wide):
            self._count_missing(block, measure, place.informant)
            return []
        key = (place.dyad, session, informant, measure.name)
        at = self._places.session_column or column
        given = answers if block.items else None
        if not self._places.settle(number, at, key, measure, date, score, given):
            return []
        if not self._places.is_attended_alike(number, at, *key[:2], attendance):
            return []
        rows: list[ScoreRow | AnswersRow] = []
        if answers:
            self._answers.count_missing(measure, answers)
            first = block.items[0].column
            rows.append(
                AnswersRow(number, first, *key[:2], date, informant, measure.name, answers, attendance)
            )
        if score is not None:
            rows.append(ScoreRow(number, column, *key[:2], date, informant, measure.name, score, attendance))
        elif not block.items:
            self._n_missing_scores += 1
        return rows

    def _read_score(
        self, number: int, cells: Sequence[str], block: Block, measure: Instrument
    ) -> tuple[float | None, str]:
        """Return the total and its column; a total of another measure has no place in the row."""
        found: tuple[float | None, str] = (None, block.first_column)
        for column in block.scores:
            text = cells[column.place]
            if column.measure in (None, measure.name):
                score = read_score(text, self._scores, measure, number, column.column, self._log)
                if score is not None or found[0] is None:
                    found = (score, column.column)
            elif text:
                self._log.error(
                    *(number, column.column, text),
                    f"This is a row of {measure.name}, but the column holds scores of {column.measure}.",
                )
        return found

    def _read_session_details(
        self, number: int, cells: Sequence[str], place: Place, block: Block
    ) -> tuple[str | None, str | None]:
        """Return date and attendance of the block's own treatment session, or those of the row."""
        found = {}
        for role, column in block.details.items():
            text = cells[column.place]
            found[role] = self._places.read_cell(role, text, number, column.column)
        return found.get(DATE, place.date), found.get("attendance", place.attendance)

    def _count_missing(self, block: Block, measure: Instrument, informant: str | None) -> None:
        """A measure beside another is missing in the rows of its own informant alone."""
        if not block.items and informant in (None, measure.informant):
            self._n_missing_scores += 1

    def _keep_session(self, number: int, place: Place) -> None:
        if not self._places.is_attended_alike(number, "", place.dyad, place.session, place.attendance):
            return
        self.sessions.append(
            SessionRow(
                *(number, self._mapping.find("attendance") or "", place.dyad, place.session, place.date),
                place.attendance,
            )
        )
        if place.date is not None:
            self._places.note_date(number, "", place.dyad, place.session, place.date)
