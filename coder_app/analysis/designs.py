"""The orthonormal spaces in which the effects of a design of sequences by position are tested."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import helmert

from coder_app.analysis.layout import WITHIN, Layout

POSITION, TYPE, INTERACTION = "position", "rupture_type", "rupture_type:position"
# A mean square under this share of the total sum of squares is noise of the arithmetic.
NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class EffectSpace:
    """Orthonormal columns of an effect (without all other fixed effects), of its error, and of the others."""

    effect: str
    hypothesis: np.ndarray
    error: np.ndarray
    others: np.ndarray

    @property
    def df(self) -> tuple[int, int]:
        """Degrees of freedom of effect and error."""
        return self.hypothesis.shape[1], self.error.shape[1]


def find_effect_spaces(layout: Layout) -> list[EffectSpace]:
    """Spaces of the effects of a design, type III: each effect beyond all others, in sum-to-zero coding.

    Returns
    -------
    list of EffectSpace
        rupture_type, position and their interaction, or position alone; rows as in the layout.

    References
    ----------
    Kherad-Pajouh & Renaud (2015), Statistical Papers, 56, 947-967; R permuco ``aovperm``.
    """
    n_positions, n_types = len(layout.positions), len(layout.types)
    flat = np.full((len(layout.scores), 1), n_positions**-0.5)
    shape = _contrasts(n_positions)[layout.position]
    deviation = _deviations_within_types(layout)[layout.sequence]
    between, within = _row_kron(deviation, flat), _row_kron(deviation, shape)
    if layout.kind == WITHIN:
        return [_space(POSITION, shape, [flat], within)]
    kind = _contrasts(n_types)[layout.type_of_sequence[layout.sequence]]
    both = _row_kron(kind, shape)
    return [
        _space(TYPE, kind, [flat, shape, both], between),
        _space(POSITION, shape, [flat, kind, both], within),
        _space(INTERACTION, both, [flat, kind, shape], within),
    ]


def reduce_scores(space: EffectSpace, scores: np.ndarray) -> np.ndarray:
    """Residuals of the scores from all fixed effects but the one tested."""
    return scores - space.others @ (space.others.T @ scores)


def _space(effect: str, columns: np.ndarray, others: list[np.ndarray], error: np.ndarray) -> EffectSpace:
    basis = np.linalg.qr(np.hstack(others))[0]
    beyond = np.linalg.qr(columns - basis @ (basis.T @ columns))[0]
    return EffectSpace(effect, beyond, error, basis)


def _contrasts(levels: int) -> np.ndarray:
    """Orthonormal contrasts, levels x (levels - 1)."""
    return helmert(levels).T


def _deviations_within_types(layout: Layout) -> np.ndarray:
    """Orthonormal contrasts between sequences of one type, n x (n - types)."""
    blocks = np.zeros((len(layout.sequences), len(layout.sequences) - len(layout.types)))
    start = 0
    for kind, size in enumerate(layout.type_sizes):
        members = np.flatnonzero(layout.type_of_sequence == kind)
        if size > 1:
            blocks[members, start : start + size - 1] = _contrasts(int(size))
        start += size - 1
    return blocks


def _row_kron(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    return (left[:, :, None] * right[:, None, :]).reshape(len(left), -1)
