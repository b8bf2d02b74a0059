"""Two-way analysis of variance of complete ratings, for many items at once, and the six ICCs it gives."""

import numpy as np
from scipy.special import betaincinv, fdtrc

FORMS = ("ICC(A,1)", "ICC(1,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)")
ONE_WAY = frozenset({"ICC(1,1)", "ICC(1,k)"})
NEGLIGIBLE = 1e-12


def mean_squares(scores: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Mean squares of the two-way layout with one rating a cell.

    Parameters
    ----------
    scores : array, items x targets (n >= 2) x raters (k >= 2), no missing value

    Returns
    -------
    targets, raters, residual, within, total : arrays, one value an item
        Under 1e-12 of the total mean square a value is rounding noise and given as 0.

    Notes
    -----
    McGraw & Wong (1996), Table 4. Scores are centred first: 1e8 added to each changes nothing.
    """
    _, n, k = scores.shape
    centred = scores - scores.sum(axis=(1, 2), keepdims=True) / (n * k)
    centred -= centred.sum(axis=(1, 2), keepdims=True) / (n * k)
    of_targets = centred.sum(axis=2) / k
    of_raters = centred.sum(axis=1) / n
    residual = centred - of_targets[:, :, None] - of_raters[:, None, :]
    total = _sum_squares(centred) / (n * k - 1)
    ss_raters = n * np.einsum("ij,ij->i", of_raters, of_raters)
    ss_residual = _sum_squares(residual)
    parts = (
        k * np.einsum("ij,ij->i", of_targets, of_targets) / (n - 1),
        ss_raters / (k - 1),
        ss_residual / ((n - 1) * (k - 1)),
        (ss_raters + ss_residual) / (n * (k - 1)),
    )
    return *(np.where(part < NEGLIGIBLE * total, 0.0, part) for part in parts), total


def icc_forms(scores: np.ndarray, confidence: float = 0.95) -> np.ndarray:
    """Estimate and interval of the six ICCs of Shrout & Fleiss, for many items at once.

    Parameters
    ----------
    scores : array, items x targets (n >= 2) x raters (k >= 2), no missing value
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    array, items x 6 (in the order of `FORMS`) x (estimate, lower, upper)
        NaN where a figure is not estimable: no variation, or a denominator of 0 or less.

    Notes
    -----
    McGraw & Wong (1996), Tables 4 and 7; ANOVA estimators, so negative values stay. As psych::ICC with
    lmer=FALSE; the interval of ICC(A,k) is Spearman-Brown of the limits of ICC(A,1), where irr::icc puts
    ICC(A,k) into the degrees of freedom that belong to the single measure.
    """
    return icc_from_squares(mean_squares(scores), *scores.shape[1:], confidence)


def icc_from_squares(ms: tuple[np.ndarray, ...], n: int, k: int, confidence: float = 0.95) -> np.ndarray:
    """As `icc_forms`, from the mean squares that `mean_squares` gives for n targets and k raters."""
    msr, _, mse, msw, _ = ms
    agreement = _agreement_single(ms, n, k, confidence)
    one_way = _f_limits(msr, msw, (n - 1, n * (k - 1)), k, confidence)
    consistency = _f_limits(msr, mse, (n - 1, (n - 1) * (k - 1)), k, confidence)
    average = _agreement_average(ms, n, agreement, k)
    single = (agreement, one_way[0], consistency[0])
    return np.stack([*single, one_way[1], average, consistency[1]], axis=1)


def f_tests(ms: tuple[np.ndarray, ...], n: int, k: int) -> np.ndarray:
    """F tests of the analysis of variance.

    Parameters
    ----------
    ms : mean squares from `mean_squares`
    n, k : numbers of targets and raters

    Returns
    -------
    array, items x 3 x (F, df1, df2, p)
        In the order: targets against the variation within them, for the one-way forms; targets against the
        residual, for all two-way forms; raters against the residual, the test of bias between raters.
        F and p are NaN where the error term is 0.

    Notes
    -----
    The first two test that the ICC is 0. Degrees of freedom as psych::ICC and pingouin give them; irr::icc
    puts Satterthwaite's approximation under the agreement forms.
    """
    msr, msc, mse, msw, total = ms
    residual_df = (n - 1) * (k - 1)
    tests = ((msr, msw, n - 1, n * (k - 1)), (msr, mse, n - 1, residual_df), (msc, mse, k - 1, residual_df))
    found = np.empty((3, 4, len(msr)))
    for index, (effect, error, df1, df2) in enumerate(tests):
        f = _divide(effect, error, total)
        found[index] = f, np.broadcast_to(df1, f.shape), np.broadcast_to(df2, f.shape), fdtrc(df1, df2, f)
    return found.transpose(2, 0, 1)


def _sum_squares(values: np.ndarray) -> np.ndarray:
    return np.einsum("ijk,ijk->i", values, values)


def _f_quantile(p: float, df1: float | np.ndarray, df2: float | np.ndarray) -> np.ndarray:
    """Quantile of F by way of both tails of the beta distribution, each to nearly full precision."""
    lower = betaincinv(df1 / 2, df2 / 2, p)
    upper = 1 - lower
    if upper.min() < 1e-3:  # where the difference loses digits
        upper = betaincinv(df2 / 2, df1 / 2, 1 - p)
    return df2 * lower / (df1 * upper)


def _divide(numerator: np.ndarray, denominator: np.ndarray, total: float | np.ndarray = 0.0) -> np.ndarray:
    """Quotients, NaN where the denominator is no more than rounding noise above 0."""
    estimable = denominator > NEGLIGIBLE * total
    return np.where(estimable, numerator / np.where(estimable, denominator, 1.0), np.nan)


def _f_limits(
    msr: np.ndarray, error: np.ndarray, df: tuple[int, int], k: int, confidence: float
) -> tuple[np.ndarray, np.ndarray]:
    """Single and average form against one error term: estimate and limits, items x 3 each."""
    tail = (1 - confidence) / 2
    # Each limit is the estimate with MSR divided, or multiplied, by a quantile of F.
    factors = np.array([1.0, 1 / _f_quantile(1 - tail, *df), _f_quantile(1 - tail, *df[::-1])])
    scaled = msr[:, None] * factors
    error = error[:, None]
    beyond = scaled - error
    return _divide(beyond, scaled + (k - 1) * error), _divide(beyond, scaled)


def _agreement_single(ms: tuple[np.ndarray, ...], n: int, k: int, confidence: float) -> np.ndarray:
    """ICC(A,1) with the limits of McGraw & Wong in a form that needs no division by 1 - r."""
    msr, msc, mse, _, total = ms
    r = _divide(msr - mse, msr + (k - 1) * mse + k * (msc - mse) / n, total)
    a = k * r * msc
    b = (n * (1 + (k - 1) * r) - k * r) * mse
    spread = a**2 / (k - 1) + b**2 / ((n - 1) * (k - 1))
    some = spread > 0
    v = np.where(some, (a + b) ** 2 / np.where(some, spread, 1.0), (n - 1) * (k - 1))
    v = np.maximum(v, 1e-6)  # a + b = 0 where MSR = 0; the limits do not depend on v then
    rest = k * msc + (k * n - k - n) * mse
    limits = []
    for p in ((1 - confidence) / 2, (1 + confidence) / 2):
        scaled = _f_quantile(p, v, n - 1) * msr
        limits.append(_divide(n * (scaled - mse), rest + n * scaled))
    found = np.isfinite(r)
    return np.array([r, *(np.where(found, limit, np.nan) for limit in limits)]).T


def _agreement_average(ms: tuple[np.ndarray, ...], n: int, single: np.ndarray, k: int) -> np.ndarray:
    """ICC(A,k), its limits by Spearman-Brown from those of ICC(A,1)."""
    msr, msc, mse, _, total = ms
    estimate = _divide(msr - mse, msr + (msc - mse) / n, total)
    limits = single[:, 1:]
    stepped = _divide(k * limits, 1 + (k - 1) * limits, 1.0)
    found = np.isfinite(estimate)[:, None]
    return np.concatenate([estimate[:, None], np.where(found, stepped, np.nan)], axis=1)
