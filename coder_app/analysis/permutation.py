"""Permutation analysis of variance of subscale scores over the positions of rupture sequences."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from coder_app.analysis.cautions import list_cautions
from coder_app.analysis.designs import NEGLIGIBLE, EffectSpace, find_effect_spaces
from coder_app.analysis.exact import find_exact_p
from coder_app.analysis.layout import WITHIN, Layout, read_layout
from coder_app.analysis.paired import PairedComparison, compare_pairs
from coder_app.analysis.results import StatsError
from coder_app.analysis.schemes import (
    ANYWHERE,
    DRAWN,
    DYAD,
    LISTED,
    SCHEMES,
    SEQUENCE,
    UNITS,
    Orders,
    Scheme,
    make_orders,
)

METHODS = tuple(SCHEMES)
GIVEN = "given"
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect's test; None stands for what cannot be computed, and `reason` says why.

    p by all permutations lies from `p_lower` to `p_upper` with 95 % confidence: None where all are listed.
    """

    effect: str
    f: float | None
    df1: int
    df2: int
    p_parametric: float | None
    p_permutation: float | None
    p_lower: float | None
    p_upper: float | None
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
    unit: str = SEQUENCE,
) -> PermutationResult:
    """Repeated-measures or mixed analysis of variance, type III, with p by permutation.

    With D all fixed columns but the tested ones X, and Z the error's, values r are permuted:
    F* = (|H(R_D X) P r|^2 / df1) / (|H(R_D Z) P r|^2 / df2). p is the share of F*, rounded to 10 decimals,
    that reach F. N permutations hold the identity: p = (1 + b) / N.

    Parameters
    ----------
    frame : DataFrame
        One row a score: sequence, position, score, optionally rupture_type and dyad (see `read_layout`).
    permutations : int
        N, at least 1. When there are no more than N orders, all of them are listed instead, and p is exact.
    seed : int
        Seed of the drawn permutations; effects whose values may go to the same places share them.
    method : str
        ``rd`` permutes the residuals of D over all observations (Kherad-Pajouh & Renaud; the default of R
        permuco's ``aovperm``); ``rde`` those of D and of the random effects that are not the effect's error.
        ``freedman_lane`` permutes the residuals of D where they can be exchanged: within sequences for
        positions and the interaction, whole sequences for types (adding the fit of D back changes no F*).
        ``restricted`` permutes the scores themselves: within sequences for positions, whole sequences for
        types and, since the differences between positions go with them, for the interaction.
    matrix : ndarray of int, shape (n_observations, N), optional
        Permutations to use in place of drawn ones, with ``rd`` and ``rde``: 0-based row numbers, one
        permutation a column, the identity among them.
    unit : str
        ``sequence``, or ``dyad`` where dyads give several sequences: those of a dyad then move together
        (``freedman_lane`` and ``restricted``).

    Returns
    -------
    PermutationResult
        Exact p beside: all sign flips for two positions within sequences, all re-assignments of two types.

    Raises
    ------
    StatsError
        Incomplete sequences, an unknown method or unit, one that does not go with the method, fewer than one
        permutation, or a matrix of anything else.

    References
    ----------
    Kherad-Pajouh & Renaud (2015), Statistical Papers, 56, 947-967; R permuco ``aovperm``; R afex
    ``aov_car(type = 3)``; Freedman & Lane (1983), J Business & Economic Statistics, 1, 292-298; Anderson &
    ter Braak (2003), J Statistical Computation and Simulation, 73, 85-113; Winkler et al. (2014), NeuroImage,
    92, 381-397 (exchangeability blocks).
    """
    scheme = _check(method, unit, permutations, matrix)
    layout = read_layout(frame)
    tests = [_Test(space, scheme, layout) for space in find_effect_spaces(layout)]
    effects: dict[str, Effect] = {}
    for reach in dict.fromkeys(test.reach for test in tests):
        own = [test for test in tests if test.reach == reach]
        orders = (
            make_orders(reach, layout, unit, permutations, seed)
            if matrix is None
            else _read_orders(matrix, len(layout.scores))
        )
        for block in orders.blocks:
            for test in own:
                test.count(block)
        effects |= {test.effect: test.conclude(orders, layout) for test in own}
    two_within = layout.kind == WITHIN and len(layout.positions) == 2
    paired = compare_pairs(layout.table) if two_within else None
    ordered = tuple(effects[test.effect] for test in tests)
    return PermutationResult(layout.kind, ordered, tuple(list_cautions(layout)), paired)


def _check(method: str, unit: str, permutations: int, matrix: np.ndarray | None) -> Scheme:
    if method not in SCHEMES:
        raise StatsError(f"method {method!r}; expected one of {', '.join(SCHEMES)}")
    if unit not in UNITS:
        raise StatsError(f"unit {unit!r}; expected one of {', '.join(UNITS)}")
    if permutations < 1:
        raise StatsError(f"{permutations} permutations; expected at least 1")
    scheme = SCHEMES[method]
    if scheme.position == ANYWHERE and unit == DYAD:
        raise StatsError(f"method {method} moves single observations; expected another one with unit dyad")
    if scheme.position != ANYWHERE and matrix is not None:
        raise StatsError(f"method {method} draws its own permutations; expected no matrix")
    return scheme


def _read_orders(matrix: np.ndarray, n: int) -> Orders:
    if matrix.shape[0] != n or (np.sort(matrix, axis=0) != np.arange(n)[:, None]).any():
        raise StatsError(f"matrix: expected permutations of the rows 0 to {n - 1}, one a column")
    return Orders(iter([np.ascontiguousarray(matrix.T)]), matrix.shape[1], GIVEN)


class _Test:
    """One effect: its observed F, and how many permutations reached it so far."""

    def __init__(self, space: EffectSpace, scheme: Scheme, layout: Layout) -> None:
        self.effect, (self.df1, self.df2) = space.effect, space.df
        self.reach, self.permuted = scheme.reach(space.effect), scheme.reduce(space, layout)
        self.projection = np.ascontiguousarray(np.hstack((space.hypothesis, space.error)).T)
        scores = layout.scores
        numerator, denominator = self._mean_squares(scores[None, :])
        self.f = None
        if denominator[0] > NEGLIGIBLE * (scores @ scores):
            self.f = float(numerator[0] / denominator[0])
            # Half a unit of the tenth decimal, and ten digits of a large F, still count as equal.
            self.threshold = min(round(self.f, 10) - 5e-11, self.f * (1 - 1e-10))
        self.reached = 0

    def count(self, orders: np.ndarray) -> None:
        """Add the permutations of a block (rows) whose F* reaches F."""
        if self.f is None:
            return
        numerator, denominator = self._mean_squares(self.permuted.take(orders, mode="clip"))
        # Multiplied out, so that 0 / 0 counts against the effect.
        self.reached += int((numerator >= self.threshold * denominator).sum())

    def conclude(self, orders: Orders, layout: Layout) -> Effect:
        """Give the test's figures; drawn permutations leave the identity to be counted here."""
        p = p_parametric = None
        limits: tuple[float | None, float | None] = (None, None)
        reasons = []
        if self.f is None:
            reasons.append("no variation is left for the error")
        else:
            reached = self.reached + (orders.source == DRAWN)
            p = reached / orders.total
            if orders.source != LISTED:
                limits = _limit_p(reached - 1, orders.total - 1)
            p_parametric = float(stats.f.sf(self.f, self.df1, self.df2))
        exact = find_exact_p(self.effect, layout)
        if exact.reason:
            reasons.append(exact.reason)
        return Effect(
            self.effect,
            self.f,
            self.df1,
            self.df2,
            p_parametric,
            p,
            *limits,
            n_permutations=orders.total,
            enumerated=orders.source == LISTED,
            p_exact=exact.p,
            exact_method=exact.method,
            reason="; ".join(reasons) or None,
        )

    def _mean_squares(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        parts = self.projection @ rows.T
        parts *= parts
        return parts[: self.df1].sum(axis=0) / self.df1, parts[self.df1 :].sum(axis=0) / self.df2


def _limit_p(reached: int, drawn: int) -> tuple[float, float]:
    """Clopper & Pearson's limits of the share that all permutations would give."""
    tail = (1 - CONFIDENCE) / 2
    lower = float(stats.beta.ppf(tail, reached, drawn - reached + 1)) if reached else 0.0
    upper = float(stats.beta.ppf(1 - tail, reached + 1, drawn - reached)) if reached < drawn else 1.0
    return lower, upper
