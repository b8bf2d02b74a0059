"""Bootstrap resamples of targets as counts, and intervals from the figures that the resamples give."""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr, ndtri

BLOCK = 2_000_000  # counts held at once, 16 MB


def draw_counts(n: int, n_samples: int, seed: int) -> Iterator[np.ndarray]:
    """How often each of n targets stands in each resample, in blocks of resamples x n floats."""
    rng = np.random.default_rng(seed)
    shares = np.full(n, 1 / n)
    size = max(1, BLOCK // n)
    for start in range(0, n_samples, size):
        yield rng.multinomial(n, shares, size=min(size, n_samples - start)).astype(float)


def percentile_limits(samples: np.ndarray, confidence: float) -> np.ndarray:
    """Limits of percentile intervals: array of 2 x figures from samples x figures, NaN samples left out."""
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    return np.nanquantile(samples, tails, axis=0)


def bca_limits(
    samples: np.ndarray, estimates: np.ndarray, without_one: np.ndarray, confidence: float
) -> np.ndarray:
    """Limits of bias-corrected and accelerated intervals.

    Parameters
    ----------
    samples : array, resamples x figures
    estimates : array of figures, from the sample itself
    without_one : array, targets x figures, each without one target
    confidence : coverage, in (0, 1)

    Returns
    -------
    array, 2 x figures

    Notes
    -----
    Efron (1987), J American Statistical Association 82, 171. Ties of samples with the estimate count half.
    """
    beyond = samples - estimates
    tied = np.abs(beyond) <= 1e-10 * (1 + np.abs(estimates))
    below = np.where(tied, 0.5, beyond < 0).mean(axis=0)
    least = 0.5 / len(samples)
    bias = ndtri(np.clip(below, least, 1 - least))
    distance = without_one.mean(axis=0) - without_one
    spread = (distance**2).sum(axis=0)
    acceleration = (distance**3).sum(axis=0) / (6 * np.where(spread > 0, spread, 1.0) ** 1.5)
    z = ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2]))[:, None]
    shares = ndtr(bias + (bias + z) / (1 - acceleration * (bias + z)))
    return np.stack(
        [np.quantile(samples[:, figure], shares[:, figure]) for figure in range(samples.shape[1])], axis=1
    )
