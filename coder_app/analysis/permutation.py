"""Permutation analysis of variance of subscale scores over the positions of rupture sequences."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from coder_app.analysis.designs import (
    MIXED,
    NEGLIGIBLE,
    WITHIN,
    EffectSpace,
    Layout,
    find_effect_spaces,
    read_layout,
    reduce_scores,
)
from coder_app.analysis.exact import find_exact_p
from coder_app.analysis.orders import draw_orders, list_orders
from coder_app.analysis.paired import PairedComparison, compare_pairs
from coder_app.analysis.results import StatsError

# What is permuted, by method: rd permutes the residuals of the reduced model.
REDUCTIONS: dict[str, Callable[[EffectSpace, np.ndarray], np.ndarray]] = {"rd": reduce_scores}
GIVEN, LISTED, DRAWN = "given", "listed", "drawn"
FEW_SEQUENCES, FEW_OF_A_TYPE, UNEQUAL_SPREAD = 8, 5, 2.0


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect's test; None stands for what cannot be computed, and `reason` says why."""

    effect: str
    f: float | None
    df1: int
    df2: int
    p_parametric: float | None
    p_permutation: float | None
    n_permutations: int
    enumerated: bool
    p_exact: float | None
    exact_method: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class PermutationResult:
    """Design, one test per effect, the paired comparison of two positions, and what to be careful with."""

    design: str
    effects: tuple[Effect, ...]
    warnings: tuple[str, ...]
    paired: PairedComparison | None


def permutation_test(
    frame: pd.DataFrame,
    permutations: int = 100_000,
    seed: int = 1,
    method: str = "rd",
    matrix: np.ndarray | None = None,
) -> PermutationResult:
    """Repeated-measures or mixed analysis of variance, type III, with p by permutation.

    With D all fixed columns but the tested ones X, and Z the error's, the residuals r of the scores from D
    are permuted over all observations: F* = (|H(R_D X) P r|^2 / df1) / (|H(R_D Z) P r|^2 / df2). p is the
    share of F*, rounded to 10 decimals, that reach F. N permutations hold the identity: p = (1 + b) / N.

    Parameters
    ----------
    frame : DataFrame
        One row a score: sequence, position, score, optionally rupture_type (see `read_layout`).
    permutations : int
        N, at least 1. When the observations have no more than N orders, all of them are listed instead.
    seed : int
        Seed of the drawn permutations; the same ones serve every effect.
    method : str
        ``rd``, the only one so far.
    matrix : ndarray of int, shape (n_observations, N), optional
        Permutations to use in place of drawn ones: 0-based row numbers, one permutation a column, the
        identity among them.

    Returns
    -------
    PermutationResult
        Exact p beside: all sign flips for two positions within sequences, all re-assignments of two types.

    Raises
    ------
    StatsError
        Incomplete sequences, an unknown method, fewer than one permutation, or a matrix of anything else.

    References
    ----------
    Kherad-Pajouh & Renaud (2015), Statistical Papers, 56, 947-967; R permuco ``aovperm`` with method
    Rd_kheradPajouh_renaud; R afex ``aov_car(type = 3)``.
    """
    if method not in REDUCTIONS:
        raise StatsError(f"method {method!r}; expected one of {', '.join(REDUCTIONS)}")
    if permutations < 1:
        raise StatsError(f"{permutations} permutations; expected at least 1")
    layout = read_layout(frame)
    tests = [_Test(space, REDUCTIONS[method], layout.scores) for space in find_effect_spaces(layout)]
    orders, total, source = _choose_orders(len(layout.scores), permutations, seed, matrix)
    for block in orders:
        for test in tests:
            test.count(block)
    effects = tuple(test.conclude(total, source, layout) for test in tests)
    two_within = layout.kind == WITHIN and len(layout.positions) == 2
    paired = compare_pairs(layout.table) if two_within else None
    return PermutationResult(layout.kind, effects, tuple(_warn(layout)), paired)


def _choose_orders(
    n: int, permutations: int, seed: int, matrix: np.ndarray | None
) -> tuple[Iterator[np.ndarray], int, str]:
    if matrix is not None:
        if matrix.shape[0] != n or (np.sort(matrix, axis=0) != np.arange(n)[:, None]).any():
            raise StatsError(f"matrix: expected permutations of the rows 0 to {n - 1}, one a column")
        return iter([np.ascontiguousarray(matrix.T)]), matrix.shape[1], GIVEN
    if math.factorial(n) <= permutations:
        return list_orders(n), math.factorial(n), LISTED
    return draw_orders(n, permutations - 1, seed), permutations, DRAWN


class _Test:
    """One effect: its observed F, and how many permutations reached it so far."""

    def __init__(
        self,
        space: EffectSpace,
        reduce: Callable[[EffectSpace, np.ndarray], np.ndarray],
        scores: np.ndarray,
    ) -> None:
        self.effect, (self.df1, self.df2) = space.effect, space.df
        self.residuals = reduce(space, scores)
        self.projection = np.ascontiguousarray(np.hstack((space.hypothesis, space.error)).T)
        numerator, denominator = self._mean_squares(self.residuals[None, :])
        self.f = None
        if denominator[0] > NEGLIGIBLE * (scores @ scores):
            self.f = float(numerator[0] / denominator[0])
            # Half a unit of the tenth decimal, and ten digits of a large F, still count as equal.
            self.reach = min(round(self.f, 10) - 5e-11, self.f * (1 - 1e-10))
        self.reached = 0

    def count(self, orders: np.ndarray) -> None:
        """Add the permutations of a block (rows) whose F* reaches F."""
        if self.f is None:
            return
        numerator, denominator = self._mean_squares(self.residuals.take(orders, mode="clip"))
        # Multiplied out, so that 0 / 0 counts against the effect.
        self.reached += int((numerator >= self.reach * denominator).sum())

    def conclude(self, total: int, source: str, layout: Layout) -> Effect:
        """Give the test's figures; drawn permutations leave the identity to be counted here."""
        p = p_parametric = None
        reasons = []
        if self.f is None:
            reasons.append("no variation is left for the error")
        else:
            p = (self.reached + (source == DRAWN)) / total
            p_parametric = float(stats.f.sf(self.f, self.df1, self.df2))
        exact = find_exact_p(self.effect, layout)
        if exact.reason:
            reasons.append(exact.reason)
        return Effect(
            effect=self.effect,
            f=self.f,
            df1=self.df1,
            df2=self.df2,
            p_parametric=p_parametric,
            p_permutation=p,
            n_permutations=total,
            enumerated=source == LISTED,
            p_exact=exact.p,
            exact_method=exact.method,
            reason="; ".join(reasons) or None,
        )

    def _mean_squares(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = self.projection @ rows.T
        parts *= parts
        return parts[: self.df1].sum(axis=0) / self.df1, parts[self.df1 :].sum(axis=0) / self.df2


def _warn(layout: Layout) -> Iterator[str]:
    n = len(layout.sequences)
    if n < FEW_SEQUENCES:
        yield f"few sequences ({n}): only a large effect can be found"
    if layout.kind != MIXED:
        if layout.types != ("",):
            yield f"all sequences are {layout.types[0]}: types are not compared"
        return
    sizes = dict(zip(layout.types, layout.type_sizes.tolist(), strict=True))
    counted = ", ".join(f"{size} {kind}" for kind, size in sizes.items())
    if min(sizes.values()) < FEW_OF_A_TYPE:
        yield f"few sequences of a type ({counted})"
    spreads = _spread_of_types(layout)
    smaller, larger = min(sizes, key=sizes.get), max(sizes, key=sizes.get)
    if sizes[smaller] < sizes[larger] and spreads[smaller] > UNEQUAL_SPREAD * spreads[larger]:
        shown = ", ".join(f"{kind} n {sizes[kind]} SD {spreads[kind]:.2f}" for kind in layout.types)
        yield (
            f"the smaller type has the larger spread ({shown}): every test here then finds effects that are "
            "not there"
        )


def _spread_of_types(layout: Layout) -> dict[str, float]:
    """SD within positions, averaged over positions, of each type; 0 where a single sequence has none."""
    table = layout.table
    members = {kind: table[layout.type_of_sequence == at] for at, kind in enumerate(layout.types)}
    return {
        kind: float(rows.std(axis=0, ddof=1).mean()) if len(rows) > 1 else 0.0
        for kind, rows in members.items()
    }
