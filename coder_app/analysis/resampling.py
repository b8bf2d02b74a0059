"""Bootstrap resamples of targets as counts, and intervals from the figures that the resamples give."""

from collections.abc import Iterator

import numpy as np
from scipy.special import ndtr, ndtri

from coder_app.analysis.results import Estimate

BLOCK = 2_000_000  # counts held at once, 16 MB
FEWEST_DEFINED = 0.9


def draw_counts(sizes: np.ndarray, n_samples: int, seed: int) -> Iterator[np.ndarray]:
    """How often each distinct target stands in each resample of all targets.

    Parameters
    ----------
    sizes : array, how many targets each distinct one stands for; all 1 where none is repeated
    n_samples, seed : resamples, and the generator's seed

    Yields
    ------
    array, resamples x distinct targets, in blocks that together hold all resamples
    """
    rng = np.random.default_rng(seed)
    n = int(sizes.sum())
    ascending = np.argsort(sizes, kind="stable")
    step = max(1, BLOCK // len(sizes))
    for start in range(0, n_samples, step):
        size = min(step, n_samples - start)
        if n > len(sizes):
            counts = np.empty((size, len(sizes)))
            counts[:, ascending] = rng.multinomial(n, sizes[ascending] / n, size=size)  # faster in this order
            yield counts
        else:  # a tenth of the time that multinomial takes for thousands of targets
            counts = np.empty((size, n))
            for row, drawn in zip(counts, rng.integers(0, n, size=(size, n)), strict=True):
                row[:] = np.bincount(drawn, minlength=n)
            yield counts


def bootstrap_interval(
    estimate: float,
    samples: np.ndarray,
    without_one: np.ndarray,
    confidence: float,
    sizes: np.ndarray | None = None,
) -> Estimate:
    """Estimate with its bias-corrected and accelerated interval, or why there is none.

    Parameters
    ----------
    estimate : from the sample itself
    samples : array of resamples, NaN where a resample has no figure
    without_one : array, the figure without each distinct target, NaN where there is none
    confidence : coverage, in (0, 1)
    sizes : how many targets each distinct one stands for; all 1 if not given

    Notes
    -----
    Resamples without a figure are left out; if they are over a tenth, there is no interval.
    """
    defined = samples[np.isfinite(samples)]
    lost = len(samples) - len(defined)
    if lost > (1 - FEWEST_DEFINED) * len(samples):
        reason = f"no interval: not defined in {lost} of {len(samples)} resamples"
        return Estimate(float(estimate), None, None, reason)
    without_one = np.where(np.isfinite(without_one), without_one, estimate)
    sizes = np.ones(len(without_one)) if sizes is None else sizes
    lower, upper = bca_limits(defined, estimate, without_one, confidence, sizes)
    return Estimate(float(estimate), lower, upper)


def bca_limits(
    samples: np.ndarray, estimate: float, without_one: np.ndarray, confidence: float, sizes: np.ndarray
) -> tuple[float, float]:
    """Limits of the bias-corrected and accelerated interval (parameters as `bootstrap_interval`).

    Notes
    -----
    Efron (1987), J American Statistical Association 82, 171. Ties of samples with the estimate count half.
    """
    beyond = samples - estimate
    tied = np.abs(beyond) <= 1e-10 * (1 + abs(estimate))
    below = np.where(tied, 0.5, beyond < 0).mean()
    least = 0.5 / len(samples)
    bias = ndtri(np.clip(below, least, 1 - least))
    distance = np.average(without_one, weights=sizes) - without_one
    spread = sizes @ distance**2
    acceleration = sizes @ distance**3 / (6 * spread**1.5) if spread > 0 else 0.0
    z = bias + ndtri(np.array([(1 - confidence) / 2, (1 + confidence) / 2]))
    lower, upper = np.quantile(samples, ndtr(bias + z / (1 - acceleration * z)))
    return float(lower), float(upper)
