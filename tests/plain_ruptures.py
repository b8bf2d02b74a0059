"""The search for ruptures as one reads it in the rules: one series after another, every score a fraction.

What finds them for all series at once is compared with this, and its speed with that of this.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

import pandas as pd

from coder_app.analysis.rupture_results import (
    InformantRuptures,
    NotJudged,
    Rupture,
    RuptureSettings,
    Series,
)

PLOTTING_POSITIONS = {
    "type4": (Fraction(0), Fraction(1)),
    "type5": (Fraction(1, 2), Fraction(1, 2)),
    "type6": (Fraction(0), Fraction(0)),
    "type7": (Fraction(1), Fraction(1)),
    "type8": (Fraction(1, 3), Fraction(1, 3)),
    "type9": (Fraction(3, 8), Fraction(3, 8)),
}


@dataclass(frozen=True)
class PlainSeries:
    """One dyad's scores over every treatment session that counts; None where no score was given."""

    dyad: str
    sessions: tuple[int, ...]
    scores: tuple[Fraction | None, ...]

    @property
    def answered(self) -> list[Fraction]:
        return [score for score in self.scores if score is not None]

    @property
    def longest_run(self) -> int:
        runs = groupby(self.scores, key=lambda score: score is not None)
        return max((len(list(run)) for has_score, run in runs if has_score), default=0)


def find_plainly(
    frame: pd.DataFrame, settings: RuptureSettings, mean_items: dict[str, int]
) -> tuple[InformantRuptures, ...]:
    """Return what `find_ruptures(frame, settings, mean_items).analyses` has to be."""
    return tuple(
        analyse_plainly(informant, measure, series, settings, mean_items.get(measure, 1))
        for (informant, measure), series in read_plainly(frame, mean_items).items()
    )


def read_plainly(frame: pd.DataFrame, mean_items: dict[str, int]) -> dict[tuple[str, str], list[PlainSeries]]:
    seen, left = defaultdict(set), defaultdict(set)
    attendance = frame["attendance"] if "attendance" in frame.columns else [None] * len(frame)
    for dyad, session, present in zip(frame["dyad"], frame["session"], attendance, strict=True):
        seen[dyad].add(int(session))
        if present == "parent alone":
            left[dyad].add(int(session))
    groups = defaultdict(dict)
    imputed = frame["n_imputed"] if "n_imputed" in frame.columns else [0] * len(frame)
    columns = [frame[c] for c in ("dyad", "session", "informant", "measure", "score")]
    for dyad, session, informant, measure, score, filled in zip(*columns, imputed, strict=True):
        exact = None if pd.isna(score) else put_back(score, None if filled else mean_items.get(measure))
        groups[informant, measure].setdefault(dyad, {})[session] = exact
    counted = {
        dyad: tuple(one for one in range(min(numbers), max(numbers) + 1) if one not in left[dyad])
        for dyad, numbers in seen.items()
    }
    return {
        key: [
            PlainSeries(dyad, counted[dyad], tuple(scores.get(session) for session in counted[dyad]))
            for dyad, scores in dyads.items()
        ]
        for key, dyads in groups.items()
    }


def put_back(score: float, n_items: int | None) -> Fraction:
    written = Fraction(repr(float(score)))
    if n_items is None:
        return written
    nearest = Fraction(round(written * n_items), n_items)
    return nearest if abs(written - nearest) <= Fraction(6, 1000) else written


def analyse_plainly(
    informant: str, measure: str, series: list[PlainSeries], settings: RuptureSettings, n_items: int
) -> InformantRuptures:
    enter = [one.answered for one in series if one.longest_run >= settings.min_run]
    variance = pool(enter, settings.pooled)
    on_lattice = all((score * n_items).denominator == 1 for scores in enter for score in scores)
    tolerance = Fraction(0) if on_lattice else Fraction(1, 10**9)
    return InformantRuptures(
        informant,
        measure,
        None if variance is None else math.sqrt(variance),
        None if enter else f"no series has {settings.min_run} consecutive scores",
        tuple(examine(one, informant, settings, variance, tolerance) for one in series),
    )


def pool(series: list[list[Fraction]], pooled: str) -> Fraction | None:
    if not series:
        return None
    parts = series if pooled == "within" else [[score for scores in series for score in scores]]
    squares = [
        sum((x * x for x in part), Fraction(0)) - sum(part, Fraction(0)) ** 2 / len(part) for part in parts
    ]
    return sum(squares, Fraction(0)) / sum(len(part) - 1 for part in parts)


def examine(
    series: PlainSeries,
    informant: str,
    settings: RuptureSettings,
    variance: Fraction | None,
    tolerance: Fraction,
) -> Series:
    scores = tuple(None if score is None else float(score) for score in series.scores)
    run, needed = series.longest_run, settings.min_run
    if run < needed:
        why = f"longest run is {run} of {needed} consecutive scores" if run else "no scores"
        return Series(series.dyad, series.sessions, scores, False, run, why, None, None, None, None, ())
    lower, upper = plain_fourths(series.answered, settings.fourths)
    limit = lower - Fraction(str(settings.k)) * (upper - lower)
    ruptures, not_judged = [], []
    for at, here in enumerate(series.scores):
        if here is None:
            continue
        before = series.scores[at - 1] if at else None
        low = settings.chart and limit - here > tolerance
        if before is None:
            if low:
                not_judged.append(NotJudged(series.sessions[at], say_why(series, at)))
            continue
        charted = low and before - lower > tolerance
        dropped = drops(before - here, settings.absolute, variance, tolerance)
        if charted or dropped:
            criterion = "both" if charted and dropped else "control chart" if charted else "absolute"
            ruptures.append(describe(series, at, criterion, lower - tolerance, informant))
    shown = (plain_median(series.answered), lower, upper, limit)
    return Series(
        series.dyad,
        series.sessions,
        scores,
        True,
        run,
        None,
        *map(float, shown),
        tuple(ruptures),
        tuple(not_judged),
    )


def drops(drop: Fraction, absolute: float | None, variance: Fraction, tolerance: Fraction) -> bool:
    if absolute is None or not variance or drop <= 0:
        return False
    return (drop + tolerance) ** 2 >= Fraction(str(absolute)) ** 2 * variance


def say_why(series: PlainSeries, at: int) -> str:
    if at:
        return f"no score at session {series.sessions[at - 1]}"
    return f"session {series.sessions[at]} is the first one"


def describe(series: PlainSeries, at: int, criterion: str, enough: Fraction, informant: str) -> Rupture:
    pre, central = series.sessions[at - 1 : at + 1]
    if at + 1 == len(series.sessions):
        reason = f"session {central} is the last one"
        return Rupture(series.dyad, informant, pre, central, None, criterion, None, reason)
    post, following = series.sessions[at + 1], series.scores[at + 1]
    if following is None:
        reason = f"no score at session {post}"
        return Rupture(series.dyad, informant, pre, central, None, criterion, None, reason)
    kind = "repaired" if following >= enough else "unrepaired"
    return Rupture(series.dyad, informant, pre, central, post, criterion, kind, None)


def plain_median(values: Sequence[Fraction]) -> Fraction:
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    return ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2


def plain_fourths(values: Sequence[Fraction], definition: str) -> tuple[Fraction, Fraction]:
    ordered = sorted(values)
    if definition in ("hinges", "exclusive"):
        half = (len(ordered) + (definition == "hinges")) // 2
        return plain_median(ordered[:half]), plain_median(ordered[-half:])
    return plain_quantile(ordered, Fraction(1, 4), definition), plain_quantile(
        ordered, Fraction(3, 4), definition
    )


def plain_quantile(ordered: list[Fraction], share: Fraction, definition: str) -> Fraction:
    n = len(ordered)
    if definition in PLOTTING_POSITIONS:
        alpha, beta = PLOTTING_POSITIONS[definition]
        place = alpha + share * (n + 1 - alpha - beta)
        weight = place - math.floor(place)
    else:
        place = n * share - (Fraction(1, 2) if definition == "type3" else 0)
        on_a_score = place == math.floor(place)
        at_score = {"type1": Fraction(0), "type2": Fraction(1, 2), "type3": Fraction(math.floor(place) % 2)}
        weight = at_score[definition] if on_a_score else Fraction(1)
    below = math.floor(place)
    low, high = ordered[min(max(below, 1), n) - 1], ordered[min(max(below + 1, 1), n) - 1]
    return low + weight * (high - low)
