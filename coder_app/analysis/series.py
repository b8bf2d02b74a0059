"""Alliance scores as series of exact fractions: one dyad, informant and measure over treatment sessions."""

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

import pandas as pd

from coder_app.analysis.results import StatsError

COLUMNS = ("dyad", "session", "informant", "measure", "score")
PARENT_ALONE = frozenset({"parent alone", "parents alone", "parent only", "parents only"})
HIGHEST_SESSION = 9999
# Two decimals of a mean are at most .005 off; the rest is room for a float's noise.
LATTICE_TOLERANCE = Fraction(6, 1000)


@dataclass(frozen=True, slots=True)
class RawSeries:
    """One dyad's scores over every treatment session that counts; None where no score was given."""

    dyad: str
    sessions: tuple[int, ...]
    scores: tuple[Fraction | None, ...]

    @property
    def answered(self) -> list[Fraction]:
        """The scores without the gaps."""
        return [score for score in self.scores if score is not None]

    @property
    def longest_run(self) -> int:
        """Length of the longest stretch of sessions with a score."""
        runs = groupby(self.scores, key=lambda score: score is not None)
        return max((len(list(run)) for has_score, run in runs if has_score), default=0)


def to_fraction(score: float, n_items: int | None) -> Fraction:
    """Read a score as the decimal it was written as; put a mean of `n_items` integers back on its lattice."""
    written = Fraction(repr(float(score)))
    if n_items is None:
        return written
    nearest = Fraction(round(written * n_items), n_items)
    return nearest if abs(written - nearest) <= LATTICE_TOLERANCE else written


def read_series(frame: pd.DataFrame, mean_items: Mapping[str, int]) -> dict[tuple[str, str], list[RawSeries]]:
    """Sort scores into series by (informant, measure), each in the order of first appearance.

    Parameters
    ----------
    frame : DataFrame
        Columns dyad, session (whole number), informant, measure, score (missing allowed), and optionally
        attendance: sessions marked ``parent alone`` in any row leave for all informants before numbering.
    mean_items : mapping of str to int
        Number of integer items behind the measures whose score is a mean.

    Raises
    ------
    StatsError
        A missing column, a session that is no whole number from 0 to 9999, an infinite score, or two rows
        of one dyad, session, informant and measure.
    """
    missing = [column for column in COLUMNS if column not in frame.columns]
    if missing:
        raise StatsError(f"missing column {', '.join(missing)}; expected {', '.join(COLUMNS)}")
    sessions = _counted_sessions(frame)
    groups: dict[tuple[str, str], dict[str, dict[int, Fraction | None]]] = defaultdict(dict)
    for dyad, session, informant, measure, score in zip(*(frame[c] for c in COLUMNS), strict=True):
        scores = groups[informant, measure].setdefault(dyad, {})
        if session in scores:
            raise StatsError(
                f"dyad {dyad}, session {int(session)}, {informant}, {measure}: two rows; expected one"
            )
        scores[session] = _parse(score, dyad, session, mean_items.get(measure))
    return {
        key: [
            RawSeries(dyad, sessions[dyad], tuple(scores.get(session) for session in sessions[dyad]))
            for dyad, scores in dyads.items()
        ]
        for key, dyads in groups.items()
    }


def _parse(score: float, dyad: str, session: int, n_items: int | None) -> Fraction | None:
    if pd.isna(score):
        return None
    if not math.isfinite(score):
        raise StatsError(f"dyad {dyad}, session {int(session)}: score {score}; expected a number")
    return to_fraction(score, n_items)


def _counted_sessions(frame: pd.DataFrame) -> dict[str, tuple[int, ...]]:
    """Per dyad every session from its first to its last row, rows or not, without those of a parent alone."""
    attendance = frame["attendance"] if "attendance" in frame.columns else [None] * len(frame)
    seen: dict[str, set[int]] = defaultdict(set)
    left: dict[str, set[int]] = defaultdict(set)
    for dyad, session, present in zip(frame["dyad"], frame["session"], attendance, strict=True):
        if pd.isna(session) or not 0 <= session <= HIGHEST_SESSION or session != int(session):
            raise StatsError(
                f"dyad {dyad}: session {session}; expected a whole number from 0 to {HIGHEST_SESSION}"
            )
        seen[dyad].add(int(session))
        if isinstance(present, str) and _plain(present) in PARENT_ALONE:
            left[dyad].add(int(session))
    return {
        dyad: tuple(s for s in range(min(numbers), max(numbers) + 1) if s not in left[dyad])
        for dyad, numbers in seen.items()
    }


def _plain(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").casefold().split())
