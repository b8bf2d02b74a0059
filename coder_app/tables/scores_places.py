"""Whose row it is: dyad, treatment session, date, informant, measure and who attended."""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from coder_app.domain.instruments import INFORMANTS, Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables import mapping as roles
from coder_app.tables.attendance import ATTENDANCES, read_attendance
from coder_app.tables.columns import read_date, read_session
from coder_app.tables.dates import DateColumn
from coder_app.tables.mapping import NO_SESSION, Mapping
from coder_app.tables.score_cells import KnownDyads, Repeats, find_measure, name_measures
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
        self._odd_informants: set[tuple[str, str]] = set()
        self._constant_measure = None if roles.MEASURE in self._at else measures.get(mapping.measure or "")
        own = mapping.words.get(roles.SESSION, {})
        self._left_out = frozenset(text for text, number in own.items() if number == NO_SESSION)

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

    def is_left_out(self, cells: Sequence[str]) -> bool:
        """Whether a person left rows of this kind out: not all events of REDCap are treatment sessions."""
        return bool(self._left_out) and cells[self._at[roles.SESSION]].casefold() in self._left_out

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

    def finish(self) -> None:
        """Note what can only be said after the last row: dates against the order of sessions."""
        self._dated.compare_order()

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


class SessionDates:
    """Compares the dates of treatment sessions: one for each, and none before that of a lower number."""

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self._dyads: dict[str, dict[int, int]] = {}
        self._rows = array("q")
        self._dates = array("q")
        self._columns: list[str] = []
        self._column_of = array("h")

    def note(self, row: int, column: str, dyad: str, session: int, date: str) -> None:
        """Remember a date, or note that the treatment session has another one already."""
        number = int(date.replace("-", ""))
        own = self._dyads.setdefault(dyad, {})
        place = own.setdefault(session, len(self._rows))
        if place == len(self._rows):
            if column not in self._columns:
                self._columns.append(column)
            self._rows.append(row)
            self._dates.append(number)
            self._column_of.append(self._columns.index(column))
        elif self._dates[place] != number:
            self._log.warn(
                row,
                column,
                date,
                f"Session {session} of dyad {dyad} has two dates: {_iso(self._dates[place])} in row "
                f"{self._rows[place]}, {date} in row {row}.",
            )

    def compare_order(self) -> None:
        """Warn of each session whose date lies before that of the session before it."""
        for dyad, own in self._dyads.items():
            sessions = sorted(own)
            for before, after in pairwise(sessions):
                first, second = own[before], own[after]
                if self._dates[second] >= self._dates[first]:
                    continue
                was, now = _iso(self._dates[first]), _iso(self._dates[second])
                self._log.warn(
                    self._rows[second],
                    self._columns[self._column_of[second]],
                    now,
                    f"Dyad {dyad}: session {after} is dated {now} (row {self._rows[second]}), before session "
                    f"{before}, which is dated {was} (row {self._rows[first]}).",
                )


def _iso(number: int) -> str:
    digits = str(number)
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
