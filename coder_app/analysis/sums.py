"""Scores of subscales, and the variances that they are made of."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from coder_app.analysis.anova import mean_squares
from coder_app.analysis.cube import read_cube
from coder_app.analysis.mixed import Components, estimate_components
from coder_app.analysis.results import StatsError

# Items that have to be answered before the mean of the others stands for one that is missing.
ENOUGH_ANSWERED = 0.8


def sum_scores(
    frame: pd.DataFrame, items: Sequence[str], name: str, prorate: float | None = None
) -> pd.DataFrame:
    """Each rater's sum over the items of a subscale, as ratings of an item called `name`.

    Parameters
    ----------
    frame : columns target, rater, item, score
    items : the subscale's items
    name : what the sum is called in the column item
    prorate : share of the items, in (0, 1], from which on the sum is the rater's mean times the number of
        items (`ENOUGH_ANSWERED` is usual); None = no sum where an item is missing

    Returns
    -------
    frame with columns target, rater, item, score
        One row for each target and rater with a row of one of the items; NaN where there is no sum.

    Raises
    ------
    StatsError
        No item is named, or what `read_cube` raises.
    """
    if not len(items):
        raise StatsError("a sum of no items; expected one or more")
    if "item" not in frame.columns:
        raise StatsError("missing column 'item'; expected target, rater, item, score")
    values = frame[frame["item"].isin(list(items))]
    cube = read_cube(values)
    shape = (len(cube.targets), len(cube.raters))
    total = _add_up(cube.scores, len(set(items)), prorate)
    listed = np.zeros(shape, dtype=bool)
    target, rater = (pd.factorize(values[key].to_numpy())[0] for key in ("target", "rater"))
    listed[target, rater] = True
    target, rater = np.nonzero(listed)
    return pd.DataFrame(
        {
            "target": np.array(cube.targets, dtype=object)[target],
            "rater": np.array(cube.raters, dtype=object)[rater],
            "item": name,
            "score": total[listed],
        }
    )


def _add_up(scores: np.ndarray, n_items: int, prorate: float | None) -> np.ndarray:
    """Sums over the first axis, of which items that nobody rated are no part."""
    number = np.isfinite(scores).sum(axis=0)
    total = np.where(np.isfinite(scores), scores, 0.0).sum(axis=0)
    if prorate is None:
        return np.where(number == n_items, total, np.nan)
    # Within rounding: 80 % of five items are four, though 0.8 * 5 may be a little more.
    enough = (number > 0) & (number >= prorate * n_items - 1e-9)
    return np.where(enough, total / np.where(number, number, 1) * n_items, np.nan)


def average_raters(frame: pd.DataFrame) -> pd.DataFrame:
    """Mean of the raters' scores of each target and item, for figures on means instead of single ratings.

    Parameters
    ----------
    frame : columns target, rater, item, score

    Returns
    -------
    frame with columns target, item, score
        NaN where a rater who scored the item has no score of that target: means of fewer raters have
        another reliability.
    """
    cube = read_cube(frame)
    scores = cube.scores
    rated = np.isfinite(scores).any(axis=1, keepdims=True)
    number = rated.sum(axis=2)
    means = np.where(rated, scores, 0.0).sum(axis=2) / np.where(number > 0, number, np.nan)
    item, target = (axis.ravel() for axis in np.indices(means.shape))
    return pd.DataFrame(
        {
            "target": np.array(cube.targets, dtype=object)[target],
            "item": np.array(cube.items, dtype=object)[item],
            "score": means.ravel(),
        }
    )


def find_components(table: np.ndarray) -> Components:
    """Variance components of one item: by the analysis of variance if complete, else by REML.

    Parameters
    ----------
    table : array, targets x raters, NaN where not rated; `obstacles.find_reason` returned None

    Returns
    -------
    Components
        The variance of targets may be negative where the data are complete; that of raters is at least 0.
    """
    if not np.isfinite(table).all():
        return estimate_components(table)
    n, k = table.shape
    msr, msc, mse, _, _ = (float(part[0]) for part in mean_squares(table[None]))
    return Components((msr - mse) / k, max(0.0, (msc - mse) / n), mse)
