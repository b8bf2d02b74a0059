"""How many recordings and raters an interval of a given width, or a test, takes."""

import math

from scipy.special import ndtri

from coder_app.analysis.results import StatsError

MOST_RATERS = 100


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
    check_plan(icc, raters, confidence)
    check_width(width)
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
    check_plan(icc, raters, confidence)
    if targets < 2:
        raise StatsError(f"{targets} targets; expected 2 or more")
    return math.sqrt(_spread(icc, raters, confidence) / (targets - 1))


def n_raters(icc: float, targets: int, width: float, confidence: float = 0.95) -> int | None:
    """Raters, each coding all targets, for an interval of the ICC that is expected to be `width` wide.

    Parameters
    ----------
    icc : expected single-measure ICC, in [0, 1)
    targets : recordings that all of them code, >= 2
    width : of the whole interval, from limit to limit, in (0, 2)
    confidence : coverage of the interval, in (0, 1)

    Returns
    -------
    int >= 2, or None if so few targets give no such interval with any number of raters

    Raises
    ------
    StatsError
        A value is outside its range.

    Notes
    -----
    Bonett (2002), eq. 2, see `n_targets`.
    """
    check_width(width)
    if expected_width(icc, MOST_RATERS, targets, confidence) > width:
        return None
    return next(k for k in range(2, MOST_RATERS + 1) if expected_width(icc, k, targets, confidence) <= width)


def n_targets_to_test(
    icc: float, least: float, raters: int, power: float = 0.8, alpha: float = 0.05, sides: int = 1
) -> int:
    """Recordings for a test that the ICC is above `least`.

    Parameters
    ----------
    icc : expected single-measure ICC, above `least`, in (0, 1)
    least : ICC that the test is to refute, in [0, 1)
    raters : number of raters, >= 2
    power, alpha : chance of refuting it, and of refuting it wrongly, in (0, 1)
    sides : 1 or 2

    Raises
    ------
    StatsError
        A value is outside its range.

    Notes
    -----
    Walter, Eliasziw & Donner (1998), Statistics in Medicine 17, 101; Zou (2012), 31, 3972;
    ICC.Sample.Size::calculateIccSampleSize.
    """
    check_plan(icc, raters, 1 - alpha)
    if not 0 <= least < icc:
        raise StatsError(f"ICC {least:g} to refute; expected 0 or more and less than the expected {icc:g}")
    if not 0 < power < 1 or sides not in (1, 2):
        raise StatsError(f"power {power:g}, {sides} sides; expected a power between 0 and 1, 1 or 2 sides")
    z = float(ndtri(1 - alpha / sides) + ndtri(power))
    ratio = (1 + raters * least / (1 - least)) / (1 + raters * icc / (1 - icc))
    return math.ceil(1 + 2 * z**2 * raters / (math.log(ratio) ** 2 * (raters - 1)) - 1e-9)


def n_raters_for_mean(icc: float, wanted: float) -> int:
    """Raters whose mean has a reliability of at least `wanted`, where single ratings have `icc`.

    Parameters
    ----------
    icc, wanted : single-measure ICC and reliability of the mean, both in (0, 1)

    Raises
    ------
    StatsError
        A value is outside its range.

    Notes
    -----
    Spearman (1910) and Brown (1910), solved for the number of raters.
    """
    for value in (icc, wanted):
        if not 0 < value < 1:
            raise StatsError(f"reliability {value:g}; expected a number between 0 and 1")
    return max(1, math.ceil(wanted * (1 - icc) / (icc * (1 - wanted)) - 1e-9))


def check_width(width: float) -> None:
    """Refuse a width that no interval has."""
    if not 0 < width < 2:
        raise StatsError(f"width {width:g}; expected a number between 0 and 2")


def check_plan(icc: float, raters: int, confidence: float) -> None:
    """Refuse an ICC, a number of raters or a confidence outside its range."""
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
