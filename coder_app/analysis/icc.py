"""Intraclass correlations by item from a long frame of ratings, complete or with holes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.agreement import percent_agreement
from coder_app.analysis.anova import FORMS, icc_forms, mean_squares
from coder_app.analysis.frames import read_scores
from coder_app.analysis.incomplete import icc_incomplete
from coder_app.analysis.mixed import Components, estimate_components, find_obstacle
from coder_app.analysis.results import Estimate

WORDS = ((0.75, "excellent"), (0.60, "good"), (0.40, "fair"))
NOT_ESTIMABLE = "not estimable: the denominator is not positive"
NEEDS_COMPLETE = "needs complete data"
NOTHING = Estimate(None, None, None)
N_BOOTSTRAP = 1000
SEED = 1


@dataclass(frozen=True, slots=True)
class ItemIcc:
    """The ICCs of one item; where `reason` is given, none could be computed."""

    item: str | None
    n_targets: int
    n_raters: int
    n_used: int
    design: str
    reason: str | None
    icc: dict[str, Estimate]
    word: str | None
    percent_agreement: float | None


@dataclass(frozen=True, slots=True)
class MeasurementError:
    """Standard error of measurement and smallest detectable change, in points of the score."""

    item: str | None
    sem: float | None
    sdc: float | None
    reason: str | None


def icc_by_item(
    frame: pd.DataFrame,
    confidence: float = 0.95,
    lowest: Mapping[str, float] | None = None,
) -> tuple[ItemIcc, ...]:
    """Intraclass correlations of each item, in order of first appearance.

    Parameters
    ----------
    frame : columns target, rater, item (optional: without it all rows are one item), score; NaN = missing
    confidence : coverage of the intervals, in (0, 1)
    lowest : lowest point of each item's scale, for `n_used`; else the lowest score in the frame

    Returns
    -------
    tuple of ItemIcc
        An item is "complete" if every rater who scored it scored every target that has a score of it: the
        six forms then come from the analysis of variance (see `anova.icc_forms`). Otherwise all its ratings
        enter a REML fit: ICC(A,1), ICC(A,k) and ICC(Q,k) with parametric bootstrap intervals
        (`N_BOOTSTRAP` samples, seeded); k is the harmonic mean of ratings per target. Leave out targets with
        a single rating beforehand if they are not meant to count.

    Raises
    ------
    StatsError
        Columns are missing, a score is not a number, or a target-rater-item occurs twice.

    Notes
    -----
    McGraw & Wong (1996); ten Hove, Jorgensen & van der Ark (2022) for ICC(Q,k).
    """
    tables = _tables_by_item(frame)
    complete = _complete_forms(tables, confidence)
    points = lowest or {}
    seen = min((float(np.nanmin(table)) for table in tables.values() if table.size), default=0.0)
    return tuple(
        _describe_item(item, table, complete.get(item), confidence, points.get(item, seen))
        for item, table in tables.items()
    )


def name_icc(value: float | None) -> str | None:
    """Word for an unrounded ICC: poor, fair, good, excellent (Cicchetti 1994)."""
    if value is None:
        return None
    return next((word for limit, word in WORDS if value >= limit), "poor")


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
        The sum is NaN where one item or more is missing.
    """
    values = read_scores(frame, ("target", "rater", "item"))
    values = values[values["item"].isin(list(items))]
    wide = values.pivot(index=["target", "rater"], columns="item", values="score").reindex(
        columns=list(items)
    )
    total = wide.sum(axis=1, skipna=False).rename("score").reset_index()
    total.insert(2, "item", name)
    return total


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
    return tuple(_measure_error(item, table) for item, table in _tables_by_item(frame).items())


def _tables_by_item(frame: pd.DataFrame) -> dict[str | None, np.ndarray]:
    """Per item, targets x raters; without targets and raters that have no score of it."""
    optional = ("item",) if "item" in frame.columns else ()
    values = read_scores(frame, ("target", "rater", *optional))
    names = values["item"].unique() if optional else [None]
    item = pd.factorize(values["item"])[0] if optional else np.zeros(len(values), dtype=int)
    target, targets = pd.factorize(values["target"])
    rater, raters = pd.factorize(values["rater"])
    cube = np.full((len(names), len(targets), len(raters)), np.nan)
    cube[item, target, rater] = values["score"]
    return {name: _drop_empty(table) for name, table in zip(names, cube, strict=True)}


def _drop_empty(table: np.ndarray) -> np.ndarray:
    given = np.isfinite(table)
    return table[given.any(axis=1)][:, given.any(axis=0)]


def _complete_forms(tables: dict[str | None, np.ndarray], confidence: float) -> dict[str | None, np.ndarray]:
    """The six forms of all complete items, those of one shape together."""
    shapes: dict[tuple[int, int], list] = {}
    for item, table in tables.items():
        if min(table.shape) > 1 and np.isfinite(table).all():
            shapes.setdefault(table.shape, []).append(item)
    found = {}
    for items in shapes.values():
        forms = icc_forms(np.stack([tables[item] for item in items]), confidence)
        found.update(zip(items, forms, strict=True))
    return found


def _describe_item(
    item: str | None,
    table: np.ndarray,
    forms: np.ndarray | None,
    confidence: float,
    lowest: float,
) -> ItemIcc:
    complete = bool(np.isfinite(table).all())
    reason = _find_reason(table)
    if reason is None:
        icc = _label_forms(forms) if complete else _incomplete_forms(table, confidence)
        reason = icc["ICC(A,1)"].reason
    else:
        icc = dict.fromkeys(FORMS if complete else (*FORMS, "ICC(Q,k)"), NOTHING)
    return ItemIcc(
        item=item,
        n_targets=table.shape[0],
        n_raters=table.shape[1],
        n_used=int((table > lowest).any(axis=1).sum()),
        design="complete" if complete else "incomplete",
        reason=reason,
        icc=icc,
        word=name_icc(icc["ICC(A,1)"].estimate),
        percent_agreement=percent_agreement(table),
    )


def _find_reason(table: np.ndarray) -> str | None:
    n, k = table.shape
    if not table.size:
        return "no scores"
    if n < 2 or k < 2:
        return f"targets with scores: {n}, raters: {k}; at least 2 of each are needed"
    if np.nanmin(table) == np.nanmax(table):
        return "no variation: all scores are the same"
    return None if np.isfinite(table).all() else find_obstacle(table)


def _label_forms(forms: np.ndarray) -> dict[str, Estimate]:
    labelled = {}
    for name, values in zip(FORMS, forms, strict=True):
        estimate, lower, upper = (float(v) if np.isfinite(v) else None for v in values)
        reason = None
        if estimate is None:
            reason = NOT_ESTIMABLE
        elif lower is None or upper is None:
            reason = "a limit of the interval is not defined"
        labelled[name] = Estimate(estimate, lower, upper, reason)
    return labelled


def _incomplete_forms(table: np.ndarray, confidence: float) -> dict[str, Estimate]:
    found = icc_incomplete(table, confidence, N_BOOTSTRAP, SEED)
    empty = Estimate(None, None, None, NEEDS_COMPLETE)
    return {name: found.get(name, empty) for name in (*FORMS, "ICC(Q,k)")}


def _measure_error(item: str | None, table: np.ndarray) -> MeasurementError:
    reason = _find_reason(table)
    if reason is not None:
        return MeasurementError(item, None, None, reason)
    components = _anova_components(table) if np.isfinite(table).all() else estimate_components(table)
    sem = float(np.sqrt(components.rater + components.residual))
    return MeasurementError(item, sem, float(1.96 * np.sqrt(2) * sem), None)


def _anova_components(table: np.ndarray) -> Components:
    n, k = table.shape
    msr, msc, mse, _, _ = (float(part[0]) for part in mean_squares(table[None]))
    return Components((msr - mse) / k, max(0.0, (msc - mse) / n), mse)
