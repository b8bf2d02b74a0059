"""Scores of subscales, and their error of measurement."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.anova import mean_squares
from coder_app.analysis.cube import read_cube
from coder_app.analysis.mixed import Components, estimate_components
from coder_app.analysis.obstacles import find_reason
from coder_app.analysis.results import StatsError


@dataclass(frozen=True, slots=True)
class MeasurementError:
    """Standard error of measurement and smallest detectable change, in points of the score."""

    item: str | None
    sem: float | None
    sdc: float | None
    reason: str | None


def sum_scores(frame: pd.DataFrame, items: Sequence[str], name: str) -> pd.DataFrame:
    """Each rater's sum over the items of a subscale, as ratings of an item called `name`.

    Parameters
    ----------
    frame : columns target, rater, item, score
    items : the subscale's items
    name : what the sum is called in the column item

    Returns
    -------
    frame with columns target, rater, item, score
        One row for each target and rater with a row of one of the items. The sum is NaN where one item or
        more is missing.

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
    known = set(cube.items)
    total = cube.scores.sum(axis=0) if known == set(items) else np.full(shape, np.nan)
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


def measurement_error(frame: pd.DataFrame) -> tuple[MeasurementError, ...]:
    """Standard error of measurement (agreement) and smallest detectable change of each item.

    Parameters
    ----------
    frame : as for `icc_by_item`

    Returns
    -------
    tuple of MeasurementError
        SEM = sqrt(variance of raters, at least 0, + residual variance); SDC = 1.96 sqrt(2) SEM.

    Notes
    -----
    de Vet et al. (2006), J Clin Epidemiol 59, 1033; complete data by the analysis of variance, else REML.
    """
    cube = read_cube(frame)
    return tuple(_measure_error(item, cube.table(index)) for index, item in enumerate(cube.items))


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


def _measure_error(item: str | None, table: np.ndarray) -> MeasurementError:
    reason = find_reason(table)
    if reason is not None:
        return MeasurementError(item, None, None, reason)
    components = find_components(table)
    sem = float(np.sqrt(components.rater + components.residual))
    return MeasurementError(item, sem, float(1.96 * np.sqrt(2) * sem), None)
