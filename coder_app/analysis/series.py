"""Alliance scores as series, all of one informant and measure end to end: scores over treatment sessions."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.results import StatsError

COLUMNS = ("dyad", "session", "informant", "measure", "score")
PARENT_ALONE = frozenset({"parent alone", "parents alone", "parent only", "parents only"})
HIGHEST_SESSION = 9999


@dataclass(frozen=True, eq=False, slots=True)
class ScoreSeries:
    """The series of one informant and measure, end to end.

    `dyads` and `lengths` have one entry a series; `sessions` (numbers) and `scores` (NaN where there is none)
    one for every treatment session that counts, series by series; so has `imputed` (answers were filled in).
    """

    informant: str
    measure: str
    dyads: np.ndarray
    lengths: np.ndarray
    sessions: np.ndarray
    scores: np.ndarray
    imputed: np.ndarray


def read_series(frame: pd.DataFrame) -> list[ScoreSeries]:
    """Sort scores into series by informant and measure, each in the order of first appearance.

    Parameters
    ----------
    frame : DataFrame
        Columns dyad, session (whole number), informant, measure, score (missing allowed), and optionally
        attendance: sessions marked ``parent alone`` in any row leave for all informants before numbering;
        n_imputed: how many answers behind the score were filled in.

    Returns
    -------
    list of ScoreSeries
        A series has every session from the dyad's first row to its last one but those that left.

    Raises
    ------
    StatsError
        A missing column, a session that is no whole number from 0 to 9999, an infinite score, or two rows
        of one dyad, session, informant and measure.
    """
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise StatsError(f"missing column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    if frame.empty:
        return []
    dyad, dyads = pd.factorize(frame["dyad"], use_na_sentinel=False)
    session = _read_sessions(frame)
    informant, informants = pd.factorize(frame["informant"], use_na_sentinel=False)
    measure, measures = pd.factorize(frame["measure"], use_na_sentinel=False)
    group, groups = pd.factorize(informant * len(measures) + measure)
    scores = frame["score"].to_numpy(dtype=float, na_value=np.nan)
    _check_rows(frame, (group * len(dyads) + dyad) * (HIGHEST_SESSION + 1) + session, scores)
    calendar = _Calendar(dyad, session, _left(frame))
    filled = frame["n_imputed"] if "n_imputed" in frame.columns else pd.Series(0, index=frame.index)
    imputed = filled.to_numpy(dtype=float, na_value=0.0) > 0
    found = []
    for number, key in enumerate(groups):
        rows = np.flatnonzero(group == number)
        names = informants[key // len(measures)], measures[key % len(measures)]
        found.append(calendar.lay_out(*names, dyads, rows, scores[rows], imputed[rows]))
    return found


class _Calendar:
    """The treatment sessions of every dyad that count, dyad by dyad."""

    def __init__(self, dyad: np.ndarray, session: np.ndarray, left: np.ndarray) -> None:
        first = np.full(dyad.max() + 1, HIGHEST_SESSION)
        last = np.zeros_like(first)
        np.minimum.at(first, dyad, session)
        np.maximum.at(last, dyad, session)
        lengths = last - first + 1
        starts = np.cumsum(lengths) - lengths
        place = starts[dyad] + session - first[dyad]
        kept = np.ones(lengths.sum(), dtype=bool)
        kept[place[left]] = False
        before = np.concatenate([[0], np.cumsum(kept)])
        self._dyad = dyad
        # In the calendar without the sessions that left: where each dyad begins, each row lies; -1 left.
        self._begins = before[starts]
        self._lengths = before[starts + lengths] - self._begins
        self._places = np.where(kept[place], before[place], -1)
        self._numbers = (np.repeat(first - starts, lengths) + np.arange(len(kept)))[kept]

    def lay_out(
        self,
        informant: str,
        measure: str,
        dyads: np.ndarray,
        rows: np.ndarray,
        scores: np.ndarray,
        imputed: np.ndarray,
    ) -> ScoreSeries:
        """Return the series of the dyads that have a row among `rows`, to which scores and flags belong."""
        nth, here = pd.factorize(self._dyad[rows])
        lengths = self._lengths[here]
        starts = np.cumsum(lengths) - lengths
        moved = self._begins[here] - starts
        counts = self._places[rows] >= 0
        places = (self._places[rows] - moved[nth])[counts]
        laid, flags = np.full(lengths.sum(), np.nan), np.zeros(lengths.sum(), dtype=bool)
        laid[places], flags[places] = scores[counts], imputed[counts]
        sessions = self._numbers[np.repeat(moved, lengths) + np.arange(len(laid))]
        return ScoreSeries(informant, measure, np.asarray(dyads)[here], lengths, sessions, laid, flags)


def _read_sessions(frame: pd.DataFrame) -> np.ndarray:
    sessions = frame["session"].to_numpy(dtype=float, na_value=np.nan)
    strange = ~((sessions >= 0) & (sessions <= HIGHEST_SESSION) & (sessions == np.floor(sessions)))
    if strange.any():
        row = int(strange.argmax())
        raise StatsError(
            f"dyad {frame['dyad'].iloc[row]}: session {frame['session'].iloc[row]}; "
            f"expected a whole number from 0 to {HIGHEST_SESSION}"
        )
    return sessions.astype(np.int64)


def _check_rows(frame: pd.DataFrame, keys: np.ndarray, scores: np.ndarray) -> None:
    again = pd.Series(keys).duplicated().to_numpy()
    wrong = again | np.isinf(scores)
    if not wrong.any():
        return
    row = int(wrong.argmax())
    dyad, session, informant, measure, score = (frame[column].iloc[row] for column in COLUMNS)
    if again[row]:
        raise StatsError(
            f"dyad {dyad}, session {int(session)}, {informant}, {measure}: two rows; expected one"
        )
    raise StatsError(f"dyad {dyad}, session {int(session)}: score {score}; expected a number")


def _left(frame: pd.DataFrame) -> np.ndarray:
    """Whether each row says that the parent was alone."""
    if "attendance" not in frame.columns:
        return np.zeros(len(frame), dtype=bool)
    codes, texts = pd.factorize(frame["attendance"], use_na_sentinel=False)
    alone = [isinstance(text, str) and _plain(text) in PARENT_ALONE for text in texts]
    return np.array(alone, dtype=bool)[codes]


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").casefold().split())
