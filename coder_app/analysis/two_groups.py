"""Two independent groups compared: means, shares and whole categories, with effect sizes."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats
from scipy.optimize import brentq
from scipy.special import gammaln

from coder_app.analysis.paired import correct_small_sample
from coder_app.analysis.proportion import share_difference
from coder_app.analysis.results import Estimate, FTest

TOO_FEW = "each group needs at least 2 values"
NO_SPREAD = "no variation within the groups"
# Freeman and Halton's p lists every table with the margins that were seen.
MOST_TABLES = 2_000_000
SAME = 1 + 1e-7  # tables as likely as the observed one, as R counts them


@dataclass(frozen=True, slots=True)
class MeansCompared:
    """Two groups' means: F with equal variances, Welch's F, and Hedges' g (first minus second)."""

    f: FTest
    welch: FTest
    g: Estimate


@dataclass(frozen=True, slots=True)
class CountsCompared:
    """Two groups' categories: Pearson's chi-square, exact p, Cramer's V; of two categories also differences.

    `risk_difference` is the share of the last category in the first group minus that in the second, and
    `odds_ratio` the odds of the last category in the first group over those in the second.
    """

    chi2: float
    df: int
    p_chi2: float
    p_exact: float | None
    cramers_v: float
    risk_difference: Estimate
    odds_ratio: Estimate
    reason: str | None


def compare_means(first: np.ndarray, second: np.ndarray, confidence: float = 0.95) -> MeansCompared:
    """Compare the means of two groups.

    Parameters
    ----------
    first, second : arrays of values without gaps
    confidence : coverage of the interval of g, in (0, 1)

    Returns
    -------
    MeansCompared
        Without an F where a group has fewer than 2 values or nothing varies within the groups.

    Notes
    -----
    R: aov(y ~ group), oneway.test(y ~ group) for Welch (1951), Biometrika 38, 330. g is d with the pooled SD
    times Hedges' exact J (Hedges 1981); its interval comes from the noncentral t (Steiger & Fouladi 1997),
    times J.
    """
    sizes = len(first), len(second)
    if min(sizes) < 2:
        none = FTest(None, 1, max(sum(sizes) - 2, 0), None, TOO_FEW)
        return MeansCompared(none, none, Estimate(None, None, None, TOO_FEW))
    df = sum(sizes) - 2
    variances = [_variance(part) for part in (first, second)]
    within = sum((n - 1) * variance for n, variance in zip(sizes, variances, strict=True)) / df
    difference = float(first.mean() - second.mean())
    if within == 0:
        none = FTest(None, 1, df, None, NO_SPREAD)
        return MeansCompared(none, none, Estimate(None, None, None, NO_SPREAD))
    f = difference**2 / (within * (1 / sizes[0] + 1 / sizes[1]))
    parts = [variance / n for variance, n in zip(variances, sizes, strict=True)]
    df_welch = sum(parts) ** 2 / sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
    f_welch = difference**2 / sum(parts)
    return MeansCompared(
        FTest(f, 1, df, float(stats.f.sf(f, 1, df))),
        FTest(f_welch, 1, df_welch, float(stats.f.sf(f_welch, 1, df_welch))),
        _hedges_g(difference / math.sqrt(within), sizes, confidence),
    )


def compare_counts(table: np.ndarray, confidence: float = 0.95) -> CountsCompared:
    """Compare how two groups fall into categories.

    Parameters
    ----------
    table : array of counts, categories x 2 groups, every row and column with at least one
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    CountsCompared
        `reason` says why there is no exact p: more than 2,000,000 tables would have to be listed.

    Notes
    -----
    R: chisq.test(table, correct = FALSE), fisher.test(table) (Freeman & Halton 1951 beyond 2 x 2). The odds
    ratio is the conditional maximum likelihood estimate with the exact interval of fisher.test; an interval
    or estimate that is not finite is missing. Risk difference: Newcombe (1998).
    """
    n = table.sum()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    chi2 = float(((table - expected) ** 2 / expected).sum())
    df = len(table) - 1
    exact = _exact_p(table)
    two = len(table) == 2
    only_two = Estimate(None, None, None, "of two categories only")
    last = [(int(table[-1, group]), int(table[:, group].sum())) for group in (0, 1)]
    return CountsCompared(
        chi2=chi2,
        df=df,
        p_chi2=float(stats.chi2.sf(chi2, df)),
        p_exact=exact,
        cramers_v=math.sqrt(chi2 / n),
        risk_difference=share_difference(*last, confidence) if two else only_two,
        odds_ratio=_odds_ratio(table, confidence) if two else only_two,
        reason=None if exact is not None else f"more than {MOST_TABLES:,} tables to list",
    )


def correlate(x: np.ndarray, y: np.ndarray, confidence: float = 0.95) -> tuple[Estimate, float | None]:
    """Pearson's r with Fisher's interval, and its p.

    Parameters
    ----------
    x, y : arrays of one length without gaps

    Notes
    -----
    R: cor.test(x, y). Without an interval below 4 pairs, without a figure where one of both does not vary.
    """
    if len(x) < 3 or np.ptp(x) == 0 or np.ptp(y) == 0:
        reason = "fewer than 3 pairs" if len(x) < 3 else "one of both does not vary"
        return Estimate(None, None, None, reason), None
    found = stats.pearsonr(x, y)
    r = float(found.statistic)
    if len(x) < 4 or abs(r) > 1 - 1e-12:
        return Estimate(r, None, None, "no interval from 3 pairs or of a perfect line"), float(found.pvalue)
    limits = found.confidence_interval(confidence)
    return Estimate(r, float(limits.low), float(limits.high)), float(found.pvalue)


def _variance(values: np.ndarray) -> float:
    """Variance (n - 1); exactly 0 where all values are the same."""
    return 0.0 if np.ptp(values) == 0 else float(values.var(ddof=1))


def _hedges_g(d: float, sizes: tuple[int, int], confidence: float) -> Estimate:
    df = sum(sizes) - 2
    scale = math.sqrt(1 / sizes[0] + 1 / sizes[1])
    correction = correct_small_sample(df)
    limits = (_noncentral(d / scale, df, (1 + sign * confidence) / 2) for sign in (1, -1))
    return Estimate(correction * d, *(correction * scale * limit for limit in limits))


def _noncentral(t: float, df: int, share: float) -> float:
    """The noncentrality under which t lies at this share of its distribution."""

    def miss(noncentrality: float) -> float:
        return float(stats.nct.cdf(t, df, noncentrality)) - share

    reach = 5.0 + abs(t)
    while miss(t - reach) < 0 or miss(t + reach) > 0:
        reach *= 1.5
    return float(brentq(miss, t - reach, t + reach, xtol=1e-10))


def _odds_ratio(table: np.ndarray, confidence: float) -> Estimate:
    # The odds of the last category: it stands first, as the first group does.
    found = stats.contingency.odds_ratio(table[::-1].astype(int), kind="conditional")
    limits = found.confidence_interval(confidence)
    value, lower, upper = (
        float(part) if math.isfinite(part) else None for part in (found.statistic, limits.low, limits.high)
    )
    whole = None not in (value, lower, upper) and value > 0
    return Estimate(value, lower, upper, None if whole else "a group lies in one category as a whole")


def _exact_p(table: np.ndarray) -> float | None:
    """Share of all tables with these margins, weighted by chance, that are no likelier than this one."""
    if len(table) == 2:
        return float(stats.fisher_exact(table.astype(int)).pvalue)
    rows, first = table.sum(axis=1).astype(int), int(table[:, 0].sum())
    if math.prod(min(int(row), first) + 1 for row in rows[:-1]) > MOST_TABLES:
        return None
    left, logs = np.array([first]), np.array([0.0])
    for row in rows[:-1]:
        picks = np.arange(min(row, first) + 1)
        left = np.subtract.outer(left, picks).ravel()
        logs = np.add.outer(logs, _log_choose(row, picks)).ravel()
        left, logs = left[left >= 0], logs[left >= 0]
    fits = left <= rows[-1]
    logs = logs[fits] + _log_choose(rows[-1], left[fits]) - _log_choose(int(rows.sum()), np.array(first))
    chances = np.exp(logs)
    own = math.exp(
        float(sum(_log_choose(row, np.array(n)) for row, n in zip(rows, table[:, 0], strict=True)))
        - float(_log_choose(int(rows.sum()), np.array(first)))
    )
    return min(1.0, float(chances[chances <= own * SAME].sum()))


def _log_choose(n: int, picks: np.ndarray) -> np.ndarray:
    return gammaln(n + 1) - gammaln(picks + 1) - gammaln(n - picks + 1)
