"""Designs of sequences by position, and the orthonormal spaces in which their effects are tested."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import helmert

from coder_app.analysis.results import StatsError

POSITION, TYPE, INTERACTION = "position", "rupture_type", "rupture_type:position"
WITHIN, MIXED = "within", "mixed"
SEQUENCE_ORDER = ("pre", "central", "post")
# A mean square under this share of the total sum of squares is noise of the arithmetic.
NEGLIGIBLE = 1e-12


@dataclass(frozen=True, slots=True)
class Layout:
    """Complete scores of n sequences at each of L positions; row t is the t-th row of the data."""

    kind: str
    sequences: tuple[str, ...]
    positions: tuple[str, ...]
    types: tuple[str, ...]
    sequence: np.ndarray
    position: np.ndarray
    type_of_sequence: np.ndarray
    scores: np.ndarray

    @property
    def table(self) -> np.ndarray:
        """Scores as sequences x positions."""
        table = np.empty((len(self.sequences), len(self.positions)))
        table[self.sequence, self.position] = self.scores
        return table

    @property
    def type_sizes(self) -> np.ndarray:
        """Number of sequences of each type."""
        return np.bincount(self.type_of_sequence, minlength=len(self.types))


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


def read_layout(frame: pd.DataFrame) -> Layout:
    """Check that every sequence is complete and code it.

    Parameters
    ----------
    frame : DataFrame
        One row a score: sequence, position, score, and optionally rupture_type, one value a sequence. With
        a single type, or none, the design is ``within``; with two or more it is ``mixed``.

    Returns
    -------
    Layout
        Positions pre, central, post come in that order, others as they appear.

    Raises
    ------
    StatsError
        A missing column, score, position or type, a position twice, or too few sequences.
    """
    missing = [column for column in ("sequence", "position", "score") if column not in frame.columns]
    if missing:
        raise StatsError(f"missing column {', '.join(missing)}; expected sequence, position, score")
    sequence, sequences = pd.factorize(frame["sequence"].astype(str))
    names = _order_positions(list(dict.fromkeys(frame["position"].astype(str))))
    position = frame["position"].astype(str).map({name: at for at, name in enumerate(names)}).to_numpy()
    scores = frame["score"].to_numpy(dtype=float)
    _check_complete(list(sequences), names, sequence, position, scores)
    type_of_sequence, types = _read_types(frame, sequence, list(sequences))
    if len(sequences) - len(types) < 1:
        raise StatsError(f"{len(sequences)} sequences; expected at least {len(types) + 1}")
    return Layout(
        MIXED if len(types) > 1 else WITHIN,
        tuple(sequences),
        names,
        types,
        sequence,
        position,
        type_of_sequence,
        scores - scores.mean(),
    )


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


def _order_positions(names: list[str]) -> tuple[str, ...]:
    known = [name for name in SEQUENCE_ORDER if name in names]
    return (*known, *[name for name in names if name not in known])


def _check_complete(
    sequences: list[str],
    names: tuple[str, ...],
    sequence: np.ndarray,
    position: np.ndarray,
    scores: np.ndarray,
) -> None:
    if len(names) < 2:
        raise StatsError(f"{len(names)} position; expected at least two")
    counts = np.zeros((len(sequences), len(names)), dtype=int)
    np.add.at(counts, (sequence, position), 1)
    for wrong, what in ((counts > 1, "two rows for"), (counts == 0, "no row for")):
        if wrong.any():
            at, where = np.argwhere(wrong)[0]
            raise StatsError(f"sequence {sequences[at]}: {what} position {names[where]}; expected one")
    for row in np.flatnonzero(~np.isfinite(scores)):
        where = f"sequence {sequences[sequence[row]]}, position {names[position[row]]}"
        raise StatsError(f"{where}: no score; expected complete sequences")


def _read_types(
    frame: pd.DataFrame, sequence: np.ndarray, sequences: list[str]
) -> tuple[np.ndarray, tuple[str, ...]]:
    column = frame["rupture_type"] if "rupture_type" in frame.columns else pd.Series([""] * len(frame))
    given = column.fillna("").astype(str).str.strip().to_numpy()
    if not any(given):
        return np.zeros(len(sequences), dtype=int), ("",)
    kind_of: dict[int, str] = {}
    for at, kind in zip(sequence, given, strict=True):
        if not kind:
            raise StatsError(f"sequence {sequences[at]}: no rupture_type; expected one for every sequence")
        if kind_of.setdefault(at, kind) != kind:
            raise StatsError(f"sequence {sequences[at]}: two types, {kind_of[at]} and {kind}; expected one")
    types = tuple(dict.fromkeys(kind_of.values()))
    return np.array([types.index(kind_of[at]) for at in range(len(sequences))]), types
