"""Ruptures over the course of treatment, beside how many series could have shown one at each session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from coder_app.analysis.exposure import Exposed, expose, redraw
from coder_app.analysis.proportion import wilson
from coder_app.analysis.results import Estimate
from coder_app.analysis.rupture_results import REPAIRED, UNREPAIRED, Series

N_DRAWS = 10_000
N_PARTS = 3
NO_RUPTURES = "there are no ruptures"
ONE_PLACE = "every rupture could be found in one place only"


@dataclass(frozen=True, slots=True)
class Place:
    """Ruptures at one session number or in one part of treatment.

    `exposed` counts the scores that could have been a central session, `expected` the ruptures that chance
    would put here; `rate` is ruptures per exposed score.
    """

    place: int
    exposed: int
    ruptures: int
    repaired: int
    unrepaired: int
    expected: float
    rate: Estimate

    @property
    def unclassified(self) -> int:
        """Ruptures that are neither repaired nor unrepaired."""
        return self.ruptures - self.repaired - self.unrepaired


@dataclass(frozen=True, slots=True)
class Uniformity:
    """Are ruptures as likely everywhere? Chi-square with its p by draws; None with the reason."""

    chi2: float | None
    p: float | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Distribution:
    """Ruptures by number of the treatment session and by part of treatment."""

    sessions: tuple[Place, ...]
    parts: tuple[Place, ...]
    over_sessions: Uniformity
    over_parts: Uniformity
    n_draws: int
    seed: int


def distribute(
    series: Sequence[Series], *, n_draws: int = N_DRAWS, seed: int = 1, confidence: float = 0.95
) -> Distribution:
    """Count ruptures by session number and by third of treatment, and test whether they are spread evenly.

    Parameters
    ----------
    series : one informant's series on one measure, as `rupture.find_ruptures` gives them; those that are not
        analysed are left out here
    n_draws : draws behind each p, the observed one included
    seed : of the draws; they do not depend on the order or the names of the series
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    Distribution
        `sessions` holds every number from the first to the last session that any analysed series has, `parts`
        the thirds 1 to 3 of each dyad's own counted sessions.

    Notes
    -----
    A rupture can be found at a session only where that session and the one just before have a score, so
    never at the first. Under the hypothesis each series keeps its number of ruptures and each of its possible
    places is as likely: expected counts are sums of these shares, the statistic is the sum of
    (ruptures - expected)^2 / expected, and p is the share of draws that reach it, the observed one included
    (Davison & Hinkley 1997, Bootstrap Methods and their Application, ch. 4). The distribution of chi-square
    itself is not used, because few ruptures are expected at each session. Rates have Wilson's interval.
    """
    # Sorted by what they hold, so that neither order nor names of series decide about draws or rounding.
    used = sorted(((one, expose(one)) for one in series if one.analysed), key=_shape)
    drawn_from = [one for _, one in used if one.central.any()]
    rng = np.random.default_rng(seed)
    numbers = _numbers([one for _, one in used])
    kinds = (
        (numbers, lambda one: one.sessions),
        (np.arange(1, N_PARTS + 1), lambda one: _parts(len(one.sessions))),
    )
    counts = [np.zeros((n_draws - 1, len(places)), dtype=np.int32) for places, _ in kinds]
    for one in drawn_from:
        again = redraw(one, n_draws - 1, rng)
        for count, (places, place_of) in zip(counts, kinds, strict=True):
            which = np.searchsorted(places, place_of(one))
            for at in np.unique(which):
                count[:, at] += again[:, which == at].sum(axis=1)
    found = [_places(used, places, place_of, confidence) for places, place_of in kinds]
    tests = [_test(places, count) for places, count in zip(found, counts, strict=True)]
    return Distribution(*found, *tests, n_draws, seed)


def _numbers(used: list[Exposed]) -> np.ndarray:
    """Every session number from the first to the last."""
    seen = [one.sessions for one in used if len(one.sessions)]
    if not seen:
        return np.arange(0)
    return np.arange(min(part.min() for part in seen), max(part.max() for part in seen) + 1)


def _parts(n: int) -> np.ndarray:
    """The third, 1 to 3, that each of n sessions lies in."""
    return np.arange(n) * N_PARTS // max(n, 1) + 1


def _shape(pair: tuple[Series, Exposed]) -> tuple[bytes, ...]:
    _, one = pair
    return one.sessions.tobytes(), one.possible.tobytes(), one.central.tobytes()


def _places(
    used: list[tuple[Series, Exposed]],
    places: np.ndarray,
    place_of: Callable[[Exposed], np.ndarray],
    confidence: float,
) -> tuple[Place, ...]:
    exposed, ruptures, repaired, unrepaired = (np.zeros(len(places), dtype=int) for _ in range(4))
    expected = np.zeros(len(places))
    for series, one in used:
        which = np.searchsorted(places, place_of(one))
        np.add.at(exposed, which, one.possible)
        if not one.central.any():
            continue
        np.add.at(ruptures, which, one.central)
        np.add.at(expected, which, one.possible * (one.central.sum() / one.possible.sum()))
        for kind, count in ((REPAIRED, repaired), (UNREPAIRED, unrepaired)):
            centrals = [rupture.central for rupture in series.ruptures if rupture.type == kind]
            np.add.at(count, which, np.isin(one.sessions, centrals))
    columns = (part.tolist() for part in (places, exposed, ruptures, repaired, unrepaired, expected))
    return tuple(Place(*row, rate=wilson(row[2], row[1], confidence)) for row in zip(*columns, strict=True))


def _test(places: tuple[Place, ...], drawn: np.ndarray) -> Uniformity:
    if not any(one.ruptures for one in places):
        return Uniformity(None, None, NO_RUPTURES)
    expected = np.array([one.expected for one in places])
    can = expected > 0
    if can.sum() < 2:
        return Uniformity(None, None, ONE_PLACE)
    observed = np.array([one.ruptures for one in places])
    chi2 = float(((observed - expected)[can] ** 2 / expected[can]).sum())
    again = ((drawn[:, can] - expected[can]) ** 2 / expected[can]).sum(axis=1)
    at_least = int((again >= chi2 - 1e-9 * max(1.0, chi2)).sum())
    return Uniformity(chi2, (1 + at_least) / (len(drawn) + 1), None)
