"""From the data in hand to other designs: what the mean of k coders, or of their m items, would give."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.anova import icc_forms
from coder_app.analysis.cube import read_cube
from coder_app.analysis.incomplete import bootstrap_components
from coder_app.analysis.obstacles import find_reason
from coder_app.analysis.results import Estimate, StatsError
from coder_app.analysis.sums import find_components

N_BOOTSTRAP = 2000
SEED = 1
NOT_POSITIVE = "the estimate for one rater is too low to project"


@dataclass(frozen=True, slots=True)
class Projection:
    """Reliability of the mean of `raters` coders: agreement (Phi), and consistency (E rho squared)."""

    item: str | None
    raters: int
    agreement: Estimate
    consistency: Estimate


@dataclass(frozen=True, slots=True)
class GStudy:
    """Variance components of targets (p), raters (r) and items (i), all crossed, and their interactions."""

    p: float
    r: float
    i: float
    pr: float
    pi: float
    ri: float
    residual: float


def project_reliability(
    frame: pd.DataFrame, raters: Sequence[int] = (1, 2, 3, 4, 5, 6), confidence: float = 0.95
) -> tuple[Projection, ...]:
    """Reliability of the mean of so many coders, from the variances in the data at hand.

    Parameters
    ----------
    frame : columns target, rater, item (optional), score; NaN = missing
    raters : numbers of coders to project to, each >= 1; the data may have any number of 2 or more
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    tuple of Projection, by item and then by number of coders
        Coders of the projection are drawn like those of the data and each codes every target.

    Raises
    ------
    StatsError
        A number of coders is under 1, or what `cube.read_cube` raises.

    Notes
    -----
    Brennan (2001), Generalizability Theory: Phi(k) = vs/(vs + (vr + ve)/k), E rho^2(k) = vs/(vs + ve/k), so
    that both are Spearman-Brown of the single measures ICC(A,1) and ICC(C,1), and their limits of those'
    limits: the F intervals of complete data, the parametric bootstrap of data with holes.
    """
    if min(raters, default=1) < 1:
        raise StatsError(f"{min(raters)} raters; expected 1 or more")
    cube = read_cube(frame)
    found = []
    for index, item in enumerate(cube.items):
        agreement, consistency = _single_measures(cube.table(index), confidence)
        found += [Projection(item, k, _step_up(agreement, k), _step_up(consistency, k)) for k in raters]
    return tuple(found)


def g_study(frame: pd.DataFrame) -> GStudy:
    """Variance components of targets, raters and items by expected mean squares.

    Parameters
    ----------
    frame : columns target, rater, item, score, without a hole; 2 or more of each

    Returns
    -------
    GStudy
        Components as estimated; some may be negative.

    Raises
    ------
    StatsError
        A score is missing, or there is one target, rater or item only.

    Notes
    -----
    Brennan (2001), ch. 3; the components of gtheory and lme4 in balanced data.
    """
    scores = read_cube(frame).scores.transpose(1, 2, 0)
    if np.isnan(scores).any():
        raise StatsError(f"{int(np.isnan(scores).sum())} scores are missing; expected every cell")
    if min(scores.shape) < 2:
        raise StatsError(
            "targets, raters, items: {}, {}, {}; expected 2 or more of each".format(*scores.shape)
        )
    n, k, m = scores.shape
    ms = _crossed_squares(scores)
    pr, pi, ri = (ms["pr"] - ms["pri"]) / m, (ms["pi"] - ms["pri"]) / k, (ms["ri"] - ms["pri"]) / n
    return GStudy(
        p=(ms["p"] - ms["pr"] - ms["pi"] + ms["pri"]) / (k * m),
        r=(ms["r"] - ms["pr"] - ms["ri"] + ms["pri"]) / (n * m),
        i=(ms["i"] - ms["pi"] - ms["ri"] + ms["pri"]) / (n * k),
        pr=pr,
        pi=pi,
        ri=ri,
        residual=ms["pri"],
    )


def d_study(components: GStudy, raters: int, items: int) -> tuple[float | None, float | None]:
    """E rho squared and Phi of the mean of so many raters and items; negative components count as 0.

    Parameters
    ----------
    components : from `g_study`
    raters, items : both >= 1; items as a sample of those that could be asked

    Returns
    -------
    E rho squared, Phi : in [0, 1], or None where nothing varies
    """
    p, r, i, pr, pi, ri, residual = (
        max(0.0, getattr(components, name)) for name in ("p", "r", "i", "pr", "pi", "ri", "residual")
    )
    relative = pr / raters + pi / items + residual / (raters * items)
    absolute = relative + r / raters + i / items + ri / (raters * items)
    return tuple(p / (p + error) if p + error > 0 else None for error in (relative, absolute))


def _single_measures(table: np.ndarray, confidence: float) -> tuple[Estimate, Estimate]:
    """ICC(A,1) and ICC(C,1) of one item."""
    reason = find_reason(table)
    if reason is not None:
        return (Estimate(None, None, None, reason),) * 2
    if np.isfinite(table).all():
        forms = icc_forms(table[None], confidence)[0]
        return tuple(Estimate(*(v if v == v else None for v in forms[i].tolist())) for i in (0, 2))
    components = find_components(table)
    target, rater = bootstrap_components(table, components, N_BOOTSTRAP, SEED)
    tails = ((1 - confidence) / 2, (1 + confidence) / 2)
    found = []
    for bias, biases in ((components.rater, rater), (0.0, 0.0)):
        residual = float(components.residual > 0)
        limits = np.quantile(target / (target + biases + residual), tails).tolist()
        whole = components.target + bias + components.residual
        found.append(Estimate(components.target / whole, *limits))
    return tuple(found)


def _step_up(single: Estimate, k: int) -> Estimate:
    """Spearman-Brown for k raters, of the estimate and both limits."""
    if single.estimate is None:
        return Estimate(None, None, None, single.reason or NOT_POSITIVE)
    values = [_spearman_brown(value, k) for value in (single.estimate, single.lower, single.upper)]
    return Estimate(*values, None if None not in values else NOT_POSITIVE)


def _spearman_brown(value: float | None, k: int) -> float | None:
    below = None if value is None else 1 + (k - 1) * value
    return None if below is None or below <= 1e-12 else k * value / below


def _crossed_squares(scores: np.ndarray) -> dict[str, float]:
    """Mean squares of a crossed layout, targets x raters x items."""
    scores = scores - scores.mean()
    axes = {"p": (0,), "r": (1,), "i": (2,), "pr": (0, 1), "pi": (0, 2), "ri": (1, 2), "pri": (0, 1, 2)}
    sums, found = {}, {}
    for name, kept in axes.items():
        means = scores.mean(axis=tuple(axis for axis in range(3) if axis not in kept))
        raw = scores.size / means.size * float((means**2).sum())
        sums[name] = raw - sum(sums[part] for part in sums if set(part) < set(name))
        found[name] = sums[name] / np.prod([scores.shape[axis] - 1 for axis in kept])
    return found
