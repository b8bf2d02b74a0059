"""Effect sizes of designs of sequences by position: eta squared, partial and generalised, with intervals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.linalg import helmert

from coder_app.analysis.designs import INTERACTION, NEGLIGIBLE, POSITION, TYPE
from coder_app.analysis.layout import MIXED, Layout, read_layout
from coder_app.analysis.resampling import bootstrap_interval
from coder_app.analysis.results import Estimate, StatsError

RESAMPLES = 2_000
# The type is not manipulated: what goes with it is part of how much sequences differ.
MEASURED = frozenset({TYPE, INTERACTION})
NO_VARIATION = "no variation is left for the error"


@dataclass(frozen=True, slots=True)
class EffectSize:
    """How much an effect explains: SS over SS + error, and SS over all that sequences differ in."""

    effect: str
    partial: Estimate
    generalised: Estimate


def find_effect_sizes(
    frame: pd.DataFrame, resamples: int = RESAMPLES, seed: int = 1, confidence: float = 0.95
) -> tuple[EffectSize, ...]:
    """Partial and generalised eta squared of every effect, type III, with bootstrap intervals.

    Parameters
    ----------
    frame : DataFrame
        One row a score: sequence, position, score, optionally rupture_type (see `read_layout`).
    resamples, seed : int
        Resamples of whole sequences within their types, and the generator's seed. 0 gives no intervals.
    confidence : float
        Between 0 and 1.

    Returns
    -------
    tuple of EffectSize
        In the order of `permutation_test`. Bias-corrected and accelerated intervals; eta squared is never
        below 0, so an interval that starts near 0 is no test.

    Raises
    ------
    StatsError
        Incomplete sequences.

    References
    ----------
    Olejnik & Algina (2003), Psychological Methods, 8, 434-447: rupture type counts as a measured factor, so
    that its sums of squares and the interaction's stay in the denominator (R afex gives the same with
    ``observed = "type"``, and without it the figure for a manipulated type).
    """
    if resamples < 0:
        raise StatsError(f"{resamples} resamples; expected 0 or more")
    layout = read_layout(frame)
    table, types = layout.table, layout.type_of_sequence
    observed = measure_etas(sums_of_squares(table, types))
    again = _resample(table, types, resamples, seed) if resamples else {}
    without = _leave_out(table, types) if resamples else {}
    total = float((layout.scores**2).sum())
    return tuple(
        EffectSize(
            effect,
            *(
                _estimate(observed, again, without, (effect, kind), confidence, total, layout)
                for kind in ("partial", "generalised")
            ),
        )
        for effect in ([TYPE, POSITION, INTERACTION] if layout.kind == MIXED else [POSITION])
    )


def sums_of_squares(tables: np.ndarray, types: np.ndarray) -> dict[str, np.ndarray]:
    """Type III sums of squares of effects and errors.

    Parameters
    ----------
    tables : array of shape (..., n, L), scores of n sequences at L positions
    types : array of n codes from 0; all 0 where there is one type

    Returns
    -------
    dict
        Arrays of shape (...): position, error between and within; where there are types also
        rupture_type and rupture_type:position.
    """
    n_positions, n_types = tables.shape[-1], int(types.max()) + 1
    members = np.eye(n_types)[types]
    sizes = members.sum(axis=0)
    mean = tables.mean(axis=-1)
    shape = tables @ helmert(n_positions).T
    mean_of_type = np.einsum("...s,st->...t", mean, members) / sizes
    shape_of_type = np.einsum("...sc,st->...tc", shape, members) / sizes[:, None]
    found = {
        POSITION: (shape_of_type.mean(axis=-2) ** 2).sum(axis=-1) / (1 / sizes).sum() * n_types**2,
        "between": n_positions * ((mean - mean_of_type[..., types]) ** 2).sum(axis=-1),
        "within": ((shape - shape_of_type[..., types, :]) ** 2).sum(axis=(-2, -1)),
    }
    if n_types > 1:
        grand = mean.mean(axis=-1, keepdims=True)
        away = shape_of_type - shape.mean(axis=-2, keepdims=True)
        found[TYPE] = n_positions * (sizes * (mean_of_type - grand) ** 2).sum(axis=-1)
        found[INTERACTION] = (sizes[:, None] * away**2).sum(axis=(-2, -1))
    return found


def measure_etas(
    squares: dict[str, np.ndarray], measured: frozenset[str] = MEASURED
) -> dict[tuple[str, str], np.ndarray]:
    """Partial and generalised eta squared by effect; NaN where nothing varies."""
    errors = {POSITION: "within", INTERACTION: "within", TYPE: "between"}
    subjects = squares["between"] + squares["within"]
    found = {}
    with np.errstate(invalid="ignore"):
        for effect in squares.keys() - {"between", "within"}:
            others = sum(squares[one] for one in measured & squares.keys() - {effect})
            own = squares[effect]
            found[effect, "partial"] = own / (own + squares[errors[effect]])
            found[effect, "generalised"] = own / (own + others + subjects)
    return found


def _resample(
    table: np.ndarray, types: np.ndarray, resamples: int, seed: int
) -> dict[tuple[str, str], np.ndarray]:
    """Every figure in every resample of sequences; each type keeps its number."""
    generator = np.random.default_rng(seed)
    drawn = np.empty((resamples, len(table)), dtype=np.intp)
    for kind in range(int(types.max()) + 1):
        members = np.flatnonzero(types == kind)
        drawn[:, members] = members[generator.integers(0, len(members), size=(resamples, len(members)))]
    return measure_etas(sums_of_squares(table[drawn], types))


def _leave_out(table: np.ndarray, types: np.ndarray) -> dict[tuple[str, str], np.ndarray]:
    """Every figure without each sequence in turn; NaN where its type would be empty."""
    sizes = np.bincount(types)
    found: list[dict[tuple[str, str], np.ndarray]] = []
    for at, kind in enumerate(types):
        kept = np.arange(len(table)) != at
        found.append(measure_etas(sums_of_squares(table[kept], types[kept])) if sizes[kind] > 1 else {})
    names = {name for one in found for name in one}
    return {name: np.array([one.get(name, np.nan) for one in found], dtype=float) for name in names}


def _estimate(
    observed: dict[tuple[str, str], np.ndarray],
    again: dict[tuple[str, str], np.ndarray],
    without: dict[tuple[str, str], np.ndarray],
    name: tuple[str, str],
    confidence: float,
    total: float,
    layout: Layout,
) -> Estimate:
    error = sums_of_squares(layout.table, layout.type_of_sequence)["between" if name[0] == TYPE else "within"]
    if error <= NEGLIGIBLE * total:
        return Estimate(None, None, None, NO_VARIATION)
    estimate = float(observed[name])
    if not again:
        return Estimate(estimate, None, None, "no interval was asked for")
    return bootstrap_interval(estimate, again[name], without[name], confidence)
