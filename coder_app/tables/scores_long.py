"""Long tables of scores: one row per dyad, treatment session, informant and measure."""

from collections.abc import Mapping
from dataclasses import dataclass

from coder_app.domain.instruments import INFORMANTS, Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables.columns import (
    DYAD_NAMES,
    SESSION_NAMES,
    find_needed_columns,
    read_date,
    read_session,
    warn_of_unknown_columns,
)
from coder_app.tables.dates import DateColumn
from coder_app.tables.numbers import NumberColumn
from coder_app.tables.score_cells import (
    KnownDyads,
    Repeats,
    ScoreRow,
    find_measure,
    name_measures,
    read_score,
)
from coder_app.tables.text import TextTable

LONG_ONLY = (SESSION_NAMES, ("informant",), ("measure",), ("score", "total"))
PLACE_COLUMNS = {
    "dyad": DYAD_NAMES,
    "session": SESSION_NAMES,
    "informant": ("informant",),
    "measure": ("measure",),
}
_NEEDED = PLACE_COLUMNS | {"score": ("score", "total")}
OPTIONAL_COLUMNS = ("date", "attendance")
MOST_ATTENDANCE_CHARACTERS = 100


def read_long(
    table: TextTable, measures: Mapping[str, Instrument], dyads: KnownDyads, log: ProblemLog
) -> tuple[list[ScoreRow], int]:
    """Return the usable rows and the number of missing scores; note what is wrong with the others."""
    columns = find_needed_columns(table, _NEEDED, log)
    if len(columns) < len(_NEEDED):
        return [], 0
    columns |= {name: column for name in OPTIONAL_COLUMNS if (column := table.find_column(name))}
    warn_of_unknown_columns(table, set(columns.values()), log)
    reader = _LongReader(table, columns, measures, dyads, log)
    rows = [reader.read(number, cells) for number, cells in table.iter_cells()]
    return [row for row in rows if row is not None], reader.n_missing


class _LongReader:
    """Reads the rows of one long table."""

    def __init__(
        self,
        table: TextTable,
        columns: Mapping[str, str],
        measures: Mapping[str, Instrument],
        dyads: KnownDyads,
        log: ProblemLog,
    ) -> None:
        self._column, self._log = columns["score"], log
        self._numbers = NumberColumn(table.texts(self._column), table.delimiter)
        self._places = PlaceReader(table, columns, measures, dyads, log)
        self.n_missing = 0

    def read(self, number: int, cells: Mapping[str, str]) -> ScoreRow | None:
        """Check every cell, so that one look at the preview shows all that is wrong with the row."""
        log, column = self._log, self._column
        n_errors = log.n_errors
        place = self._places.read(number, cells)
        score = None
        if place.measure is not None:
            score = read_score(cells[column], self._numbers, place.measure, number, column, log)
        if log.n_errors > n_errors or not self._places.settle(number, place, score):
            return None
        if score is None:
            self.n_missing += 1
            return None
        return ScoreRow(
            *(number, column, place.dyad, place.session, place.date, place.informant),
            *(place.measure.name, score, place.attendance),
        )


@dataclass(frozen=True)
class Place:
    """Whose row it is, and of which treatment session; None where a cell says nothing usable."""

    dyad: str | None
    session: int | None
    date: str | None
    informant: str | None
    measure: Instrument | None
    attendance: str | None


class PlaceReader:
    """Reads what a row is of, remembering what must agree between rows."""

    def __init__(
        self,
        table: TextTable,
        columns: Mapping[str, str],
        measures: Mapping[str, Instrument],
        dyads: KnownDyads,
        log: ProblemLog,
    ) -> None:
        self._columns, self._measures, self._dyads, self._log = columns, measures, dyads, log
        self._dates = DateColumn(table.texts(columns["date"]) if "date" in columns else ())
        self._repeats = Repeats(log)
        self._first_dates: dict[tuple[str, int], tuple[int, str]] = {}
        self._odd_informants: set[tuple[str, str]] = set()

    def read(self, number: int, cells: Mapping[str, str]) -> Place:
        """Return what the row is of; note what is wrong with it."""
        log, columns = self._log, self._columns
        dyad = self._dyads.read(cells[columns["dyad"]], number, columns["dyad"], log)
        session = read_session(cells[columns["session"]], number, columns["session"], log)
        date = None
        if column := columns.get("date"):
            date = read_date(cells[column], self._dates, number, column, log)
        informant = self._read_informant(number, cells)
        measure = self._read_measure(number, cells)
        return Place(dyad, session, date, informant, measure, self._read_attendance(number, cells))

    def settle(self, number: int, place: Place, value: object) -> bool:
        """Say whether the row is whole and the first of its place; note what disagrees with other rows."""
        dyad, session, informant, measure = place.dyad, place.session, place.informant, place.measure
        if dyad is None or session is None or informant is None or measure is None:
            return False
        key = (dyad, session, informant, measure.name)
        if not self._repeats.is_new(key, number, self._columns["session"], value):
            return False
        self._compare_informant(number, informant, measure)
        self._compare_date(number, dyad, session, place.date)
        return True

    def _read_informant(self, number: int, cells: Mapping[str, str]) -> str | None:
        column = self._columns["informant"]
        informant = cells[column].casefold()
        if informant in INFORMANTS:
            return informant
        self._log.error(
            number, column, cells[column], f"“{cells[column]}” is none of {', '.join(INFORMANTS)}."
        )
        return None

    def _read_measure(self, number: int, cells: Mapping[str, str]) -> Instrument | None:
        column = self._columns["measure"]
        measure = find_measure(cells[column], self._measures)
        if measure is None:
            known = name_measures(self._measures)
            self._log.error(
                number,
                column,
                cells[column],
                f"“{cells[column]}” is not a measure of the study. It has {known}.",
            )
        return measure

    def _read_attendance(self, number: int, cells: Mapping[str, str]) -> str | None:
        if "attendance" not in self._columns:
            return None
        column = self._columns["attendance"]
        if len(cells[column]) > MOST_ATTENDANCE_CHARACTERS:
            self._log.error(
                number,
                column,
                cells[column],
                f"Who attended is written in at most {MOST_ATTENDANCE_CHARACTERS} characters.",
            )
        return cells[column] or None

    def _compare_informant(self, number: int, informant: str, measure: Instrument) -> None:
        """Warn once per pair: forms for other informants exist, so this may be right, in many rows."""
        if informant != measure.informant and (informant, measure.name) not in self._odd_informants:
            self._odd_informants.add((informant, measure.name))
            self._log.warn(
                number,
                self._columns["informant"],
                informant,
                f"{measure.name} is for the {measure.informant}, but this row comes from the {informant}. "
                "Rows like this one are taken as they stand.",
            )

    def _compare_date(self, number: int, dyad: str, session: int, date: str | None) -> None:
        if date is None:
            return
        first_row, first_date = self._first_dates.setdefault((dyad, session), (number, date))
        if first_date != date:
            self._log.warn(
                number,
                self._columns["date"],
                date,
                f"Session {session} of dyad {dyad} has two dates: {first_date} in row {first_row}, "
                f"{date} in row {number}.",
            )
