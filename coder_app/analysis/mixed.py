"""REML for ratings with holes: crossed random targets and raters, a profiled likelihood of two parameters."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from coder_app.analysis.patterns import Design, Sums, find_design, simulate_sums, sum_ratings

# sqrt(variance / residual variance) = sinh(phi): even in phi, so that 0 is no boundary, and log-like far out.
STARTS = np.array([0.05, 0.3, 0.6, 1.0, 1.5, 2.2, 3.2])
LARGEST = 9.0
STEP = 1e-4
NO_VARIATION = "no variation: all scores are the same"


@dataclass(frozen=True, slots=True)
class Components:
    """Variances of targets, raters and residual, in squared units of the score."""

    target: float
    rater: float
    residual: float


def find_reason(scores: np.ndarray) -> str | None:
    """Say why no ICC can be had from scores (targets x raters, NaN = not given), complete or not, if so."""
    n, k = scores.shape
    if not scores.size:
        return "no scores"
    if n < 2 or k < 2:
        return f"targets with scores: {n}, raters: {k}; at least 2 of each are needed"
    if np.nanmin(scores) == np.nanmax(scores):
        return NO_VARIATION
    return None if np.isfinite(scores).all() else find_obstacle(scores)


def find_obstacle(scores: np.ndarray) -> str | None:
    """Say why no variance components can be had from scores with holes (targets x raters), if so."""
    given = np.isfinite(scores)
    n, k = scores.shape
    if n < 2 or k < 2:
        return f"targets with scores: {n}, raters: {k}; at least 2 of each are needed"
    if np.nanmin(scores) == np.nanmax(scores):
        return NO_VARIATION
    groups = group_raters(given).max() + 1
    if groups > 1:
        return f"the raters are not connected: no target is shared between {groups} groups of them"
    if given.sum() <= n + k - 1:
        return "too few shared targets to tell the raters' differences from error"
    if not _agree_within_targets(scores) and _is_additive(scores):
        return "no residual variation: REML is not defined"
    return None


def group_raters(given: np.ndarray) -> np.ndarray:
    """Number the groups of raters that chains of shared targets join.

    Parameters
    ----------
    given : boolean array, targets x raters

    Returns
    -------
    array of raters, the number of each one's group from 0; one group = a connected design
    """
    shared = csr_array(given.T.astype(int) @ given.astype(int))
    return connected_components(shared, directed=False)[1]


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
    design, index = find_design(np.isfinite(scores))
    sums = sum_ratings(design, index, scores - np.nanmean(scores))
    phi = _maximise(design, sums)
    residual = float(_quadratic_form(design, sums, phi)[0][0]) / (design.n_ratings - 1)
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
    design, _ = find_design(given)
    variances = (components.target, components.rater, components.residual)
    sums = simulate_sums(design, variances, n_samples, np.random.default_rng(seed))
    # A Newton step of the tolerance leaves an error of its square.
    phi = _maximise(design, sums, STARTS[::2], tolerance=1e-4)
    return tuple(np.sinh(phi.T) ** 2)


def _agree_within_targets(scores: np.ndarray) -> bool:
    return bool(np.all(np.nanmin(scores, axis=1) == np.nanmax(scores, axis=1)))


def _is_additive(scores: np.ndarray) -> bool:
    """Whether targets and raters explain every score, up to rounding: least squares, targets eliminated."""
    given = np.isfinite(scores)
    y = np.where(given, scores - np.nanmean(scores), 0.0)
    number = given.sum(axis=1, keepdims=True)
    rest = np.where(given, y - y.sum(axis=1, keepdims=True) / number, 0.0)
    system = np.diag(given.sum(axis=0)) - given.T @ (given / number)
    by_rater = rest.sum(axis=0)
    explained = by_rater @ np.linalg.lstsq(system, by_rater, rcond=None)[0]
    return bool((rest**2).sum() - explained < 1e-12 * (y**2).sum())


def _quadratic_form(design: Design, sums: Sums, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """y'Py and log|V| + log|X'V^-1 X| for phi (sets x 2, or one for all), V = I + ts Zs Zs' + tr Zr Zr'.

    Targets are eliminated in closed form, which leaves one raters x raters system.
    """
    ts, tr = np.sinh(phi.T) ** 2
    count, number, pairs = design.level_count, design.level_number, design.level_pairs
    shrink = 1 / (1 + ts[:, None] * number)
    weight = ts[:, None] * shrink
    levels, k = pairs.shape[:2]
    by_pair = pairs.reshape(levels, k * k)
    rated = np.einsum("lkk->lk", pairs)
    cross = np.diag(rated.sum(axis=0)) - (weight @ by_pair).reshape(-1, k, k)
    system = np.eye(k) + tr[:, None, None] * cross
    ones = shrink @ rated
    by_rater = sums.by_rater - (weight[:, None, :] @ sums.shared)[:, 0]
    reduced, log_determinant = _eliminate(system, np.stack(np.broadcast_arrays(ones, by_rater), axis=2))
    a11 = shrink @ (count * number) - tr * reduced[0]
    a1y = (shrink * sums.total).sum(axis=1) - tr * reduced[1]
    ayy = sums.within + (shrink * sums.square / number).sum(axis=1) - tr * reduced[2]
    return ayy - a1y**2 / a11, log_determinant - np.log(shrink) @ count + np.log(a11)


def _eliminate(system: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Products u'S^-1 u, u'S^-1 v, v'S^-1 v of the two columns u, v of `right`, and log|S|.

    S symmetric and positive definite (sets or 1 x k x k), reduced row by row for all sets at once:
    several times faster than a call of LAPACK for each small S.
    """
    reduced = np.ascontiguousarray(system.transpose(1, 2, 0))
    columns = np.ascontiguousarray(right.transpose(1, 2, 0))
    products = np.zeros((3, len(right)))
    log_determinant = np.zeros(len(system))
    for i, pivot in enumerate(np.einsum("iis->is", reduced)):
        u, v = columns[i]
        products += np.stack([u * u, u * v, v * v]) / pivot
        log_determinant += np.log(pivot)
        factor = (reduced[i + 1 :, i] / pivot)[:, None]
        reduced[i + 1 :, i + 1 :] -= factor * reduced[i, i + 1 :]
        columns[i + 1 :] -= factor * columns[i]
    return products, log_determinant


def _deviance(design: Design, sums: Sums, phi: np.ndarray) -> np.ndarray:
    quadratic, determinants = _quadratic_form(design, sums, phi)
    return determinants + (design.n_ratings - 1) * np.log(quadratic)


def _maximise(
    design: Design, sums: Sums, starts: np.ndarray = STARTS, tolerance: float = 1e-7, max_steps: int = 60
) -> np.ndarray:
    """Best phi of each set: the best point of a grid, then damped Newton steps for all sets together."""
    grid = np.stack(np.meshgrid(starts, starts), axis=-1).reshape(-1, 2)
    heights = np.stack([_deviance(design, sums, point[None]) for point in grid])
    phi = grid[heights.argmin(axis=0)]
    value = heights.min(axis=0)
    damping = np.zeros(len(phi))
    active = np.arange(len(phi))
    for _ in range(max_steps):
        part = sums.take(active)
        step = _newton_step(design, part, phi[active], value[active], damping[active])
        trial = np.clip(phi[active] + step, -LARGEST, LARGEST)
        height = _deviance(design, part, trial)
        better = height <= value[active]
        damping[active] = np.where(better, damping[active] / 10, np.maximum(10 * damping[active], 1e-2))
        phi[active[better]] = trial[better]
        value[active[better]] = height[better]
        active = active[np.abs(step).max(axis=1) > tolerance]
        if not len(active):
            break
    return phi


def _newton_step(
    design: Design, sums: Sums, phi: np.ndarray, value: np.ndarray, damping: np.ndarray
) -> np.ndarray:
    """Newton's step from central differences, its Hessian made positive definite, cut to half of phi."""
    h = STEP
    up_s, down_s, up_r, down_r, up, down = (
        _deviance(design, sums, phi + h * np.array(d))
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
    longest = np.minimum(1, 0.05 + np.abs(phi) / 2)
    return step / np.maximum(1, (np.abs(step) / longest).max(axis=1))[:, None]
