"""Omega total of one scale from ratings, with a bootstrap over recordings."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.alpha import cronbach_alpha, drop_incomplete, find_varying
from coder_app.analysis.correlations import correlate, sum_products
from coder_app.analysis.cube import read_cube
from coder_app.analysis.factor import LOWEST_UNIQUENESS, fit_minres
from coder_app.analysis.frames import read_scores
from coder_app.analysis.ml_factor import ml_factor
from coder_app.analysis.resampling import FEWEST_DEFINED, draw_counts
from coder_app.analysis.results import StatsError

FEWEST_ITEMS = 3
NOT_CONVERGED = "minres did not converge"


@dataclass(frozen=True, slots=True)
class OmegaResult:
    """Omega total of one scale and what goes with it; `reason` says why a figure is None."""

    omega_total: float | None
    lower: float | None
    upper: float | None
    ml_ratio: float | None
    alpha: float | None
    n_rows: int
    n_items: int
    heywood: bool | None
    dropped_items: tuple[str, ...]
    reason: str | None
    loadings: dict[str, float]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Rows:
    """Ratings as rows (a target as one rater rated it) of the items that vary."""

    table: np.ndarray
    targets: np.ndarray
    items: tuple[str, ...]
    dropped: tuple[str, ...]


def omega_total(
    frame: pd.DataFrame, bootstrap: int = 2000, seed: int = 1, confidence: float = 0.95
) -> OmegaResult:
    """Omega total from one minres factor on correlations.

    Parameters
    ----------
    frame : columns target, rater (optional), item, score; NaN = missing. A row of the analysis is a target
        as one rater rated it
    bootstrap, seed : resamples of targets (0 = no interval), and the generator's seed
    confidence : coverage of the percentile interval, in (0, 1)

    Returns
    -------
    OmegaResult
        Correlations are pairwise. Items without variation are dropped and named; under 3 items nothing but
        alpha is computed. Items are never reversed: a negative loading is a warning. `heywood`: a uniqueness
        at .005. `ml_ratio` comes from the maximum likelihood factor on covariances, with full information
        where scores are missing; `alpha` is raw, of complete rows.

    Raises
    ------
    StatsError
        Columns are missing, a score is not a number, or a target-rater-item occurs twice.

    Notes
    -----
    1 - sum(u2)/sum(R): psych::omega with nfactors = 1, flip = FALSE (McDonald 1999). `ml_ratio`:
    MBESS::ci.reliability type "omega" (Dunn, Baguley & Brunsden 2014). Rows of one recording are not
    independent, so recordings are resampled, each with all its rows.
    """
    rows = _read_rows(frame)
    sums = sum_products(rows.table, rows.targets)
    correlations = correlate(sums, np.ones((1, len(sums))))
    reason = _find_reason(rows.items, correlations[0])
    omega = lower = upper = ratio = heywood = None
    loadings, warnings = {}, []
    if reason is None:
        found, converged = fit_minres(correlations)
        reason = None if converged[0] else NOT_CONVERGED
    if reason is None:
        omega = float(_omega(found, correlations)[0])
        heywood = bool((1 - found**2 <= LOWEST_UNIQUENESS + 1e-9).any())
        loadings = dict(zip(rows.items, found[0].tolist(), strict=True))
        lower, upper, no_interval = _bootstrap(sums, bootstrap, seed, confidence)
        ratio, no_ratio = _ml_ratio(rows.table, found[0])
        reason = "; ".join(filter(None, (no_interval, no_ratio))) or None
        warnings = _collect_warnings(rows, loadings)
    return OmegaResult(
        omega,
        lower,
        upper,
        ratio,
        alpha=cronbach_alpha(drop_incomplete(rows.table)),
        n_rows=len(rows.table),
        n_items=len(rows.items),
        heywood=heywood,
        dropped_items=rows.dropped,
        reason=reason,
        loadings=loadings,
        warnings=tuple(warnings),
    )


def _read_rows(frame: pd.DataFrame) -> _Rows:
    keys = ("target", "rater", "item") if "rater" in frame.columns else ("target", "item")
    if not {*keys, "score"} <= set(frame.columns):
        read_scores(frame, keys)
    try:
        cube = read_cube(frame if "rater" in keys else frame.assign(rater=0))
    except StatsError:
        read_scores(frame, keys)  # names the place without a rater where there is none
        raise
    table = cube.scores.reshape(len(cube.items), len(cube.targets) * len(cube.raters)).T
    targets = np.repeat(np.arange(len(cube.targets)), len(cube.raters))
    names = np.array(cube.items, dtype=object)
    varies = find_varying(table)
    answered = np.isfinite(table[:, varies]).any(axis=1)
    return _Rows(
        table[answered][:, varies],
        np.unique(targets[answered], return_inverse=True)[1],
        tuple(str(name) for name in names[varies]),
        tuple(str(name) for name in names[~varies]),
    )


def _find_reason(items: tuple[str, ...], correlations: np.ndarray) -> str | None:
    if len(items) < FEWEST_ITEMS:
        return f"{len(items)} items that vary: one factor is not identified with fewer than {FEWEST_ITEMS}"
    undefined = np.argwhere(np.isnan(correlations))
    if len(undefined):
        first, second = (items[i] for i in undefined[0])
        return f"items {first} and {second} do not vary together in any rows"
    return None if correlations.sum() > 0 else "the correlations sum to 0 or less"


def _omega(loadings: np.ndarray, correlations: np.ndarray) -> np.ndarray:
    total = correlations.sum(axis=(1, 2))
    return 1 - (1 - loadings**2).sum(axis=1) / total


def _bootstrap(
    sums: np.ndarray, n_samples: int, seed: int, confidence: float
) -> tuple[float | None, float | None, str | None]:
    """Percentile interval over resampled targets, or why there is none."""
    if n_samples == 0:
        return None, None, None
    n = len(sums)
    if n < 2:
        return None, None, "no interval: a bootstrap needs at least 2 targets"
    drawn = draw_counts(np.ones(n), n_samples, seed)
    correlations = np.concatenate([correlate(sums, counts) for counts in drawn])
    correlations = correlations[np.isfinite(correlations).all(axis=(1, 2))]
    correlations = correlations[correlations.sum(axis=(1, 2)) > 0]
    found, converged = fit_minres(correlations)
    values = _omega(found, correlations)[converged]
    if len(values) < FEWEST_DEFINED * n_samples:
        lost = n_samples - len(values)
        return None, None, f"no interval: omega is undefined in {lost} of {n_samples} resamples"
    lower, upper = np.quantile(values, ((1 - confidence) / 2, (1 + confidence) / 2))
    return float(lower), float(upper), None


def _ml_ratio(table: np.ndarray, loadings: np.ndarray) -> tuple[float | None, str | None]:
    """Common over total variance of the sum, as the ML factor model of the covariances implies them."""
    spread = np.nanstd(table, axis=0)
    fit = ml_factor((table - np.nanmean(table, axis=0)) / spread, loadings)
    if fit.problem is not None:
        return None, f"no ML ratio: {fit.problem}"
    common = (spread @ fit.loadings) ** 2
    return float(common / (common + spread**2 @ fit.uniquenesses)), None


def _collect_warnings(rows: _Rows, loadings: dict[str, float]) -> list[str]:
    warnings = []
    if rows.dropped:
        warnings.append(f"dropped for lack of variation: {', '.join(rows.dropped)}")
    negative = [item for item, loading in loadings.items() if loading < 0]
    if negative:
        warnings.append(f"negative loading: {', '.join(negative)} (no item is reversed)")
    extreme = [i for i, loading in loadings.items() if 1 - loading**2 <= LOWEST_UNIQUENESS + 1e-9]
    if extreme:
        warnings.append(f"Heywood case: {', '.join(extreme)}")
    holes = int(np.isnan(rows.table).sum())
    if holes:
        warnings.append(f"{holes} missing {'score' if holes == 1 else 'scores'}: correlations are pairwise")
    return warnings
