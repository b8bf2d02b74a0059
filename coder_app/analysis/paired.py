"""Two positions of the same sequences compared: Wilcoxon's test and standardised mean differences."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from coder_app.analysis.exact import flip_signs
from coder_app.analysis.resampling import bootstrap_interval
from coder_app.analysis.results import Estimate, StatsError

# Less spread than this leaves no unit to measure a difference in.
LEAST_SPREAD = 1e-12
TOO_LITTLE = "too little variation for an effect size"


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Second position minus first; None stands for what cannot be computed."""

    wilcoxon_p: float | None
    d_av: float | None
    g: float | None
    reason: str | None


def compare_pairs(table: np.ndarray) -> PairedComparison:
    """Wilcoxon's signed-rank p, d_av and Hedges' g of two positions.

    Parameters
    ----------
    table : ndarray of shape (n, 2)
        Scores of n sequences at the first and the second position.

    Returns
    -------
    PairedComparison
        d_av is the mean difference over the mean of both SD, g the same times J(n - 1).

    References
    ----------
    Wilcoxon (1945), Biometrics Bulletin, 1, 80-83; Cumming (2012), Understanding the New Statistics, ch. 11;
    Hedges (1981), Journal of Educational Statistics, 6, 107-128.
    """
    differences = table[:, 1] - table[:, 0]
    if not differences.any():
        wilcoxon_p, reason = None, "no sequence differs between the positions"
    else:
        wilcoxon_p, reason = rank_signed(differences), None
    d_av = float(standardise_difference(table)) if len(table) > 2 else math.nan
    if math.isnan(d_av):
        return PairedComparison(wilcoxon_p, None, None, reason or TOO_LITTLE)
    return PairedComparison(wilcoxon_p, d_av, d_av * correct_small_sample(len(table) - 1), reason)


def standardise_difference(tables: np.ndarray) -> np.ndarray:
    """d_av of tables of shape (..., n, 2): mean difference over the mean of both SD; NaN without spread."""
    spread = tables.std(axis=-2, ddof=1).mean(axis=-1)
    difference = (tables[..., 1] - tables[..., 0]).mean(axis=-1)
    return np.where(spread < LEAST_SPREAD, np.nan, difference / np.maximum(spread, LEAST_SPREAD))


def find_paired_sizes(
    table: np.ndarray, resamples: int = 2_000, seed: int = 1, confidence: float = 0.95
) -> tuple[Estimate, Estimate]:
    """d_av and Hedges' g of two positions with bias-corrected and accelerated bootstrap intervals.

    Parameters
    ----------
    table : ndarray of shape (n, 2)
        Scores of n sequences at the first and the second position.
    resamples, seed : int
        Resamples of sequences, at least 1, and the generator's seed.
    confidence : float
        Between 0 and 1.

    Raises
    ------
    StatsError
        Fewer than one resample.
    """
    if resamples < 1:
        raise StatsError(f"{resamples} resamples; expected at least 1")
    compared = compare_pairs(table)
    if compared.d_av is None:
        return (Estimate(None, None, None, compared.reason),) * 2
    n = len(table)
    drawn = np.random.default_rng(seed).integers(0, n, size=(resamples, n))
    without = np.array([standardise_difference(np.delete(table, at, axis=0)) for at in range(n)])
    d_av = bootstrap_interval(compared.d_av, standardise_difference(table[drawn]), without, confidence)
    if d_av.lower is None:
        return d_av, Estimate(compared.g, None, None, d_av.reason)
    factor = correct_small_sample(n - 1)
    return d_av, Estimate(compared.g, d_av.lower * factor, d_av.upper * factor)


def rank_signed(differences: np.ndarray) -> float:
    """Two-sided p of Wilcoxon's signed-rank test, exact up to 40 differences, ties or not.

    Parameters
    ----------
    differences : ndarray of shape (n,)
        Not all zero; zeros leave before ranking.

    Returns
    -------
    float
        All sign flips of the ranks up to 40 differences (scipy lists 2^n of them in Python where there are
        ties), beyond that scipy's normal approximation.
    """
    # Rounded, so that differences that are equal but for a float's noise get tied ranks.
    differences = differences.round(10)
    kept = differences[differences != 0]
    exact = flip_signs(np.sign(kept) * stats.rankdata(np.abs(kept)))
    return float(stats.wilcoxon(kept).pvalue) if exact is None else exact


def correct_small_sample(df: int) -> float:
    """Hedges' exact factor J that takes the upward bias out of a standardised difference; df of 2 or more."""
    return math.exp(special.gammaln(df / 2) - special.gammaln((df - 1) / 2)) / math.sqrt(df / 2)
