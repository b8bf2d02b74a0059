"""Scores as exact integers over one denominator, as written or on the lattice of a mean of items."""

import math
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd

# Two decimals of a mean are at most .005 off; the rest is room for a float's noise.
LATTICE_TOLERANCE = Fraction(6, 1000)
# Integers below this can be added and compared in pairs without leaving 64 bits.
LARGEST = 2**62
# Below this floats are near enough to tell on which side of the tolerance a score lies.
_PLAIN = 1e5
_NOISE = 1e-9
# A decimal of at most 15 digits is the only one that its float can stand for.
_MOST_DECIMALS, _DIGITS = 9, 1e15


@dataclass(frozen=True, eq=False, slots=True)
class ExactScores:
    """Scores as `numerators` (64-bit integers, or Python's own where they do not fit) over `denominator`."""

    numerators: np.ndarray
    denominator: int
    on_lattice: np.ndarray
    floats: np.ndarray

    @property
    def largest(self) -> int:
        """The largest numerator, whatever its sign."""
        return _largest(self.numerators)


def read_exactly(scores: np.ndarray, n_items: int | None, imputed: np.ndarray | None = None) -> ExactScores:
    """Read floats as the decimals they were written as; put means of `n_items` integers back on lattice.

    Parameters
    ----------
    scores : ndarray of float
        Finite scores.
    n_items : int, optional
        Number of integer items behind a mean: a score within .006 of a multiple of 1/n_items is taken as
        that. Without it no score moves, and integers are what is on the lattice.
    imputed : ndarray of bool, optional
        Scores in which missing answers were filled in: they are on no lattice, and none moves.
    """
    codes, values, moves = _find_distinct(scores, n_items, imputed)
    numerators, units, off = _read_at_once(values, np.where(moves, n_items or 1, 1), moves)
    slow = np.flatnonzero(units == 0)
    ratios = [
        to_ratio(value, n_items if may_move else None)
        for value, may_move in zip(values[slow].tolist(), (moves & ~off)[slow].tolist(), strict=True)
    ]
    whole = numerators.astype(np.int64)
    on_lattice = whole * (n_items or 1) % np.maximum(units, 1) == 0
    on_lattice[slow] = [numerator * (n_items or 1) % one == 0 for numerator, one in ratios]
    denominator = math.lcm(*np.unique(units[units > 0]).tolist(), *{one for _, one in ratios})
    exact = _scale(whole, units, denominator)
    moved = [numerator * (denominator // one) for numerator, one in ratios]
    if moved and max(map(abs, moved)) >= LARGEST:
        exact = exact.astype(object)
    exact[slow] = moved
    floats = numerators / np.maximum(units, 1)
    floats[slow] = [numerator / one for numerator, one in ratios]
    return ExactScores(exact[codes], denominator, on_lattice[codes], floats[codes])


def to_ratio(score: float, n_items: int | None) -> tuple[int, int]:
    """Read one score as `read_exactly` does, as numerator and denominator."""
    written = Decimal(repr(score)).as_integer_ratio()
    if n_items is None:
        return written
    exact = Fraction(*written)
    nearest = Fraction(round(exact * n_items), n_items)
    return nearest.as_integer_ratio() if abs(exact - nearest) <= LATTICE_TOLERANCE else written


def as_floats(numerators: np.ndarray, denominator: int) -> np.ndarray:
    """Return the nearest floats of fractions."""
    if max(_largest(numerators), denominator) >= 2**53:
        numerators = numerators.astype(object)
    return (numerators / denominator).astype(float)


def _find_distinct(
    scores: np.ndarray, n_items: int | None, imputed: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each score the place of its value, the values, and whether each may move to the lattice."""
    codes, values = pd.factorize(scores)
    if n_items is None or imputed is None or not imputed.any():
        return codes, values, np.full(len(values), n_items is not None)
    moves = np.arange(2 * len(values)) < len(values)
    return codes + len(values) * imputed, np.concatenate([values, values]), moves


def _read_at_once(
    values: np.ndarray, steps: np.ndarray, moves: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numerators, denominators (0 where floats cannot tell), and what is surely off the lattice."""
    room, noise = np.where(moves, float(LATTICE_TOLERANCE), 0.0), np.where(moves, _NOISE, 0.0)
    plain = np.abs(values) < _PLAIN / steps
    tame = np.where(plain, values, 0.0)
    nearest = np.rint(tame * steps)
    distance = np.abs(tame - nearest / steps)
    # Half way between two points of a fine lattice floats cannot tell which one is nearer.
    on = plain & (distance <= room - noise) & (distance < 0.5 / steps - _NOISE)
    off = plain & (distance > room + noise)
    numerators, units = np.where(on, nearest, 0.0), np.where(on, steps, 0)
    for decimals in range(_MOST_DECIMALS + 1):
        left = np.flatnonzero(off & (units == 0))
        if not len(left):
            break
        written = np.rint(values[left] * 10**decimals)
        fits = (written / 10**decimals == values[left]) & (np.abs(written) < _DIGITS)
        numerators[left[fits]], units[left[fits]] = written[fits], 10**decimals
    return numerators, units, off


def _scale(numerators: np.ndarray, units: np.ndarray, denominator: int) -> np.ndarray:
    """Bring numerators over one denominator, in Python's own integers where 64 bits may not hold them."""
    factors = {unit: denominator // unit for unit in np.unique(units).tolist() if unit}
    reach = [max(1, _largest(numerators[units == unit])) * factor for unit, factor in factors.items()]
    scaled = numerators.copy() if max(reach, default=0) < LARGEST else numerators.astype(object)
    for unit, factor in factors.items():
        scaled[units == unit] *= factor
    return scaled


def _largest(numerators: np.ndarray) -> int:
    return max(abs(int(numerators.max(initial=0))), abs(int(numerators.min(initial=0))))
