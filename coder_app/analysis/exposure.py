"""Where in a series a rupture could have been found, and drawing ruptures anew among these places."""

from dataclasses import dataclass

import numpy as np

from coder_app.analysis.rupture_results import Series

BLOCK = 4_000_000  # random numbers held at once, 32 MB


@dataclass(frozen=True, slots=True)
class Exposed:
    """One analysed series: its sessions, which of them could be a central session, and which are.

    All arrays are of the dyad's counted treatment sessions, in their order; `scored` says where there is a
    score, `possible` where there is one and another at the session just before, `central` where a rupture is.
    """

    dyad: str
    sessions: np.ndarray
    scored: np.ndarray
    possible: np.ndarray
    central: np.ndarray


def expose(series: Series) -> Exposed:
    """Return where a rupture of an analysed series could have been found: only after a score just before."""
    scored = np.array([score is not None for score in series.scores], dtype=bool)
    possible = scored.copy()
    possible[:1] = False
    possible[1:] &= scored[:-1]
    centrals = {rupture.central for rupture in series.ruptures}
    sessions = np.array(series.sessions, dtype=int)
    return Exposed(series.dyad, sessions, scored, possible, np.isin(sessions, list(centrals)))


def redraw(one: Exposed, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw the centrals of a series anew, as many as it has, each place that is possible being as likely.

    Returns
    -------
    array of bool, draws x sessions
    """
    places = np.flatnonzero(one.possible)
    drawn = np.zeros((n_draws, len(one.sessions)), dtype=bool)
    number = int(one.central.sum())
    if number == 0:
        return drawn
    rows = np.arange(n_draws)
    if number == 1:
        drawn[rows, places[rng.integers(0, len(places), n_draws)]] = True
        return drawn
    step = max(1, BLOCK // len(places))
    for start in range(0, n_draws, step):
        some = rows[start : start + step]
        keys = rng.random((len(some), len(places)))
        picked = np.argpartition(keys, number - 1, axis=1)[:, :number]
        drawn[some[:, None], places[picked]] = True
    return drawn
