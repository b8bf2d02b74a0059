"""Accordance of two informants: does the same dyad, and the same session, show a rupture to both?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import fisher_exact

from coder_app.analysis.exposure import Exposed, expose, redraw
from coder_app.analysis.gwet import gwet_by_item
from coder_app.analysis.kappa import NO_SPREAD, cohen_kappa
from coder_app.analysis.results import Estimate, StatsError
from coder_app.analysis.rupture_results import Series

N_DRAWS = 10_000
NOTHING_SHARED = "nothing is known of both"
NEITHER = "neither shows a rupture, so chance agrees on everything"
ONE_SIDED = "no interval: its standard error is 0, as where one of both shows no rupture"


@dataclass(frozen=True, slots=True)
class YesNo:
    """Two informants' yes or no on the same units, and their agreement beyond chance.

    `of_any` is the share of units with a yes of both among those with a yes of either; None without any.
    """

    both: int
    first_only: int
    second_only: int
    neither: int
    agreement: float | None
    of_any: float | None
    kappa: Estimate
    ac1: Estimate
    pabak: float | None

    @property
    def n(self) -> int:
        """Number of units."""
        return self.both + self.first_only + self.second_only + self.neither


@dataclass(frozen=True, slots=True)
class Coincidence:
    """Pairs of central sessions, one of each informant, at most `lag` counted sessions apart.

    `expected` and `p` are of centrals that are drawn anew within each series; None without any to draw.
    """

    lag: int
    observed: int
    expected: float | None
    p: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Accordance:
    """What two informants' series show together.

    `n_series_with_rupture`, `n_dyads_any` and `n_dyads_both` are of all analysed series. `dyads` is of dyads
    with both series analysed, `sessions` of their sessions that both scored, and `possible` of those among
    them where both could have shown a rupture. `dyads_expected` is how many dyads chance would make show one
    to both, `dyads_p` Fisher's exact p of at least as many as there are.
    """

    n_series_with_rupture: int
    n_dyads_any: int
    n_dyads_both: int
    dyads: YesNo
    dyads_expected: float | None
    dyads_p: float | None
    sessions: YesNo
    possible: YesNo
    coincidences: tuple[Coincidence, ...]
    n_draws: int
    seed: int


def find_accordance(
    first: Sequence[Series],
    second: Sequence[Series],
    *,
    lags: tuple[int, ...] = (0, 1),
    n_draws: int = N_DRAWS,
    seed: int = 1,
    confidence: float = 0.95,
) -> Accordance:
    """Compare the ruptures of two informants of the same dyads.

    Parameters
    ----------
    first, second : each informant's series, as `rupture.find_ruptures` gives them; those that are not
        analysed are left out here
    lags : how many counted sessions two centrals may lie apart to coincide
    n_draws : draws behind each p, the observed one included
    seed : of the draws; they do not depend on the order or the names of dyads with equal series
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    Accordance

    Raises
    ------
    StatsError
        A dyad's two series are not over the same sessions.

    Notes
    -----
    Cohen (1960), Educational and Psychological Measurement 20, 37; Gwet (2008), British J Mathematical and
    Statistical Psychology 61, 29 (AC1); Byrt, Bishop & Carlin (1993), J Clinical Epidemiology 46, 423
    (PABAK). The interval of AC1 over sessions takes dyads as what was drawn, that of kappa takes sessions as
    independent. The draws keep each series' number of centrals and its gaps, so that neither makes chance
    look larger or smaller; p is one-sided, for more coincidence than chance, and counts the observed one:
    (1 + b)/n_draws.
    """
    ours, theirs = _analysed(first), _analysed(second)
    # Sorted by what they hold, so that neither order nor names of dyads decide about draws or rounding.
    pairs = sorted(((ours[dyad], theirs[dyad]) for dyad in ours if dyad in theirs), key=_shape)
    for one, other in pairs:
        if not np.array_equal(one.sessions, other.sessions):
            raise StatsError(f"dyad {one.dyad}: the two series are not over the same sessions")
    shown = [{dyad for dyad, one in side.items() if one.central.any()} for side in (ours, theirs)]
    by_dyad = [(np.array([one.central.any()]), np.array([other.central.any()])) for one, other in pairs]
    dyads = _compare(by_dyad, confidence)
    return Accordance(
        n_series_with_rupture=sum(map(len, shown)),
        n_dyads_any=len(shown[0] | shown[1]),
        n_dyads_both=len(shown[0] & shown[1]),
        dyads=dyads,
        dyads_expected=(dyads.both + dyads.first_only) * (dyads.both + dyads.second_only) / dyads.n
        if dyads.n
        else None,
        dyads_p=_exceeds_chance(dyads),
        sessions=_compare([_scored(*pair) for pair in pairs], confidence),
        possible=_compare([_possible(*pair) for pair in pairs], confidence),
        coincidences=_coincidences(pairs, lags, n_draws, seed),
        n_draws=n_draws,
        seed=seed,
    )


def _analysed(series: Sequence[Series]) -> dict[str, Exposed]:
    return {one.dyad: expose(one) for one in series if one.analysed}


def _scored(one: Exposed, other: Exposed) -> tuple[np.ndarray, np.ndarray]:
    shared = one.scored & other.scored
    return one.central[shared], other.central[shared]


def _possible(one: Exposed, other: Exposed) -> tuple[np.ndarray, np.ndarray]:
    shared = one.possible & other.possible
    return one.central[shared], other.central[shared]


def _compare(answers: list[tuple[np.ndarray, np.ndarray]], confidence: float) -> YesNo:
    """Both informants' yes and no, a pair of arrays for each dyad."""
    units = np.repeat(np.arange(len(answers)), [len(one) for one, _ in answers])
    one = np.concatenate([part for part, _ in answers]) if answers else np.zeros(0, dtype=bool)
    other = np.concatenate([part for _, part in answers]) if answers else np.zeros(0, dtype=bool)
    counts = [int(part.sum()) for part in (one & other, one & ~other, ~one & other, ~one & ~other)]
    n, seen = sum(counts), sum(counts[:3])
    if not n:
        none = Estimate(None, None, None, NOTHING_SHARED)
        return YesNo(*counts, None, None, none, none, None)
    agreement = (counts[0] + counts[3]) / n
    joint = np.array([[counts[0], counts[1]], [counts[2], counts[3]]])
    yes = one.astype(float) + other
    by_category = np.stack([2 - yes, yes], axis=1)[None]
    (ac1,) = gwet_by_item(by_category, (0, 1), "identity", confidence, units)
    return YesNo(
        *counts,
        agreement=agreement,
        of_any=counts[0] / seen if seen else None,
        kappa=_kappa(joint, confidence),
        ac1=ac1,
        pabak=2 * agreement - 1,
    )


def _exceeds_chance(found: YesNo) -> float | None:
    """One-sided p of at least as many units with a yes of both; None where it could be no other number."""
    table = [[found.both, found.first_only], [found.second_only, found.neither]]
    if not all(map(sum, table)) or not all(map(sum, zip(*table, strict=True))):
        return None
    return float(fisher_exact(table, alternative="greater").pvalue)


def _kappa(joint: np.ndarray, confidence: float) -> Estimate:
    """Kappa, its reasons in the words of ruptures."""
    found = cohen_kappa(joint, np.eye(2), confidence)
    if found.estimate is None:
        return replace(found, reason=NEITHER)
    return replace(found, reason=ONE_SIDED) if found.reason == NO_SPREAD else found


def _coincidences(
    pairs: list[tuple[Exposed, Exposed]], lags: tuple[int, ...], n_draws: int, seed: int
) -> tuple[Coincidence, ...]:
    drawable = [pair for pair in pairs if pair[0].central.any() and pair[1].central.any()]
    observed = [
        sum(int(_near(a.central[None], b.central[None], lag)[0]) for a, b in drawable) for lag in lags
    ]
    if not drawable:
        reason = "no dyad shows a rupture to both"
        return tuple(Coincidence(lag, 0, 0.0 if pairs else None, None, reason) for lag in lags)
    rng = np.random.default_rng(seed)
    drawn = np.zeros((len(lags), n_draws - 1), dtype=int)
    for one, other in drawable:
        first, second = redraw(one, n_draws - 1, rng), redraw(other, n_draws - 1, rng)
        for place, lag in enumerate(lags):
            drawn[place] += _near(first, second, lag)
    return tuple(
        Coincidence(
            lag,
            observed[place],
            sum(_expected(one, other, lag) for one, other in drawable),
            float((1 + (drawn[place] >= observed[place]).sum()) / n_draws),
            None,
        )
        for place, lag in enumerate(lags)
    )


def _shape(pair: tuple[Exposed, Exposed]) -> tuple[bytes, ...]:
    return tuple(part.tobytes() for one in pair for part in (one.scored, one.possible, one.central))


def _near(first: np.ndarray, second: np.ndarray, lag: int) -> np.ndarray:
    """Number of pairs of centrals at most `lag` places apart: of each draw, from draws x sessions."""
    n = first.shape[1]
    return sum(
        (first[:, max(0, -shift) : n - max(0, shift)] & second[:, max(0, shift) : n - max(0, -shift)]).sum(
            axis=1
        )
        for shift in range(-min(lag, n - 1), min(lag, n - 1) + 1)
    )


def _expected(one: Exposed, other: Exposed, lag: int) -> float:
    """Mean number of pairs over all ways to place the centrals."""
    places, others = np.flatnonzero(one.possible), np.flatnonzero(other.possible)
    near = np.abs(np.subtract.outer(places, others)) <= lag
    return float(near.sum() * one.central.sum() * other.central.sum() / (len(places) * len(others)))
