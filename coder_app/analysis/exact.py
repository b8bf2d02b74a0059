"""Exact tests of small designs: all sign flips of differences, all re-assignments of types."""

from dataclasses import dataclass
from itertools import chain, combinations
from math import comb

import numpy as np
from scipy.linalg import helmert

from coder_app.analysis.designs import POSITION, TYPE
from coder_app.analysis.layout import WITHIN, Layout

MOST_FLIPPED = 40
MOST_REASSIGNED = 200_000
# Sums that agree to this share of the largest possible one are ties.
TIE = 1e-10


@dataclass(frozen=True, slots=True)
class ExactTest:
    """An exact p and how it came about, or why there is none."""

    p: float | None
    method: str | None
    reason: str | None


def find_exact_p(effect: str, layout: Layout) -> ExactTest:
    """Exact p of an effect where its design has one."""
    table, n_types = layout.table, len(layout.types)
    if layout.kind == WITHIN and table.shape[1] == 2:
        p = flip_signs(table[:, 1] - table[:, 0])
        if p is None:
            return ExactTest(None, None, "too many sequences to list all sign flips")
        return ExactTest(p, f"sign flip, 2^{len(table)}", None)
    if effect == POSITION:
        why = "more than two positions" if layout.kind == WITHIN else "positions where types differ"
        return ExactTest(None, None, f"no exact test for {why}")
    if n_types > 2:
        return ExactTest(None, None, "no exact test for more than two types")
    values = table.mean(axis=1, keepdims=True) if effect == TYPE else table @ helmert(table.shape[1]).T
    found = reassign_types(values, layout.type_of_sequence == 0)
    if found is None:
        return ExactTest(None, None, "too many sequences to list all re-assignments of types")
    return ExactTest(found[0], f"re-assignment of types, {found[1]}", None)


def flip_signs(differences: np.ndarray) -> float | None:
    """Two-sided p of the mean difference over all 2^n sign flips.

    Parameters
    ----------
    differences : ndarray of shape (n,)
        One difference a sequence.

    Returns
    -------
    float or None
        Share of sign flips whose absolute sum is at least the observed one; None beyond 40 sequences.
    """
    n = len(differences)
    if n > MOST_FLIPPED:
        return None
    tie = TIE * float(np.abs(differences).sum())
    observed = abs(float(differences.sum())) - tie
    if observed <= 0:
        return 1.0
    # Two halves of at most 2^20 sums each: pairs are counted by sorting, never listed.
    left, right = _all_sums(differences[: n // 2]), np.sort(_all_sums(differences[n // 2 :]))
    at_least = len(right) * len(left) - int(np.searchsorted(right, observed - left, side="left").sum())
    return min(1.0, 2 * at_least / 2**n)


def reassign_types(values: np.ndarray, members: np.ndarray) -> tuple[float, int] | None:
    """P of a difference between two types over all ways to give the types to the sequences.

    Parameters
    ----------
    values : ndarray of shape (n, q)
        Per sequence its mean (main effect) or its contrasts between positions (interaction).
    members : ndarray of bool, shape (n,)
        Which sequences are of the first type.

    Returns
    -------
    tuple or None
        Share of re-assignments whose between-types sum of squares, and so whose F, is at least the observed
        one, and their number; None when there are more than 200,000.
    """
    smaller = members if 2 * members.sum() <= len(members) else ~members
    n, size = len(values), int(smaller.sum())
    ways = comb(n, size)
    if ways > MOST_REASSIGNED:
        return None
    centred = values - values.mean(axis=0)
    picked = np.fromiter(chain.from_iterable(combinations(range(n), size)), np.intp, ways * size)
    sums = centred[picked.reshape(ways, size)].sum(axis=1)
    distances = np.einsum("ij,ij->i", sums, sums)
    observed = float((centred[smaller].sum(axis=0) ** 2).sum())
    tie = TIE * size * float((centred**2).sum())
    return float((distances >= observed - tie).mean()), ways


def _all_sums(values: np.ndarray) -> np.ndarray:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate((sums + value, sums - value))
    return sums
