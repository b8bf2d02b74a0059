"""What the differences between ratings consist of: recordings, raters, and the rest."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.anova import NEGLIGIBLE
from coder_app.analysis.cube import read_cube
from coder_app.analysis.obstacles import find_reason
from coder_app.analysis.sums import find_components


@dataclass(frozen=True, slots=True)
class VarianceShares:
    """Variance components of one item, in squared points, and their shares of the sum; None with a reason.

    The variance of targets may be estimated as negative: its share is then 0.
    """

    item: str | None
    n_targets: int
    n_raters: int
    complete: bool
    target: float | None
    rater: float | None
    residual: float | None
    shares: tuple[float, float, float] | None
    reason: str | None


def variance_shares(frame: pd.DataFrame) -> tuple[VarianceShares, ...]:
    """Variance of each item between targets, between raters, and within both.

    Parameters
    ----------
    frame : columns target, rater, item (optional), score; NaN = missing

    Returns
    -------
    tuple of VarianceShares, by item in order of first appearance

    Raises
    ------
    StatsError
        What `cube.read_cube` raises.

    Notes
    -----
    Expected mean squares where every rater scored every target (McGraw & Wong 1996, case 2), else REML. The
    residual holds what raters see differently in one target, and chance: one rating a cell cannot part them.
    """
    cube = read_cube(frame)
    return tuple(_describe(item, cube.table(index)) for index, item in enumerate(cube.items))


def _describe(item: str | None, table: np.ndarray) -> VarianceShares:
    known = (item, *table.shape, bool(np.isfinite(table).all()))
    reason = find_reason(table)
    if reason is not None:
        return VarianceShares(*known, None, None, None, None, reason)
    found = find_components(table)
    parts = (found.target, found.rater, found.residual)
    # What rounding leaves of nothing is nothing.
    target, rater, residual = (
        part if abs(part) > NEGLIGIBLE * sum(map(abs, parts)) else 0.0 for part in parts
    )
    total = max(0.0, target) + rater + residual
    shares = tuple(max(0.0, part) / total for part in (target, rater, residual))
    return VarianceShares(*known, target, rater, residual, shares, None)
