"""Cronbach's alpha with Feldt's interval."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import f as f_distribution

from coder_app.analysis.frames import fill_table, read_scores

FEWEST_TARGETS = 10


@dataclass(frozen=True, slots=True)
class AlphaResult:
    """Alpha of one scale; `n` complete cases, constant items left out and named."""

    alpha: float | None
    lower: float | None
    upper: float | None
    n: int
    n_items: int
    dropped_items: tuple[str, ...]
    reason: str | None


def alpha(frame: pd.DataFrame, confidence: float = 0.95) -> AlphaResult:
    """Raw alpha of the items over complete cases.

    Parameters
    ----------
    frame : columns target, item, score; NaN = missing
    confidence : coverage of the interval, in (0, 1)

    Returns
    -------
    AlphaResult
        Items without variation (or without any score) are dropped and named. Under 10 complete cases, or
        with fewer than 2 items, nothing is computed and `reason` says so.

    Raises
    ------
    StatsError
        Columns are missing, a score is not a number, or a target-item occurs twice.

    Notes
    -----
    Cronbach (1951); interval: Feldt (1965), Psychometrika 30, 357, as psych::alpha.
    """
    return _alpha(read_scores(frame, ("target", "item")), confidence)


def alpha_by_session(frame: pd.DataFrame, confidence: float = 0.95) -> dict[object, AlphaResult]:
    """Raw alpha of each session number apart, so that repeated answers of one person do not mix.

    Parameters
    ----------
    frame : columns target (who answered), session, item, score; NaN = missing
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    dict from session, in ascending order, to AlphaResult (see `alpha`)
        Sessions with fewer than 10 complete cases are there with their number and the reason.

    Raises
    ------
    StatsError
        Columns are missing, a score is not a number, or a target-session-item occurs twice.
    """
    values = read_scores(frame, ("session", "target", "item"))
    return {session: _alpha(part, confidence) for session, part in values.groupby("session", sort=True)}


def _alpha(values: pd.DataFrame, confidence: float) -> AlphaResult:
    items = values["item"].unique()
    table = fill_table(values, ["target"], "item")
    varies = find_varying(table)
    dropped = tuple(str(item) for item in items[~varies])
    complete = drop_incomplete(table[:, varies])
    n, p = complete.shape
    reason = None
    if p < 2:
        reason = f"{p} items that vary: at least 2 are needed"
    elif n < FEWEST_TARGETS:
        reason = f"{n} complete cases: at least {FEWEST_TARGETS} are needed"
    estimate = cronbach_alpha(complete) if reason is None else None
    if estimate is None:
        reason = reason or "the sum of the items does not vary"
        return AlphaResult(None, None, None, n, p, dropped, reason)
    return AlphaResult(estimate, *feldt_interval(estimate, n, p, confidence), n, p, dropped, None)


def cronbach_alpha(scores: np.ndarray) -> float | None:
    """Raw alpha of a table without holes.

    Parameters
    ----------
    scores : array, cases (>= 2) x items (>= 2)

    Returns
    -------
    float <= 1, or None if the sum of the items does not vary
    """
    n, p = scores.shape
    if n < 2 or p < 2:
        return None
    items = scores.var(axis=0, ddof=1).sum()
    total = scores.sum(axis=1).var(ddof=1)
    return float(p / (p - 1) * (1 - items / total)) if total > 1e-12 * items else None


def feldt_interval(estimate: float, n: int, n_items: int, confidence: float) -> tuple[float, float]:
    """Feldt's interval of alpha from n cases: 1 - alpha times quantiles of F(n - 1, (n - 1)(items - 1))."""
    tail = (1 - confidence) / 2
    df = (n - 1, (n - 1) * (n_items - 1))
    lower, upper = (1 - (1 - estimate) * f_distribution.ppf(p, *df) for p in (1 - tail, tail))
    return float(lower), float(upper)


def find_varying(table: np.ndarray) -> np.ndarray:
    """Which columns hold at least two different scores."""
    low = np.where(np.isnan(table), np.inf, table).min(axis=0, initial=np.inf)
    high = np.where(np.isnan(table), -np.inf, table).max(axis=0, initial=-np.inf)
    return low < high


def drop_incomplete(table: np.ndarray) -> np.ndarray:
    """The rows without a missing score."""
    return table[np.isfinite(table).all(axis=1)]


def item_rest_correlations(frame: pd.DataFrame) -> dict[str, float | None]:
    """Correlation of each item with the sum of the others; a negative one asks whether it must be reversed.

    Parameters
    ----------
    frame : columns target, item, score and, if answers were given repeatedly, session; NaN = missing

    Returns
    -------
    dict from item to correlation in [-1, 1], or None where the item or the sum of the others does not vary
        Complete cases only. With sessions, scores are taken as distances from their session's mean, so that
        a course over time shared by all items does not count as agreement between them.

    Raises
    ------
    StatsError
        Columns are missing, a score is not a number, or a target-session-item occurs twice.

    Notes
    -----
    The corrected item-total correlation, r.drop of psych::alpha.
    """
    repeated = "session" in frame.columns
    keys = ["session", "target"] if repeated else ["target"]
    values = read_scores(frame, (*keys, "item"))
    items = [str(item) for item in values["item"].unique()]
    table = fill_table(values, keys, "item")
    groups = values.groupby(keys, sort=False)["target"].first().index if repeated else None
    complete = np.isfinite(table).all(axis=1)
    table = table[complete]
    if groups is not None and len(table):
        of_session = pd.factorize(groups.get_level_values("session"))[0][complete]
        number = np.bincount(of_session)
        for column in table.T:
            column -= (np.bincount(of_session, column) / np.maximum(number, 1))[of_session]
    return {item: _correlate_with_rest(table, index) for index, item in enumerate(items)}


def _correlate_with_rest(table: np.ndarray, index: int) -> float | None:
    if len(table) < 2 or table.shape[1] < 2:
        return None
    own = table[:, index] - table[:, index].mean()
    rest = table.sum(axis=1) - table[:, index]
    rest = rest - rest.mean()
    scale = float(np.sqrt((own @ own) * (rest @ rest)))
    return float(own @ rest) / scale if scale > 1e-12 * len(table) else None
