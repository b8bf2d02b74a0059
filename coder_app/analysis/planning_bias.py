"""How wide an interval becomes, and how many recordings it takes, where raters differ in level."""

import numpy as np

from coder_app.analysis.anova import icc_from_squares
from coder_app.analysis.planning import check_plan, check_width
from coder_app.analysis.results import StatsError

MOST_TARGETS = 1000


def simulated_width(
    icc: float,
    raters: int,
    targets: int,
    bias: float = 0.0,
    confidence: float = 0.95,
    n_samples: int = 4000,
    seed: int = 1,
) -> float:
    """Mean width of the interval of ICC(A,1) where raters differ in level, which Bonett's formula leaves out.

    Parameters
    ----------
    icc : expected ICC(A,1), in [0, 1)
    raters, targets : both >= 2
    bias : share of the variance of a single rating that lies between raters, in [0, 1 - icc)
    confidence : coverage of the interval, in (0, 1)
    n_samples, seed : simulated studies, and the generator's seed

    Raises
    ------
    StatsError
        A value is outside its range.

    Notes
    -----
    Draws the mean squares of the two-way layout from their own distributions, scaled chi-squares, and takes
    the interval of McGraw & Wong (1996) of each.
    """
    check_plan(icc, raters, confidence)
    if targets < 2:
        raise StatsError(f"{targets} targets; expected 2 or more")
    if not 0 <= bias < 1 - icc - 1e-12:
        raise StatsError(f"bias {bias:g}; expected 0 or more and less than {1 - icc:g}, what the ICC leaves")
    n, k = targets, raters
    rng = np.random.default_rng(seed)
    residual = 1 - icc - bias
    expected = ((k * icc + residual, n - 1), (n * bias + residual, k - 1), (residual, (n - 1) * (k - 1)))
    msr, msc, mse = (mean * rng.chisquare(df, n_samples) / df for mean, df in expected)
    msw = ((k - 1) * msc + (n - 1) * (k - 1) * mse) / (n * (k - 1))
    total = ((n - 1) * msr + n * (k - 1) * msw) / (n * k - 1)
    forms = icc_from_squares((msr, msc, mse, msw, total), n, k, confidence)[:, 0]
    return float(np.nanmean(forms[:, 2] - forms[:, 1]))


def n_targets_with_bias(
    icc: float,
    raters: int,
    width: float,
    bias: float = 0.0,
    confidence: float = 0.95,
    most: int = MOST_TARGETS,
    n_samples: int = 4000,
    seed: int = 1,
) -> int | None:
    """Recordings, each coded by all raters, for an interval of ICC(A,1) whose mean width is at most `width`.

    Parameters
    ----------
    icc, raters, bias, confidence, n_samples, seed : see `simulated_width`
    width : of the whole interval, from limit to limit, in (0, 2)
    most : the largest number that is looked at, >= 2

    Returns
    -------
    int >= 2, or None if even `most` recordings do not give it
        With bias the width has a floor: raters are a sample too, and more recordings tell nothing new of
        how raters differ.

    Raises
    ------
    StatsError
        A value is outside its range.

    Notes
    -----
    Bisection over `simulated_width`, so that the number is uncertain by the simulation: by 2 or 3 in 100.
    """
    check_width(width)

    def is_enough(n: int) -> bool:
        return simulated_width(icc, raters, n, bias, confidence, n_samples, seed) <= width

    if not is_enough(most):
        return None
    low, high = 1, 2  # of the first number no width is known to be enough, of the second it is
    while not is_enough(high):
        low, high = high, min(2 * high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
