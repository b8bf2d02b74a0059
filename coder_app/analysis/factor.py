"""One common factor: minres on correlations, for many matrices at once, and maximum likelihood."""

import numpy as np
from scipy.optimize import minimize

LOWEST_UNIQUENESS = 0.005
LARGEST_LOADING = np.sqrt(1 - LOWEST_UNIQUENESS)


def minres_loadings(correlations: np.ndarray, max_steps: int = 300) -> np.ndarray:
    """Loadings of one factor that minimise the squared off-diagonal residuals.

    Parameters
    ----------
    correlations : array, matrices x p (>= 3) x p, symmetric with 1 on the diagonal

    Returns
    -------
    array, matrices x p, each in [-sqrt(.995), sqrt(.995)], oriented to a sum of 0 or more

    Notes
    -----
    Harman & Jones (1966), with the bound of psych::fa(fm = "minres"), a uniqueness of .005. Newton steps on
    the loadings inside the bounds, exact minimisation of one loading after the other where a step fails.
    """
    found = _principal_axis(correlations)
    active = np.arange(len(correlations))
    for _ in range(max_steps):
        r, before = correlations[active], found[active]
        swept = _sweep(r, before)
        stepped = _newton_step(r, swept)
        better = _residual(r, stepped) <= _residual(r, swept)
        after = np.where(better[:, None], stepped, swept)
        found[active] = after
        active = active[np.abs(after - before).max(axis=1) > 1e-12]
        if not len(active):
            break
    return np.where(found.sum(axis=1, keepdims=True) < 0, -found, found)


def ml_factor(table: np.ndarray, loadings: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Loadings and uniquenesses of one factor by maximum likelihood, rows with holes included.

    Parameters
    ----------
    table : array, rows x items, each standardised; NaN = missing at random
    loadings : array of items, to start from

    Returns
    -------
    loadings, uniquenesses : arrays of items; or None where no proper solution exists: a uniqueness falls to
        .005 (a Heywood case, or items that repeat each other)

    Notes
    -----
    Normal likelihood of each row's observed items (full information), as lavaan with missing = "fiml";
    without holes the maximum likelihood solution for the covariances, which is scale-free.
    """
    p = table.shape[1]
    floor = np.log(LOWEST_UNIQUENESS)
    start = np.concatenate([np.zeros(p), loadings, np.log(np.clip(1 - loadings**2, 0.1, 1))])
    fit = minimize(
        _ml_deviance,
        start,
        args=(np.isfinite(table), np.nan_to_num(table)),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] * (2 * p) + [(floor, None)] * p,
        options={"ftol": 1e-16, "gtol": 1e-9, "maxiter": 5000, "maxfun": 20000, "maxcor": 30},
    )
    _, found, log_uniqueness = fit.x.reshape(3, p)
    return None if log_uniqueness.min() < floor + 1e-6 else (found, np.exp(log_uniqueness))


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


def _newton_step(r: np.ndarray, loadings: np.ndarray) -> np.ndarray:
    """Newton's step for the loadings that are inside the bound, clipped to it."""
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
    step = np.linalg.solve(hessian, (gradient * free)[:, :, None])[:, :, 0]
    return np.clip(loadings - step, -LARGEST_LOADING, LARGEST_LOADING)


def _ml_deviance(parameters: np.ndarray, given: np.ndarray, table: np.ndarray) -> tuple[float, np.ndarray]:
    """Mean deviance a row and its gradient, the complete data's expected given the factor scores."""
    mean, loadings, log_uniqueness = parameters.reshape(3, -1)
    precision = given / np.exp(log_uniqueness)
    centred = table - mean
    variance = 1 / (1 + (precision * loadings**2).sum(axis=1))
    score = variance * (precision * loadings * centred).sum(axis=1)
    deviance = given @ log_uniqueness - np.log(variance) + (precision * centred**2).sum(axis=1)
    rest = centred - score[:, None] * loadings
    by_loading = precision * (rest * score[:, None] - loadings * variance[:, None])
    by_uniqueness = precision * (rest**2 + loadings**2 * variance[:, None]) - given
    gradient = np.concatenate([-2 * precision * rest, -2 * by_loading, -by_uniqueness], axis=1)
    return float((deviance - score**2 / variance).mean()), gradient.mean(axis=0)
