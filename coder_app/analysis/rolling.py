"""ICC over the order of coding, in windows of recordings."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.anova import icc_forms
from coder_app.analysis.cube import read_cube
from coder_app.analysis.results import Estimate, StatsError

MOST_WINDOWS = 60


@dataclass(frozen=True, slots=True)
class WindowIcc:
    """ICC(A,1) of the recordings from `first` to `last`, in the order in which all coders had coded them."""

    item: str | None
    first: str
    last: str
    n_targets: int
    icc: Estimate


def icc_over_order(frame: pd.DataFrame, window: int = 10, confidence: float = 0.95) -> tuple[WindowIcc, ...]:
    """ICC(A,1) of each item in moving windows of recordings.

    Parameters
    ----------
    frame : columns target, rater, item, order (when the coder submitted the target: numbers or times that
        can be compared between coders), score; NaN = missing
    window : recordings in each, >= 3
    confidence : coverage of the F intervals, in (0, 1)

    Returns
    -------
    tuple of WindowIcc, by item and then by time
        A target stands where its last coder submitted it; only targets that all coders of the item scored
        enter. At most 60 windows an item, evenly spaced, the last recordings among them; none if there are
        fewer targets than `window`. Windows overlap, so that neighbours are not independent.

    Raises
    ------
    StatsError
        A column is missing, an order is empty, the window is too short, or what `cube.read_cube` raises.
    """
    if window < 3:
        raise StatsError(f"window of {window}; expected 3 or more")
    if "order" not in frame.columns or frame["order"].isna().any():
        raise StatsError("column order: missing or empty; expected when each coder submitted each target")
    cube = read_cube(frame)
    last = np.full(len(cube.targets), -1)
    np.maximum.at(
        last, pd.factorize(frame["target"].to_numpy())[0], pd.factorize(frame["order"], sort=True)[0]
    )
    found = []
    for index, item in enumerate(cube.items):
        table = cube.scores[index]
        table = table[:, np.isfinite(table).any(axis=0)]
        rows = np.flatnonzero(np.isfinite(table).all(axis=1))
        rows = rows[np.argsort(last[rows], kind="stable")]
        if len(rows) < window or table.shape[1] < 2:
            continue
        starts = len(rows) - window
        starts = np.unique(np.linspace(0, starts, min(starts + 1, MOST_WINDOWS)).round().astype(int))
        members = rows[starts[:, None] + np.arange(window)]
        forms = icc_forms(table[members], confidence)[:, 0].tolist()
        for own, values in zip(members, forms, strict=True):
            names = (cube.targets[own[0]], cube.targets[own[-1]])
            found.append(WindowIcc(item, *names, window, _label(values)))
    return tuple(found)


def _label(values: list[float]) -> Estimate:
    found = [value if value == value else None for value in values]
    return Estimate(*found, "no ICC: no variation in this window" if found[0] is None else None)
