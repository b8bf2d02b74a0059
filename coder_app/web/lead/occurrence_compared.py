"""Tables of series with and without a rupture, compared on covariates, as a paper prints them."""

from collections.abc import Callable
from typing import Any

from coder_app.web.lead.apa_tables import ApaTable, Group
from coder_app.web.lead.occurrence_apa import name_of
from coder_app.web.lead.rupture_form import describe
from coder_app.web.numbers import (
    NONE,
    coefficient,
    count,
    decimal,
    decimal_interval,
    interval,
    p_value,
    percent,
)
from coder_app.web.words import in_words

NO_BREAK = "\u00a0"
UNITS = {"dyad": "series", "therapist": "therapists"}


def of_numbers(content: dict[str, Any]) -> ApaTable:
    """Return covariates of numbers: means, F, Welch's F and Hedges' g."""
    note = (
        "F: one-way analysis of variance between those with and without a rupture; its p is computed from F "
        "and its degrees of freedom. Welch: without equal variances. g: Hedges’ g, with minus without, its "
        f"interval from the noncentral t. {_note(content, 'numbers')}"
    )
    heads = ("Covariate", "With a rupture: M (SD), n", "Without: M (SD), n", "F (df)", "p", "p (Holm)")
    return ApaTable(
        "Table 5",
        "Series With and Without a Rupture: Covariates in Numbers",
        (*heads, "Welch’s F (df)", "p", "g", "95% CI"),
        _groups(content, "numbers", _number_row),
        note,
    )


def of_words(content: dict[str, Any]) -> ApaTable:
    """Return covariates of words: counts, F of a linear probability, chi-square, exact p and differences."""
    note = (
        "F: analysis of variance of two words as 0 and 1 (a linear probability), as the source study reports "
        "gender and condition; beside it χ² without correction, Fisher’s exact p (Freeman and Halton’s "
        "beyond two words) and Cramér’s V. Risk difference and odds ratio: of the last word, with a rupture "
        "against without; intervals after Newcombe, and exact. A covariate with two different numbers counts "
        f"as words. {_note(content, 'words')}"
    )
    heads = ("Covariate", "With a rupture", "Without", "F (df)", "p", "p (Holm)", "χ² (df)", "p", "Exact p")
    return ApaTable(
        "Table 6",
        "Series With and Without a Rupture: Covariates in Words",
        (*heads, "V", "Risk difference, 95% CI", "Odds ratio, 95% CI"),
        _groups(content, "words", _word_row),
        note,
    )


def of_shares(content: dict[str, Any]) -> ApaTable:
    """Return how the covariates of therapists go with the share of their series that have a rupture."""
    groups = tuple(
        Group(name_of(one["informant"], one["measure"]), rows)
        for one in content["analyses"]
        if (rows := tuple(_share_row(found) for found in one["comparison"] if found["share_r"]))
    )
    note = (
        "r: Pearson’s correlation over therapists of the covariate (of two words the last as 1) with the "
        "share of their series analysed that have a rupture, so that a therapist with one such series of "
        f"five is not taken for one with five of five; Fisher’s interval. {describe(content['settings'])}"
    )
    return ApaTable(
        "Table 7",
        "Therapists’ Covariates and the Share of Their Series With a Rupture",
        ("Covariate", "Therapists", "r", "95% CI", "p"),
        groups,
        note,
    )


def not_compared(content: dict[str, Any]) -> list[str]:
    """Say which covariates cannot be compared, and why."""
    return [
        f"{name_of(one['informant'], one['measure'])}, {_words_of(found)}: {found['reason']}."
        for one in content["analyses"]
        for found in one["comparison"]
        if found["reason"]
    ]


def _groups(
    content: dict[str, Any], kind: str, row: Callable[[dict[str, Any]], tuple[str, ...]]
) -> tuple[Group, ...]:
    groups = []
    for one in content["analyses"]:
        for level, units in UNITS.items():
            rows = tuple(
                row(found)
                for found in one["comparison"]
                if (found["kind"], found["level"]) == (kind, level) and not found["reason"]
            )
            if rows:
                groups.append(Group(f"{name_of(one['informant'], one['measure'])}: {units}", rows))
    return tuple(groups)


def _number_row(found: dict[str, Any]) -> tuple[str, ...]:
    summaries = (f"{decimal(one['mean'])} ({decimal(one['sd'])}), {one['n']}" for one in found["groups"])
    g = found["means"]["g"]
    return (
        _name(found),
        *summaries,
        *_f(found),
        *_f_and_p(found["means"]["welch"]),
        decimal(g["estimate"]),
        decimal_interval(g["lower"], g["upper"]),
    )


def _word_row(found: dict[str, Any]) -> tuple[str, ...]:
    counts = found["counts"]
    difference, odds = counts["risk_difference"], counts["odds_ratio"]
    chi2 = f"{decimal(counts['chi2'])} ({counts['df']})"
    return (
        _name(found),
        _words(found, 1, found["n_with"]),
        _words(found, 2, found["n_without"]),
        *_f(found),
        *(chi2, p_value(counts["p_chi2"]), p_value(counts["p_exact"]), coefficient(counts["cramers_v"])),
        _with_interval(
            coefficient(difference["estimate"]), interval(difference["lower"], difference["upper"])
        ),
        _with_interval(decimal(odds["estimate"]), decimal_interval(odds["lower"], odds["upper"])),
    )


def _with_interval(estimate: str, limits: str) -> str:
    """Both in one cell that may break between them only."""
    return estimate if limits == NONE else f"{estimate} {limits.replace(' ', NO_BREAK)}"


def _share_row(found: dict[str, Any]) -> tuple[str, ...]:
    r = found["share_r"]
    return (
        _name(found),
        str(found["n_with"] + found["n_without"]),
        coefficient(r["estimate"]),
        interval(r["lower"], r["upper"]),
        p_value(found["share_p"]),
    )


def _name(found: dict[str, Any]) -> str:
    return _words_of(found) + (f" ({found['n_missing']} not known)" if found["n_missing"] else "")


def _words_of(found: dict[str, Any]) -> str:
    words = found["covariate"].replace("_", " ")
    return words[:1].upper() + words[1:]


def _words(found: dict[str, Any], place: int, n: int) -> str:
    """Each word with its number and share; the cell may break between words only."""
    words = (f"{one[0]} {one[place]} ({percent(one[place] / n)})" for one in found["categories"])
    return ", ".join(word.replace(" ", NO_BREAK) for word in words)


def _f(found: dict[str, Any]) -> tuple[str, str, str]:
    f = found["means"]["f"] if found["means"] else {"f": None}
    return (*_f_and_p(f), p_value(found["p_holm"]))


def _f_and_p(f: dict[str, Any]) -> tuple[str, str]:
    if f["f"] is None:
        return NONE, NONE
    df2 = f"{f['df2']:g}" if f["df2"] == int(f["df2"]) else f"{f['df2']:.1f}"
    return f"{decimal(f['f'])} ({f['df1']:g}, {df2})", p_value(f["p"])


def _note(content: dict[str, Any], kind: str) -> str:
    said = ["Series analysed only."]
    levels = {found["level"] for one in content["analyses"] for found in one["comparison"]}
    if "therapist" in levels:
        said.append(
            f"Therapists (told apart by {content['compared']['therapist']}) count once each, whatever their "
            "number of series: with a rupture where at least one series analysed of their dyads has one."
        )
        said += [
            f"{count(one['n_without_therapist'], 'series', 'series')} of the {one['informant']} "
            f"({one['measure']}) without a known therapist enter no comparison of therapists."
            for one in content["analyses"]
            if one["n_without_therapist"]
        ]
    families = [sum(found["p"] is not None for found in one["comparison"]) for one in content["analyses"]]
    if any(families):
        names = [
            f"{count(n, 'covariate')} ({one['informant']}, {one['measure']})"
            for n, one in zip(families, content["analyses"], strict=True)
            if n
        ]
        said.append(f"Holm: p adjusted over all {in_words(names)} in numbers and in words.")
    dashes = dict.fromkeys(_why_dash(content, kind))
    if dashes:
        said.append(f"A dash: {'; '.join(dashes)}.")
    return " ".join([*said, describe(content["settings"])])


def _why_dash(content: dict[str, Any], kind: str) -> list[str]:
    reasons = []
    for one in content["analyses"]:
        for found in one["comparison"]:
            if found["kind"] != kind or found["reason"]:
                continue
            parts = [(found["means"] or {}).get("f"), *(_estimates(found["counts"]))]
            reasons += [
                f"{_name(found).lower()}, {part['reason']}" for part in parts if part and part["reason"]
            ]
            if found["counts"] and found["counts"]["reason"]:
                reasons.append(found["counts"]["reason"])
    return reasons


def _estimates(counts: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [counts[name] for name in ("risk_difference", "odds_ratio")] if counts else []
