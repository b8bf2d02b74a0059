"""ICCs of ratings with holes, from REML variance components."""

import numpy as np

from coder_app.analysis.mixed import Components, estimate_components, simulate_components
from coder_app.analysis.results import Estimate

NO_INTERVAL = "no interval: ratings with holes need a bootstrap, and none was asked for"
FORMS_INCOMPLETE = ("ICC(A,1)", "ICC(A,k)", "ICC(Q,k)")


def icc_incomplete(
    scores: np.ndarray, confidence: float = 0.95, n_bootstrap: int = 2000, seed: int = 1
) -> dict[str, Estimate]:
    """ICC(A,1), ICC(A,k) and ICC(Q,k) with parametric bootstrap intervals.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated; `obstacles.find_obstacle` returned None
    confidence : coverage of the percentile intervals, in (0, 1)
    n_bootstrap, seed : simulated sets of ratings (0 = no interval) and the generator's seed

    Returns
    -------
    dict from the names of `FORMS_INCOMPLETE` to Estimate

    Notes
    -----
    ten Hove, Jorgensen & van der Ark (2022), Psychological Methods: k is the harmonic mean of the ratings
    per target, q the share of the raters' variance that stays in comparisons of targets.
    """
    given = np.isfinite(scores)
    components = estimate_components(scores)
    estimates = _ratios(given, components.target, components.rater, components.residual)
    if not n_bootstrap:
        return {name: Estimate(float(value), None, None, NO_INTERVAL) for name, value in estimates.items()}
    target, rater = bootstrap_components(scores, components, n_bootstrap, seed)
    samples = _ratios(given, target, rater, float(components.residual > 0))
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    limits = {name: np.quantile(values, tails) for name, values in samples.items()}
    return {
        name: Estimate(float(value), float(limits[name][0]), float(limits[name][1]))
        for name, value in estimates.items()
    }


def bootstrap_components(
    scores: np.ndarray, components: Components, n_samples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """As `mixed.simulate_components`, also for components without residual variation.

    Every sample then repeats the data: variances of 1 and 0, over a residual of 0.
    """
    if components.residual == 0:
        return np.ones(n_samples), np.zeros(n_samples)
    return simulate_components(np.isfinite(scores), components, n_samples, seed)


def _ratios(
    given: np.ndarray, target: float | np.ndarray, rater: float | np.ndarray, residual: float
) -> dict[str, float | np.ndarray]:
    number = given.sum(axis=1)
    n = len(number)
    k = n / (1 / number).sum()
    shares = given / number[:, None]
    overlap = (shares.sum(axis=0) ** 2).sum() - (shares**2).sum()
    q = 1 / k - overlap / (n * (n - 1))
    values = (
        target / (target + rater + residual),
        target / (target + (rater + residual) / k),
        target / (target + q * rater + residual / k),
    )
    return dict(zip(FORMS_INCOMPLETE, values, strict=True))
