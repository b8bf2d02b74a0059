"""Ratings with holes as sums over the targets that the same raters rated: all that REML needs of them."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Design:
    """Who rated together: the different sets of raters ("patterns"), and how many targets each set rated.

    The likelihood sees a target by its number of raters only ("level"); what it needs is summed by that.
    """

    given: np.ndarray  # patterns x raters, 1.0 where the rater belongs to the set
    count: np.ndarray  # patterns, targets
    number: np.ndarray  # patterns, raters
    level: np.ndarray  # patterns x levels, 1.0 where the pattern has the level's number of raters
    level_number: np.ndarray  # levels, raters
    level_count: np.ndarray  # levels, targets
    level_pairs: np.ndarray  # levels x raters x raters, targets that both rated

    @property
    def n_ratings(self) -> int:
        return int(self.count @ self.number)


@dataclass(frozen=True, slots=True)
class Sums:
    """Many sets of ratings of one design."""

    total: np.ndarray  # sets x levels, sum of the targets' sums
    square: np.ndarray  # sets x levels, sum of the squares of the targets' sums
    shared: np.ndarray  # sets x levels x raters, sum of the sums of the rater's targets
    by_rater: np.ndarray  # sets x raters, sums
    within: np.ndarray  # sets, sums of squares within targets

    def take(self, index: np.ndarray) -> "Sums":
        """Return some of the sets."""
        parts = (self.total, self.square, self.shared, self.by_rater, self.within)
        return Sums(*(part[index] for part in parts))


def find_design(given: np.ndarray) -> tuple[Design, np.ndarray]:
    """The design of a boolean array targets x raters, and the index of each target's pattern."""
    patterns, index, count = np.unique(given, axis=0, return_inverse=True, return_counts=True)
    sets, number = patterns.astype(float), patterns.sum(axis=1)
    levels = np.unique(number)
    level = (number[:, None] == levels).astype(float)
    design = Design(
        sets,
        count,
        number,
        level,
        level_number=levels,
        level_count=count @ level,
        level_pairs=np.einsum("pl,p,pj,pk->ljk", level, count, sets, sets, optimize=True),
    )
    return design, index.ravel()


def sum_ratings(design: Design, index: np.ndarray, scores: np.ndarray) -> Sums:
    """Sums of one set of scores (targets x raters, NaN where not given)."""
    given = np.isfinite(scores)
    values = np.where(given, scores, 0.0)
    by_target = values.sum(axis=1)
    rest = np.where(given, values - (by_target / design.number[index])[:, None], 0.0)
    patterns = len(design.count)
    return _sum_by_level(
        design,
        np.bincount(index, by_target, patterns)[None],
        np.bincount(index, by_target**2, patterns)[None],
        values.sum(axis=0)[None],
        np.array([(rest**2).sum()]),
    )


def simulate_sums(
    design: Design, variances: tuple[float, float, float], n_samples: int, rng: np.random.Generator
) -> Sums:
    """Sums of simulated normal ratings, drawn from their own distributions.

    Parameters
    ----------
    design : who rates what
    variances : of targets, raters and residual (> 0)
    n_samples : sets to draw
    rng : the generator

    Notes
    -----
    Within one pattern, given the raters' effects, the raters' means, the sum of squares between targets and
    that of the residual are independent, the latter two scaled chi-squares: a set costs one draw for each
    pattern and rater, however many targets there are.
    """
    target, rater, residual = variances
    given, count, number = design.given, design.count, design.number
    patterns, raters = given.shape
    effects = np.sqrt(rater) * rng.standard_normal((n_samples, 1, raters))
    shared = np.sqrt(target / count) * rng.standard_normal((n_samples, patterns))
    noise = np.sqrt(residual / count)[:, None] * rng.standard_normal((n_samples, patterns, raters))
    means = (effects + shared[:, :, None] + noise) * given
    grand = means.sum(axis=2) / number
    between = 2 * (target + residual / number) * rng.standard_gamma((count - 1) / 2, (n_samples, patterns))
    shape = (count - 1) * (number - 1) / 2
    rest = 2 * residual * rng.standard_gamma(shape, (n_samples, patterns)).sum(axis=1)
    apart = (count[:, None] * ((means - grand[:, :, None]) * given) ** 2).sum(axis=(1, 2))
    return _sum_by_level(
        design,
        total=grand * (count * number),
        square=number**2 * (between + count * grand**2),
        by_rater=np.einsum("p,spk->sk", count, means),
        within=rest + apart,
    )


def _sum_by_level(
    design: Design, total: np.ndarray, square: np.ndarray, by_rater: np.ndarray, within: np.ndarray
) -> Sums:
    """Sums by level from sums by pattern (sets x patterns)."""
    shared = np.einsum("sp,pl,pk->slk", total, design.level, design.given, optimize=True)
    return Sums(total @ design.level, square @ design.level, shared, by_rater, within)
