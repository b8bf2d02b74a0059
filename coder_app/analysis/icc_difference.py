"""Differences of ICC(A,1) between two sets of recordings, with bootstrap intervals."""

from dataclasses import replace

import numpy as np
import pandas as pd

from coder_app.analysis.cube import Cube, read_cube
from coder_app.analysis.icc_bootstrap import resample_icc
from coder_app.analysis.obstacles import find_reason
from coder_app.analysis.resampling import bootstrap_interval
from coder_app.analysis.results import Estimate

SHARED = "no interval: both have recordings in common, so that they are not independent"
HOLES = "no difference: fewer than two recordings are complete in one of both"
NO_SAMPLES = "no interval: no bootstrap was asked for"
ONLY_ONE = "no difference: only one of both has ratings of it"
NOT_ESTIMABLE = "no difference: one of both ICCs is not estimable"


def difference_by_item(
    first: pd.DataFrame,
    second: pd.DataFrame,
    n_samples: int = 2000,
    seed: int = 1,
    confidence: float = 0.95,
) -> dict[str | None, Estimate]:
    """ICC(A,1) of the first set of recordings minus that of the second, for each item of either.

    Parameters
    ----------
    first, second : columns target, rater, item (optional), score; NaN = missing
    n_samples, seed : resamples of the targets of each set (0 = no interval), and the generator's seed
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    dict from item to Estimate
        `reason` says why there is no difference (an ICC is not estimable) or no interval (both sets share a
        target, no resamples, or over a tenth of them without an ICC); or, where ratings are missing, of how
        many complete targets the difference is.

    Raises
    ------
    StatsError
        What `cube.read_cube` raises.

    Notes
    -----
    The targets of each set are resampled apart from each other, as two samples are (Efron & Tibshirani 1993,
    An Introduction to the Bootstrap, ch. 8); the interval is bias-corrected and accelerated, with the
    acceleration of two samples. Raters are taken as they are, as in `icc_bootstrap.bootstrap_icc`.
    """
    cubes = (read_cube(first), read_cube(second))
    shared = not set(cubes[0].targets).isdisjoint(cubes[1].targets)
    number = 0 if shared else n_samples
    without = SHARED if shared else NO_SAMPLES
    names = list(dict.fromkeys((*cubes[0].items, *cubes[1].items)))
    return {name: _difference(cubes, name, number, seed, confidence, without) for name in names}


def _difference(
    cubes: tuple[Cube, Cube], name: str | None, n_samples: int, seed: int, confidence: float, without: str
) -> Estimate:
    if any(name not in cube.items for cube in cubes):
        return Estimate(None, None, None, ONLY_ONE)
    tables = [cube.table(cube.items.index(name)) for cube in cubes]
    reasons = [reason for table in tables if (reason := find_reason(table))]
    if reasons:
        return Estimate(None, None, None, f"no difference: {reasons[0]}")
    complete = [table[np.isfinite(table).all(axis=1)] for table in tables]
    if min(map(len, complete)) < 2:
        return Estimate(None, None, None, HOLES)
    some = None
    if any(len(part) < len(table) for part, table in zip(complete, tables, strict=True)):
        some = f"of complete recordings only: {len(complete[0])} and {len(complete[1])}"
    found = _compare(complete, n_samples, seed, confidence, without)
    return replace(found, reason="; ".join(filter(None, (some, found.reason))) or None)


def _compare(
    tables: list[np.ndarray], n_samples: int, seed: int, confidence: float, without: str
) -> Estimate:
    drawn = [resample_icc(table[None], n_samples, seed + at) for at, table in enumerate(tables)]
    estimates = [float(part.estimates[0]) for part in drawn]
    if np.isnan(estimates).any():
        return Estimate(None, None, None, NOT_ESTIMABLE)
    estimate = estimates[0] - estimates[1]
    if not n_samples:
        return Estimate(estimate, None, None, without)
    samples = drawn[0].samples[:, 0] - drawn[1].samples[:, 0]
    without_one = [
        *_influence(estimate, drawn[0].without_one[:, 0], estimates[0], 1),
        *_influence(estimate, drawn[1].without_one[:, 0], estimates[1], -1),
    ]
    return bootstrap_interval(estimate, samples, np.array(without_one), confidence)


def _influence(estimate: float, without_one: np.ndarray, own: float, sign: int) -> list[float]:
    """The difference without each target of one set, so that both sets weigh alike in the acceleration."""
    n = len(without_one)
    moved = np.where(np.isfinite(without_one), without_one, own) - own
    # A target of the smaller set moves its figure more for its number only: (n - 1) / n puts that right.
    moved = (moved - moved.mean()) * (n - 1) / n
    return (estimate + sign * moved).tolist()
