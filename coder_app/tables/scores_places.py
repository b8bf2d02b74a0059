"""Whose row it is: dyad, treatment session, date, informant, measure and who attended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from coder_app.domain.instruments import INFORMANTS, Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables import mapping as roles
from coder_app.tables.attendance import ATTENDANCES, read_attendance
from coder_app.tables.columns import read_date, read_session
from coder_app.tables.dates import DateColumn
from coder_app.tables.mapping import NO_SESSION, Mapping
from coder_app.tables.score_cells import KnownDyads, Repeats, find_measure, name_measures
from coder_app.tables.session_attendance import SessionAttendances
from coder_app.tables.session_dates import SessionDates
from coder_app.tables.text import TextTable

_MOST_REMEMBERED = 100_000


@dataclass(frozen=True, slots=True)
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
        mapping: Mapping,
        measures: dict[str, Instrument],
        dyads: KnownDyads,
        dates: DateColumn,
        log: ProblemLog,
    ) -> None:
        self._mapping, self._measures, self._dyads, self._dates, self._log = (
            *(mapping, measures, dyads, dates),
            log,
        )
        self._columns = {role: column for role in roles.PLACES if (column := mapping.find(role))}
        self._at = {role: table.columns.index(column) for role, column in self._columns.items()}
        self._readers: dict[str, Callable[[str, int, str], Any]] = {
            roles.DYAD: lambda text, row, column: dyads.read(text, row, column, log),
            roles.SESSION: self._read_session,
            roles.DATE: lambda text, row, column: read_date(text, dates, row, column, log),
            roles.INFORMANT: self._read_informant,
            roles.MEASURE: self._read_measure,
            roles.ATTENDANCE: self._read_attendance,
        }
        self._known: dict[str, dict[str, Any]] = {role: {} for role in roles.PLACES}
        self._repeats = Repeats(len(measures), log)
        self._dated = SessionDates(log)
        self._attended = SessionAttendances(log)
        self._odd_informants: set[tuple[str, str]] = set()
        self._constant_measure = None if roles.MEASURE in self._at else measures.get(mapping.measure or "")
        own = mapping.words.get(roles.SESSION, {})
        self._left_out = frozenset(text for text, number in own.items() if number == NO_SESSION)
        # Of each word that is no treatment session: as it stands first, in which row, and in how many.
        self._rows_left_out: dict[str, tuple[str, int, int]] = {}

    @property
    def session_column(self) -> str | None:
        """The column that has the number of the treatment session, where there is one."""
        return self._columns.get(roles.SESSION)

    @property
    def places_of_sessions(self) -> tuple[int, ...]:
        """Where session and attendance stand in a row, empty where no column has the session."""
        if roles.SESSION not in self._at:
            return ()
        return tuple(self._at[role] for role in (roles.SESSION, roles.ATTENDANCE) if role in self._at)

    @property
    def n_left_out(self) -> int:
        """How many rows were left out as being of no treatment session."""
        return sum(n for _, _, n in self._rows_left_out.values())

    def is_left_out(self, row: int, cells: Sequence[str]) -> bool:
        """Whether a person left rows of this kind out: not all events of REDCap are treatment sessions."""
        if not self._left_out:
            return False
        text = cells[self._at[roles.SESSION]]
        word = text.casefold()
        if word not in self._left_out:
            return False
        first, at, n = self._rows_left_out.get(word, (text, row, 0))
        self._rows_left_out[word] = (first, at, n + 1)
        return True

    def read(self, row: int, cells: Sequence[str]) -> Place:
        """Return what the row is of; note what is wrong with it."""
        dyad, session, date, informant, measure, attendance = (
            self._read(role, row, cells) if role in self._at else None for role in roles.PLACES
        )
        return Place(dyad, session, date, informant, measure or self._constant_measure, attendance)

    def read_cell(self, role: str, text: str, row: int, column: str) -> Any:
        """Return what one cell says in a role; note what is wrong with it."""
        known = self._known[role]
        if text in known:
            return known[text]
        n_errors = self._log.n_errors
        value = self._readers[role](text, row, column)
        # A cell that is wrong is told of in every row.
        if self._log.n_errors == n_errors and len(known) < _MOST_REMEMBERED:
            known[text] = value
        return value

    def name_informant(self, place: Place, of_column: str | None, measure: Instrument) -> str | None:
        """Return whose score it is: as the row, the column, the whole file or the measure says."""
        if roles.INFORMANT in self._at:
            return place.informant
        named = of_column or self._mapping.informant
        return measure.informant if named == roles.OWN else named

    def settle(
        self,
        row: int,
        column: str,
        key: tuple[str, int, str, str],
        measure: Instrument,
        date: str | None,
        score: float | None,
        answers: dict[str, int] | None,
    ) -> bool:
        """Say whether the row is the first of its place; note what disagrees with other rows."""
        if not self._repeats.is_new(key, row, column, score, answers):
            return False
        self._compare_informant(row, column, key[2], measure)
        if date is not None:
            self.note_date(row, column, key[0], key[1], date)
        return True

    def note_date(self, row: int, column: str, dyad: str, session: int, date: str) -> None:
        """Remember the date of a treatment session; note another one."""
        self._dated.note(row, self._columns.get(roles.DATE, column), dyad, session, date)

    def is_attended_alike(
        self, row: int, column: str, dyad: str, session: int, attendance: str | None
    ) -> bool:
        """Say whether the rows of a treatment session agree on who attended; note it where they do not."""
        at = self._columns.get(roles.ATTENDANCE, column)
        return self._attended.agrees(row, at, dyad, session, attendance)

    def finish(self) -> None:
        """Note what can only be said after the last row: dates against the order of sessions."""
        self._dated.compare_order()
        for text, row, n in self._rows_left_out.values():
            rows = f"the row and {n - 1:,} more are" if n > 1 else "the row is"
            said = (
                f"“{text}” is not taken as a treatment session: {rows} left out. Columns says what it means."
            )
            self._log.warn(row, self.session_column, text, said)

    def _read(self, role: str, row: int, cells: Sequence[str]) -> Any:
        text = cells[self._at[role]]
        known = self._known[role]
        return known[text] if text in known else self.read_cell(role, text, row, self._columns[role])

    def _read_session(self, text: str, row: int, column: str) -> int | None:
        return read_session(self._mapping.word(roles.SESSION, text) or text, row, column, self._log)

    def _read_informant(self, text: str, row: int, column: str) -> str | None:
        informant = self._mapping.word(roles.INFORMANT, text) or text.casefold()
        if informant in INFORMANTS:
            return informant
        said = f"“{text}” is none of {', '.join(INFORMANTS)}."
        self._log.error(row, column, text, f"{said} Say under Columns whom it means.")
        return None

    def _read_measure(self, text: str, row: int, column: str) -> Instrument | None:
        measure = find_measure(self._mapping.word(roles.MEASURE, text) or text, self._measures)
        if measure is None:
            known = name_measures(self._measures)
            self._log.error(row, column, text, f"“{text}” is not a measure of the study. It has {known}.")
        return measure

    def _read_attendance(self, text: str, row: int, column: str) -> str | None:
        if not text:
            return None
        attendance = self._mapping.word(roles.ATTENDANCE, text) or read_attendance(text)
        if attendance not in ATTENDANCES:
            expected = f"{', '.join(ATTENDANCES[:-1])} or {ATTENDANCES[-1]}"
            self._log.error(
                *(row, column, text),
                f"“{text}” says not who attended: {expected}. Sessions of a parent alone are not counted, "
                "so it must be sure. Say under Columns what it means.",
            )
            return None
        return attendance

    def _compare_informant(self, row: int, column: str, informant: str, measure: Instrument) -> None:
        """Warn once per pair: forms for other informants exist, so this may be right, in many rows."""
        if informant != measure.informant and (informant, measure.name) not in self._odd_informants:
            self._odd_informants.add((informant, measure.name))
            self._log.warn(
                row,
                self._columns.get(roles.INFORMANT, column),
                informant,
                f"{measure.name} is for the {measure.informant}, but this row comes from the {informant}. "
                "Rows like this one are taken as they stand.",
            )
