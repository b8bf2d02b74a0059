"""Ruptures and repairs in alliance scores: Tukey's control chart and the absolute drop, compared exactly."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from coder_app.analysis.detection import CRITERIA, TYPES, Detection, detect
from coder_app.analysis.rupture_results import (
    InformantRuptures,
    NotJudged,
    Rupture,
    RuptureReport,
    RuptureSettings,
    Series,
)
from coder_app.analysis.series import ScoreSeries, read_series


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
    `detect` is the same for arrays, where no objects are wanted.

    Parameters
    ----------
    frame : DataFrame
        One row a score: dyad, session, informant, measure, score, and optionally attendance and n_imputed
        (see `read_series`).
    settings : RuptureSettings, optional
        The source study's choices by default.
    mean_items : mapping of str to int, optional
        Number of integer items for each measure whose score is their mean. A score with `n_imputed` above
        0 is no mean of so many integers and is compared as it is written.

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
    return RuptureReport(
        settings,
        tuple(_analyse(one, settings, (mean_items or {}).get(one.measure)) for one in read_series(frame)),
    )


def _analyse(series: ScoreSeries, settings: RuptureSettings, n_items: int | None) -> InformantRuptures:
    found = detect(series.scores, series.lengths, settings, n_items, series.imputed)
    enter = bool(found.analysed.any())
    return InformantRuptures(
        series.informant,
        series.measure,
        None if found.variance is None else math.sqrt(found.variance),
        None if enter else f"no series has {settings.min_run} consecutive scores",
        tuple(_build_series(series, found, settings.min_run)),
    )


def _build_series(series: ScoreSeries, found: Detection, min_run: int) -> list[Series]:
    ends = np.cumsum(series.lengths)
    sessions, scores = tuple(series.sessions.tolist()), tuple(_without_nan(found.scores))
    limits = zip(*map(_without_nan, (found.median, found.lower, found.upper, found.limit)), strict=True)
    ruptures = _build_ruptures(series, found, ends)
    not_judged = _build_not_judged(series, found, ends)
    each = zip(series.dyads, (ends - series.lengths).tolist(), ends.tolist(), strict=True)
    rest = zip(found.analysed.tolist(), found.longest_run.tolist(), limits, strict=True)
    return [
        Series(
            dyad,
            sessions[start:end],
            scores[start:end],
            analysed,
            run,
            None if analysed else _say_why_not(run, min_run),
            *limit,
            tuple(ruptures.get(number, ())),
            tuple(not_judged.get(number, ())),
        )
        for number, ((dyad, start, end), (analysed, run, limit)) in enumerate(zip(each, rest, strict=True))
    ]


def _say_why_not(run: int, needed: int) -> str:
    return f"longest run is {run} of {needed} consecutive scores" if run else "no scores"


def _without_nan(numbers: np.ndarray) -> list[float | None]:
    listed = numbers.tolist()
    for place in np.flatnonzero(np.isnan(numbers)).tolist():
        listed[place] = None
    return listed


def _build_ruptures(series: ScoreSeries, found: Detection, ends: np.ndarray) -> dict[int, list[Rupture]]:
    built: dict[int, list[Rupture]] = {}
    columns = (found.series, found.central, found.criterion, found.type)
    for number, at, criterion, type_ in zip(*(column.tolist() for column in columns), strict=True):
        pre, central = series.sessions[at - 1 : at + 1].tolist()
        following = int(series.sessions[at + 1]) if at + 1 < ends[number] else None
        kind = TYPES[type_]
        reason = None
        if following is None:
            reason = f"session {central} is the last one"
        elif kind is None:
            reason = f"no score at session {following}"
        post = None if kind is None else following
        dyad = series.dyads[number]
        rupture = Rupture(dyad, series.informant, pre, central, post, CRITERIA[criterion], kind, reason)
        built.setdefault(number, []).append(rupture)
    return built


def _build_not_judged(series: ScoreSeries, found: Detection, ends: np.ndarray) -> dict[int, list[NotJudged]]:
    built: dict[int, list[NotJudged]] = {}
    for number, at in zip(found.low_series.tolist(), found.low.tolist(), strict=True):
        session = int(series.sessions[at])
        is_first = at == ends[number] - series.lengths[number]
        reason = f"session {session} is the first one"
        if not is_first:
            reason = f"no score at session {int(series.sessions[at - 1])}"
        built.setdefault(number, []).append(NotJudged(session, reason))
    return built
