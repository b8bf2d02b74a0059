"""The alliance over treatment: every dyad's scores by number of the treatment session, and their means."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from coder_app.analysis.results import Estimate
from coder_app.analysis.series import ScoreSeries, read_series

# What a mean or a correlation needs to be read as one.
LEAST = 10


@dataclass(frozen=True, eq=False, slots=True)
class Course:
    """One informant's scores on one measure.

    `numbers` are those of the treatment sessions, counted without the sessions of a parent alone; `scores`
    has a row for each dyad and a column for each number, NaN where there is no score.
    """

    informant: str
    measure: str
    dyads: tuple[str, ...]
    numbers: np.ndarray
    scores: np.ndarray

    @property
    def n_scores(self) -> int:
        """Number of scores."""
        return int(np.isfinite(self.scores).sum())

    def standardised(self) -> np.ndarray:
        """Return the scores in SD from their mean, both over all scores of the measure; NaN without a SD."""
        given = self.scores[np.isfinite(self.scores)]
        sd = given.std(ddof=1) if len(given) > 1 else 0.0
        return (self.scores - given.mean()) / sd if sd > 0 else np.full_like(self.scores, np.nan)


@dataclass(frozen=True, slots=True)
class Point:
    """The mean at one session number; `sd` is None below two scores."""

    number: int
    n: int
    mean: Estimate
    sd: float | None


def read_courses(frame: pd.DataFrame) -> list[Course]:
    """Sort scores into one course for each informant and measure.

    Parameters
    ----------
    frame : DataFrame
        As `series.read_series` reads it: dyad, session, informant, measure, score, and optionally attendance.

    Returns
    -------
    list of Course
        Dyads with a score, sorted. A session's number is its own less the sessions of a parent alone before
        it, so that numbers count the sessions that the child attended.

    Raises
    ------
    StatsError
        As `series.read_series`.
    """
    spans = frame.groupby("dyad")["session"].agg(["min", "max"])
    return [course for one in read_series(frame) if (course := _course(one, spans)).n_scores]


def mean_by_number(course: Course, rows: np.ndarray | None = None, confidence: float = 0.95) -> list[Point]:
    """Return the mean at each session number with its t interval.

    Parameters
    ----------
    course : Course
    rows : array of bool, which dyads count; all by default
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    list of Point
        In points of the measure; numbers at which nobody of these dyads has a score are left out. Without an
        interval `reason` says why: one score, or scores that are all the same.
    """
    scores = course.scores if rows is None else course.scores[rows]
    points = []
    for number, column in zip(course.numbers, scores.T, strict=True):
        given = column[np.isfinite(column)]
        if len(given):
            points.append(_point(int(number), given, confidence))
    return points


def _point(number: int, given: np.ndarray, confidence: float) -> Point:
    n, mean = len(given), float(given.mean())
    if n < 2:
        return Point(number, n, Estimate(mean, None, None, "one score has no interval"), None)
    sd = float(given.std(ddof=1))
    if np.ptp(given) <= 1e-12 * max(1.0, abs(mean)):
        reason = f"all {n} scores are the same"
        return Point(number, n, Estimate(float(given[0]), None, None, reason), 0.0)
    reach = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * sd / np.sqrt(n)
    return Point(number, n, Estimate(mean, mean - reach, mean + reach), sd)


def _course(one: ScoreSeries, spans: pd.DataFrame) -> Course:
    starts = np.cumsum(one.lengths) - one.lengths
    rows = {}
    for dyad, start, length in zip(one.dyads, starts, one.lengths, strict=True):
        own = one.sessions[start : start + length]
        first, last = spans.loc[dyad]
        # Every session between the first and the last counts unless the parent was alone.
        left = np.setdiff1d(np.arange(first, last + 1), own)
        numbers = own - np.searchsorted(left, own)
        scores = one.scores[start : start + length]
        given = np.isfinite(scores)
        if given.any():
            rows[str(dyad)] = numbers[given], scores[given]
    return _table(one, dict(sorted(rows.items())))


def _table(one: ScoreSeries, rows: dict[str, tuple[np.ndarray, np.ndarray]]) -> Course:
    if not rows:
        return Course(str(one.informant), str(one.measure), (), np.arange(0), np.empty((0, 0)))
    ends = [number for numbers, _ in rows.values() for number in (numbers.min(), numbers.max())]
    first = int(min(ends))
    numbers = np.arange(first, int(max(ends)) + 1)
    table = np.full((len(rows), len(numbers)), np.nan)
    for row, (own, scores) in enumerate(rows.values()):
        table[row, own - first] = scores
    return Course(str(one.informant), str(one.measure), tuple(rows), numbers, table)
