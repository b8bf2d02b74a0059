"""Shares with their intervals, and the difference of two of them."""

import math

from scipy.special import ndtri

from coder_app.analysis.results import Estimate

NOBODY = "there is nothing to take a share of"


def wilson(number: int, of: int, confidence: float = 0.95) -> Estimate:
    """Share with Wilson's score interval.

    Parameters
    ----------
    number, of : how many of how many, 0 <= number <= of
    confidence : coverage of the interval, in (0, 1)

    Returns
    -------
    Estimate
        From 0 to 1; of nothing there is no share, with the reason.

    Notes
    -----
    Wilson (1927), J American Statistical Association 22, 209; R: prop.test(number, of, correct = FALSE).
    The interval takes what is counted as independent.
    """
    if not of:
        return Estimate(None, None, None, NOBODY)
    z2 = float(ndtri((1 + confidence) / 2)) ** 2
    share = number / of
    middle = (share + z2 / (2 * of)) / (1 + z2 / of)
    reach = math.sqrt(z2 * (share * (1 - share) / of + z2 / (4 * of * of))) / (1 + z2 / of)
    # At both ends the limit is the end itself, which rounding would miss.
    lower = 0.0 if number == 0 else middle - reach
    return Estimate(share, lower, 1.0 if number == of else middle + reach)


def share_difference(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> Estimate:
    """Share of the first group minus that of the second, with Newcombe's interval.

    Parameters
    ----------
    first, second : how many of how many
    confidence : coverage of the interval, in (0, 1)

    Notes
    -----
    Newcombe (1998), Statistics in Medicine 17, 873, method 10: the Wilson intervals of both put together.
    """
    one, other = wilson(*first, confidence), wilson(*second, confidence)
    if one.estimate is None or other.estimate is None:
        return Estimate(None, None, None, NOBODY)
    difference = one.estimate - other.estimate
    down = math.hypot(one.estimate - one.lower, other.upper - other.estimate)
    up = math.hypot(one.upper - one.estimate, other.estimate - other.lower)
    return Estimate(difference, max(-1.0, difference - down), min(1.0, difference + up))
