"""A long frame of ratings as one array, items x targets x raters."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.frames import read_scores
from coder_app.analysis.results import StatsError


@dataclass(frozen=True, slots=True)
class Cube:
    """Scores, NaN where there is none; the names of each axis in order of first appearance."""

    scores: np.ndarray  # items x targets x raters
    items: tuple
    targets: tuple
    raters: tuple

    def table(self, item: int) -> np.ndarray:
        """Targets x raters of one item, without targets and raters that have no score of it."""
        table = self.scores[item]
        given = np.isfinite(table)
        return table[given.any(axis=1)][:, given.any(axis=0)]


def read_cube(frame: pd.DataFrame) -> Cube:
    """Ratings by item, target and rater, checked.

    Parameters
    ----------
    frame : columns target, rater, item (optional: without it all rows are one item, called None), score;
        NaN = missing

    Raises
    ------
    StatsError
        A column is missing, a key is empty, a score is not a finite number, or a target-rater-item occurs
        twice.
    """
    keys = ("target", "rater", "item") if "item" in frame.columns else ("target", "rater")
    if not {*keys, "score"} <= set(frame.columns):
        read_scores(frame, keys)
    try:
        score = _read_numbers(frame["score"])
    except (TypeError, ValueError):
        score = read_scores(frame, keys)["score"].to_numpy()
    codes, names = zip(*(_number(frame[key]) for key in keys), strict=True)
    if len(keys) == 2:
        codes, names = (*codes, np.zeros(len(score), dtype=np.intp)), (*names, [None])
    (target, rater, item), (targets, raters, items) = codes, names
    place = (item * len(targets) + target) * len(raters) + rater
    scores = np.full(len(items) * len(targets) * len(raters), np.nan)
    faulty = min((code.min(initial=0) for code in codes), default=0) < 0 or np.isinf(score).any()
    if faulty or np.bincount(place, minlength=1).max(initial=0) > 1:
        read_scores(frame, keys)
    scores[place] = score
    shape = (len(items), len(targets), len(raters))
    named = (tuple(axis if isinstance(axis, list) else axis.tolist()) for axis in (items, targets, raters))
    return Cube(scores.reshape(shape), *named)


def check_scale(cube: Cube, scales: dict[str, tuple[float, float]]) -> None:
    """Refuse the first score that lies outside its item's scale, by its place.

    Parameters
    ----------
    cube : ratings
    scales : lowest and highest point by item; items without an entry are not checked

    Raises
    ------
    StatsError
        A score is below the lowest or above the highest point.
    """
    for index, item in enumerate(cube.items):
        if item not in scales:
            continue
        low, high = scales[item]
        table = cube.scores[index]
        strange = np.argwhere((table < low) | (table > high))
        if len(strange):
            target, rater = strange[0]
            where = f"target {cube.targets[target]}, rater {cube.raters[rater]}"
            where += "" if item is None else f", item {item}"
            raise StatsError(
                f"{where}: score {table[target, rater]:g} is not on the scale {low:g} to {high:g}"
            )


def _read_numbers(column: pd.Series) -> np.ndarray:
    plain = column.dtype.kind in "iuf" and isinstance(column.dtype, np.dtype)
    return column.to_numpy(dtype=float) if plain else column.to_numpy(dtype=float, na_value=np.nan)


def _number(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    # Of the plain array it takes half the time that it takes of the column.
    return pd.factorize(column.to_numpy())
