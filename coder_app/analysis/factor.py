"""One common factor by minres on correlations, for many matrices at once."""

import numpy as np

LOWEST_UNIQUENESS = 0.005
LARGEST_LOADING = np.sqrt(1 - LOWEST_UNIQUENESS)


def minres_loadings(correlations: np.ndarray, max_steps: int = 300) -> np.ndarray:
    """Loadings of `fit_minres`, whether it converged or not."""
    return fit_minres(correlations, max_steps)[0]


def fit_minres(correlations: np.ndarray, max_steps: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Loadings of one factor that minimise the squared off-diagonal residuals.

    Parameters
    ----------
    correlations : array, matrices x p (>= 3) x p, symmetric with 1 on the diagonal

    Returns
    -------
    loadings : array, matrices x p, each in [-sqrt(.995), sqrt(.995)], oriented to a sum of 0 or more
    converged : boolean array of matrices, whether the last step moved every loading by 1e-7 or less

    Notes
    -----
    Harman & Jones (1966), with the bound of psych::fa(fm = "minres"), a uniqueness of .005. Newton steps on
    the loadings inside the bounds, exact minimisation of one loading after the other where a step fails.
    """
    found = _principal_axis(correlations)
    active = np.arange(len(correlations))
    moved = np.zeros(len(correlations))
    for _ in range(max_steps):
        r, before = correlations[active], found[active]
        swept = _sweep(r, before)
        after = _improve(r, swept)
        found[active] = after
        moved[active] = np.abs(after - before).max(axis=1)
        active = active[moved[active] > 1e-12]
        if not len(active):
            break
    return np.where(found.sum(axis=1, keepdims=True) < 0, -found, found), moved <= 1e-7


def _principal_axis(correlations: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(correlations)
    axis = vectors[:, :, -1] * np.sqrt(np.maximum(values[:, -1], 0))[:, None]
    return np.clip(axis, -LARGEST_LOADING, LARGEST_LOADING)


def _residual(r: np.ndarray, loadings: np.ndarray) -> np.ndarray:
    rest = r - loadings[:, :, None] * loadings[:, None, :]
    total = np.einsum("bij,bij->b", rest, rest)
    return total - np.einsum("bii,bii->b", rest, rest)


def _sweep(r: np.ndarray, loadings: np.ndarray) -> np.ndarray:
    """Put each loading in turn where it is best given the others, within the bound."""
    loadings = loadings.copy()
    for i in range(loadings.shape[1]):
        own = loadings[:, i]
        across = np.einsum("bj,bj->b", r[:, i], loadings) - own
        squares = np.einsum("bj,bj->b", loadings, loadings) - own**2
        best = across / np.where(squares > 0, squares, np.inf)
        loadings[:, i] = np.clip(best, -LARGEST_LOADING, LARGEST_LOADING)
    return loadings


def _improve(r: np.ndarray, loadings: np.ndarray) -> np.ndarray:
    """The better of Newton's steps, or the loadings as they are where neither lowers the residuals."""
    gradient, hessian = _slopes(r, loadings)
    plain = _clip(loadings - np.linalg.solve(hessian, gradient[:, :, None])[:, :, 0])
    before = _residual(r, loadings)
    worse = np.flatnonzero(_residual(r, plain) > before)
    found = plain
    if len(worse):  # along a bent valley: downhill on every axis, and back to its bottom
        values, axes = np.linalg.eigh(hessian[worse])
        along = np.einsum("bij,bi->bj", axes, gradient[worse]) / np.maximum(np.abs(values), 1e-9)
        step = np.einsum("bij,bj->bi", axes, along)
        step /= np.maximum(1, 10 * np.abs(step).max(axis=1, keepdims=True))
        careful = _sweep(r[worse], _clip(loadings[worse] - step))
        better = _residual(r[worse], careful) <= before[worse]
        found[worse] = np.where(better[:, None], careful, loadings[worse])
    return found


def _clip(loadings: np.ndarray) -> np.ndarray:
    return np.clip(loadings, -LARGEST_LOADING, LARGEST_LOADING)


def _slopes(r: np.ndarray, loadings: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient and Hessian (both halved twice) for the loadings inside the bound, identity for the others."""
    p = loadings.shape[1]
    diagonal = np.arange(p)
    outer = loadings[:, :, None] * loadings[:, None, :]
    rest = r - outer
    rest[:, diagonal, diagonal] = 0
    gradient = -np.einsum("bij,bj->bi", rest, loadings)
    hessian = outer - rest
    squares = loadings**2
    hessian[:, diagonal, diagonal] = squares.sum(axis=1, keepdims=True) - squares + 1e-12
    free = np.abs(loadings) < LARGEST_LOADING
    hessian *= free[:, :, None] & free[:, None, :]
    hessian[:, diagonal, diagonal] += ~free
    return gradient * free, hessian
