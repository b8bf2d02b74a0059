"""Answers to the single items of alliance measures; no item is turned round here."""

from collections.abc import Sequence
from dataclasses import dataclass

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables.numbers import NotANumber
from coder_app.tables.score_cells import NumberCells

_MOST_REMEMBERED = 10_000


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
class ItemColumn:
    """A column of answers: which item it is, of one measure or (None) of the measure of each row."""

    place: int
    column: str
    measure: str | None
    number: int


class AnswerCells:
    """Reads the answers of questionnaires, which one program wrote, so that they share their decimal mark."""

    def __init__(self, numbers: NumberCells, log: ProblemLog) -> None:
        self._numbers, self._log = numbers, log
        self._known: dict[str, dict[str, int | None]] = {}
        self.n_missing = 0

    def read(
        self, row: int, cells: Sequence[str], measure: Instrument, items: Sequence[ItemColumn]
    ) -> dict[str, int]:
        """Return the answers by item code; note those that no item of the measure can have."""
        found: dict[str, int] = {}
        known = self._known.setdefault(measure.name, {})
        for item in items:
            text = cells[item.place]
            answer = known[text] if text in known else self._read_answer(row, item, text, measure, known)
            if answer is None:
                continue
            if wrong := _find_fault(item, measure, found):
                self._log.error(row, item.column, text, wrong)
            else:
                found[measure.items[item.number - 1].code] = answer
        return found

    def count_missing(self, measure: Instrument, found: dict[str, int]) -> None:
        """Count what one questionnaire with answers lacks."""
        self.n_missing += len(measure.items) - len(found)

    def _read_answer(
        self, row: int, item: ItemColumn, text: str, measure: Instrument, known: dict[str, int | None]
    ) -> int | None:
        try:
            answer = self._numbers.read(text)
        except NotANumber as error:
            self._log.error(row, item.column, text, str(error))
            return None
        if answer is None or answer in measure.scores:
            if len(known) < _MOST_REMEMBERED:
                known[text] = None if answer is None else int(answer)
            return None if answer is None else int(answer)
        self._log.error(
            row,
            item.column,
            text,
            f"{text} is not on the scale of {measure.name}: a whole number from {measure.lowest} to "
            f"{measure.highest}. If {text} stands for a missing answer, leave the cell empty, or name {text} "
            "under Columns as a code for missing.",
        )
        return None


def _find_fault(item: ItemColumn, measure: Instrument, found: dict[str, int]) -> str | None:
    if item.measure not in (None, measure.name) or item.number > len(measure.items):
        return f"This is a row of {measure.name}, which has no such item; it has {len(measure.items)}."
    if measure.items[item.number - 1].code in found:
        return f"Item {item.number} of {measure.name} has another answer in this row."
    return None
