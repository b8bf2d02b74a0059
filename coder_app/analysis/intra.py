"""How far coders agree with themselves when a recording comes back to them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from coder_app.analysis.frames import read_scores
from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.icc_results import ItemIcc
from coder_app.analysis.results import Estimate
from coder_app.analysis.words import name_icc

NOT_AGAIN = "the coder scored no recording of it twice"


@dataclass(frozen=True, slots=True)
class IntraRater:
    """One coder on one item: agreement of the occasions.

    `shift` is the mean of the last occasion's scores minus the first's, in points, with its t interval;
    `n_targets` counts the targets with a score on every occasion that the coder has of the item.
    """

    rater: str
    item: str | None
    n_targets: int
    n_occasions: int
    icc: Estimate
    word: str | None
    percent_agreement: float | None
    sem: float | None
    shift: Estimate
    reason: str | None


def intra_rater_icc(frame: pd.DataFrame, confidence: float = 0.95) -> tuple[IntraRater, ...]:
    """ICC(A,1) between a coder's first and later codings of the same recordings, for each coder and item.

    Parameters
    ----------
    frame : columns target, rater, occasion (1, 2, ... in order of time), item (optional), score; NaN =
        missing. Targets that a coder scored once may be in it; they do not enter
    confidence : coverage of the intervals, in (0, 1)

    Returns
    -------
    tuple of IntraRater, by rater and then by item in order of first appearance
        A coder without a target scored on every occasion is there, with the reason.

    Raises
    ------
    StatsError
        Columns are missing, a score is not a number, or a target-rater-occasion-item occurs twice.

    Notes
    -----
    Shrout & Fleiss (1979) and McGraw & Wong (1996) with occasions in the place of raters; occasions as a
    random sample, so that a shift of level between them counts as disagreement.
    """
    optional = ("item",) if "item" in frame.columns else ()
    values = read_scores(frame, ("rater", *optional, "target", "occasion"))
    pairs = values.groupby(["rater", *optional], sort=False, observed=True)
    tables = {key: _repeated(part) for key, part in pairs}
    known = {key: table for key, table in tables.items() if table.size}
    found = dict(zip(known, icc_by_item(_stack(known), confidence), strict=True)) if known else {}
    return tuple(
        _describe(key, tables[key], found[key], confidence) if key in found else _describe_none(key)
        for key in tables
    )


def _repeated(values: pd.DataFrame) -> np.ndarray:
    """Targets x occasions in order of time, of the targets with a score on each of them."""
    given = values.dropna(subset="score")
    wide = given.pivot(index="target", columns="occasion", values="score").sort_index(axis=1)
    return wide.dropna().to_numpy() if wide.shape[1] > 1 else np.empty((0, 0))


def _stack(tables: dict[tuple, np.ndarray]) -> pd.DataFrame:
    """All tables as one long frame: an item for each, occasions as raters."""
    parts = []
    for number, table in enumerate(tables.values()):
        target, occasion = (axis.ravel() for axis in np.indices(table.shape))
        parts.append(
            pd.DataFrame({"item": number, "target": target, "rater": occasion, "score": table.ravel()})
        )
    return pd.concat(parts)


def _describe(key: tuple, table: np.ndarray, found: ItemIcc, confidence: float) -> IntraRater:
    icc = found.icc["ICC(A,1)"]
    change = table[:, -1] - table[:, 0]
    n = len(change)
    within = table.var(axis=1, ddof=1).mean()
    return IntraRater(
        rater=key[0],
        item=key[1] if len(key) > 1 else None,
        n_targets=n,
        n_occasions=table.shape[1],
        icc=icc,
        word=name_icc(icc.estimate),
        percent_agreement=found.percent_agreement,
        sem=float(np.sqrt(within)),
        shift=_mean_interval(change, confidence),
        reason=found.reason,
    )


def _mean_interval(values: np.ndarray, confidence: float) -> Estimate:
    n = len(values)
    mean = float(values.mean())
    if n < 2:
        return Estimate(mean, None, None, "no interval from one target")
    reach = float(stdtrit(n - 1, (1 + confidence) / 2) * values.std(ddof=1) / np.sqrt(n))
    return Estimate(mean, mean - reach, mean + reach)


def _describe_none(key: tuple) -> IntraRater:
    nothing = Estimate(None, None, None, NOT_AGAIN)
    item = key[1] if len(key) > 1 else None
    return IntraRater(key[0], item, 0, 0, nothing, None, None, None, nothing, NOT_AGAIN)
