"""Do codes follow the alliance? Codes and alliance scores of the same sessions, within and between dyads."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from coder_app.analysis.results import Estimate

FEWEST_DYADS, FEWEST_WITHIN_DF = 5, 5
# Less than this share of the variance is a float's noise.
NOTHING = 1e-12
LARGEST_RATIO = 1e6


@dataclass(frozen=True, slots=True)
class Association:
    """A mixed model's slopes of code on alliance score.

    `within` is the change of the code that goes with one point of the alliance above a dyad's own mean,
    `between` with one point of the dyads' means; `r_within` is the repeated-measures correlation. `df` and
    `p` are of `within`. `n_several` dyads with two sessions or more carry the slope within.
    """

    n_sessions: int
    n_dyads: int
    n_several: int
    within: Estimate
    df: int | None
    p: float | None
    between: Estimate
    r_within: Estimate
    sd_dyads: float | None
    sd_residual: float | None
    reason: str | None


def associate(
    codes: np.ndarray, alliance: np.ndarray, dyads: np.ndarray, confidence: float = 0.95
) -> Association:
    """Regress codes on alliance scores, apart within and between dyads, with a random intercept for dyads.

    Parameters
    ----------
    codes, alliance : arrays of n finite scores of the same treatment sessions
    dyads : array of n dyads
    confidence : coverage of the intervals, between 0 and 1

    Returns
    -------
    Association
        The model is ``lmer(code ~ within + between + (1 | dyad))``, REML, ``within`` being the alliance minus
        the dyad's mean over these sessions and ``between`` that mean. The t of `within` has the degrees of
        freedom that the fit within dyads leaves, n - dyads - 1, that of `between` dyads - 2. With a `reason`
        there are no figures: fewer than 5 dyads or degrees of freedom, or scores that do not vary within
        dyads.

    References
    ----------
    Curran & Bauer (2011), Annual Review of Psychology, 62, 583-619 (within and between persons); Bakdash &
    Marusich (2017), Frontiers in Psychology, 8, 456; Bates et al. (2015), J Statistical Software, 67(1).
    """
    _, index = np.unique(dyads, return_inverse=True)
    sizes = np.bincount(index) if len(index) else np.zeros(0, dtype=int)
    several = int((sizes > 1).sum())
    counts = (len(codes), len(sizes), several)
    reason = _find_obstacle(codes, alliance, index, sizes)
    if reason:
        none = Estimate(None, None, None, reason)
        return Association(*counts, none, None, None, none, none, None, None, reason)
    means = np.bincount(index, alliance) / sizes
    centre = float(means.mean())
    x = np.column_stack((alliance - means[index], means[index] - centre, np.ones(len(codes))))
    if float(np.ptp(means)) <= NOTHING * max(1.0, float(np.abs(alliance).max())):
        x = x[:, [0, 2]]
    beta, covariance, ratio, residual = _fit(x, codes, index, sizes)
    df = len(codes) - len(sizes) - 1
    within, p = _interval(beta[0], covariance[0, 0], df, confidence)
    if x.shape[1] == 3:
        between, _ = _interval(beta[1], covariance[1, 1], len(sizes) - 2, confidence)
    else:
        between = Estimate(None, None, None, "all dyads have the same mean alliance")
    return Association(
        *counts,
        within,
        df,
        p,
        between,
        _correlate(codes, alliance, index, sizes, df, confidence),
        math.sqrt(ratio * residual),
        math.sqrt(residual),
        None,
    )


def _find_obstacle(
    codes: np.ndarray, alliance: np.ndarray, index: np.ndarray, sizes: np.ndarray
) -> str | None:
    if len(sizes) < FEWEST_DYADS:
        return f"{len(sizes)} dyads have a code and a score of one session; {FEWEST_DYADS} are needed"
    if len(codes) - len(sizes) - 1 < FEWEST_WITHIN_DF:
        return "too few dyads have several sessions with a code and a score"
    for values, what in ((alliance, "alliance scores"), (codes, "codes")):
        within = values - (np.bincount(index, values) / sizes)[index]
        if float(within @ within) <= NOTHING * max(1.0, float(values @ values)):
            return f"the {what} do not vary within dyads"
    return None


def _fit(
    x: np.ndarray, y: np.ndarray, index: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, float, float]:
    """REML with the variance of dyads over the residual's profiled: beta, its covariance, ratio, residual."""
    sums_x = np.column_stack([np.bincount(index, column) for column in x.T])
    sums_y = np.bincount(index, y)
    xx, xy, yy = x.T @ x, x.T @ y, float(y @ y)

    def solve(ratio: float) -> tuple[float, np.ndarray, np.ndarray, float]:
        weights = ratio / (1 + ratio * sizes)
        xvx = xx - (sums_x * weights[:, None]).T @ sums_x
        xvy = xy - (sums_x * weights[:, None]).T @ sums_y
        beta = np.linalg.solve(xvx, xvy)
        df = len(y) - x.shape[1]
        residual = max(yy - float(weights @ sums_y**2) - float(beta @ xvy), 1e-300) / df
        deviance = df * math.log(residual) + float(np.log1p(ratio * sizes).sum())
        return deviance + float(np.linalg.slogdet(xvx)[1]), beta, xvx, residual

    # In the root of the ratio the deviance is even, so that 0 is no boundary of the search.
    grid = np.concatenate(([0.0], np.geomspace(0.01, math.sqrt(LARGEST_RATIO), 40)))
    best = int(np.argmin([solve(root**2)[0] for root in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    found = optimize.minimize_scalar(
        lambda root: solve(root**2)[0], bounds=(low, high), method="bounded", options={"xatol": 1e-10}
    )
    root = found.x if found.fun < solve(grid[best] ** 2)[0] else grid[best]
    _, beta, xvx, residual = solve(float(root) ** 2)
    return beta, np.linalg.inv(xvx) * residual, float(root) ** 2, residual


def _interval(slope: float, variance: float, df: int, confidence: float) -> tuple[Estimate, float]:
    error = math.sqrt(variance)
    half = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    p = float(2 * stats.t.sf(abs(slope) / error, df))
    return Estimate(float(slope), float(slope) - half, float(slope) + half), p


def _correlate(
    codes: np.ndarray,
    alliance: np.ndarray,
    index: np.ndarray,
    sizes: np.ndarray,
    df: int,
    confidence: float,
) -> Estimate:
    x = alliance - (np.bincount(index, alliance) / sizes)[index]
    y = codes - (np.bincount(index, codes) / sizes)[index]
    r = float(np.clip(x @ y / math.sqrt(float(x @ x) * float(y @ y)), -1, 1))
    if abs(r) > 1 - NOTHING:
        return Estimate(r, None, None, "all points lie on a line")
    half = float(stats.norm.ppf((1 + confidence) / 2)) / math.sqrt(df - 1)
    return Estimate(r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half))
