"""REML for ratings with holes: crossed random targets and raters, a profiled likelihood of two parameters."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

# sqrt(variance / residual variance) = sinh(phi): even in phi, so that 0 is no boundary, and log-like far out.
STARTS = np.array([0.05, 0.3, 0.6, 1.0, 1.5, 2.2, 3.2])
LARGEST = 9.0
STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of targets, raters and residual, in squared units of the score."""

    target: float
    rater: float
    residual: float


@dataclass(frozen=True, slots=True)
class Ratings:
    """Many sets of ratings of one design, as the sums that the likelihood needs."""

    given: np.ndarray  # targets x raters, 1 where a rating was given
    by_target: np.ndarray  # sets x targets, sums
    by_rater: np.ndarray  # sets x raters, sums
    within: np.ndarray  # sets, sums of squares within targets


def find_obstacle(scores: np.ndarray) -> str | None:
    """Say why no variance components can be had from scores (targets x raters, NaN = not given), if so."""
    given = np.isfinite(scores)
    n, k = scores.shape
    if n < 2 or k < 2:
        return f"targets with scores: {n}, raters: {k}; at least 2 of each are needed"
    if np.nanmin(scores) == np.nanmax(scores):
        return "no variation"
    if connected_components(csr_array(given.T.astype(int) @ given.astype(int)), directed=False)[0] > 1:
        return "the raters are not connected: no chain of shared targets joins them all"
    if given.sum() <= n + k - 1:
        return "too few shared targets to tell the raters' differences from error"
    if not _agree_within_targets(scores) and _is_additive(scores):
        return "no residual variation: REML is not defined"
    return None


def estimate_components(scores: np.ndarray) -> Components:
    """Variance components of y = mu + target + rater + residual by REML.

    Parameters
    ----------
    scores : array, targets x raters, NaN where no rating was given; `find_obstacle` returned None

    Notes
    -----
    The optimum that lme4::lmer (bobyqa, rhoend 1e-10) approaches, to about 1e-8; never negative.
    """
    if _agree_within_targets(scores):
        return Components(float(np.var(np.nanmean(scores, axis=1), ddof=1)), 0.0, 0.0)
    given = np.isfinite(scores)
    ratings = _summarise(given, (scores[given] - scores[given].mean())[None])
    phi = _maximise(ratings)
    residual = float(_quadratic_form(ratings, phi)[0][0]) / (given.sum() - 1)
    target, rater = residual * np.sinh(phi[0]) ** 2
    return Components(float(target), float(rater), residual)


def simulate_components(
    given: np.ndarray, components: Components, n_samples: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Parametric bootstrap: variances of targets and raters over the residual's, from simulated ratings.

    Parameters
    ----------
    given : boolean array, targets x raters
    components : what to simulate from, residual > 0
    n_samples, seed : number of simulated sets, and the generator's seed

    Returns
    -------
    target, rater : arrays of n_samples ratios >= 0
    """
    rng = np.random.default_rng(seed)
    rows, columns = np.nonzero(given)
    n, k = given.shape
    simulated = (
        np.sqrt(components.target) * rng.standard_normal((n_samples, n))[:, rows]
        + np.sqrt(components.rater) * rng.standard_normal((n_samples, k))[:, columns]
        + np.sqrt(components.residual) * rng.standard_normal((n_samples, len(rows)))
    )
    phi = _maximise(_summarise(given, simulated - simulated.mean(axis=1, keepdims=True)))
    return tuple(np.sinh(phi.T) ** 2)


def _agree_within_targets(scores: np.ndarray) -> bool:
    return bool(np.all(np.nanmin(scores, axis=1) == np.nanmax(scores, axis=1)))


def _is_additive(scores: np.ndarray) -> bool:
    """Whether targets and raters explain every score, up to rounding."""
    rows, columns = np.nonzero(np.isfinite(scores))
    n, k = scores.shape
    y = scores[rows, columns] - np.nanmean(scores)
    x = np.zeros((len(y), n + k))
    x[np.arange(len(y)), rows] = 1
    x[np.arange(len(y)), n + columns] = 1
    rest = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    return bool(rest @ rest < 1e-12 * (y @ y))


def _summarise(given: np.ndarray, values: np.ndarray) -> Ratings:
    """Sums of values (sets x ratings, in the row-major order of the design)."""
    rows, columns = np.nonzero(given)
    number = given.sum(axis=1)
    by_target = values @ np.eye(given.shape[0])[rows]
    by_rater = values @ np.eye(given.shape[1])[columns]
    rest = values - (by_target / number)[:, rows]
    return Ratings(given.astype(float), by_target, by_rater, np.einsum("ij,ij->i", rest, rest))


def _quadratic_form(ratings: Ratings, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """y'Py and log|V| + log|X'V^-1 X| for phi (sets x 2, or one for all), V = I + ts Zs Zs' + tr Zr Zr'.

    Targets are eliminated in closed form, which leaves one raters x raters system.
    """
    ts, tr = np.sinh(phi.T) ** 2
    given = ratings.given
    number = given.sum(axis=1)
    shrink = 1 / (1 + ts[:, None] * number)
    weight = ts[:, None] * shrink
    k = given.shape[1]
    pairs = (given[:, :, None] * given[:, None, :]).reshape(-1, k * k)
    cross = np.diag(given.sum(axis=0)) - (weight @ pairs).reshape(-1, k, k)
    system = np.eye(k) + tr[:, None, None] * cross
    ones = shrink @ given
    sums = ratings.by_rater - (weight * ratings.by_target) @ given
    right = np.stack(np.broadcast_arrays(ones, sums), axis=2)
    solved = np.linalg.solve(system, right)
    a11, a1y, _, ayy = (right.transpose(0, 2, 1) @ solved * tr[:, None, None]).reshape(-1, 4).T
    a11 = shrink @ number - a11
    a1y = (shrink * ratings.by_target).sum(axis=1) - a1y
    ayy = ratings.within + (shrink * ratings.by_target**2 / number).sum(axis=1) - ayy
    determinants = np.linalg.slogdet(system)[1] - np.log(shrink).sum(axis=1) + np.log(a11)
    return ayy - a1y**2 / a11, determinants


def _deviance(ratings: Ratings, phi: np.ndarray) -> np.ndarray:
    quadratic, determinants = _quadratic_form(ratings, phi)
    return determinants + (ratings.given.sum() - 1) * np.log(quadratic)


def _take(ratings: Ratings, index: np.ndarray) -> Ratings:
    return Ratings(ratings.given, ratings.by_target[index], ratings.by_rater[index], ratings.within[index])


def _maximise(ratings: Ratings, max_steps: int = 60) -> np.ndarray:
    """Best phi of each set: the best point of a grid, then damped Newton steps for all sets together."""
    grid = np.stack(np.meshgrid(STARTS, STARTS), axis=-1).reshape(-1, 2)
    heights = np.stack([_deviance(ratings, point[None]) for point in grid])
    phi = grid[heights.argmin(axis=0)]
    value = heights.min(axis=0)
    damping = np.zeros(len(phi))
    active = np.arange(len(phi))
    for _ in range(max_steps):
        part = _take(ratings, active)
        step = _newton_step(part, phi[active], value[active], damping[active])
        trial = np.clip(phi[active] + step, -LARGEST, LARGEST)
        height = _deviance(part, trial)
        better = height <= value[active]
        damping[active] = np.where(better, damping[active] / 10, np.maximum(10 * damping[active], 1e-2))
        phi[active[better]] = trial[better]
        value[active[better]] = height[better]
        active = active[np.abs(step).max(axis=1) > 1e-7]
        if not len(active):
            break
    return phi


def _newton_step(ratings: Ratings, phi: np.ndarray, value: np.ndarray, damping: np.ndarray) -> np.ndarray:
    """Newton's step from central differences, its Hessian made positive definite, no longer than 1."""
    h = STEP
    up_s, down_s, up_r, down_r, up, down = (
        _deviance(ratings, phi + h * np.array(d))
        for d in ((1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1))
    )
    gs, gr = (up_s - down_s) / (2 * h), (up_r - down_r) / (2 * h)
    hs, hr = (up_s - 2 * value + down_s) / h**2, (up_r - 2 * value + down_r) / h**2
    hsr = (up - up_s - up_r + 2 * value - down_s - down_r + down) / (2 * h**2)
    smallest = (hs + hr) / 2 - np.hypot((hs - hr) / 2, hsr)
    shift = np.where(smallest < 1e-2, 1e-2 + 2 * np.maximum(-smallest, 0), 0) + damping
    a, b = hs + shift, hr + shift
    determinant = a * b - hsr**2
    step = -np.stack([b * gs - hsr * gr, a * gr - hsr * gs], axis=1) / determinant[:, None]
    return step / np.maximum(1, np.hypot(*step.T))[:, None]
