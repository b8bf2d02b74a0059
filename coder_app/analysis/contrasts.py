"""Planned contrasts over pre, central and post: the expected patterns, one number for each sequence."""

import math
from dataclasses import dataclass

import numpy as np
from scipy import stats

from coder_app.analysis.exact import MOST_FLIPPED, flip_signs
from coder_app.analysis.results import Estimate

# What each pattern expects of pre, central and post, in points of the scale: high minus low.
PATTERNS = {"high-low-high": (0.5, -1.0, 0.5), "high-low-low": (1.0, -0.5, -0.5)}
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Contrast:
    """A contrast's mean over n sequences, with its t test, exact p and mean in SD units (d_z).

    `n_as_expected` sequences have a value above 0, which the pattern expects.
    """

    pattern: str
    n: int
    n_as_expected: int
    mean: Estimate
    t: float | None
    df: int | None
    p: float | None
    p_exact: float | None
    d_z: float | None


def contrast_pattern(table: np.ndarray, pattern: str, confidence: float = 0.95) -> Contrast:
    """Compare the high positions of a pattern with its low ones, within sequences.

    Parameters
    ----------
    table : ndarray of shape (n, 3)
        Scores of n sequences before, in and after a rupture, none missing.
    pattern : str
        ``high-low-high`` compares central with the mean of the other two, ``high-low-low`` pre with the mean
        of the other two.
    confidence : float
        Coverage of the mean's t interval, between 0 and 1.

    Returns
    -------
    Contrast
        With one sequence, or where none differs from the others, there is a reason in place of t. Exact p is
        over all sign flips, up to 40 sequences.

    References
    ----------
    Rosenthal, Rosnow & Rubin (2000), Contrasts and effect sizes in behavioral research, ch. 5 (contrasts of
    repeated measures); R ``t.test(table %*% weights)``.
    """
    weights = np.array(PATTERNS[pattern])
    values = table @ weights
    n = len(values)
    as_expected = int((values > 0).sum())
    if n < FEWEST:
        why = f"{n} sequence{'' if n == 1 else 's'}; at least {FEWEST} are needed"
        mean = Estimate(float(values.mean()) if n else None, None, None, why)
        return Contrast(pattern, n, as_expected, mean, None, None, None, None, None)
    p_exact = flip_signs(values) if n <= MOST_FLIPPED else None
    centre, sd = float(values.mean()), float(values.std(ddof=1))
    if sd <= 1e-12 * max(1.0, float(np.abs(table).max())):
        mean = Estimate(centre, None, None, "all sequences have the same contrast")
        return Contrast(pattern, n, as_expected, mean, None, None, None, p_exact, None)
    error = sd / math.sqrt(n)
    half = float(stats.t.ppf((1 + confidence) / 2, n - 1)) * error
    t = centre / error
    return Contrast(
        pattern,
        n,
        as_expected,
        Estimate(centre, centre - half, centre + half),
        t,
        n - 1,
        float(2 * stats.t.sf(abs(t), n - 1)),
        p_exact,
        centre / sd,
    )
