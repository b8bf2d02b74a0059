"""ICC(A,1) of each pair of raters on each item, over the targets that both rated."""

from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from coder_app.analysis.anova import icc_from_squares, mean_squares
from coder_app.analysis.cube import read_cube
from coder_app.analysis.obstacles import NO_VARIATION
from coder_app.analysis.results import Estimate

NOT_ESTIMABLE = "not estimable: the denominator is not positive"


@dataclass(frozen=True, slots=True)
class PairIcc:
    """ICC(A,1) of two raters on one item, over the `n_targets` that both rated."""

    item: str | None
    first: str
    second: str
    n_targets: int
    icc: Estimate


def pairwise_icc(frame: pd.DataFrame, confidence: float = 0.95) -> tuple[PairIcc, ...]:
    """ICC(A,1) of each pair of raters on each item.

    Parameters
    ----------
    frame : columns target, rater, item, score; NaN = missing
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    tuple of PairIcc, by item and then by pair in order of first appearance, as `kappa.pairwise_agreement`
        Pairs that share fewer than two targets, or whose scores do not vary, are there, with the reason.

    Raises
    ------
    StatsError
        What `cube.read_cube` raises.

    Notes
    -----
    McGraw & Wong (1996), as `icc.icc_by_item` for the two raters alone. With two raters the interval is wide:
    the bias between them has one degree of freedom.
    """
    cube = read_cube(frame)
    found = {}
    for first, second in combinations(range(len(cube.raters)), 2):
        both = cube.scores[:, :, [first, second]]
        shared = np.isfinite(both).all(axis=2)
        for n in np.unique(shared.sum(axis=1)).tolist():
            items = np.flatnonzero(shared.sum(axis=1) == n)
            tables = both[items][shared[items]].reshape(len(items), n, 2)
            for item, icc in zip(items.tolist(), _iccs(tables, confidence), strict=True):
                names = (cube.raters[first], cube.raters[second])
                found[item, first, second] = PairIcc(cube.items[item], *names, n, icc)
    return tuple(found[place] for place in sorted(found))


def _iccs(tables: np.ndarray, confidence: float) -> list[Estimate]:
    """ICC(A,1) of items x targets x 2, or why there is none."""
    n = tables.shape[1]
    if n < 2:
        reason = f"targets that both raters rated: {n}; at least 2 are needed"
        return [Estimate(None, None, None, reason)] * len(tables)
    ms = mean_squares(tables)
    single = icc_from_squares(ms, n, 2, confidence)[:, 0]
    return [
        _named(*values, varies) for values, varies in zip(single.tolist(), (ms[-1] > 0).tolist(), strict=True)
    ]


def _named(estimate: float, lower: float, upper: float, varies: bool) -> Estimate:
    if estimate != estimate:
        return Estimate(None, None, None, NOT_ESTIMABLE if varies else NO_VARIATION)
    if lower != lower or upper != upper:
        return Estimate(estimate, None, None, "a limit of the interval is not defined")
    return Estimate(estimate, lower, upper)
