"""Complete scores of sequences by position, checked and coded for a permutation test."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.results import StatsError

WITHIN, MIXED = "within", "mixed"
SEQUENCE_ORDER = ("pre", "central", "post")


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
    # Which dyad gave each sequence; each its own where the data do not say.
    dyads: np.ndarray

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


def read_layout(frame: pd.DataFrame) -> Layout:
    """Check that every sequence is complete and code it.

    Parameters
    ----------
    frame : DataFrame
        One row a score: sequence, position, score, and optionally rupture_type and dyad, one value a
        sequence. With a single type, or none, the design is ``within``; with two or more it is ``mixed``.

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
        _read_dyads(frame, sequence, list(sequences)),
    )


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


def _read_dyads(frame: pd.DataFrame, sequence: np.ndarray, sequences: list[str]) -> np.ndarray:
    if "dyad" not in frame.columns:
        return np.arange(len(sequences))
    dyad_of: dict[int, str] = {}
    for at, dyad in zip(sequence, frame["dyad"].astype(object), strict=True):
        if pd.isna(dyad) or not str(dyad).strip():
            raise StatsError(f"sequence {sequences[at]}: no dyad; expected one for every sequence")
        if dyad_of.setdefault(at, str(dyad)) != str(dyad):
            raise StatsError(f"sequence {sequences[at]}: two dyads, {dyad_of[at]} and {dyad}; expected one")
    return pd.factorize(np.array([dyad_of[at] for at in range(len(sequences))], dtype=object))[0]
