"""One common factor by maximum likelihood, rows with holes included."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from coder_app.analysis.factor import LOWEST_UNIQUENESS

IMPROPER = "the one-factor model has no proper solution"
NOT_CONVERGED = "the one-factor model did not converge"


@dataclass(frozen=True, slots=True)
class MlFactor:
    """Loadings and uniquenesses of the items; `problem` says why they cannot be used."""

    loadings: np.ndarray
    uniquenesses: np.ndarray
    problem: str | None


@dataclass(frozen=True, slots=True)
class Moments:
    """Rows with the same items answered, as sums: the likelihood needs no more of them."""

    given: np.ndarray  # patterns x items, 1.0 where answered
    count: np.ndarray  # patterns, rows
    first: np.ndarray  # patterns x items, sums
    second: np.ndarray  # patterns x items x items, sums of products


def ml_factor(table: np.ndarray, loadings: np.ndarray) -> MlFactor:
    """Loadings and uniquenesses of one factor by maximum likelihood.

    Parameters
    ----------
    table : array, rows x items, each standardised; NaN = missing at random
    loadings : array of items, to start from

    Returns
    -------
    MlFactor
        `problem` is given where a uniqueness falls to .005 (a Heywood case, or items that repeat each other)
        or the search ends on a slope.

    Notes
    -----
    Normal likelihood of each row's observed items (full information), as lavaan with missing = "fiml";
    without holes the maximum likelihood solution for the covariances, which is scale-free.
    """
    p = table.shape[1]
    floor = np.log(LOWEST_UNIQUENESS)
    start = np.concatenate([np.zeros(p), loadings, np.log(np.clip(1 - loadings**2, 0.1, 1))])
    fit = minimize(
        _deviance,
        start,
        args=(_sum_moments(table),),
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, None)] * (2 * p) + [(floor, None)] * p,
        options={"ftol": 1e-15, "gtol": 1e-8, "maxiter": 5000, "maxfun": 20000, "maxcor": 12},
    )
    _, found, log_uniqueness = fit.x.reshape(3, p)
    problem = None
    if log_uniqueness.min() < floor + 1e-6:
        problem = IMPROPER
    elif np.abs(fit.jac).max() > 1e-5:
        problem = NOT_CONVERGED
    return MlFactor(found, np.exp(log_uniqueness), problem)


def _sum_moments(table: np.ndarray) -> Moments:
    given, index, count = np.unique(np.isfinite(table), axis=0, return_inverse=True, return_counts=True)
    index = index.ravel()
    values = np.nan_to_num(table)
    parts = [values[index == pattern] for pattern in range(len(count))]
    return Moments(
        given.astype(float),
        count,
        np.stack([part.sum(axis=0) for part in parts]),
        np.stack([part.T @ part for part in parts]),
    )


def _deviance(parameters: np.ndarray, moments: Moments) -> tuple[float, np.ndarray]:
    """Mean deviance a row and its gradient, the complete data's expected given the factor scores."""
    mean, loadings, log_uniqueness = parameters.reshape(3, -1)
    given, count = moments.given, moments.count[:, None]
    precision = given / np.exp(log_uniqueness)
    centre = given * mean
    sums = moments.first - count * centre
    products = moments.second - moments.first[:, :, None] * centre[:, None, :]
    products -= centre[:, :, None] * sums[:, None, :]
    squares = np.einsum("pii->pi", products)
    variance = 1 / (1 + (precision * loadings**2).sum(axis=1, keepdims=True))
    weights = variance * precision * loadings  # of the items in the factor score
    by_score = np.einsum("pij,pj->pi", products, weights)
    scores = (weights * by_score).sum(axis=1, keepdims=True)  # sums of squared factor scores
    deviance = count[:, 0] @ (given @ log_uniqueness - np.log(variance[:, 0]))
    deviance += (precision * squares).sum() - (scores / variance).sum()
    known = scores + count * variance
    by_mean = precision * (sums - loadings * (weights * sums).sum(axis=1, keepdims=True))
    by_loading = precision * (by_score - loadings * known)
    rest = squares - 2 * loadings * by_score + loadings**2 * known
    by_uniqueness = precision * rest - count * given
    gradient = np.concatenate([-2 * by_mean, -2 * by_loading, -by_uniqueness], axis=1).sum(axis=0)
    n = moments.count.sum()
    return float(deviance / n), gradient / n
