"""Growth of the alliance: a line for each dyad over the session number, as a mixed model by REML."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from coder_app.analysis.results import Estimate

LEAST_DYADS = 10
# Less variance than this share of the scores' is a float's noise.
NOTHING = 1e-12
EDGE = 0.9999
# Where the search for the variances begins: Cholesky factors in residual SD.
_STARTS = ((1.0, 0.0, 1.0), (0.3, 0.0, 0.1), (2.0, -0.5, 0.3), (1.0, 0.0, 0.01), (4.0, 0.0, 2.0))


@dataclass(frozen=True, slots=True)
class Growth:
    """Mean line and how dyads differ, in points of the measure and points per session.

    `start` is the mean at session number 1; `df` and `p` are of the slope. The SDs are those of dyads about
    the mean line; `correlation` is that of a dyad's score at number 1 and its slope, None where either does
    not vary. `at_edge`: the variances lie at the edge of what is possible, as in a singular fit of lme4.
    `between` is the share of the variance that lies between dyads, of the model without a slope.
    """

    n_dyads: int
    n_scores: int
    start: float | None
    slope: Estimate
    df: int | None
    p: float | None
    sd_start: float | None
    sd_slope: float | None
    correlation: float | None
    sd_residual: float | None
    at_edge: bool
    between: Estimate
    reason: str | None


@dataclass(frozen=True, slots=True)
class _Sums:
    """What the likelihood needs of each dyad: X'X, X'y and y'y, with X = (1, t) or (1)."""

    xx: np.ndarray
    xy: np.ndarray
    yy: np.ndarray
    n: int

    @property
    def width(self) -> int:
        """Number of columns of X."""
        return self.xy.shape[1]


@dataclass(frozen=True, slots=True)
class _Fit:
    factor: np.ndarray
    beta: np.ndarray
    covariance: np.ndarray
    residual: float


def fit_growth(numbers: np.ndarray, scores: np.ndarray, confidence: float = 0.95) -> Growth:
    """Fit score on session number with a random intercept and slope for each dyad.

    The model is that of ``lmer(score ~ session + (1 + session | dyad))``, REML; the share between dyads is of
    ``lmer(score ~ 1 + (1 | dyad))``. The interval of the slope is its standard error times t on dyads - 1
    degrees of freedom, which is exact where every dyad has a score at every number.

    Parameters
    ----------
    numbers : array of session numbers, one for each column
    scores : array, dyads x numbers, NaN where there is no score
    confidence : coverage of the interval, in (0, 1)

    Returns
    -------
    Growth
        With a `reason` instead of figures: fewer than 10 dyads with two scores or more, all scores of one
        session number, scores that are all the same, too few scores to part slopes from noise, or dyads
        whose scores all lie on a line.

    References
    ----------
    Laird & Ware (1982), Biometrics, 38, 963-974; Bates et al. (2015), Journal of Statistical Software, 67(1).
    """
    given = np.isfinite(scores)
    scores, given = scores[given.any(axis=1)], given[given.any(axis=1)]
    n, total = len(scores), int(given.sum())
    between = _share_between(scores, given)
    reason = _find_obstacle(scores, given)
    if reason is not None:
        return _nothing(n, total, reason, between)
    # About the middle, where intercept and slope depend least on each other.
    middle = float((given * numbers).sum() / total)
    level = float(scores[given].mean())
    sums = _sum(scores - level, given, np.asarray(numbers, dtype=float) - middle)
    fit = _fit(sums)
    if fit.residual <= NOTHING * float(scores[given].var()):
        return _nothing(n, total, "every dyad’s scores lie on a line of its own", between)
    return _describe(fit, n, total, 1 - middle, level, confidence, between)


def _find_obstacle(scores: np.ndarray, given: np.ndarray) -> str | None:
    several = int((given.sum(axis=1) > 1).sum())
    if several < LEAST_DYADS:
        return f"{several} dyads have two scores or more; {LEAST_DYADS} are needed"
    if given.any(axis=0).sum() < 2:
        return "all scores are of one session number"
    if np.ptp(scores[given]) <= NOTHING * max(1.0, float(np.abs(scores[given]).max())):
        return "all scores are the same"
    if given.sum() <= 2 * len(scores):
        return f"{given.sum()} scores of {len(scores)} dyads are too few to part slopes from noise"
    return None


def _nothing(n: int, total: int, reason: str, between: Estimate) -> Growth:
    none = Estimate(None, None, None, reason)
    return Growth(n, total, None, none, None, None, None, None, None, None, False, between, reason)


def _share_between(scores: np.ndarray, given: np.ndarray) -> Estimate:
    """ICC of the model without a slope."""
    several = int((given.sum(axis=1) > 1).sum())
    if several < LEAST_DYADS:
        why = f"{several} dyads have two scores or more; {LEAST_DYADS} are needed"
        return Estimate(None, None, None, why)
    if np.ptp(scores[given]) <= NOTHING * max(1.0, float(np.abs(scores[given]).max())):
        return Estimate(None, None, None, "all scores are the same")
    fit = _fit(_sum(scores - scores[given].mean(), given, None))
    ratio = float(fit.factor[0, 0]) ** 2
    if fit.residual <= NOTHING * float(scores[given].var()):
        return Estimate(None, None, None, "no dyad’s scores differ from each other")
    return Estimate(ratio / (1 + ratio), None, None)


def _sum(scores: np.ndarray, given: np.ndarray, times: np.ndarray | None) -> _Sums:
    columns = [given.astype(float)] if times is None else [given.astype(float), given * times]
    x = np.stack(columns, axis=2)
    y = np.where(given, scores, 0.0)
    return _Sums(
        np.einsum("ijk,ijl->ikl", x, x), np.einsum("ijk,ij->ik", x, y), (y * y).sum(axis=1), int(given.sum())
    )


def _factor(theta: np.ndarray, width: int) -> np.ndarray:
    if width == 1:
        return np.array([[theta[0]]])
    return np.array([[theta[0], 0.0], [theta[1], theta[2]]])


def _profile(sums: _Sums, factor: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, float]:
    """REML deviance at a factor of the dyads' covariance, with beta, X'V^-1 X and the residual variance."""
    half = sums.xx @ factor
    inner = np.eye(sums.width) + factor.T @ half
    right = np.concatenate([np.swapaxes(half, 1, 2), (sums.xy @ factor)[:, :, None]], axis=2)
    solved = np.linalg.solve(inner, right)
    down = np.swapaxes(right, 1, 2) @ solved
    k = sums.width
    xvx = (sums.xx - down[:, :k, :k]).sum(axis=0)
    xvy = (sums.xy - down[:, :k, k]).sum(axis=0)
    yvy = float((sums.yy - down[:, k, k]).sum())
    beta = np.linalg.solve(xvx, xvy)
    df = sums.n - k
    residual = max(yvy - float(beta @ xvy), 1e-300) / df
    deviance = (
        df * math.log(residual) + float(np.linalg.slogdet(inner)[1].sum()) + float(np.linalg.slogdet(xvx)[1])
    )
    return deviance, beta, xvx, residual


def _fit(sums: _Sums) -> _Fit:
    """The factor with the smallest deviance: from several starts, then once more from the best."""
    length = 1 if sums.width == 1 else 3

    def deviance(theta: np.ndarray) -> float:
        return _profile(sums, _factor(theta, sums.width))[0]

    starts = [np.array(start[:length]) for start in _STARTS]
    rough = [
        optimize.minimize(deviance, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-5})
        for start in starts
    ]
    best = min(rough, key=lambda one: one.fun)
    fine = {"xatol": 1e-9, "fatol": 1e-11, "maxiter": 4000, "maxfev": 8000}
    found = optimize.minimize(deviance, best.x, method="Nelder-Mead", options=fine)
    factor = _factor(found.x, sums.width)
    _, beta, xvx, residual = _profile(sums, factor)
    return _Fit(factor, beta, np.linalg.inv(xvx) * residual, residual)


def _describe(
    fit: _Fit, n: int, total: int, at_one: float, level: float, confidence: float, between: Estimate
) -> Growth:
    slope, error = float(fit.beta[1]), math.sqrt(fit.covariance[1, 1])
    df = n - 1
    reach = float(stats.t.ppf((1 + confidence) / 2, df)) * error
    p = float(2 * stats.t.sf(abs(slope) / error, df)) if error > 0 else None
    spread = fit.factor @ fit.factor.T * fit.residual
    # From the middle to session number 1.
    move = np.array([[1.0, at_one], [0.0, 1.0]])
    spread = move @ spread @ move.T
    sds = np.sqrt(np.clip(np.diag(spread), 0, None))
    varies = sds > 1e-5 * math.sqrt(fit.residual)
    correlation = float(spread[0, 1] / (sds[0] * sds[1])) if varies.all() else None
    return Growth(
        n_dyads=n,
        n_scores=total,
        start=level + float(fit.beta[0] + slope * at_one),
        slope=Estimate(slope, slope - reach, slope + reach),
        df=df,
        p=p,
        sd_start=float(sds[0]),
        sd_slope=float(sds[1]) if varies[1] else 0.0,
        correlation=correlation,
        sd_residual=math.sqrt(fit.residual),
        at_edge=correlation is None or abs(correlation) > EDGE,
        between=between,
        reason=None,
    )
