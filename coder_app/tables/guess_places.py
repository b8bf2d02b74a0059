"""Guesses which columns say whose a row is: dyad, session, date, informant, measure, who attended."""

from collections.abc import Callable, Collection
from collections.abc import Mapping as Measures
from dataclasses import dataclass

from coder_app.domain.instruments import INFORMANTS, Instrument, plain_name
from coder_app.tables.attendance import CHILD, propose_attendance
from coder_app.tables.dates import looks_like_serial
from coder_app.tables.identifying import find_identifying
from coder_app.tables.mapping import (
    ATTENDANCE,
    DATE,
    DYAD,
    INFORMANT,
    LEFT_OUT,
    MEASURE,
    SCORE,
    SESSION,
    Use,
)
from coder_app.tables.mapping_contents import Contents, FirstRows, looks_like_date
from coder_app.tables.mapping_names import CERTAIN, DOUBTFUL, LIKELY, propose_informant
from coder_app.tables.mapping_words import number_of_event
from coder_app.tables.numbers import read_whole
from coder_app.tables.score_cells import find_measure
from coder_app.tables.text import TextTable

_MOST_FEW_WORDS = 12
_LONGEST_CODE = 3
_REDCAP_EVENT, _REDCAP_INSTANCE = "redcap_event_name", "redcap_repeat_instance"


@dataclass(frozen=True)
class Guessed:
    """What a column is taken as, why, and whether that is sure."""

    use: Use
    why: str
    is_sure: bool


class PlaceGuesser:
    """Finds the column of each role by its name, and where no name tells, by what stands in it."""

    def __init__(
        self,
        table: TextTable,
        rows: FirstRows,
        measures: Measures[str, Instrument],
        dyads: Collection[str],
    ) -> None:
        self._table, self._rows, self._measures = table, rows, measures
        self._dyads = frozenset(dyads)
        self.found: dict[str, Guessed] = {}

    def guess_by_names(self) -> None:
        """Take what the names of columns say, where the cells do not speak against it."""
        for role, names in CERTAIN.items():
            column = self._table.find_column(*names)
            if column is not None:
                self.found[column] = Guessed(Use(role), f"its name is {column}", True)
        self._choose_redcap_session()
        self._doubt_row_numbers()
        for role, likely in LIKELY.items():
            if self.column_of(role) is None:
                self._guess_likely(role, likely)

    def guess_by_contents(self, taken: Collection[str], *, needs_session: bool, needs_measure: bool) -> None:
        """Look into the cells of columns whose names say nothing."""
        free = [column for column in self._table.columns if column not in self.found and column not in taken]
        guesses: list[tuple[str, Callable[[str], str | None]]] = [
            (DYAD, self._looks_like_dyads),
            (INFORMANT, self._looks_like_informants),
            (MEASURE, self._looks_like_measures if needs_measure else lambda column: None),
            (SESSION, self._looks_like_sessions if needs_session else lambda column: None),
            (DATE, self._looks_like_dates),
            (ATTENDANCE, self._looks_like_attendance),
        ]
        for role, look in guesses:
            if self.column_of(role) is not None:
                continue
            for column in free:
                if column not in self.found and (why := look(column)):
                    self.found[column] = Guessed(Use(role), why, False)
                    break

    def forget(self, role: str) -> None:
        """Take a guess back that something better has made needless, unless its name was certain."""
        column = self.column_of(role)
        if column is not None and not self.found[column].is_sure:
            del self.found[column]

    def column_of(self, role: str) -> str | None:
        """Return the column that is taken as this role."""
        return next((column for column, guess in self.found.items() if guess.use.role == role), None)

    def _contents(self, column: str) -> Contents:
        return self._rows.contents[column]

    def _doubt_row_numbers(self) -> None:
        """In a long file an id that is new in every row counts rows, not dyads."""
        column, session = self.column_of(DYAD), self.column_of(SESSION)
        if column is None or session is None or column.casefold() != "id":
            return
        contents = self._contents(column)
        others = {plain_name(name) for name in self._table.columns} & set(LIKELY[DYAD])
        if others and len(contents.texts) == contents.n_rows > 1:
            del self.found[column]

    def _choose_redcap_session(self) -> None:
        """REDCap counts sessions as events or as repeats of one event; only one of them tells them apart."""
        event = self._table.find_column(_REDCAP_EVENT)
        instance = self._table.find_column(_REDCAP_INSTANCE)
        if self.column_of(SESSION) is not None:
            return
        if event:
            numbers = [number_of_event(word) for word in self._contents(event).filled]
            if len(set(numbers) - {None}) > 1:
                n = len(set(numbers) - {None})
                why = f"it is REDCap’s event, and {n} of its events have a number"
                self.found[event] = Guessed(Use(SESSION), why, None not in numbers)
                return
        if instance and self._contents(instance).share(lambda text: bool(read_whole(text))) == 1:
            why = "it is REDCap’s number of the repeat, and the events have no numbers"
            self.found[instance] = Guessed(Use(SESSION), why, False)

    def _guess_likely(self, role: str, likely: list[str]) -> None:
        by_name = {plain_name(column): column for column in self._table.columns}
        for name in likely:
            column = by_name.get(name)
            if column is None or column in self.found or not self._may_hold(role, column):
                continue
            is_sure = name not in DOUBTFUL and self._fits_well(role, column)
            self.found[column] = Guessed(Use(role), f"its name, {column}, says so", is_sure)
            return

    def _may_hold(self, role: str, column: str) -> bool:
        """Whether the cells do not speak against the role; an empty column says nothing."""
        contents = self._contents(column)
        if not contents.n_filled:
            return role in (DATE, SCORE)
        if role == SESSION:
            return contents.share(lambda text: number_of_event(text) is not None) > 0.5
        if role == DATE:
            # Excel's numbers for dates are not read, but a column that lost its format is still a date's.
            return contents.share(lambda text: looks_like_date(text) or looks_like_serial(text)) > 0.5
        if role == SCORE:
            return contents.share_of_numbers > 0.5
        if role == INFORMANT:
            return self._looks_like_informants(column) is not None or self._has_codes(column)
        if role == MEASURE:
            return self._looks_like_measures(column) is not None
        if role == ATTENDANCE:
            return contents.share(lambda text: propose_attendance(text) is not None) > 0.5 or (
                self._has_codes(column)
            )
        return True

    def _has_codes(self, column: str) -> bool:
        """A few codes, which may stand for words: 1, 2 and 3."""
        words = self._contents(column).words
        return 0 < len(words) <= 5 and all(len(word) <= 2 for word in words)

    def _fits_well(self, role: str, column: str) -> bool:
        contents = self._contents(column)
        if role == SESSION:
            return contents.share(lambda text: bool(read_whole(text))) >= 0.9
        if role == DYAD:
            return contents.n_filled == contents.n_rows and contents.share_of_dates < 0.5
        if role == DATE:
            return contents.share_of_dates >= 0.9
        if role == INFORMANT:
            return all(word.casefold() in INFORMANTS for word in contents.filled)
        if role == MEASURE:
            return all(find_measure(word, self._measures) for word in contents.filled)
        return True

    def _looks_like_dyads(self, column: str) -> str | None:
        contents = self._contents(column)
        texts = contents.filled
        known = sum(text in self._dyads for text in texts)
        if known and known >= 0.5 * len(texts):
            return f"{known} of its {len(texts)} words are dyads of the study"
        n_rows = contents.n_rows
        if contents.n_filled < n_rows or len(texts) < 2 or contents.share_of_dates > 0:
            return None
        if any("," in text or "." in text or len(text) > 24 for text in texts):
            return None
        is_first = column == self._table.columns[0]
        return "it is the first column and has an id in every row" if is_first and not self._dyads else None

    def _looks_like_informants(self, column: str) -> str | None:
        contents = self._contents(column)
        labels = self._table.value_labels.get(column, {})
        words = contents.words
        if not words or len(words) > _MOST_FEW_WORDS:
            return None
        meant = {propose_informant(word, labels.get(word)) for word in words}
        if None in meant or (len(words) > len(INFORMANTS) and len(meant) < 2):
            return None
        if all(len(word) == 1 for word in words) and len(meant) < 2:
            return None
        shown = ", ".join(f"{word} ({labels[word]})" if word in labels else word for word in words[:4])
        return f"its words are informants: {shown}"

    def _looks_like_measures(self, column: str) -> str | None:
        words = self._contents(column).words
        named = [word for word in words if find_measure(word, self._measures)]
        if not named or len(words) > _MOST_FEW_WORDS or 2 * len(named) < len(words):
            return None
        return f"its words are measures of the study: {', '.join(named[:3])}"

    def _looks_like_sessions(self, column: str) -> str | None:
        dyads = self.column_of(DYAD)
        beside = tuple(filter(None, (self.column_of(INFORMANT), self.column_of(MEASURE))))
        if dyads is None or not self._rows.counts_within(column, dyads, beside):
            return None
        return f"it counts 1, 2, 3 and so on, anew for each {dyads}"

    def _looks_like_dates(self, column: str) -> str | None:
        dyads = self.column_of(DYAD)
        if self._contents(column).share_of_dates < 0.9:
            return None
        if dyads is not None and not self._rows.varies_within(column, dyads):
            return None
        return "it holds dates, which differ between the rows of a dyad"

    def _looks_like_attendance(self, column: str) -> str | None:
        words = self._contents(column).words
        meant = {propose_attendance(word) for word in words}
        # Letters alone may stand for anything.
        if None in meant or not meant - {CHILD} or all(len(word) <= _LONGEST_CODE for word in words):
            return None
        return f"its words say who attended: {', '.join(words[:3])}"


def why_left_out(column: str, contents: Contents) -> Guessed:
    """Return the guess for a column that nothing speaks for."""
    why = "it is empty" if not contents.n_filled else "nothing in it or its name belongs to scores"
    if said := find_identifying(column, contents):
        why = f"it looks like {said}, which the study should not hold"
    return Guessed(Use(LEFT_OUT), why, True)
