"""Standard error of measurement and smallest detectable change, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import chdtri

from coder_app.analysis.anova import mean_squares
from coder_app.analysis.cube import read_cube
from coder_app.analysis.incomplete import NO_INTERVAL
from coder_app.analysis.mixed import simulate_errors
from coder_app.analysis.obstacles import find_reason
from coder_app.analysis.results import Estimate
from coder_app.analysis.sums import find_components

N_BOOTSTRAP = 2000
SEED = 1
NO_ERROR = "no interval: the coders never differ"


@dataclass(frozen=True, slots=True)
class MeasurementError:
    """Standard error of measurement and smallest detectable change, in points of the score.

    The limits are None where there is no interval; `interval_reason` says why.
    """

    item: str | None
    sem: float | None
    sdc: float | None
    reason: str | None
    sem_lower: float | None = None
    sem_upper: float | None = None
    sdc_lower: float | None = None
    sdc_upper: float | None = None
    interval_reason: str | None = None


def measurement_error(
    frame: pd.DataFrame, confidence: float = 0.95, n_bootstrap: int = N_BOOTSTRAP, seed: int = SEED
) -> tuple[MeasurementError, ...]:
    """Standard error of measurement (agreement) and smallest detectable change of each item.

    Parameters
    ----------
    frame : as for `icc_by_item`
    confidence : coverage of the intervals, in (0, 1)
    n_bootstrap, seed : simulated sets of ratings where there are holes (0 = no interval), and the seed

    Returns
    -------
    tuple of MeasurementError
        SEM = sqrt(variance of raters, at least 0, + residual variance); SDC = 1.96 sqrt(2) SEM.

    Notes
    -----
    de Vet et al. (2006), J Clin Epidemiol 59, 1033; complete data by the analysis of variance, else REML.
    The interval of complete data: a sum of mean squares as a chi-square with the degrees of freedom of
    Satterthwaite (1946), Biometrics Bulletin 2, 110; of data with holes: parametric bootstrap percentiles.
    """
    cube = read_cube(frame)
    return tuple(
        _measure(item, cube.table(index), confidence, n_bootstrap, seed)
        for index, item in enumerate(cube.items)
    )


def _measure(
    item: str | None, table: np.ndarray, confidence: float, n_bootstrap: int, seed: int
) -> MeasurementError:
    reason = find_reason(table)
    if reason is not None:
        return MeasurementError(item, None, None, reason)
    if np.isfinite(table).all():
        variance = _satterthwaite(table, confidence)
    else:
        variance = _simulated(table, confidence, n_bootstrap, seed)
    sem, lower, upper = (
        None if part is None else float(np.sqrt(part))
        for part in (variance.estimate, variance.lower, variance.upper)
    )
    sdc = [None if part is None else float(1.96 * np.sqrt(2) * part) for part in (sem, lower, upper)]
    return MeasurementError(item, sem, sdc[0], None, lower, upper, sdc[1], sdc[2], variance.reason)


def _satterthwaite(table: np.ndarray, confidence: float) -> Estimate:
    """Error variance of complete ratings with its interval."""
    n, k = table.shape
    _, msc, mse, _, _ = (float(part[0]) for part in mean_squares(table[None]))
    parts = ((msc / n, k - 1), (mse * (n - 1) / n, (n - 1) * (k - 1)))
    if msc <= mse:
        # No variance of raters: what is left is the residual's.
        parts = ((mse, (n - 1) * (k - 1)),)
    variance = sum(part for part, _ in parts)
    if variance == 0:
        return Estimate(0.0, None, None, NO_ERROR)
    df = variance**2 / sum(part**2 / own for part, own in parts)
    # chdtri takes the upper tail.
    lower, upper = (df * variance / chdtri(df, tail) for tail in _tails(confidence))
    return Estimate(variance, float(lower), float(upper))


def _simulated(table: np.ndarray, confidence: float, n_bootstrap: int, seed: int) -> Estimate:
    """Error variance of ratings with holes, its interval from simulated ratings."""
    components = find_components(table)
    variance = components.rater + components.residual
    if variance == 0:
        return Estimate(0.0, None, None, NO_ERROR)
    if components.residual == 0 or not n_bootstrap:
        return Estimate(variance, None, None, NO_INTERVAL)
    samples = simulate_errors(np.isfinite(table), components, n_bootstrap, seed)
    lower, upper = np.quantile(samples, _tails(confidence))
    return Estimate(variance, float(lower), float(upper))


def _tails(confidence: float) -> tuple[float, float]:
    return (1 - confidence) / 2, (1 + confidence) / 2
