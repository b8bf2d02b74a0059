"""Pairwise correlations of items, for the sample and for resamples of its targets at once."""

import numpy as np
from scipy.sparse import csr_array


def sum_products(table: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """What pairwise correlations need, summed within each target, so that a resample only adds up.

    Parameters
    ----------
    table : array, rows x items, NaN = missing
    targets : array of codes 0, 1, ... naming each row's target

    Returns
    -------
    array, targets x 4 x items x items: for items a and b over the rows that have both, the number of rows,
        the sum of a, the sum of a squared, the sum of a times b
    """
    given = np.isfinite(table)
    centred = np.where(given, table - np.nanmean(table, axis=0), 0.0)
    rows, items = table.shape
    n = targets.max(initial=-1) + 1
    collect = csr_array((np.ones(rows), (targets, np.arange(rows))), shape=(n, rows))
    sums = np.empty((n, 4, items, items))
    parts = ((given, given), (centred, given), (centred**2, given), (centred, centred))
    for index, (a, b) in enumerate(parts):
        by_row = a[:, :, None] * b[:, None, :].astype(float)
        sums[:, index] = (collect @ by_row.reshape(rows, items * items)).reshape(n, items, items)
    return sums


def correlate(sums: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Pairwise Pearson correlations, each target counted as often as its weight says.

    Parameters
    ----------
    sums : array from `sum_products`
    weights : array, samples x targets, counts

    Returns
    -------
    array, samples x items x items, NaN where a pair has no joint variation
    """
    number, total, squares, products = np.tensordot(weights, sums, axes=1).transpose(1, 0, 2, 3)
    number = np.where(number > 0, number, np.nan)
    mean = total / number
    variance = squares / number - mean**2
    # What a constant item leaves after rounding is no variation.
    variance = np.where(variance > 1e-12 * squares / number, variance, np.nan)
    flipped = np.swapaxes(mean, 1, 2)
    covariance = products / number - mean * flipped
    found = covariance / np.sqrt(variance * np.swapaxes(variance, 1, 2))
    diagonal = np.arange(sums.shape[-1])
    found[:, diagonal, diagonal] /= found[:, diagonal, diagonal]
    return found
