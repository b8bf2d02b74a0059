"""Agreement without a model of variance: shares of agreeing pairs of raters, and Gwet's AC2."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np

from coder_app.analysis.results import StatsError


def percent_agreement(scores: np.ndarray, within: float = 0.0) -> float | None:
    """Mean over targets of the share of rater pairs that agree.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    within : largest difference that counts as agreement (0 = exact, 1 = within one point)

    Returns
    -------
    float in [0, 1], or None if no target has two ratings

    Notes
    -----
    Equals the observed agreement `pa` of irrCAC with identity weights.
    """
    share = float(share_agreeing(scores[None], within)[0])
    return None if np.isnan(share) else share


def share_agreeing(scores: np.ndarray, within: float = 0.0) -> np.ndarray:
    """As `percent_agreement`, for many items at once.

    Parameters
    ----------
    scores : array, items x targets x raters, NaN where not rated

    Returns
    -------
    array of items, each in [0, 1], or NaN if no target has two ratings
    """
    agreeing, compared = np.zeros((2, *scores.shape[:2]))
    for first, second in combinations(range(scores.shape[2]), 2):
        difference = np.abs(scores[:, :, first] - scores[:, :, second])
        agreeing += difference <= within
        compared += difference >= 0
    used = compared > 0
    shares = np.where(used, agreeing, 0.0) / np.where(used, compared, 1.0)
    number = used.sum(axis=1)
    return shares.sum(axis=1) / np.where(number > 0, number, np.nan)


def all_agree(scores: np.ndarray) -> float | None:
    """Share of the targets with two ratings or more on which all raters gave the same score.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    """
    several = scores[np.isfinite(scores).sum(axis=1) > 1]
    if not len(several):
        return None
    return float((np.nanmin(several, axis=1) == np.nanmax(several, axis=1)).mean())


def gwet_ac2(scores: np.ndarray, categories: Sequence[float]) -> float | None:
    """Gwet's AC2 with quadratic weights over the whole scale.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    categories : every point of the scale in ascending order, used or not; with fewer the figure changes

    Returns
    -------
    float <= 1, or None if no target has two ratings, the scale has one point, or chance agreement is 1

    Raises
    ------
    StatsError
        A score is not one of the categories.

    Notes
    -----
    Gwet (2014), Handbook of Inter-Rater Reliability, ch. 5; irrCAC::gwet.ac1.raw(weights = "quadratic",
    categ.labels = categories).
    """
    points = np.asarray(categories, dtype=float)
    given = np.isfinite(scores)
    strange = sorted(set(scores[given]) - set(points))
    if strange:
        raise StatsError(f"score {strange[0]:g} is not on the scale {points[0]:g} to {points[-1]:g}")
    counts = (scores[:, :, None] == points).sum(axis=1)
    number = counts.sum(axis=1)
    if len(points) < 2 or not (number > 1).any():
        return None
    weights = 1 - ((points[:, None] - points) / (points[-1] - points[0])) ** 2
    rated = counts[number > 0] / number[number > 0, None]
    prevalence = rated.mean(axis=0)
    q = len(points)
    chance = weights.sum() / (q * (q - 1)) * (prevalence * (1 - prevalence)).sum()
    several, r = counts[number > 1], number[number > 1]
    observed = ((several * (several @ weights - 1)).sum(axis=1) / (r * (r - 1))).mean()
    return float((observed - chance) / (1 - chance)) if chance < 1 else None
