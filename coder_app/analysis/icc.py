"""Intraclass correlations by item from a long frame of ratings, complete or with holes."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import starmap

import numpy as np
import pandas as pd

from coder_app.analysis.agreement import share_agreeing
from coder_app.analysis.anova import FORMS, ONE_WAY, f_tests, icc_from_squares, mean_squares
from coder_app.analysis.cube import Cube, check_scale, read_cube
from coder_app.analysis.icc_results import ItemIcc, withhold_rare
from coder_app.analysis.incomplete import icc_incomplete
from coder_app.analysis.measurement import MeasurementError, measurement_error
from coder_app.analysis.obstacles import NO_VARIATION, find_reason, group_raters
from coder_app.analysis.results import Estimate, FTest
from coder_app.analysis.sums import sum_scores
from coder_app.analysis.words import name_icc

__all__ = [
    "ItemIcc",
    "MeasurementError",
    "icc_by_item",
    "measurement_error",
    "name_icc",
    "sum_scores",
    "withhold_rare",
]

NOT_ESTIMABLE = "not estimable: the denominator is not positive"
NO_LIMIT = "a limit of the interval is not defined"
NO_ERROR_TERM = "the error term is 0, so that there is no F"
NEEDS_COMPLETE = "needs complete data"
NOTHING = Estimate(None, None, None)
N_BOOTSTRAP = 2000
SEED = 1


@dataclass(frozen=True, slots=True)
class _Intervals:
    """How intervals are made: their coverage, and simulated sets of ratings with holes, from a seed."""

    confidence: float
    n_bootstrap: int
    seed: int


def icc_by_item(
    frame: pd.DataFrame,
    confidence: float = 0.95,
    lowest: Mapping[str, float] | None = None,
    scales: Mapping[str, tuple[float, float]] | None = None,
    n_bootstrap: int = N_BOOTSTRAP,
    seed: int = SEED,
) -> tuple[ItemIcc, ...]:
    """Intraclass correlations of each item, in order of first appearance.

    Parameters
    ----------
    frame : columns target, rater, item (optional: without it all rows are one item), score; NaN = missing
    confidence : coverage of the intervals, in (0, 1)
    lowest : lowest point of each item's scale, for `n_used`; else the lowest score in the frame
    scales : lowest and highest point of each item's scale; scores outside are refused. It serves as `lowest`
    n_bootstrap, seed : simulated sets of ratings for items with holes (0 = no interval), and the seed

    Returns
    -------
    tuple of ItemIcc
        An item is "complete" if every rater who scored it scored every target that has a score of it: the
        six forms and their tests then come from the analysis of variance (see `anova.icc_forms`,
        `anova.f_tests`). Otherwise all its ratings enter a REML fit: ICC(A,1), ICC(A,k) and ICC(Q,k) with
        parametric bootstrap intervals; k is the harmonic mean of ratings per target. Leave out targets with
        a single rating beforehand if they are not meant to count.

    Raises
    ------
    StatsError
        Columns are missing, a score is not a number or off its scale, or a target-rater-item occurs twice.

    Notes
    -----
    McGraw & Wong (1996); ten Hove, Jorgensen & van der Ark (2022) for ICC(Q,k).
    """
    cube = read_cube(frame)
    check_scale(cube, scales or {})
    points = {item: scale[0] for item, scale in (scales or {}).items()} | dict(lowest or {})
    counts = _count(cube, points)
    complete = _complete_forms(cube, [item["complete"] for item in counts], confidence)
    wanted = _Intervals(confidence, n_bootstrap, seed)
    return tuple(
        _describe_item(cube, index, counts[index], complete.get(index), wanted)
        for index in range(len(cube.items))
    )


def _count(cube: Cube, points: Mapping[str, float]) -> list[dict]:
    """What is there of each item, and its percent agreement, for all items at once."""
    given = np.isfinite(cube.scores)
    by_target = given.sum(axis=2)
    n_targets, n_raters = (by_target > 0).sum(axis=1), given.any(axis=1).sum(axis=1)
    n_ratings = by_target.sum(axis=1)
    seen = float(np.fmin.reduce(cube.scores, axis=None)) if given.any() else 0.0
    lowest = np.array([points.get(item, seen) for item in cube.items]).reshape(-1, 1, 1)
    parts = {
        "n_targets": n_targets,
        "n_raters": n_raters,
        "n_ratings": n_ratings,
        "n_used": (cube.scores > lowest).any(axis=2).sum(axis=1),
        "n_full": ((by_target > 0) & (by_target == n_raters[:, None])).sum(axis=1),
        "n_single": (by_target == 1).sum(axis=1),
        "complete": n_ratings == n_targets * n_raters,
        "agreement": share_agreeing(cube.scores),
    }
    rows = zip(*(values.tolist() for values in parts.values()), strict=True)
    return [dict(zip(parts, row, strict=True)) for row in rows]


def _complete_forms(
    cube: Cube, complete: list[bool], confidence: float
) -> dict[int, tuple[list, list, bool]]:
    """Per complete item its six forms, its tests and whether it varies; items of one shape together."""
    shapes: dict[tuple[int, int], list] = {}
    holes = np.isnan(cube.scores).any(axis=(1, 2)).tolist()
    if not any(holes) and min(cube.scores.shape[1:]) > 1:
        return dict(enumerate(_compute_forms(cube.scores, confidence)))
    for index, whole in enumerate(complete):
        if not whole:
            continue
        table = cube.table(index) if holes[index] else cube.scores[index]
        if min(table.shape) > 1:
            shapes.setdefault(table.shape, []).append((index, table))
    found = {}
    for items in shapes.values():
        forms = _compute_forms(np.stack([table for _, table in items]), confidence)
        found.update(zip((index for index, _ in items), forms, strict=True))
    return found


def _compute_forms(tables: np.ndarray, confidence: float) -> list[tuple[list, list, bool]]:
    shape = tables.shape[1:]
    ms = mean_squares(tables)
    forms, tests = icc_from_squares(ms, *shape, confidence), f_tests(ms, *shape)
    return list(zip(forms.tolist(), tests.tolist(), (ms[-1] > 0).tolist(), strict=True))


def _describe_item(
    cube: Cube, index: int, count: dict, found: tuple[list, list, bool] | None, wanted: _Intervals
) -> ItemIcc:
    tests = bias = None
    groups = ()
    if found is not None and found[2]:
        icc = dict(zip(FORMS, starmap(_label, found[0]), strict=True))
        one_way, two_way, bias = starmap(_label_test, found[1])
        tests = {form: one_way if form in ONE_WAY else two_way for form in FORMS}
        reason = icc["ICC(A,1)"].reason
    else:
        table = None if found else cube.table(index)
        reason = NO_VARIATION if found else find_reason(table)
        if reason is None:
            icc = _incomplete_forms(table, wanted)
            reason = icc["ICC(A,1)"].reason
        else:
            icc = dict.fromkeys(FORMS if count["complete"] else (*FORMS, "ICC(Q,k)"), NOTHING)
            groups = () if found else _name_groups(cube, index)
    agreement = count["agreement"]
    return ItemIcc(
        item=cube.items[index],
        n_targets=count["n_targets"],
        n_raters=count["n_raters"],
        n_used=count["n_used"],
        n_ratings=count["n_ratings"],
        n_full=count["n_full"],
        n_single=count["n_single"],
        design="complete" if count["complete"] else "incomplete",
        reason=reason,
        icc=icc,
        word=name_icc(icc["ICC(A,1)"].estimate),
        percent_agreement=agreement if agreement == agreement else None,
        tests=tests,
        bias=bias,
        groups=groups,
    )


def _label(estimate: float, lower: float, upper: float) -> Estimate:
    """An estimate of what may be NaN: figures that are not there become None."""
    if estimate == estimate and lower == lower and upper == upper:
        return Estimate(estimate, lower, upper)
    estimate, lower, upper = (value if value == value else None for value in (estimate, lower, upper))
    return Estimate(estimate, lower, upper, NOT_ESTIMABLE if estimate is None else NO_LIMIT)


def _label_test(f: float, df1: float, df2: float, p: float) -> FTest:
    return FTest(f, df1, df2, p) if f == f else FTest(None, df1, df2, None, NO_ERROR_TERM)


def _incomplete_forms(table: np.ndarray, wanted: _Intervals) -> dict[str, Estimate]:
    found = icc_incomplete(table, wanted.confidence, wanted.n_bootstrap, wanted.seed)
    empty = Estimate(None, None, None, NEEDS_COMPLETE)
    return {name: found.get(name, empty) for name in (*FORMS, "ICC(Q,k)")}


def _name_groups(cube: Cube, index: int) -> tuple[tuple[str, ...], ...]:
    """The raters of each group where there are several, else nothing."""
    given = np.isfinite(cube.scores[index])
    used = given.any(axis=0)
    group = group_raters(given[:, used])
    if group.max(initial=0) < 1:
        return ()
    names = np.array(cube.raters, dtype=object)[used]
    return tuple(tuple(names[group == number].tolist()) for number in range(group.max() + 1))
