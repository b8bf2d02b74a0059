"""The tables of the source study as CSV, each row with the settings of the ruptures it is of."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from coder_app.services.rupture_tables import SETTINGS

PREVALENCE = ("informant", "measure", "counted", "count", "out_of", "proportion", "lower", "upper")
ACCORDANCE = (
    *("informant", "measure", "other_informant", "other_measure", "unit"),
    *("both", "first_only", "second_only", "neither", "agreeing", "of_any"),
    *("cohen_kappa", "cohen_kappa_lower", "cohen_kappa_upper", "cohen_kappa_reason"),
    *("ac1", "ac1_lower", "ac1_upper", "ac1_reason", "pabak"),
    *("both_expected", "p_chance", "draws", "draws_seed", "reason"),
)
DISTRIBUTION = (
    *("informant", "measure", "counted_by", "place", "exposed", "ruptures", "repaired", "unrepaired"),
    *("ruptures_expected", "proportion", "lower", "upper", "chi2", "p_chance", "draws", "draws_seed"),
    "reason",
)
COMPARISON = (
    *("informant", "measure", "covariate", "unit", "category", "n_with", "n_without", "n_unknown"),
    *("mean_with", "sd_with", "mean_without", "sd_without", "f", "df1", "df2", "p", "p_holm"),
    *("welch_f", "welch_df2", "welch_p", "hedges_g", "hedges_g_lower", "hedges_g_upper"),
    *("chi2", "chi2_df", "chi2_p", "p_exact", "cramers_v"),
    *("risk_difference", "risk_difference_lower", "risk_difference_upper"),
    *("odds_ratio", "odds_ratio_lower", "odds_ratio_upper"),
    *("share_r", "share_r_lower", "share_r_upper", "share_p", "reason"),
)
UNITS = {"dyads": "dyads", "sessions": "sessions scored by both", "possible": "sessions possible for both"}
PARTS = {"sessions": "session", "parts": "third"}
RECORDED = "recorded"

Rows = Iterator[list[Any]]


def write_prevalence(content: dict[str, Any], recorded: Sequence[int] | None = None) -> str:
    """Return Table 1, one row a count; with `recorded`, for each analysis, also the ruptures to be coded."""
    return _write(PREVALENCE, _prevalence(content, recorded), content)


def write_accordance(content: dict[str, Any]) -> str:
    """Return for each pair of informants a row for dyads, for sessions, and for sessions near each other."""
    return _write(ACCORDANCE, _accordance(content), content)


def write_distribution(content: dict[str, Any]) -> str:
    """Return a row for each session number and each third of treatment."""
    return _write(DISTRIBUTION, _distribution(content), content)


def write_comparison(content: dict[str, Any]) -> str:
    """Return a row for each covariate of numbers and for each word of the others."""
    return _write(COMPARISON, _comparison(content), content)


WRITERS = {
    "prevalence": ("Series, ruptures and repairs of each informant.", write_prevalence),
    "accordance": ("Whether informants show ruptures together, against chance.", write_accordance),
    "distribution": ("Ruptures over the course of treatment.", write_distribution),
    "comparison": ("Series with and without ruptures compared on covariates.", write_comparison),
}


def list_files(content: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Return all tables as files: name, what it is, text."""
    for name, (about, write) in WRITERS.items():
        yield f"{name}.csv", about, write(content)


def _write(columns: tuple[str, ...], rows: Iterable[list[Any]], content: dict[str, Any]) -> str:
    from coder_app.tables.writing import write_csv

    settings = [content["settings"][name] for name in SETTINGS]
    return write_csv([*columns, *SETTINGS], [[*row, *settings] for row in rows])


def _prevalence(content: dict[str, Any], recorded: Sequence[int] | None) -> Rows:
    for place, analysis in enumerate(content["analyses"]):
        group = [analysis["informant"], analysis["measure"]]
        counts = analysis["prevalence"]["counts"]
        for one in counts:
            estimate = [one.get(name) for name in ("estimate", "lower", "upper")]
            yield [*group, one["counted"], one["count"], one["out_of"], *estimate]
        if recorded is not None:
            of = next(one["count"] for one in counts if one["counted"] == "ruptures")
            share = recorded[place] / of if of else None
            yield [*group, RECORDED, recorded[place], of, share, None, None]


def _accordance(content: dict[str, Any]) -> Rows:
    for pair in content["accordance"]:
        group = [*pair["first"], *pair["second"]]
        draws = [pair["n_draws"], pair["seed"]]
        for level, unit in UNITS.items():
            one = pair[level]
            counts = [one[name] for name in ("both", "first_only", "second_only", "neither")]
            figures = [one["agreement"], one["of_any"], *_all(one["kappa"]), *_all(one["ac1"]), one["pabak"]]
            chance = [pair["dyads_expected"], pair["dyads_p"]] if level == "dyads" else [None, None]
            yield [*group, unit, *counts, *figures, *chance, *[None] * 3]
        for one in pair["coincidences"]:
            unit = f"pairs of central sessions at most {one['lag']} apart"
            figures = [one["expected"], one["p"], *draws, one["reason"]]
            yield [*group, unit, one["observed"], *[None] * 14, *figures]


def _distribution(content: dict[str, Any]) -> Rows:
    counts = ("place", "exposed", "ruptures", "repaired", "unrepaired", "expected")
    for analysis in content["analyses"]:
        found = analysis["distribution"]
        for key, part in PARTS.items():
            test = found[f"over_{key}"]
            for one in found[key]:
                rate = [one["rate"][name] for name in ("estimate", "lower", "upper")]
                yield [
                    *(analysis["informant"], analysis["measure"], part, *(one[name] for name in counts)),
                    *(*rate, test["chi2"], test["p"], found["n_draws"], found["seed"], test["reason"]),
                ]


def _comparison(content: dict[str, Any]) -> Rows:
    for analysis in content["analyses"]:
        for one in analysis["comparison"]:
            group = [analysis["informant"], analysis["measure"], one["covariate"], one["level"]]
            groups = one["groups"] or [{}, {}]
            summaries = [part.get(name) for part in groups for name in ("mean", "sd")]
            figures = [*summaries, *_means(one), *_counts(one), *_share(one), one["reason"]]
            sizes = [one["n_with"], one["n_without"], one["n_missing"]]
            for word, n_with, n_without in one["categories"]:
                yield [*group, word, n_with, n_without, one["n_missing"], *figures]
            if not one["categories"]:
                yield [*group, None, *sizes, *figures]


def _means(one: dict[str, Any]) -> list[Any]:
    means = one["means"]
    if means is None:
        return [*[None] * 4, one["p_holm"], *[None] * 6]
    f, welch = means["f"], means["welch"]
    return [
        *(f["f"], f["df1"], f["df2"], f["p"], one["p_holm"]),
        *(welch["f"], welch["df2"], welch["p"], *_figures(means["g"] if one["kind"] == "numbers" else None)),
    ]


def _counts(one: dict[str, Any]) -> list[Any]:
    counts = one["counts"]
    if counts is None:
        return [None] * 11
    return [
        *(counts[name] for name in ("chi2", "df", "p_chi2", "p_exact", "cramers_v")),
        *_figures(counts["risk_difference"]),
        *_figures(counts["odds_ratio"]),
    ]


def _share(one: dict[str, Any]) -> list[Any]:
    return [*_figures(one["share_r"]), one["share_p"]]


def _figures(one: dict[str, Any] | None) -> list[Any]:
    return [None] * 3 if one is None else [one[name] for name in ("estimate", "lower", "upper")]


def _all(one: dict[str, Any]) -> list[Any]:
    return [*_figures(one), one["reason"]]
