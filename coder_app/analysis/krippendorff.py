"""Krippendorff's alpha, with a bootstrap over targets."""

import numpy as np

from coder_app.analysis.resampling import bootstrap_interval, draw_counts
from coder_app.analysis.results import Estimate
from coder_app.analysis.units import sum_by_unit

LEVELS = ("nominal", "ordinal", "interval")
NO_PAIRS = "no target has two ratings"
NO_VARIATION = "no variation: all scores that can be compared are the same"


def krippendorff_alpha(
    scores: np.ndarray,
    level: str = "ordinal",
    n_samples: int = 2000,
    seed: int = 1,
    confidence: float = 0.95,
    units: np.ndarray | None = None,
) -> Estimate:
    """Krippendorff's alpha of one item.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    level : "nominal", "ordinal" or "interval", how differences between scores count
    n_samples, seed : resamples of targets (0 = no interval), and the generator's seed
    confidence : coverage of the interval, in (0, 1)
    units : array of targets, numbers of what is resampled; each target on its own if not given

    Notes
    -----
    Krippendorff (2011), Computing Krippendorff's Alpha-Reliability; irr::kripp.alpha. Scores of targets with
    one rating cannot be compared and are left out. The interval is bias-corrected and accelerated over
    resampled targets, not Krippendorff's own resampling of differences, which takes the ratings of one
    target as independent.
    """
    several = np.isfinite(scores).sum(axis=1) > 1
    compared = scores[several]
    if not len(compared):
        return Estimate(None, None, None, NO_PAIRS)
    points = np.unique(compared[np.isfinite(compared)])
    if len(points) < 2:
        return Estimate(None, None, None, NO_VARIATION)
    counts = np.stack([(compared == point).sum(axis=1) for point in points], axis=1)
    if units is None:
        counts, sizes = np.unique(counts, axis=0, return_counts=True)
        pairs = _coincidences(counts.astype(float))
    else:
        pairs = sum_by_unit(_coincidences(counts.astype(float)), units[several])
        sizes = np.ones(len(pairs), dtype=int)
    total = sizes @ pairs
    estimate = float(_alpha(total[None], points, level)[0])
    if n_samples == 0:
        return Estimate(estimate, None, None)
    samples = [_alpha(drawn @ pairs, points, level) for drawn in draw_counts(sizes, n_samples, seed)]
    without_one = _alpha(total - pairs, points, level)
    return bootstrap_interval(estimate, np.concatenate(samples), without_one, confidence, sizes)


def _coincidences(counts: np.ndarray) -> np.ndarray:
    """Pairs of values within each target, each pair weighted by 1/(ratings - 1): targets x values squared."""
    number = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(counts.shape[1])
    pairs[:, diagonal, diagonal] -= counts
    return (pairs / (number - 1)[:, None, None]).reshape(len(counts), -1)


def _alpha(pairs: np.ndarray, points: np.ndarray, level: str) -> np.ndarray:
    """Alpha from coincidences (samples x values squared), NaN without variation."""
    observed = pairs.reshape(-1, len(points), len(points))
    margin = observed.sum(axis=2)
    n = margin.sum(axis=1)
    difference = _differences(margin, points, level)
    disagreement = (observed * difference).sum(axis=(1, 2))
    expected = (margin[:, :, None] * margin[:, None, :] * difference).sum(axis=(1, 2))
    varies = expected > 1e-12 * n**2
    return np.where(varies, 1 - (n - 1) * disagreement / np.where(varies, expected, 1.0), np.nan)


def _differences(margin: np.ndarray, points: np.ndarray, level: str) -> np.ndarray:
    """Squared differences between values; those of ranks depend on how often each value was given."""
    if level == "nominal":
        return 1.0 - np.eye(len(points))
    if level == "interval":
        return (points[:, None] - points) ** 2
    middle = margin.cumsum(axis=1) - margin / 2
    return (middle[:, :, None] - middle[:, None, :]) ** 2
