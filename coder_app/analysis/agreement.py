"""Agreement without a model of variance: shares of agreeing pairs, and all figures of agreement by item."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pandas as pd

from coder_app.analysis.cube import read_cube
from coder_app.analysis.gwet import count_categories, gwet_ac, gwet_by_item
from coder_app.analysis.krippendorff import krippendorff_alpha
from coder_app.analysis.light import MeanKappa, mean_kappa
from coder_app.analysis.results import Estimate, StatsError
from coder_app.analysis.units import number_units
from coder_app.analysis.weights import agreement_weights


@dataclass(frozen=True, slots=True)
class ItemAgreement:
    """Agreement on one item over the `n_targets` with two ratings or more.

    `counts` says how often each point of the scale was given, in any rating; `kappa` has quadratic weights.
    """

    item: str
    n_targets: int
    counts: tuple[int, ...]
    percent_agreement: float | None
    within_one: float | None
    all_agree: float | None
    ac1: Estimate
    ac2: Estimate
    alpha: Estimate
    kappa: MeanKappa


def percent_agreement(scores: np.ndarray, within: float = 0.0) -> float | None:
    """Mean over targets of the share of rater pairs that agree.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    within : largest difference that counts as agreement (0 = exact, 1 = within one point)

    Returns
    -------
    float in [0, 1], or None if no target has two ratings

    Notes
    -----
    Equals the observed agreement `pa` of irrCAC with identity weights.
    """
    share = float(share_agreeing(scores[None], within)[0])
    return None if np.isnan(share) else share


def share_agreeing(scores: np.ndarray, within: float = 0.0) -> np.ndarray:
    """As `percent_agreement`, for many items at once.

    Parameters
    ----------
    scores : array, items x targets x raters, NaN where not rated

    Returns
    -------
    array of items, each in [0, 1], or NaN if no target has two ratings
    """
    agreeing, compared = np.zeros((2, *scores.shape[:2]))
    for first, second in combinations(range(scores.shape[2]), 2):
        difference = np.abs(scores[:, :, first] - scores[:, :, second])
        agreeing += difference <= within
        compared += difference >= 0
    used = compared > 0
    shares = np.where(used, agreeing, 0.0) / np.where(used, compared, 1.0)
    number = used.sum(axis=1)
    return shares.sum(axis=1) / np.where(number > 0, number, np.nan)


def all_agree(scores: np.ndarray) -> float | None:
    """Share of the targets with two ratings or more on which all raters gave the same score.

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    """
    several = scores[np.isfinite(scores).sum(axis=1) > 1]
    if not len(several):
        return None
    return float((np.nanmin(several, axis=1) == np.nanmax(several, axis=1)).mean())


def gwet_ac2(scores: np.ndarray, categories: Sequence[float]) -> float | None:
    """Gwet's AC2 with quadratic weights over the whole scale, without its interval (see `gwet.gwet_ac`).

    Parameters
    ----------
    scores : array, targets x raters, NaN where not rated
    categories : every point of the scale in ascending order, used or not; with fewer the figure changes

    Returns
    -------
    float <= 1, or None if no target has two ratings or the scale has one point

    Raises
    ------
    StatsError
        A score is not one of the categories.
    """
    return gwet_ac(scores, categories).estimate


def agreement_by_item(
    frame: pd.DataFrame,
    scales: Mapping[str, tuple[int, int]],
    level: str = "ordinal",
    n_samples: int = 2000,
    seed: int = 1,
    confidence: float = 0.95,
    unit_of: Mapping[Hashable, Hashable] | None = None,
) -> tuple[ItemAgreement, ...]:
    """All agreement of each item that no analysis of variance is needed for.

    Parameters
    ----------
    frame : columns target, rater, item, score; NaN = missing
    scales : lowest and highest point of each item's scale, whole numbers; every point between counts as a
        category, used or not
    level : of Krippendorff's alpha, "nominal", "ordinal" or "interval"
    n_samples, seed : resamples for the interval of alpha (0 = none), and the generator's seed
    confidence : coverage of the intervals, in (0, 1)
    unit_of : by target what was drawn independently, where that is more than one target (the recording of a
        segment): intervals then rest on units, the figures on targets all the same

    Raises
    ------
    StatsError
        An item has no scale, a score is not on it, or what `cube.read_cube` raises.
    """
    cube = read_cube(frame)
    unknown = [item for item in cube.items if item not in scales]
    if unknown:
        raise StatsError(f"item {unknown[0]}: no scale given")
    units = number_units(cube.targets, unit_of)
    exact, near = share_agreeing(cube.scores).tolist(), share_agreeing(cube.scores, 1.0).tolist()
    found = []
    for index, item in enumerate(cube.items):
        table = cube.scores[index]
        points = range(scales[item][0], scales[item][1] + 1)
        counts = count_categories(table[None], points)
        ac1, ac2 = (
            gwet_by_item(counts, points, kind, confidence, units)[0] for kind in ("identity", "quadratic")
        )
        found.append(
            ItemAgreement(
                item=item,
                n_targets=int((np.isfinite(table).sum(axis=1) > 1).sum()),
                counts=tuple(int(number) for number in counts.sum(axis=(0, 1))),
                percent_agreement=exact[index] if exact[index] == exact[index] else None,
                within_one=near[index] if near[index] == near[index] else None,
                all_agree=all_agree(table),
                ac1=ac1,
                ac2=ac2,
                alpha=krippendorff_alpha(table, level, n_samples, seed, confidence, units),
                kappa=_kappa(table, points, confidence, units),
            )
        )
    return tuple(found)


def _kappa(table: np.ndarray, points: range, confidence: float, units: np.ndarray | None) -> MeanKappa:
    # With one point there is nothing to weigh: any two scores agree.
    weights = agreement_weights(points, "quadratic") if len(points) > 1 else np.ones((1, 1))
    return mean_kappa(table, points[0], weights, confidence, units)
