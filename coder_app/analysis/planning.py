"""How many recordings an interval of a given width takes."""

import math

from scipy.special import ndtri

from coder_app.analysis.results import StatsError


def n_targets(icc: float, raters: int, width: float, confidence: float = 0.95) -> int:
    """Recordings, each coded by all raters, for an interval of the ICC that is expected to be `width` wide.

    Parameters
    ----------
    icc : expected single-measure ICC, in [0, 1)
    raters : number of raters, >= 2
    width : of the whole interval, from limit to limit, in (0, 2)
    confidence : coverage of the interval, in (0, 1)

    Raises
    ------
    StatsError
        A value is outside its range.

    Notes
    -----
    Bonett (2002), Statistics in Medicine 21, 1331, eq. 3, with his correction of 5 icc for two raters and an
    ICC of .7 or more. It leaves out bias between raters: with it ICC(A,1) needs more.
    """
    _check_plan(icc, raters, confidence)
    if not 0 < width < 2:
        raise StatsError(f"width {width:g}; expected a number between 0 and 2")
    n = 1 + _spread(icc, raters, confidence) / width**2
    if raters == 2 and icc >= 0.7:
        n += 5 * icc
    return max(2, math.ceil(n - 1e-9))


def expected_width(icc: float, raters: int, targets: int, confidence: float = 0.95) -> float:
    """Width of the interval that so many recordings are expected to give; the inverse of `n_targets`.

    Parameters
    ----------
    icc : expected single-measure ICC, in [0, 1)
    raters, targets : both >= 2
    confidence : coverage of the interval, in (0, 1)

    Raises
    ------
    StatsError
        A value is outside its range.

    Notes
    -----
    Bonett (2002), eq. 2, without the correction for two raters.
    """
    _check_plan(icc, raters, confidence)
    if targets < 2:
        raise StatsError(f"{targets} targets; expected 2 or more")
    return math.sqrt(_spread(icc, raters, confidence) / (targets - 1))


def _check_plan(icc: float, raters: int, confidence: float) -> None:
    if not 0 <= icc < 1:
        raise StatsError(f"ICC {icc:g}; expected 0 or more and less than 1")
    if raters < 2:
        raise StatsError(f"{raters} raters; expected 2 or more")
    if not 0 < confidence < 1:
        raise StatsError(f"confidence {confidence:g}; expected a number between 0 and 1")


def _spread(icc: float, raters: int, confidence: float) -> float:
    z = float(ndtri((1 + confidence) / 2))
    k = raters
    return 8 * z**2 * (1 - icc) ** 2 * (1 + (k - 1) * icc) ** 2 / (k * (k - 1))
