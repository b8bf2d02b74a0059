"""Two positions of the same sequences compared: Wilcoxon's test and standardised mean differences."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special, stats

from coder_app.analysis.exact import flip_signs


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
    spread = float(table.std(axis=0, ddof=1).mean())
    if len(table) < 3 or spread < 1e-12:
        return PairedComparison(wilcoxon_p, None, None, reason or "too little variation for an effect size")
    d_av = float(differences.mean()) / spread
    return PairedComparison(wilcoxon_p, d_av, d_av * correct_small_sample(len(table) - 1), reason)


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
