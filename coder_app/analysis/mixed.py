"""REML for ratings with holes: crossed random targets and raters, a profiled likelihood of two parameters."""

from dataclasses import dataclass

import numpy as np

from coder_app.analysis.obstacles import agree_within_targets
from coder_app.analysis.patterns import Design, Sums, find_design, simulate_sums, sum_ratings

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


def estimate_components(scores: np.ndarray) -> Components:
    """Variance components of y = mu + target + rater + residual by REML.

    Parameters
    ----------
    scores : array, targets x raters, NaN where no rating was given; `obstacles.find_obstacle` returned None

    Notes
    -----
    The optimum that lme4::lmer (bobyqa, rhoend 1e-10) approaches, to about 1e-8; never negative.
    """
    if agree_within_targets(scores):
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
    _, _, phi = _simulate(given, components, n_samples, seed)
    return tuple(np.sinh(phi.T) ** 2)


def simulate_errors(given: np.ndarray, components: Components, n_samples: int, seed: int) -> np.ndarray:
    """Parametric bootstrap of the error variance, raters and residual together (see `simulate_components`).

    Returns
    -------
    array of n_samples variances > 0, in squared units of the score
    """
    design, sums, phi = _simulate(given, components, n_samples, seed)
    residual = _quadratic_form(design, sums, phi)[0] / (design.n_ratings - 1)
    return residual * (1 + np.sinh(phi[:, 1]) ** 2)


def _simulate(
    given: np.ndarray, components: Components, n_samples: int, seed: int
) -> tuple[Design, Sums, np.ndarray]:
    design, _ = find_design(given)
    variances = (components.target, components.rater, components.residual)
    sums = simulate_sums(design, variances, n_samples, np.random.default_rng(seed))
    # A Newton step of the tolerance leaves an error of its square.
    return design, sums, _maximise(design, sums, STARTS[::2], tolerance=1e-4)


def _quadratic_form(design: Design, sums: Sums, phi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """y'Py and log|V| + log|X'V^-1 X| for phi (sets x 2, or one for all), V = I + ts Zs Zs' + tr Zr Zr'.

    Targets are eliminated in closed form, which leaves one raters x raters system.
    """
    ts, tr = np.sinh(phi.T) ** 2
    count, number, pairs = design.level_count, design.level_number, design.level_pairs
    shrink = 1 / (1 + ts * number[:, None])
    weight = ts * shrink
    levels, k = pairs.shape[:2]
    rated = np.einsum("lkk->kl", pairs)
    # Sets stand last here, where the elimination runs along them.
    cross = np.diag(rated.sum(axis=1))[:, :, None] - (pairs.reshape(levels, -1).T @ weight).reshape(k, k, -1)
    system = np.eye(k)[:, :, None] + tr * cross
    right = np.empty((k, 2, len(sums.within)))
    right[:, 0] = rated @ shrink
    right[:, 1] = sums.by_rater.T - (weight.T[:, None, :] @ sums.shared)[:, 0].T
    reduced, log_determinant = _eliminate(system, right)
    a11 = (count * number) @ shrink - tr * reduced[0]
    a1y = (shrink.T * sums.total).sum(axis=1) - tr * reduced[1]
    ayy = sums.within + (shrink.T * sums.square / number).sum(axis=1) - tr * reduced[2]
    return ayy - a1y**2 / a11, log_determinant - count @ np.log(shrink) + np.log(a11)


def _eliminate(system: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Products u'S^-1 u, u'S^-1 v, v'S^-1 v of the columns u, v of `right` (k x 2 x sets), and log|S|.

    S symmetric and positive definite (k x k x sets or 1), reduced row by row for all sets at once: several
    times faster than a call of LAPACK for each small S.
    """
    products = np.zeros((3, right.shape[2]))
    log_determinant = np.zeros(system.shape[2])
    for i in range(len(system)):
        pivot = system[i, i]
        u, v = right[i]
        products += np.stack([u * u, u * v, v * v]) / pivot
        log_determinant += np.log(pivot)
        factor = (system[i + 1 :, i] / pivot)[:, None]
        system[i + 1 :, i + 1 :] -= factor * system[i, i + 1 :]
        right[i + 1 :] -= factor * right[i]
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
