"""Weighted kappa of an item by all pairs of raters: Light's mean, with the lowest and the highest pair."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy.special import ndtri

from coder_app.analysis.kappa import CHANCE_IS_ALL, NO_SPREAD, NO_TARGETS
from coder_app.analysis.results import Estimate
from coder_app.analysis.units import sum_by_unit


@dataclass(frozen=True, slots=True)
class MeanKappa:
    """Mean of the kappas of `n_pairs` of `n_all` pairs of raters, with the lowest and the highest of them."""

    kappa: Estimate
    lowest: float | None
    highest: float | None
    n_pairs: int
    n_all: int


def mean_kappa(
    scores: np.ndarray,
    lowest: int,
    weights: np.ndarray,
    confidence: float = 0.95,
    units: np.ndarray | None = None,
) -> MeanKappa:
    """Light's kappa of one item: the mean of Cohen's kappa over the pairs of raters that have one.

    Parameters
    ----------
    scores : array, targets x raters, whole numbers on the scale, NaN where not rated
    lowest : lowest point of the scale
    weights : array, points x points of the whole scale, see `weights.agreement_weights`
    confidence : coverage of the interval, in (0, 1)
    units : array of targets, numbers of what was drawn independently; each target on its own if not given

    Notes
    -----
    Light (1971), Psychological Bulletin 76, 365; psych::cohen.kappa gives the same mean. A pair enters with
    the targets that both rated. The standard error is that of Fleiss, Cohen & Everitt (1969) carried over to
    the mean: each target's part in every pair's kappa is added up before it is squared, because the pairs
    share raters and targets. For two raters it is theirs.
    """
    pairs = list(combinations(range(scores.shape[1]), 2))
    parts = [_influence(scores[:, pair], lowest, weights) for pair in pairs]
    found = [part for part in parts if part is not None]
    if not found:
        shared = any(np.isfinite(scores[:, pair]).all(axis=1).any() for pair in pairs)
        none = Estimate(None, None, None, CHANCE_IS_ALL if shared else NO_TARGETS)
        return MeanKappa(none, None, None, 0, len(pairs))
    kappas = [kappa for kappa, _ in found]
    estimate = float(np.mean(kappas))
    own = np.mean([influence for _, influence in found], axis=0)
    error = float(np.sqrt((sum_by_unit(own, units) ** 2).sum()))
    bounds = (min(kappas), max(kappas), len(found), len(pairs))
    if error < 1e-12 and estimate < 1 - 1e-12:
        return MeanKappa(Estimate(estimate, None, None, NO_SPREAD), *bounds)
    reach = float(ndtri((1 + confidence) / 2)) * error
    return MeanKappa(Estimate(estimate, max(-1.0, estimate - reach), min(1.0, estimate + reach)), *bounds)


def _influence(both: np.ndarray, lowest: int, weights: np.ndarray) -> tuple[float, np.ndarray] | None:
    """Kappa of two raters, and each target's part in it; None where it cannot be computed."""
    shared = np.isfinite(both).all(axis=1)
    n, q = int(shared.sum()), len(weights)
    if not n:
        return None
    row, column = (both[shared] - lowest).T.astype(int)
    p = np.bincount(row * q + column, minlength=q * q).reshape(q, q) / n
    by_row, by_column = weights @ p.sum(axis=0), p.sum(axis=1) @ weights
    observed, chance = float((p * weights).sum()), float(p.sum(axis=1) @ by_row)
    if 1 - chance <= 1e-12:
        return None
    kappa = (observed - chance) / (1 - chance)
    terms = weights[row, column] - (by_row[row] + by_column[column]) * (1 - kappa)
    influence = np.zeros(len(both))
    influence[shared] = (terms - (kappa - chance * (1 - kappa))) / (1 - chance) / n
    return kappa, influence
