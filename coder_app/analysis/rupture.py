"""Ruptures and repairs in alliance scores: Tukey's control chart and the absolute drop, compared exactly."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import pandas as pd

from coder_app.analysis.fourths import fourths, median
from coder_app.analysis.rupture_results import (
    ABSOLUTE,
    BOTH,
    CHART,
    REPAIRED,
    UNREPAIRED,
    InformantRuptures,
    Rupture,
    RuptureReport,
    RuptureSettings,
    Series,
)
from coder_app.analysis.series import RawSeries, read_series

# Scores off any lattice count as equal within this distance.
TOLERANCE = Fraction(1, 10**9)


def find_ruptures(
    frame: pd.DataFrame,
    settings: RuptureSettings | None = None,
    mean_items: Mapping[str, int] | None = None,
) -> RuptureReport:
    """Find ruptures and their repairs in series of alliance scores.

    A series with a run of at least `settings.min_run` consecutive scores is analysed. A score is a rupture
    when it lies below the lower limit (lower fourth minus k times the fourths' distance) after a score above
    the lower fourth, or when it lies `settings.absolute` pooled SD or more below the score just before.
    Repaired: the next session's score is at the lower fourth or above. On a limit is no rupture: fractions
    are compared, with a tolerance of 1e-9 only for scores that are neither integers nor means of integers.

    Parameters
    ----------
    frame : DataFrame
        One row a score: dyad, session, informant, measure, score, and optionally attendance (see
        `read_series`).
    settings : RuptureSettings, optional
        The source study's choices by default.
    mean_items : mapping of str to int, optional
        Number of integer items for each measure whose score is their mean.

    Returns
    -------
    RuptureReport
        One analysis for each (informant, measure); series keep the order of the frame.

    Raises
    ------
    StatsError
        The frame cannot be read as series.

    References
    ----------
    Tukey (1977), Exploratory Data Analysis, ch. 2 (hinges); Alemi (2004), Quality Management in Health Care,
    13, 216-221 (Tukey's control chart).
    """
    settings = settings or RuptureSettings()
    groups = read_series(frame, mean_items or {})
    return RuptureReport(
        settings,
        tuple(
            _analyse(informant, measure, raw, settings, (mean_items or {}).get(measure, 1))
            for (informant, measure), raw in groups.items()
        ),
    )


def _analyse(
    informant: str, measure: str, raw: list[RawSeries], settings: RuptureSettings, n_items: int
) -> InformantRuptures:
    enter = [one.answered for one in raw if one.longest_run >= settings.min_run]
    variance = _pooled_variance(enter, settings.pooled)
    on_lattice = all((score * n_items).denominator == 1 for scores in enter for score in scores)
    compare = _Comparison(settings, variance, Fraction(0) if on_lattice else TOLERANCE)
    return InformantRuptures(
        informant,
        measure,
        None if variance is None else math.sqrt(variance),
        None if enter else f"no series has {settings.min_run} consecutive scores",
        tuple(compare.examine(one, informant) for one in raw),
    )


def _pooled_variance(series: list[list[Fraction]], pooled: str) -> Fraction | None:
    """Variance (n - 1) of all scores together, or the mean of the series' own variances by their df."""
    if not series:
        return None
    parts = series if pooled == "within" else [[score for scores in series for score in scores]]
    return sum(map(_sum_of_squares, parts), Fraction(0)) / sum(len(part) - 1 for part in parts)


def _sum_of_squares(scores: list[Fraction]) -> Fraction:
    return sum((x * x for x in scores), Fraction(0)) - sum(scores, Fraction(0)) ** 2 / len(scores)


@dataclass(frozen=True, slots=True)
class _Comparison:
    """The rules, applied to one series at a time."""

    settings: RuptureSettings
    variance: Fraction | None
    tolerance: Fraction

    def examine(self, raw: RawSeries, informant: str) -> Series:
        scores = tuple(None if score is None else float(score) for score in raw.scores)
        run, needed = raw.longest_run, self.settings.min_run
        if run < needed:
            why = f"longest run is {run} of {needed} consecutive scores" if run else "no scores"
            return Series(raw.dyad, raw.sessions, scores, False, run, why, None, None, None, None, ())
        lower, upper = fourths(raw.answered, self.settings.fourths)
        limit = lower - Fraction(str(self.settings.k)) * (upper - lower)
        middle = float(median(raw.answered))
        ruptures = tuple(
            self._describe(raw, at, criterion, lower, informant)
            for at in range(1, len(raw.scores))
            if (criterion := self._criterion(raw.scores[at - 1], raw.scores[at], lower, limit))
        )
        shown = (middle, float(lower), float(upper), float(limit))
        return Series(raw.dyad, raw.sessions, scores, True, run, None, *shown, ruptures)

    def _criterion(
        self, before: Fraction | None, here: Fraction | None, lower: Fraction, limit: Fraction
    ) -> str | None:
        if before is None or here is None:
            return None
        chart = self.settings.chart and self._below(here, limit) and self._below(lower, before)
        if chart and self._drops(before - here):
            return BOTH
        if chart:
            return CHART
        return ABSOLUTE if self._drops(before - here) else None

    def _below(self, one: Fraction, other: Fraction) -> bool:
        return other - one > self.tolerance

    def _drops(self, drop: Fraction) -> bool:
        """Compare squares, because the SD itself is no fraction."""
        absolute, reach = self.settings.absolute, drop + self.tolerance
        if absolute is None or not self.variance or drop <= 0:
            return False
        return reach * reach >= Fraction(str(absolute)) ** 2 * self.variance

    def _describe(self, raw: RawSeries, at: int, criterion: str, lower: Fraction, informant: str) -> Rupture:
        pre, central = raw.sessions[at - 1 : at + 1]
        if at + 1 == len(raw.sessions):
            post, kind, reason = None, None, f"session {central} is the last one"
        elif raw.scores[at + 1] is None:
            post, kind, reason = None, None, f"no score at session {raw.sessions[at + 1]}"
        else:
            post, reason = raw.sessions[at + 1], None
            kind = UNREPAIRED if self._below(raw.scores[at + 1], lower) else REPAIRED
        return Rupture(raw.dyad, informant, pre, central, post, criterion, kind, reason)
