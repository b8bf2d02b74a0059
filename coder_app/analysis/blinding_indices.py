"""James' and Bang's blinding index of tables of guesses, with the standard errors of independent answers."""

import numpy as np


def james_index(counts: np.ndarray) -> np.ndarray:
    """James' index of tables of counts.

    Parameters
    ----------
    counts : array, ... x guesses (K, then "don't know") x arms (K)

    Returns
    -------
    array of ..., in [0, 1]: 0 all right, .5 as by chance, 1 all "don't know"; NaN without answers, or where
    all guesses name one arm and all belong to it

    Notes
    -----
    James et al. (1996), Statistics in Medicine 15, 1421; weights 0 right, .5 wrong, 1 "don't know". With
    these it is 1 - q (1 + kappa)/2, q the share who guessed, kappa Cohen's between guess and arm. R: BI::BI.
    """
    n = counts.sum(axis=(-2, -1))
    given = counts[..., :-1, :]
    guessed, right = given.sum(axis=(-2, -1)), np.trace(given, axis1=-2, axis2=-1)
    chance = (given.sum(axis=-1) * given.sum(axis=-2)).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        kappa = (guessed * right - chance) / (guessed**2 - chance)
        found = 1 - guessed / n * (1 + kappa) / 2
    return np.where((guessed == 0) & (n > 0), 1.0, found)


def james_error(counts: np.ndarray) -> float:
    """Standard error of James' index of one table (as above, with answers) by the delta method.

    Returns
    -------
    float >= 0, NaN where the index is undefined; equal to the variance that James et al. (1996) give
    """
    n, given = counts.sum(), counts[:-1] / counts.sum()
    q, rows, columns = given.sum(), given.sum(axis=1), given.sum(axis=0)
    if not q:
        return 0.0
    # James = 1 - q u / (2 v)
    right, chance = np.trace(given), rows @ columns
    u, v = q**2 + right * q - 2 * chance, q**2 - chance
    if v <= 1e-12:
        return float("nan")
    by_chance = columns[:, None] + rows[None, :]
    du = 2 * q + right + q * np.eye(len(given)) - 2 * by_chance
    dv = 2 * q - by_chance
    slope = -(u / v + q * (du * v - u * dv) / v**2) / 2
    variance = (given * slope**2).sum() - (given * slope).sum() ** 2
    return float(np.sqrt(max(0.0, variance) / n))


def bang_index(counts: np.ndarray, arm: int) -> np.ndarray:
    """Bang's index of one arm of tables of counts.

    Parameters
    ----------
    counts : array, ... x guesses (K, then "don't know") x arms (K)
    arm : the arm's place, from 0

    Returns
    -------
    array of ..., in [-1/(K - 1), 1]: 0 as by chance or all "don't know", 1 all right; NaN without answers

    Notes
    -----
    Bang, Ni & Davis (2004), Controlled Clinical Trials 25, 143: (2 r - 1) q, r the share right among those
    who guessed, q the share who guessed; (K r - 1)/(K - 1) q for K answers, which keeps chance at 0. It is
    the mean of 1 for right, -1/(K - 1) for wrong and 0 for "don't know". R: BI::BI.
    """
    answers = counts[..., arm]
    with np.errstate(invalid="ignore", divide="ignore"):
        return (answers * _worth(counts.shape[-1], arm)).sum(axis=-1) / answers.sum(axis=-1)


def bang_error(counts: np.ndarray, arm: int) -> float:
    """Standard error of Bang's index of one arm of one table (as above, with answers in the arm)."""
    answers, worth = counts[:, arm], _worth(counts.shape[-1], arm)
    n = answers.sum()
    variance = (answers * worth**2).sum() / n - ((answers * worth).sum() / n) ** 2
    return float(np.sqrt(max(0.0, variance) / n))


def _worth(k: int, arm: int) -> np.ndarray:
    worth = np.full(k + 1, -1 / (k - 1))
    worth[arm], worth[-1] = 1, 0
    return worth
