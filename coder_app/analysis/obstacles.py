"""Why ratings give no ICC: nothing varies, too little is there, or no chain of targets joins the raters."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

NO_VARIATION = "no variation: all scores are the same"


def find_reason(scores: np.ndarray) -> str | None:
    """Say why no ICC can be had from scores (targets x raters, NaN = not given), complete or not, if so."""
    n, k = scores.shape
    if not scores.size:
        return "no scores"
    if n < 2 or k < 2:
        return f"targets with scores: {n}, raters: {k}; at least 2 of each are needed"
    if np.nanmin(scores) == np.nanmax(scores):
        return NO_VARIATION
    return None if np.isfinite(scores).all() else find_obstacle(scores)


def find_obstacle(scores: np.ndarray) -> str | None:
    """Say why no variance components can be had from scores with holes (targets x raters), if so."""
    given = np.isfinite(scores)
    n, k = scores.shape
    if n < 2 or k < 2:
        return f"targets with scores: {n}, raters: {k}; at least 2 of each are needed"
    if np.nanmin(scores) == np.nanmax(scores):
        return NO_VARIATION
    groups = group_raters(given).max() + 1
    if groups > 1:
        return f"the raters are not connected: no target is shared between {groups} groups of them"
    if given.sum() <= n + k - 1:
        return "too few shared targets to tell the raters' differences from error"
    if not agree_within_targets(scores) and _is_additive(scores):
        return "no residual variation: REML is not defined"
    return None


def group_raters(given: np.ndarray) -> np.ndarray:
    """Number the groups of raters that chains of shared targets join.

    Parameters
    ----------
    given : boolean array, targets x raters

    Returns
    -------
    array of raters, the number of each one's group from 0; one group = a connected design
    """
    shared = csr_array(given.T.astype(int) @ given.astype(int))
    return connected_components(shared, directed=False)[1]


def agree_within_targets(scores: np.ndarray) -> bool:
    """Whether no target has two different scores."""
    return bool(np.all(np.nanmin(scores, axis=1) == np.nanmax(scores, axis=1)))


def _is_additive(scores: np.ndarray) -> bool:
    """Whether targets and raters explain every score, up to rounding: least squares, targets eliminated."""
    given = np.isfinite(scores)
    y = np.where(given, scores - np.nanmean(scores), 0.0)
    number = given.sum(axis=1, keepdims=True)
    rest = np.where(given, y - y.sum(axis=1, keepdims=True) / number, 0.0)
    system = np.diag(given.sum(axis=0)) - given.T @ (given / number)
    by_rater = rest.sum(axis=0)
    explained = by_rater @ np.linalg.lstsq(system, by_rater, rcond=None)[0]
    return bool((rest**2).sum() - explained < 1e-12 * (y**2).sum())
