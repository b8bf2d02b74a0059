"""What keeps a mapping from being used on a file, each said at the file's header."""

from collections import defaultdict
from collections.abc import Mapping as Measures

from coder_app.domain.instruments import INFORMANTS, Instrument
from coder_app.domain.problems import Problem, ProblemLog
from coder_app.tables.attendance import ATTENDANCES
from coder_app.tables.mapping import (
    ATTENDANCE,
    DATE,
    DYAD,
    INFORMANT,
    ITEM,
    MEASURE,
    NO_SESSION,
    OWN,
    PLACES,
    SCORE,
    SESSION,
    Mapping,
    Use,
)
from coder_app.tables.mapping_names import NEEDED
from coder_app.tables.numbers import looks_like_number, read_whole
from coder_app.tables.score_cells import name_measures
from coder_app.tables.text import TextTable

_NO_LAYOUT = (
    "The file has no layout of scores: long has the columns dyad, session, informant, measure and score "
    "(or item_01, item_02 and so on), wide has dyad and one column per measure and session, such as "
    "tasc_s01 (or tasc_s01_i01)."
)
WORDS = {
    DYAD: "the dyad",
    SESSION: "the treatment session",
    DATE: "the date",
    INFORMANT: "the informant",
    MEASURE: "the measure",
    ATTENDANCE: "who attended",
    SCORE: "a score",
    ITEM: "an item",
}


def check_mapping(
    mapping: Mapping, table: TextTable, measures: Measures[str, Instrument]
) -> tuple[Problem, ...]:
    """Return what is wrong with a mapping for this file, and which columns it leaves out unseen."""
    log = ProblemLog(table.file)
    mapping = mapping.fitted(table.columns)
    check = _Check(mapping, table, measures, log)
    if not mapping.values() and not any(map(mapping.find, (SESSION, INFORMANT, MEASURE))):
        check.missing_columns()
        if not log.n_errors:
            log.error(table.header_row, None, None, _NO_LAYOUT)
        return log.in_order()
    check.missing_columns()
    check.needed_columns()
    check.one_column_each()
    check.value_columns()
    check.words()
    check.missing_codes()
    check.unknown_columns()
    return log.in_order()


class _Check:
    """Looks at one mapping from each side."""

    def __init__(
        self, mapping: Mapping, table: TextTable, measures: Measures[str, Instrument], log: ProblemLog
    ) -> None:
        self._mapping, self._table, self._measures, self._log = mapping, table, measures, log

    def missing_columns(self) -> None:
        """A file of another kind is told by what it lacks."""
        for column in self._mapping.columns:
            use = self._mapping.columns[column]
            if column in self._mapping.used() and column not in self._table.columns:
                self._error(
                    column,
                    None,
                    f"The file has no column {column}, which is taken as {WORDS[use.role]}. "
                    "Say under Columns which column has it.",
                )

    def needed_columns(self) -> None:
        """Each score must have a dyad, a treatment session, an informant and a measure."""
        mapping = self._mapping
        values = list(mapping.values().values())
        needs = {
            DYAD: True,
            SESSION: not values or any(use.session is None for use in values),
            INFORMANT: not mapping.informant and (not values or any(not use.informant for use in values)),
            MEASURE: not mapping.measure and (not values or any(not use.measure for use in values)),
            SCORE: True,
        }
        for role, is_needed in needs.items():
            has = bool(values) if role == SCORE else mapping.find(role) is not None
            if is_needed and not has:
                names = NEEDED[role]
                others = f" (or {' or '.join(names[1:])})" if names[1:] else ""
                self._error(names[0], None, f"There is no column {names[0]}{others}. It is needed.")
        if mapping.informant not in (None, OWN, *INFORMANTS):
            self._error(None, mapping.informant, f"“{mapping.informant}” is no informant.")
        if mapping.measure is not None:
            self._is_measure(None, mapping.measure)

    def one_column_each(self) -> None:
        """Two columns for one thing would leave the choice to chance."""
        for role in PLACES:
            columns: dict[int | None, list[str]] = defaultdict(list)
            for column, use in self._mapping.columns.items():
                if use.role == role:
                    columns[use.session].append(column)
            for session, own in columns.items():
                for column in own[1:]:
                    of = f" of session {session}" if session else ""
                    said = f"{own[0]} and {column} are both taken as {WORDS[role]}{of}. Choose one of them."
                    self._error(column, column, said)

    def value_columns(self) -> None:
        """One column that cannot be placed keeps the file out: what it holds would be lost unseen."""
        first: dict[tuple[object, ...], str] = {}
        has_session = self._mapping.find(SESSION)
        for column, use in self._mapping.values().items():
            if use.measure is not None and not self._is_measure(column, use.measure):
                continue
            if not self._is_place(column, use):
                continue
            if use.session is not None and has_session:
                said = f"{column} is of session {use.session}, but {has_session} has the session of each row."
                self._error(column, column, said)
                continue
            measure = use.measure or (None if self._mapping.find(MEASURE) else self._mapping.measure)
            key = (use.role, measure, use.informant, use.session, use.item)
            other = first.setdefault(key, column)
            if other != column:
                self._error(column, column, self._say_double(other, column, use, measure))

    def words(self) -> None:
        """What a word stands for must be something that there is."""
        known = {INFORMANT: INFORMANTS, MEASURE: tuple(self._measures), ATTENDANCE: ATTENDANCES}
        for role, words in self._mapping.words.items():
            for text, value in words.items():
                fits = value == NO_SESSION or bool(read_whole(value)) if role == SESSION else None
                if fits is None:
                    fits = value in known.get(role, ())
                if not fits:
                    said = f"“{text}” is taken as “{value}”, which is no {role} that is known here."
                    self._error(self._mapping.find(role), text, said)

    def missing_codes(self) -> None:
        """A code for missing that an item can have would throw answers away."""
        scales = {use.measure or self._mapping.measure for use in self._mapping.values().values()}
        measures = [one for name, one in self._measures.items() if name in scales or None in scales]
        role = ITEM if self._mapping.has_items else SCORE
        for code in self._mapping.missing:
            if not looks_like_number(code):
                continue
            number = float(code.replace(",", "."))
            for measure in measures:
                on_items = number in measure.scores
                on_total = measure.lowest_total <= number <= measure.highest_total
                if on_items if role == ITEM else on_total:
                    said = f"{code} is on the scale of {measure.name} and cannot stand for a missing answer."
                    self._error(None, code, said)

    def unknown_columns(self) -> None:
        """Name every column of which nobody has decided that it is left out."""
        header, log = self._table.header_row, self._log
        for column in self._table.columns:
            if column not in self._mapping.columns:
                log.warn(header, column, column, f"The column {column} is not known here and is left out.")

    def _is_measure(self, column: str | None, name: str) -> bool:
        if name in self._measures:
            return True
        known = name_measures(self._measures)
        self._error(column, name, f"“{name}” is not a measure of the study. It has {known}.")
        return False

    def _is_place(self, column: str, use: Use) -> bool:
        measure = self._measures.get(use.measure or "")
        if use.role == ITEM and (
            use.session == 0 or not use.item or (measure and use.item > len(measure.items))
        ):
            said = f"the items 1 to {len(measure.items)}" if measure else "items that count from 1"
            self._error(
                column,
                column,
                f"{measure.name if measure else 'A measure'} has {said}, and sessions count from 1.",
            )
            return False
        if use.session == 0:
            self._error(column, column, "Sessions count from 1: there is no session 0.")
            return False
        return True

    def _say_double(self, other: str, column: str, use: Use, measure: str | None) -> str:
        of = f", session {use.session}" if use.session else ""
        if use.role == ITEM:
            name = f" of {measure}" if measure else ""
            return f"Item {use.item}{name}{of}, has a second column here; the first is {other}."
        name = measure or "the score"
        return f"{other} and {column} are both {name}{of}."

    def _error(self, column: str | None, value: str | None, message: str) -> None:
        self._log.error(self._table.header_row, column, value, message)
