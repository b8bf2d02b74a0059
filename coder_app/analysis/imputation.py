"""Answers that are missing, filled in with a single mean."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from coder_app.analysis.frames import fill_table, read_scores
from coder_app.analysis.results import StatsError

METHODS = ("person mean", "item mean")
LEAST_ANSWERED = 0.8


@dataclass(frozen=True, slots=True)
class Imputed:
    """Answers with `n_imputed` filled in and `n_left` still missing; `filled` marks the rows filled in."""

    frame: pd.DataFrame
    filled: np.ndarray
    n_imputed: int
    n_left: int


def impute_single_mean(
    frame: pd.DataFrame, method: str = "person mean", least_answered: float = LEAST_ANSWERED
) -> Imputed:
    """Fill missing answers of a questionnaire with a mean, where enough of it was answered.

    Parameters
    ----------
    frame : columns target (who answered), session (optional: without it all answers are of one), item, score;
        NaN = missing. An item that is no row counts as missing, too
    method : "person mean", of the items that the person answered in that session, or "item mean", of all who
        answered the item in that session
    least_answered : share of the items that a questionnaire needs, in (0, 1]; others stay as they are

    Returns
    -------
    Imputed
        Its frame has a row for every target, session and item of the questionnaires that are there. Answers
        that were given are never changed. An item that nobody answered in a session has no mean and is left.

    Raises
    ------
    StatsError
        An unknown method, a share outside its range, a missing column, a score that is not a number, or a
        target-session-item that occurs twice.

    Notes
    -----
    Person mean substitution (Downey & King 1998, J General Psychology 125, 175) and item mean substitution.
    Both take imputed answers as given: the variance of totals is a little too small, and alpha is not to be
    computed from them.
    """
    if method not in METHODS:
        raise StatsError(f"method {method!r}; expected {' or '.join(METHODS)}")
    if not 0 < least_answered <= 1:
        raise StatsError(f"least share answered {least_answered:g}; expected more than 0, at most 1")
    keys = [name for name in ("session", "target") if name in frame.columns]
    values = read_scores(frame, (*keys, "item"))
    table = fill_table(values, keys, "item")
    given = np.isfinite(table)
    enough = given.mean(axis=1) >= least_answered - 1e-12
    places = values[keys].drop_duplicates().reset_index(drop=True)
    means = _person_means(table) if method == "person mean" else _item_means(table, places)
    filled = ~given & enough[:, None] & np.isfinite(means)
    whole = np.where(filled, means, table)
    items = values["item"].unique()
    long = places.loc[places.index.repeat(len(items))].reset_index(drop=True)
    long = long.assign(item=np.tile(items, len(places)), score=whole.ravel())
    return Imputed(long, filled.ravel(), int(filled.sum()), int(np.isnan(whole).sum()))


def _person_means(table: np.ndarray) -> np.ndarray:
    given = np.isfinite(table)
    number = given.sum(axis=1, keepdims=True)
    means = np.where(given, table, 0.0).sum(axis=1, keepdims=True) / np.where(number > 0, number, np.nan)
    return np.broadcast_to(means, table.shape)


def _item_means(table: np.ndarray, places: pd.DataFrame) -> np.ndarray:
    """Mean of each item over those who answered it in the session of each row."""
    session = (
        pd.factorize(places["session"])[0] if "session" in places.columns else np.zeros(len(places), int)
    )
    given = np.isfinite(table)
    sums, counts = (np.zeros((session.max(initial=-1) + 1, table.shape[1])) for _ in range(2))
    np.add.at(sums, session, np.where(given, table, 0.0))
    np.add.at(counts, session, given)
    return (sums / np.where(counts > 0, counts, np.nan))[session]
