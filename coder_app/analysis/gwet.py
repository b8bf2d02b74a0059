"""Gwet's AC1 and AC2 with intervals, for many items at once."""

from collections.abc import Sequence

import numpy as np
from scipy.stats import t as t_distribution

from coder_app.analysis.results import Estimate, StatsError
from coder_app.analysis.units import sum_by_unit
from coder_app.analysis.weights import agreement_weights

NO_PAIRS = "no target has two ratings"
ONE_POINT = "the scale has one point"


def gwet_ac(
    scores: np.ndarray, categories: Sequence[float], weights: str = "quadratic", confidence: float = 0.95
) -> Estimate:
    """Gwet's AC1 (weights "identity") or AC2 (any others) with its interval.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    categories : every point of the scale in ascending order, used or not; with fewer the figure changes
    weights : see `weights.agreement_weights`
    confidence : coverage of the interval, in (0, 1)

    Raises
    ------
    StatsError
        A score is not one of the categories.

    Notes
    -----
    Gwet (2014), Handbook of Inter-Rater Reliability, ch. 5; irrCAC::gwet.ac1.raw(categ.labels =
    categories). The interval takes the raters as they are; the upper limit is at most 1.
    """
    (found,) = gwet_by_item(count_categories(scores[None], categories), categories, weights, confidence)
    return found


def count_categories(scores: np.ndarray, categories: Sequence[float]) -> np.ndarray:
    """Ratings of each target by category.

    Parameters
    ----------
    scores : array, items x targets x raters, NaN where not rated
    categories : every point of the scale in ascending order

    Returns
    -------
    array, items x targets x categories

    Raises
    ------
    StatsError
        A score is not one of the categories.
    """
    counts = np.stack([(scores == point).sum(axis=2) for point in categories], axis=2).astype(float)
    if counts.sum() != np.isfinite(scores).sum():
        given = scores[np.isfinite(scores)]
        strange = min(set(given.tolist()) - set(map(float, categories)))
        raise StatsError(f"score {strange:g} is not on the scale {categories[0]:g} to {categories[-1]:g}")
    return counts


def gwet_by_item(
    counts: np.ndarray,
    categories: Sequence[float],
    weights: str = "quadratic",
    confidence: float = 0.95,
    units: np.ndarray | None = None,
) -> tuple[Estimate, ...]:
    """As `gwet_ac` for each item, from `count_categories`.

    `units` numbers what was drawn independently where that is more than one target: their parts of the
    estimate are added up before they are squared.
    """
    number = counts.sum(axis=2)
    if len(categories) < 2:
        return tuple(Estimate(None, None, None, ONE_POINT) for _ in counts)
    figures = _coefficients(counts, number, agreement_weights(categories, weights), units)
    found = []
    for estimate, error, size in zip(*(part.tolist() for part in figures), strict=True):
        if estimate != estimate:
            found.append(Estimate(None, None, None, NO_PAIRS))
            continue
        reach = error * float(t_distribution.ppf((1 + confidence) / 2, size - 1)) if size > 1 else None
        reason = f"no interval from one {'target' if units is None else 'unit'}" if reach is None else None
        limits = (None, None) if reach is None else (estimate - reach, min(1.0, estimate + reach))
        found.append(Estimate(estimate, *limits, reason))
    return tuple(found)


def _coefficients(
    counts: np.ndarray, number: np.ndarray, weights: np.ndarray, units: np.ndarray | None
) -> tuple:
    """Coefficient, standard error and units of each item, NaN where no target has two ratings."""
    q = counts.shape[2]
    rated, several = number > 0, number > 1
    n, pairs = rated.sum(axis=1), several.sum(axis=1)
    shares = counts / np.where(rated, number, 1.0)[:, :, None]
    n, pairs = (np.where(pairs > 0, size, np.nan) for size in (n, pairs))
    prevalence = shares.sum(axis=1) / n[:, None]
    unit = weights.sum() / (q * (q - 1))
    chance = unit * (prevalence * (1 - prevalence)).sum(axis=1)
    agreeing = (counts * (counts @ weights - 1)).sum(axis=2)
    agreeing = np.where(several, agreeing / np.where(several, number * (number - 1), 1.0), 0.0)
    observed = agreeing.sum(axis=1) / pairs
    estimate = (observed - chance) / (1 - chance)
    # Each target's part of the estimate, by the derivatives of both kinds of agreement.
    left = (1 - chance)[:, None]
    own = (n / pairs)[:, None] * np.where(several, agreeing - chance[:, None], 0.0) / left
    by_chance = unit * (shares @ (1 - prevalence)[:, :, None])[:, :, 0]
    own -= 2 * (1 - estimate)[:, None] * (by_chance - chance[:, None]) / left
    apart = sum_by_unit(np.where(rated, own - estimate[:, None], 0.0).T, units)
    drawn = (sum_by_unit(rated.T.astype(float), units) > 0).sum(axis=0)
    variance = (apart**2).sum(axis=0) * drawn / (n**2 * np.maximum(drawn - 1, 1))
    return estimate, np.sqrt(variance), drawn
