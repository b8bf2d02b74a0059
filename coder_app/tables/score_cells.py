"""One score of an alliance measure, checked alike in long and wide tables."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from coder_app.domain.instruments import MEAN, Instrument
from coder_app.domain.problems import ProblemLog
from coder_app.tables.columns import in_words, read_id
from coder_app.tables.numbers import NotANumber, NumberColumn

# Numbers by which questionnaires and SPSS files often stand for "no answer".
_MISSING_CODES = frozenset({-1, -8, -9, -88, -99, -999, 8, 9, 77, 88, 99, 888, 999, 9999})


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


def find_measure(text: str, measures: Mapping[str, Instrument]) -> Instrument | None:
    """Return the measure that the text names; a measure's own name goes before another's alias."""
    if text in measures:
        return measures[text]
    return next((measure for measure in measures.values() if measure.answers_to(text)), None)


def name_measures(measures: Mapping[str, Instrument]) -> str:
    """Write the measures that a study knows for an error's message."""
    return ", ".join(measures) or "none yet"


def read_score(
    text: str, numbers: NumberColumn, measure: Instrument, row: int, column: str, log: ProblemLog
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
    if score in _MISSING_CODES:
        message += f" If {text} stands for a missing score, leave the cell empty."
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
    """Finds scores of one dyad, treatment session, informant and measure that are there twice."""

    def __init__(self, log: ProblemLog) -> None:
        self._log = log
        self._first: dict[tuple[str, int, str, str], tuple[int, object]] = {}

    def is_new(self, key: tuple[str, int, str, str], row: int, column: str, score: object) -> bool:
        """Whether the key comes up for the first time; note both rows where it does not."""
        if key not in self._first:
            self._first[key] = (row, score)
            return True
        first_row, first_score = self._first[key]
        dyad, session, informant, measure = key
        same = _compare(first_score, score)
        self._log.error(
            row,
            column,
            str(session),
            f"Dyad {dyad} has session {session} of {informant} ({measure}) twice, "
            f"in rows {in_words([first_row, row])}. {same}",
        )
        return False


def _compare(first: object, second: object) -> str:
    """Say whether two rows that stand for one thing say the same."""
    if isinstance(first, Mapping):
        return "The answers are the same." if first == second else "The answers differ."
    if first == second:
        return "The scores are the same."
    return f"The scores differ: {_plain(first)} and {_plain(second)}."


def _plain(score: float | None) -> str:
    return "missing" if score is None else f"{score:g}"
