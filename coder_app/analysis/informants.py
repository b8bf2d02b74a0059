"""Do two informants see the same alliance? Between dyads, within dyads over time, and session by session."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from coder_app.analysis.course import LEAST, Course
from coder_app.analysis.results import Estimate


@dataclass(frozen=True, slots=True)
class Correlation:
    """A correlation with its interval, the number of pairs it is of, df and two-sided p."""

    r: Estimate
    n: int
    df: int | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two informants of the same dyads.

    `n_dyads` have a session that both scored, `n_pairs` counts these sessions. `between` correlates dyads'
    means over them; `within` is the repeated-measures correlation, `pooled` the same from each dyad's own
    correlation by Fisher's z (n is the number of dyads); `by_number` has one for each session number.
    """

    first: tuple[str, str]
    second: tuple[str, str]
    n_dyads: int
    n_pairs: int
    between: Correlation
    within: Correlation
    pooled: Correlation
    by_number: tuple[tuple[int, Correlation], ...]
    reason: str | None


def compare_informants(one: Course, other: Course, confidence: float = 0.95) -> Agreement:
    """Correlate two informants' scores of the same treatment sessions.

    A correlation is the same whether scores are standardised within their measure or not, so that measures
    with different scales can be compared. Intervals are Fisher's: tanh(atanh r -+ z / sqrt(n - 3)), for the
    repeated-measures correlation with df - 1 under the root.

    Parameters
    ----------
    one, other : courses of two informants
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    Agreement
        Correlations below 10 pairs, or of scores that do not vary, are None with their reason.

    References
    ----------
    Bakdash & Marusich (2017), Frontiers in Psychology, 8, 456 (R package rmcorr); Bland & Altman (1995), BMJ,
    310, 446. Pooled z: Silver & Dunlap (1987), Journal of Applied Psychology, 72, 146-148.
    """
    numbers, x, y = _align(one, other)
    shared = np.isfinite(x) & np.isfinite(y)
    x, y = np.where(shared, x, np.nan), np.where(shared, y, np.nan)
    kept = shared.any(axis=1)
    x, y, shared = x[kept], y[kept], shared[kept]
    n_pairs = int(shared.sum())
    reason = None if n_pairs else "no treatment session was scored by both"
    return Agreement(
        first=(one.informant, one.measure),
        second=(other.informant, other.measure),
        n_dyads=len(x),
        n_pairs=n_pairs,
        between=correlate(_means(x), _means(y), confidence, "dyads"),
        within=correlate_within(x, y, confidence),
        pooled=pool_within(x, y, confidence),
        by_number=tuple(
            (int(number), correlate(a[np.isfinite(a)], b[np.isfinite(a)], confidence, "dyads"))
            for number, a, b in zip(numbers, x.T, y.T, strict=True)
            if np.isfinite(a).any()
        ),
        reason=reason,
    )


def correlate(x: np.ndarray, y: np.ndarray, confidence: float, of: str) -> Correlation:
    """Pearson's r of complete pairs with Fisher's interval; none below 10 pairs.

    Parameters
    ----------
    x, y : arrays of n numbers
    confidence : in (0, 1)
    of : what the pairs are, for the reason
    """
    n = len(x)
    if n < LEAST:
        return _without(n, f"{n} {of}; {LEAST} are needed")
    x, y = x - x.mean(), y - y.mean()
    sxx, syy = float(x @ x), float(y @ y)
    if _flat(sxx, x) or _flat(syy, y):
        return _without(n, "the scores of an informant do not vary")
    r = float(np.clip(x @ y / math.sqrt(sxx * syy), -1, 1))
    return _with_interval(r, n, n - 2, n - 3, confidence)


def correlate_within(x: np.ndarray, y: np.ndarray, confidence: float) -> Correlation:
    """Repeated-measures correlation: one slope for all dyads, each with an intercept of its own.

    Parameters
    ----------
    x, y : arrays, dyads x numbers, NaN where either is missing

    Returns
    -------
    Correlation
        n counts the pairs of dyads with two or more, df = n - dyads - 1.
    """
    several = np.isfinite(x).sum(axis=1) > 1
    x, y = x[several], y[several]
    dyads, n = len(x), int(np.isfinite(x).sum())
    if dyads < LEAST:
        return _without(n, f"{dyads} dyads with two shared sessions or more; {LEAST} are needed")
    x, y = _centred(x), _centred(y)
    sxx, syy = float((x * x).sum()), float((y * y).sum())
    if _flat(sxx, x) or _flat(syy, y):
        return _without(n, "the scores of an informant do not vary within dyads")
    r = float(np.clip((x * y).sum() / math.sqrt(sxx * syy), -1, 1))
    df = n - dyads - 1
    return _with_interval(r, n, df, df - 1, confidence)


def pool_within(x: np.ndarray, y: np.ndarray, confidence: float) -> Correlation:
    """Each dyad's own correlation over its sessions, pooled by Fisher's z weighted with sessions - 3.

    Parameters
    ----------
    x, y : arrays, dyads x numbers, NaN where either is missing

    Returns
    -------
    Correlation
        n counts the dyads with four shared sessions or more of which both informants' scores vary.
    """
    zs, weights = [], []
    for a, b in zip(x, y, strict=True):
        given = np.isfinite(a)
        m = int(given.sum())
        if m < 4:
            continue
        a0, b0 = a[given] - a[given].mean(), b[given] - b[given].mean()
        sxx, syy = float(a0 @ a0), float(b0 @ b0)
        if _flat(sxx, a[given]) or _flat(syy, b[given]):
            continue
        r = float(a0 @ b0) / math.sqrt(sxx * syy)
        if abs(r) < 1 - 1e-12:
            zs.append(math.atanh(r))
            weights.append(m - 3)
    if len(zs) < LEAST:
        why = f"{len(zs)} dyads with four shared sessions or more that vary; {LEAST} are needed"
        return _without(len(zs), why)
    total = float(sum(weights))
    z = float(np.dot(zs, weights)) / total
    reach = float(stats.norm.ppf((1 + confidence) / 2)) / math.sqrt(total)
    r = Estimate(math.tanh(z), math.tanh(z - reach), math.tanh(z + reach))
    return Correlation(r, len(zs), None, float(2 * stats.norm.sf(abs(z) * math.sqrt(total))))


def _align(one: Course, other: Course) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Both tables on the dyads and numbers that they share."""
    dyads = sorted(set(one.dyads) & set(other.dyads))
    numbers = np.intersect1d(one.numbers, other.numbers)
    tables = []
    for course in (one, other):
        place = {dyad: row for row, dyad in enumerate(course.dyads)}
        rows = [place[dyad] for dyad in dyads]
        tables.append(course.scores[rows][:, np.isin(course.numbers, numbers)])
    return numbers, *tables


def _means(table: np.ndarray) -> np.ndarray:
    return np.nanmean(table, axis=1) if len(table) else np.empty(0)


def _centred(table: np.ndarray) -> np.ndarray:
    return np.nan_to_num(table - np.nanmean(table, axis=1, keepdims=True))


def _flat(squares: float, values: np.ndarray) -> bool:
    """What a float leaves of no variation is none."""
    scale = float(np.nanmax(np.abs(values), initial=0.0))
    return squares <= 1e-18 * max(1.0, scale * scale) * max(1, values.size)


def _without(n: int, reason: str) -> Correlation:
    return Correlation(Estimate(None, None, None, reason), n, None, None)


def _with_interval(r: float, n: int, df: int, weight: int, confidence: float) -> Correlation:
    if 1 - abs(r) < 1e-12:
        return Correlation(Estimate(r, r, r), n, df, None)
    reach = float(stats.norm.ppf((1 + confidence) / 2)) / math.sqrt(weight)
    z = math.atanh(r)
    t = r * math.sqrt(df / (1 - r * r))
    estimate = Estimate(r, math.tanh(z - reach), math.tanh(z + reach))
    return Correlation(estimate, n, df, float(2 * stats.t.sf(abs(t), df)))
