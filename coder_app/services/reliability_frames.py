"""Frames of collected ratings and their ICCs: what items, sums and comparisons share."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.icc import ItemIcc
    from coder_app.analysis.results import Estimate

COLUMNS = ("target", "rater", "item", "score")


def to_frame(rows: list[list[Any]]) -> "pd.DataFrame":
    """Return rows of recording, coder, item and score as a frame; None becomes NaN."""
    import pandas as pd

    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"score": float})


def to_given_frame(ratings: dict[str, Any], frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the scores as given: those of segments, each a target of its own, where there are some."""
    if not ratings["segment_rows"]:
        return frame
    return to_frame(
        [
            [f"{target} {segment}", rater, item, score]
            for target, rater, segment, item, score in ratings["segment_rows"]
        ]
    )


def of_item(frame: "pd.DataFrame", item: dict[str, Any]) -> "pd.DataFrame":
    """Return the rows of one item."""
    return frame[frame["item"] == item["code"]]


def find_icc(
    frame: "pd.DataFrame", settings: dict[str, Any], lowest: Mapping[str, float] | None = None
) -> tuple["ItemIcc", ...]:
    """Return the ICCs of every item of a frame, as the settings say."""
    from coder_app.analysis.icc import icc_by_item

    return icc_by_item(
        frame,
        settings["confidence"],
        lowest,
        n_bootstrap=settings["bootstrap"],
        seed=settings["seed"],
    )


def name_ends(single: "Estimate", settings: dict[str, Any]) -> dict[str, str | None]:
    """Return the words for an ICC and for both ends of its interval."""
    from coder_app.analysis.words import name_interval

    words = name_interval(single, settings["words"])
    return {"word": words.estimate, "lower_word": words.lower, "upper_word": words.upper}


def complete_only(table: "pd.DataFrame", settings: dict[str, Any]) -> dict[str, Any] | None:
    """Return the analysis of variance of the recordings without a hole, beside the fit of all."""
    complete = table.dropna()
    if len(complete) < 2:
        return None
    long = complete.reset_index().melt("target", var_name="rater", value_name="score")
    result = find_icc(long, settings)[0]
    return {"n_targets": result.n_targets, "icc": asdict(result.icc["ICC(A,1)"]), "reason": result.reason}
