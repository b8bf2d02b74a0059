"""EWMA and CUSUM of standardised values, and a limit that keeps false alarms of a whole study rare."""

from dataclasses import dataclass

import numpy as np

LARGEST_SIMULATION = 20_000_000  # values drawn at most
FEWEST_SAMPLES = 400
MOST_SAMPLES = 10_000


@dataclass(frozen=True, slots=True)
class Limits:
    """Limit of the EWMA in its own standard deviations, and how often the CUSUM gives a false alarm.

    `cusum_false_alarms` is the share of simulated studies without drift in which a CUSUM passes h.
    """

    ewma: float
    cusum_false_alarms: float
    n_simulated: int


def run_ewma(values: np.ndarray, weight: float = 0.2) -> np.ndarray:
    """Exponentially weighted moving average from 0 (charts x points; NaN at the end of shorter charts).

    Notes
    -----
    Roberts (1959); Montgomery, Introduction to Statistical Quality Control, ch. 9; qcc::ewma.
    """
    found = np.empty_like(values)
    level = np.zeros(values.shape[:-1])
    for point in range(values.shape[-1]):
        level = weight * values[..., point] + (1 - weight) * level
        found[..., point] = level
    return found


def ewma_spread(n: int, weight: float = 0.2) -> np.ndarray:
    """Standard deviation of the EWMA of n values of standard deviation 1, at each point."""
    return np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * np.arange(1, n + 1))))


def run_cusum(values: np.ndarray, k: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Cumulative sums above (>= 0) and below (<= 0) zero beyond an allowance k (charts x points).

    Notes
    -----
    Page (1954); Montgomery, ch. 9; qcc::cusum.
    """
    above, below = np.cumsum(values - k, axis=-1), np.cumsum(values + k, axis=-1)
    # A sum that is reset to 0 when it falls below is the plain sum above its lowest point so far.
    high = above - np.minimum(0.0, np.minimum.accumulate(above, axis=-1))
    low = below - np.maximum(0.0, np.maximum.accumulate(below, axis=-1))
    return high, low


def simulate_limits(
    lengths: np.ndarray,
    baselines: np.ndarray,
    weight: float = 0.2,
    k: float = 0.5,
    h: float = 4.0,
    false_alarms: float = 0.05,
    seed: int = 1,
) -> Limits:
    """Limit that the EWMA of any chart passes in a share `false_alarms` of studies without drift.

    Parameters
    ----------
    lengths, baselines : arrays of charts, points of each, and values that its mean and SD were taken from
        (each >= 2)
    weight, k, h : of EWMA and CUSUM
    false_alarms : share of studies with one false alarm or more, in (0, 1)
    seed : the generator's seed

    Notes
    -----
    Normal values, charts independent; mean and SD of each are estimated from a simulated baseline as long as
    the real one, because a short baseline makes false alarms several times as frequent as known values do
    (Jones, Champ & Rigdon 2001, Technometrics 43, 156).
    """
    rng = np.random.default_rng(seed)
    n_samples = int(np.clip(LARGEST_SIMULATION // max(1, lengths.sum()), FEWEST_SAMPLES, MOST_SAMPLES))
    longest_first = np.argsort(-lengths, kind="stable")
    lengths, baselines = lengths[longest_first], baselines[longest_first]
    shape = (len(lengths), n_samples)
    df = baselines[:, None] - 1.0
    centre = (rng.standard_normal(shape) / np.sqrt(baselines)[:, None]).astype(np.float32)
    scale = (1 / np.sqrt(rng.chisquare(df, shape) / df)).astype(np.float32)
    level, highest, up, down = np.zeros((4, *shape), dtype=np.float32)
    crossed = np.zeros(n_samples, dtype=bool)
    for point, spread in enumerate(ewma_spread(int(lengths.max(initial=0)), weight).astype(np.float32)):
        going = slice(int((lengths > point).sum()))
        values = rng.standard_normal(level[going].shape, dtype=np.float32)
        values -= centre[going]
        values *= scale[going]
        level[going] += weight * (values - level[going])
        np.maximum(highest[going], np.abs(level[going]) / spread, out=highest[going])
        if not crossed.all():
            up[going] = np.maximum(0, up[going] + (values - k))
            down[going] = np.minimum(0, down[going] + (values + k))
            crossed |= (np.maximum(up[going], -down[going]) > h).any(axis=0)
    limit = float(np.quantile(highest.max(axis=0, initial=0.0), 1 - false_alarms))
    return Limits(limit, float(crossed.mean()), n_samples)
