"""Finding ruptures in many series at once, in arrays of exact integers."""

import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from coder_app.analysis.fourths import Place, find_fourths, find_median
from coder_app.analysis.lattice import ExactScores, as_floats
from coder_app.analysis.rupture_results import ABSOLUTE, BOTH, CHART, REPAIRED, UNREPAIRED, RuptureSettings
from coder_app.analysis.series_blocks import Block, pool_variance, read_blocks, widen

# Scores off any lattice count as equal within this distance.
TOLERANCE = Fraction(1, 10**9)
CRITERIA = (CHART, ABSOLUTE, BOTH)
TYPES = (REPAIRED, UNREPAIRED, None)


@dataclass(frozen=True, eq=False, slots=True)
class Detection:
    """What was found in series that lie end to end.

    For each series `longest_run`, `analysed`, and `median`, `lower`, `upper` (fourths) and `limit`, NaN where
    it was not analysed. For each score `scores`, back on its lattice. For each rupture, in order, `series`
    and `central` (which series, which score), `criterion` and `type` (which of `CRITERIA`, of `TYPES`).
    For each score below the limit of its chart with no score just before, `low_series` and `low`.
    `variance` is that of the pooled SD, None where no series was analysed.
    """

    variance: Fraction | None
    scores: np.ndarray
    longest_run: np.ndarray
    analysed: np.ndarray
    median: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    limit: np.ndarray
    series: np.ndarray
    central: np.ndarray
    criterion: np.ndarray
    type: np.ndarray
    low_series: np.ndarray
    low: np.ndarray


def detect(
    scores: np.ndarray,
    lengths: np.ndarray,
    settings: RuptureSettings,
    n_items: int | None = None,
    imputed: np.ndarray | None = None,
) -> Detection:
    """Find the ruptures in many series of one informant and measure by the rules of `find_ruptures`.

    Parameters
    ----------
    scores : ndarray of float
        The scores of all series end to end, one for every treatment session that counts, NaN for a gap.
    lengths : ndarray of int
        Number of treatment sessions of each series.
    settings : RuptureSettings
        How ruptures are found.
    n_items : int, optional
        Number of integer items when scores are their mean.
    imputed : ndarray of bool, optional
        Scores in which missing answers were filled in; those are compared as they are written.

    Returns
    -------
    Detection
        Exact: 64-bit integers where they hold the fractions, Python's own where they do not.
    """
    blocks = list(read_blocks(scores, lengths, settings.min_run, n_items, imputed))
    rules = _Rules.of(settings, blocks)
    parts = [_examine(block, rows, n, rules) for block in blocks for n, rows in block.by_answered()]
    shown = np.full((4, len(lengths)), np.nan)
    for part in parts:
        shown[:, part.rows] = part.shown
    hits = _join([np.zeros((4, 0), dtype=np.int64), *(part.hits for part in parts)])
    low = _join([np.zeros((2, 0), dtype=np.int64), *(part.low for part in parts)])
    floats = np.full(len(scores), np.nan)
    for block in blocks:
        floats[block.begin + block.answered] = block.exact.floats
    runs, enter = (
        np.concatenate([np.zeros(0, dtype=kind), *(getattr(block, name) for block in blocks)])
        for name, kind in (("runs", np.int64), ("enter", bool))
    )
    return Detection(rules.variance, floats, runs, enter, *shown, *hits, *low)


@dataclass(frozen=True, slots=True)
class _Rules:
    """The settings as fractions, with what is pooled over all series; `reach` is the drop squared."""

    chart: bool
    k: Fraction
    fourths: str
    variance: Fraction | None
    reach: Fraction | None
    tolerance: Fraction

    @classmethod
    def of(cls, settings: RuptureSettings, blocks: list[Block]) -> "_Rules":
        variance, on_lattice = pool_variance(blocks, within=settings.pooled == "within")
        tolerance = Fraction(0) if on_lattice else TOLERANCE
        reach = None
        if settings.absolute is not None and variance:
            reach = Fraction(str(settings.absolute)) ** 2 * variance
        return cls(settings.chart, Fraction(str(settings.k)), settings.fourths, variance, reach, tolerance)


@dataclass(frozen=True, eq=False, slots=True)
class _Part:
    """What was found in series with one number of scores; `hits` and `low` are rows of arrays."""

    rows: np.ndarray
    shown: np.ndarray
    hits: np.ndarray
    low: np.ndarray


def _examine(block: Block, rows: np.ndarray, n: int, rules: _Rules) -> _Part:
    """Apply the rules to series with `n` scores; every comparison is one of whole numerators."""
    places = block.places(rows, n)
    at = block.answered[places]
    chart = _Chart.of(block.exact, places, n, rules)
    scores = chart.scores
    beside = np.diff(at, axis=1) == 1
    before, here = scores[:, :-1], scores[:, 1:]
    low = (scores <= chart.below_limit[:, None]) & rules.chart
    charted = low[:, 1:] & (before >= chart.above_lower[:, None])
    dropped = before - here >= _least_drop(rules, block.exact.denominator, 2 * block.exact.largest + 1)
    row, column = np.nonzero(beside & (charted | dropped))
    has_next = np.append(beside, np.zeros((len(rows), 1), dtype=bool), axis=1)[row, column + 1]
    down = (scores <= chart.below_lower[:, None])[row, np.minimum(column + 2, n - 1)]
    hits = (
        block.first + rows[row],
        block.begin + at[row, column + 1],
        np.where(charted, np.where(dropped, 2, 0), 1)[row, column],
        np.where(has_next, np.where(down, 1, 0), 2),
    )
    low[:, 1:] &= ~beside
    row, column = np.nonzero(low)
    alone = block.first + rows[row], block.begin + at[row, column]
    return _Part(block.first + rows, chart.shown, np.array(hits), np.array(alone))


@dataclass(frozen=True, eq=False, slots=True)
class _Chart:
    """Series with what they are compared with: at most `below_limit` is below it, and so on."""

    scores: np.ndarray
    shown: np.ndarray
    below_limit: np.ndarray
    above_lower: np.ndarray
    below_lower: np.ndarray

    @classmethod
    def of(cls, exact: ExactScores, places: np.ndarray, n: int, rules: _Rules) -> "_Chart":
        lower_place, upper_place = find_fourths(n, rules.fourths)
        unit = math.lcm(lower_place.weight.denominator, upper_place.weight.denominator)
        up, down = rules.k.as_integer_ratio()
        slack = math.floor(rules.tolerance * exact.denominator * unit * down)
        scores = widen(
            exact.numerators[places], 8 * max(1, exact.largest) * unit * (down + up) + slack * (up + down)
        )
        ordered = np.sort(scores, axis=1)
        lower, upper = (_pick(ordered, place, unit) for place in (lower_place, upper_place))
        limit = down * lower - up * (upper - lower)
        room = math.floor(rules.tolerance * exact.denominator * unit)
        shown = [
            as_floats(_pick(ordered, find_median(n), 2), 2 * exact.denominator),
            as_floats(lower, unit * exact.denominator),
            as_floats(upper, unit * exact.denominator),
            as_floats(limit, unit * down * exact.denominator),
        ]
        return cls(
            scores,
            np.array(shown),
            (limit - slack - 1) // (unit * down),
            (lower + room) // unit + 1,
            (lower - room - 1) // unit,
        )


def _pick(ordered: np.ndarray, place: Place, unit: int) -> np.ndarray:
    """Return the quantile at a place, times `unit`."""
    low, weight = ordered[:, place.low], int(place.weight * unit)
    return low * unit + weight * (ordered[:, place.high] - low)


def _least_drop(rules: _Rules, denominator: int, never: int) -> int:
    """Return the smallest numerator of a drop that meets the absolute criterion, at most `never`.

    Squares are compared, because the SD itself is no fraction: (drop + tolerance)^2 >= reach.
    """
    if rules.reach is None:
        return never
    finer = rules.tolerance.denominator * denominator
    square = math.ceil(rules.reach * finer**2)
    least = math.isqrt(square - 1) + 1 - rules.tolerance.numerator * denominator
    return min(max(1, -(-least // rules.tolerance.denominator)), never)


def _join(found: list[np.ndarray]) -> np.ndarray:
    """Put what was found in the order of the scores, which the second array of each names."""
    joined = np.concatenate(found, axis=1)
    return joined[:, np.argsort(joined[1], kind="stable")]
