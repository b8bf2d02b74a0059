"""The linkage as CSV: long rows, means, tests, and each contrast as `stats permutation` reads it."""

from collections.abc import Iterator
from typing import Any

from coder_app.services.linkage_content import MARKS, SEQUENCE
from coder_app.services.linkage_tests import CONTRASTS

LONG = (
    "instrument",
    "subscale",
    "sequence",
    "dyad",
    "informant",
    "rupture_type",
    "position",
    "session",
    "score",
    *MARKS,
)
GROUP = ("informant", "instrument", "subscale")
MEANS = (*GROUP, "rupture_type", "position", "n", "mean", "sd", "lower", "upper", "reason")
_ETAS = ("eta_partial", "eta_generalised")
_SIZES = tuple(f"{name}{end}" for name in (*_ETAS, "d_av", "g") for end in ("", "_lower", "_upper"))
TESTS = (
    *(*GROUP, "line", "test", "n", "effect", "f", "df1", "df2", "p_parametric", "p_permutation"),
    *("p_lower", "p_upper", "permutations", "enumerated", "p_holm", "p_exact", "exact_method", "wilcoxon_p"),
    *(*_SIZES, "reason"),
)
LEFT_OUT = (*GROUP, "sequence", "dyad", "missing", "reason")
EFFECT = (
    *("effect", "f", "df1", "df2", "p_parametric", "p_permutation", "p_lower", "p_upper"),
    *("n_permutations", "enumerated", "p_holm", "p_exact", "exact_method"),
)
CODERS = (*GROUP, "coder", "pre", "central", "post")
PATTERNS = (
    *(*GROUP, "whose", "rupture_type", "pattern", "n", "n_as_expected", "contrast", "lower", "upper"),
    *("t", "df", "p", "p_exact", "d_z", "reason"),
)
ASSOCIATION = (
    *("instrument", "subscale", "informant", "measure", "n_sessions", "n_dyads", "slope_within", "lower"),
    *("upper", "df", "p", "r_within", "r_within_lower", "r_within_upper", "slope_between"),
    *("slope_between_lower", "slope_between_upper", "sd_dyads", "sd_residual", "reason"),
)
CODES = ("instrument", "subscale", "dyad", "session", "coder", "score", "mean_of_all", "n_coders")
SEQUENCES = ("sequence", *SEQUENCE, "changed")
ALLIANCE = ("informant", "measure", "dyad", "session", "score")
ALL, AS_PLANNED = "all", "as planned"


def write_long(content: dict[str, Any]) -> str:
    """Return every score that entered: one row for each sequence, position and subscale."""
    from coder_app.tables.writing import write_csv

    rows = [
        [result["subscale"]["instrument"], result["subscale"]["code"], *(row[name] for name in LONG[2:])]
        for result in content["results"]
        for row in result["rows"]
    ]
    return write_csv(LONG, rows)


def write_means(content: dict[str, Any]) -> str:
    """Return n, mean, SD and interval by position, of all sequences and of each rupture type."""
    from coder_app.tables.writing import write_csv

    rows = [
        [*_group(result), row["rupture_type"] or ALL, *(row[name] for name in MEANS[4:])]
        for result in content["results"]
        for row in (*result["positions"], *result["positions_by_type"])
    ]
    return write_csv(MEANS, rows)


def write_tests(content: dict[str, Any]) -> str:
    """Return every effect of every test, and the paired comparison beside its own."""
    from coder_app.tables.writing import write_csv

    rows = [
        row
        for result in content["results"]
        for line in ({"name": AS_PLANNED, "tests": result["tests"]}, *result["lines"])
        for test in line["tests"]
        for row in _test_rows([*_group(result), line["name"], test["name"], test["n_sequences"]], test)
    ]
    return write_csv(TESTS, rows)


def write_left_out(content: dict[str, Any]) -> str:
    """Return the sequences that no test could use, with the reason."""
    from coder_app.tables.writing import write_csv

    rows = [
        [*_group(result), row["sequence"], row["dyad"], " ".join(row["missing"]), row["reason"]]
        for result in content["results"]
        for row in result["incomplete"]
    ]
    return write_csv(LEFT_OUT, rows)


def write_coders(content: dict[str, Any]) -> str:
    """Return how many scores each primary coder gave at each position."""
    from coder_app.tables.writing import write_csv

    rows = [
        [*_group(result), row["coder"], *(row["n"].get(position, 0) for position in CODERS[4:])]
        for result in content["results"]
        for row in result["coders"]
    ]
    return write_csv(CODERS, rows)


def write_codes(content: dict[str, Any]) -> str:
    """Return the primary coder's score of every coded session, with the mean of all who coded it."""
    from coder_app.tables.writing import write_csv

    return write_csv(CODES, content["codes"])


def write_sequences(content: dict[str, Any]) -> str:
    """Return the frozen sequences by treatment session."""
    from coder_app.tables.writing import write_csv

    return write_csv(SEQUENCES, content["sequences"])


def write_alliance(content: dict[str, Any]) -> str:
    """Return each informant's alliance scores of the sessions that were coded."""
    from coder_app.tables.writing import write_csv

    return write_csv(ALLIANCE, content["alliance"])


def write_patterns(content: dict[str, Any]) -> str:
    """Return the planned contrasts of codes and of the alliance, of all sequences and of each type."""
    from coder_app.tables.writing import write_csv

    rows = [
        [
            *_group(result),
            *(row[name] for name in ("of", "rupture_type", "pattern", "n", "n_as_expected")),
            *_limits(row["mean"]),
            *(row[name] for name in ("t", "df", "p", "p_exact", "d_z")),
            row["mean"]["reason"],
        ]
        for result in content["results"]
        for row in result["patterns"]
    ]
    return write_csv(PATTERNS, rows)


def write_associations(content: dict[str, Any]) -> str:
    """Return how each subscale follows each informant's alliance at the same sessions."""
    from coder_app.tables.writing import write_csv

    rows = [
        [
            *(row[name] for name in ASSOCIATION[:6]),
            *_limits(row["within"]),
            *(row["df"], row["p"]),
            *_limits(row["r_within"]),
            *_limits(row["between"]),
            *(row["sd_dyads"], row["sd_residual"], row["reason"] or row["between"]["reason"]),
        ]
        for row in content["associations"]
    ]
    return write_csv(ASSOCIATION, rows)


def list_contrasts(content: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield name, description and CSV of each contrast; types are a column where the test compares them."""
    from coder_app.tables.writing import write_csv

    for result in content["results"]:
        for name, (positions, by_type) in CONTRASTS.items():
            columns = ("sequence", "position", *(("rupture_type",) if by_type else ()), "score")
            rows = [[row[c] for c in columns] for row in result["rows"] if row["position"] in positions]
            if rows:
                whose = f"{result['informant']} sequences, {result['subscale']['name']}"
                about = f"What “stats permutation” reads: {name}, {whose}."
                yield contrast_name(result, name), about, write_csv(columns, rows)


def contrast_name(result: dict[str, Any], test: str) -> str:
    """Return the name of a contrast's file, without its ending."""
    positions, by_type = CONTRASTS[test]
    subscale = result["subscale"]["code"].replace("_", "-")
    return "-".join((result["informant"], subscale, *positions, *(("by-type",) if by_type else ())))


def _group(result: dict[str, Any]) -> list[str]:
    return [result["informant"], result["subscale"]["instrument"], result["subscale"]["code"]]


def _test_rows(start: list[Any], test: dict[str, Any]) -> Iterator[list[Any]]:
    nothing: dict[str, Any] = {}
    paired = test["paired"] or nothing
    for effect in test["effects"] or (nothing,):
        reasons = (test["reason"], effect.get("reason"), paired.get("reason"))
        yield [
            *start,
            *(effect.get(name) for name in EFFECT),
            paired.get("wilcoxon_p"),
            *(figure for name in _ETAS for figure in _limits(effect.get(name))),
            *(figure for name in ("d_av", "g") for figure in _limits(paired.get(f"{name}_interval"))),
            "; ".join(filter(None, reasons)) or None,
        ]


def _limits(estimate: dict[str, Any] | None) -> list[Any]:
    return [(estimate or {}).get(name) for name in ("estimate", "lower", "upper")]
