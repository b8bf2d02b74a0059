"""What was drawn independently, where it is more than one target: segments of one recording are not."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np


def number_units(
    targets: Sequence[Hashable], unit_of: Mapping[Hashable, Hashable] | None
) -> np.ndarray | None:
    """Number the unit of each target, in order of first appearance; None where each is its own."""
    if unit_of is None:
        return None
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(unit_of[target], len(numbers)) for target in targets], dtype=np.intp)


def sum_by_unit(values: np.ndarray, units: np.ndarray | None) -> np.ndarray:
    """Add the values of targets (targets, or targets x any) up by unit; unchanged without units."""
    if units is None:
        return values
    used, place = np.unique(units, return_inverse=True)
    sums = np.zeros((len(used), *values.shape[1:]))
    np.add.at(sums, place, values)
    return sums
