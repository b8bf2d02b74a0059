"""Kappa of pairs of raters, plain and weighted, for all items and pairs at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from coder_app.analysis.cube import read_cube
from coder_app.analysis.gwet import count_categories
from coder_app.analysis.results import Estimate, StatsError
from coder_app.analysis.weights import agreement_weights

NO_TARGETS = "the two raters share no target"
CHANCE_IS_ALL = "both raters gave one and the same score to all targets that they share"
NO_SPREAD = "no interval: its standard error is 0, as where a rater gave one score only"


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Agreement of two raters on one item, over the `n_targets` that both rated.

    `difference` is the mean of the first rater's scores minus the second's.
    """

    item: str | None
    first: str
    second: str
    n_targets: int
    percent_agreement: float | None
    within_one: float | None
    difference: float | None
    kappa: Estimate


def pairwise_agreement(
    frame: pd.DataFrame,
    scales: Mapping[str, tuple[int, int]],
    weights: str = "quadratic",
    confidence: float = 0.95,
) -> tuple[PairAgreement, ...]:
    """Agreement of each pair of raters on each item.

    Parameters
    ----------
    frame : columns target, rater, item, score; NaN = missing
    scales : lowest and highest point of each item's scale, whole numbers
    weights : of kappa, see `weights.agreement_weights`
    confidence : coverage of kappa's interval, in (0, 1)

    Returns
    -------
    tuple of PairAgreement, by item and then by pair in order of first appearance
        Pairs that share no target are there, with the reason.

    Raises
    ------
    StatsError
        An item has no scale, a score is not on it, or what `cube.read_cube` raises.
    """
    cube = read_cube(frame)
    pairs = list(combinations(range(len(cube.raters)), 2))
    found = []
    for index, item in enumerate(cube.items):
        if item not in scales:
            raise StatsError(f"item {item}: no scale given")
        points = list(range(scales[item][0], scales[item][1] + 1))
        table = cube.scores[index]
        count_categories(table[None], points)
        joint = _join(table, points[0], len(points), pairs)
        kappas = _kappas(joint, agreement_weights(points, weights), confidence)
        distance = np.subtract.outer(np.arange(len(points)), np.arange(len(points)))
        number = joint.sum(axis=(1, 2))
        with_any = np.where(number > 0, number, np.nan)
        figures = ((distance == 0), (np.abs(distance) <= 1), distance)
        shares = [((joint * figure).sum(axis=(1, 2)) / with_any).tolist() for figure in figures]
        for place, (first, second) in enumerate(pairs):
            values = (share[place] if share[place] == share[place] else None for share in shares)
            names = (cube.raters[first], cube.raters[second])
            found.append(PairAgreement(item, *names, int(number[place]), *values, kappas[place]))
    return tuple(found)


def cohen_kappa(joint: np.ndarray, weights: np.ndarray, confidence: float = 0.95) -> Estimate:
    """Kappa of a table of counts, one rater's categories in the rows, the other's in the columns.

    Parameters
    ----------
    joint : array, categories x categories, counts
    weights : array of the same shape, 1 on the diagonal; `np.eye` for plain kappa

    Notes
    -----
    Cohen (1960, 1968); large-sample standard error of Fleiss, Cohen & Everitt (1969), Psychological
    Bulletin 72, 323, as vcd::Kappa; limits are kept in [-1, 1].
    """
    return _kappas(joint[None].astype(float), weights, confidence)[0]


def _join(table: np.ndarray, lowest: int, q: int, pairs: list[tuple[int, int]]) -> np.ndarray:
    """Tables of counts of each pair of raters: pairs x categories x categories."""
    joint = np.empty((len(pairs), q, q))
    for place, (first, second) in enumerate(pairs):
        both = table[:, [first, second]]
        row, column = (both[np.isfinite(both).all(axis=1)] - lowest).T.astype(int)
        joint[place] = np.bincount(row * q + column, minlength=q * q).reshape(q, q)
    return joint


def _kappas(joint: np.ndarray, weights: np.ndarray, confidence: float) -> list[Estimate]:
    number = joint.sum(axis=(1, 2))
    p = joint / np.where(number > 0, number, 1.0)[:, None, None]
    row, column = p.sum(axis=2), p.sum(axis=1)
    observed = (p * weights).sum(axis=(1, 2))
    chance = np.einsum("bi,ij,bj->b", row, weights, column)
    left = 1 - chance
    usable = (number > 0) & (left > 1e-12)
    kappa = (observed - chance) / np.where(usable, left, 1.0)
    mean = (column @ weights.T)[:, :, None] + (row @ weights)[:, None, :]
    spread = (p * (weights - mean * (1 - kappa)[:, None, None]) ** 2).sum(axis=(1, 2))
    variance = np.maximum(spread - (kappa - chance * (1 - kappa)) ** 2, 0.0)
    error = np.sqrt(variance / np.maximum(number, 1)) / np.where(usable, left, 1.0)
    reach = float(ndtri((1 + confidence) / 2)) * error
    found = []
    for value, distance, n, can in zip(*(v.tolist() for v in (kappa, reach, number, usable)), strict=True):
        if can and distance < 1e-12 and value < 1 - 1e-12:
            found.append(Estimate(value, None, None, NO_SPREAD))
        elif can:
            found.append(Estimate(value, max(-1.0, value - distance), min(1.0, value + distance)))
        else:
            found.append(Estimate(None, None, None, CHANCE_IS_ALL if n else NO_TARGETS))
    return found
