"""From long frames of scores to arrays."""

import numpy as np
import pandas as pd

from coder_app.analysis.results import StatsError


def read_scores(frame: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """The key columns and score of a long frame, checked.

    Parameters
    ----------
    frame : one row a score, NaN = missing
    keys : columns that together name a score

    Returns
    -------
    frame with the columns `keys` and score (float)

    Raises
    ------
    StatsError
        A column is missing, a key is empty, a score is not a finite number, or a key occurs twice.
    """
    missing = [column for column in (*keys, "score") if column not in frame.columns]
    if missing:
        raise StatsError(f"missing column {missing[0]!r}; expected {', '.join((*keys, 'score'))}")
    try:
        values = frame[[*keys]].assign(score=frame["score"].astype(float))
    except (TypeError, ValueError) as error:
        raise StatsError(f"a score is not a number ({error})") from error
    for column in keys:
        if values[column].isna().any():
            raise StatsError(f"column {column}: empty in {int(values[column].isna().sum())} rows")
    if np.isinf(values["score"]).any():
        raise StatsError("a score is infinite")
    twice = values.duplicated(list(keys))
    if twice.any():
        first = values[twice].iloc[0]
        named = ", ".join(f"{column} {first[column]}" for column in keys)
        raise StatsError(f"{named}: more than one score ({int(twice.sum())} such rows)")
    return values


def fill_table(values: pd.DataFrame, rows: list[str], column: str) -> np.ndarray:
    """Scores as a matrix, rows and columns in order of first appearance, NaN where there is none.

    Parameters
    ----------
    values : frame from `read_scores`
    rows : columns whose combinations are the rows of the matrix
    column : column whose values are the columns of the matrix
    """
    row = values.groupby(rows, sort=False).ngroup().to_numpy()
    code, names = pd.factorize(values[column])
    table = np.full((row.max(initial=-1) + 1, len(names)), np.nan)
    table[row, code] = values["score"].to_numpy()
    return table
