"""One score of an alliance measure, checked alike in long and wide tables."""

import math
from array import array
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from coder_app.domain.instruments import INFORMANTS, MEAN, Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables.columns import in_words, read_id
from coder_app.tables.numbers import NotANumber, NumberColumn, looks_like_number

# Numbers by which questionnaires and SPSS files often stand for "no answer".
MISSING_CODES = frozenset({-1, -8, -9, -88, -99, -999, 8, 9, 77, 88, 99, 888, 999, 9999})
_MOST_REMEMBERED = 100_000


@dataclass(frozen=True)
class ScoreRow:
    """One total; `column` is where the score itself stands."""

    row: int
    column: str
    dyad: str
    session: int
    date: str | None
    informant: str
    measure: str
    score: float
    attendance: str | None


@dataclass(frozen=True)
class SessionRow:
    """A treatment session of which a row without a score tells who attended."""

    row: int
    column: str
    dyad: str
    session: int
    date: str | None
    attendance: str | None


def find_measure(text: str, measures: Mapping[str, Instrument]) -> Instrument | None:
    """Return the measure that the text names; a measure's own name goes before another's alias."""
    if text in measures:
        return measures[text]
    return next((measure for measure in measures.values() if measure.answers_to(text)), None)


def name_measures(measures: Mapping[str, Instrument]) -> str:
    """Write the measures that a study knows for an error's message."""
    return ", ".join(measures) or "none yet"


class NumberCells:
    """Reads cells that share a decimal mark; `missing` are the lab's own codes for no answer."""

    def __init__(self, numbers: NumberColumn, missing: Collection[str] = ()) -> None:
        self._numbers = numbers
        self._words = frozenset(code.casefold() for code in missing)
        self._codes = frozenset(float(code.replace(",", ".")) for code in missing if looks_like_number(code))
        self._read: dict[str, float | None] = {}

    def read(self, text: str) -> float | None:
        """Return the number, None where it is missing, or raise NotANumber with a sentence."""
        if text not in self._read:
            if len(self._read) > _MOST_REMEMBERED:
                self._read.clear()
            number = None if text.casefold() in self._words else self._numbers.read(text)
            self._read[text] = None if number in self._codes else number
        return self._read[text]


def read_score(
    text: str, numbers: NumberCells, measure: Instrument, row: int, column: str, log: ProblemLog
) -> float | None:
    """Return the score, None where it is missing or wrong; note what is wrong."""
    try:
        score = numbers.read(text)
    except NotANumber as error:
        log.error(row, column, text, str(error))
        return None
    if score is None or measure.lowest_total <= score <= measure.highest_total:
        return score
    log.error(row, column, text, _off_scale(text, score, measure))
    return None


def _off_scale(text: str, score: float, measure: Instrument) -> str:
    kind = "mean" if measure.scoring == MEAN else "sum"
    message = (
        f"{text} is outside {measure.lowest_total}–{measure.highest_total}. "
        f"{measure.name} is the {kind} of {len(measure.items)} items, "
        f"each from {measure.lowest} to {measure.highest}."
    )
    if score in MISSING_CODES:
        message += (
            f" If {text} stands for a missing score, leave the cell empty."
            f" Or name {text} under Columns as a code for missing."
        )
    return message


class KnownDyads:
    """The dyads of a study; None knows every dyad."""

    def __init__(self, dyads: Collection[str] | None) -> None:
        self._dyads = None if dyads is None else frozenset(dyads)
        self._by_folded = {dyad.casefold(): dyad for dyad in dyads or ()}

    def read(self, text: str, row: int, column: str, log: ProblemLog) -> str | None:
        """Return the id of a dyad that the study has; note what is wrong and return None."""
        dyad = read_id(text, row, column, log)
        if dyad is None or self._dyads is None or dyad in self._dyads:
            return dyad
        similar = self._by_folded.get(dyad.casefold())
        hint = f"It has {similar}." if similar else "Import its participant first."
        log.error(row, column, dyad, f"The study has no dyad {dyad}. {hint}")
        return None


class Repeats:
    """Finds scores of one dyad, treatment session, informant and measure that are there twice.

    A million of them are held in arrays: as tuples they would not fit.
    """

    def __init__(self, n_measures: int, log: ProblemLog) -> None:
        self._log = log
        self._n_kinds = len(INFORMANTS) * n_measures
        self._dyads: dict[str, dict[int, int]] = {}
        self._kinds: dict[tuple[str, str], int] = {}
        self._rows, self._scores, self._answers = array("q"), array("d"), array("q")

    def is_new(
        self,
        key: tuple[str, int, str, str],
        row: int,
        column: str,
        score: float | None,
        answers: Mapping[str, int] | None = None,
    ) -> bool:
        """Whether the key comes up for the first time; note both rows where it does not."""
        value = math.nan if score is None else score
        hashed = 0 if answers is None else hash(frozenset(answers.items()))
        dyad, session, informant, measure = key
        # Numbers this small are held once by Python, however many dyads have them.
        kind = self._kinds.setdefault((informant, measure), len(self._kinds))
        own = self._dyads.setdefault(dyad, {})
        place = own.setdefault(session * self._n_kinds + kind, len(self._rows))
        if place == len(self._rows):
            self._rows.append(row)
            self._scores.append(value)
            self._answers.append(hashed)
            return True
        if answers is None:
            same = _compare(self._scores[place], value)
        else:
            same = "The answers are the same." if self._answers[place] == hashed else "The answers differ."
        self._log.error(
            row,
            column,
            str(session),
            f"Dyad {dyad} has session {session} of {informant} ({measure}) twice, "
            f"in rows {in_words([self._rows[place], row])}. {same}",
        )
        return False


def _compare(first: float, second: float) -> str:
    """Say whether two rows that stand for one thing say the same."""
    if first == second or (math.isnan(first) and math.isnan(second)):
        return "The scores are the same."
    return f"The scores differ: {_plain(first)} and {_plain(second)}."


def _plain(score: float) -> str:
    return "missing" if math.isnan(score) else f"{score:g}"
