"""The course of the alliance as CSV: every series, means by session, growth, agreement of informants."""

from collections.abc import Iterator
from typing import Any

SERIES = ("informant", "measure", "dyad", "group_of_dyads", "session_number", "score")
MEANS = (
    *("informant", "measure", "group_of_dyads", "session_number", "n_scores", "mean_score", "sd_score"),
    *("lower", "upper", "enough_scores", "reason"),
)
GROWTH = (
    *("informant", "measure", "group_of_dyads", "n_dyads", "n_scores", "start", "slope", "lower", "upper"),
    *("slope_df", "slope_p", "sd_start", "sd_slope", "r_start_slope", "sd_residual", "at_edge"),
    *("share_between", "share_reason", "reason"),
)
AGREEMENT = (
    *("informant", "measure", "other_informant", "other_measure", "compared_over", "session_number"),
    *("n_pairs", "r", "lower", "upper", "r_df", "r_p", "reason"),
)
_KINDS = {"between": "between dyads", "within": "within dyads", "pooled": "within dyads, pooled z"}
Made = tuple[str, str, str]


def list_files(content: dict[str, Any]) -> Iterator[Made]:
    """Yield name, what it is and text of each file."""
    about = "Every score by number of the treatment session, counted without sessions of a parent alone."
    yield "series.csv", about, write_series(content)
    yield "means.csv", "Mean at each session number with its interval.", write_means(content)
    about = "A line for each dyad by a mixed model: mean slope, how dyads differ, share between dyads."
    yield "growth.csv", about, write_growth(content)
    about = "Correlations of two informants between dyads, within dyads and at each session number."
    yield "agreement.csv", about, write_agreement(content)


def write_series(content: dict[str, Any]) -> str:
    """Return a row for every score."""
    from coder_app.tables.writing import write_csv

    rows = [
        [course["informant"], course["measure"], dyad, group, number, score]
        for course in content["courses"]
        for dyad, group, scores in zip(course["dyads"], course["of_group"], course["scores"], strict=True)
        for number, score in zip(course["numbers"], scores, strict=True)
        if score is not None
    ]
    return write_csv(SERIES, rows)


def write_means(content: dict[str, Any]) -> str:
    """Return a row for every session number of every informant, measure and group."""
    from coder_app.tables.writing import write_csv

    least = content["settings"]["least"]
    rows = [
        [
            *(course["informant"], course["measure"], part["group"], one["number"], one["n"], one["mean"]),
            *(one["sd"], one["lower"], one["upper"], one["n"] >= least, one["reason"]),
        ]
        for course in content["courses"]
        for part in course["parts"]
        for one in part["points"]
    ]
    return write_csv(MEANS, rows)


def write_growth(content: dict[str, Any]) -> str:
    """Return a row for every informant, measure and group."""
    from coder_app.tables.writing import write_csv

    rows = []
    for course in content["courses"]:
        for part in course["parts"]:
            one, slope = part["growth"], part["growth"]["slope"]
            rows.append(
                [
                    *(course["informant"], course["measure"], part["group"], one["n_dyads"], one["n_scores"]),
                    *(one["start"], slope["estimate"], slope["lower"], slope["upper"], one["df"], one["p"]),
                    *(one["sd_start"], one["sd_slope"], one["correlation"], one["sd_residual"]),
                    None if one["reason"] else one["at_edge"],
                    *(one["between"]["estimate"], one["between"]["reason"], one["reason"]),
                ]
            )
    return write_csv(GROWTH, rows)


def write_agreement(content: dict[str, Any]) -> str:
    """Return a row for every correlation of two informants."""
    from coder_app.tables.writing import write_csv

    rows = []
    for pair in content["pairs"]:
        named = [*pair["first"], *pair["second"]]
        rows += [[*named, words, None, *_correlation(pair[kind])] for kind, words in _KINDS.items()]
        rows += [[*named, "at session", one["number"], *_correlation(one)] for one in pair["by_number"]]
    return write_csv(AGREEMENT, rows)


def _correlation(one: dict[str, Any]) -> list[Any]:
    r = one["r"]
    return [one["n"], r["estimate"], r["lower"], r["upper"], one["df"], one["p"], r["reason"]]
