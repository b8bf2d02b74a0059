"""Tables of prevalence and of accordance as a paper prints them."""

from collections.abc import Sequence
from typing import Any

from coder_app.web.lead.apa_tables import ApaTable, Group
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_words import share
from coder_app.web.numbers import NONE, coefficient, count, decimal, interval, p_value
from coder_app.web.words import in_words

# name of the count: (what stands in the row, what it is a share of)
COUNTED = {
    "analysed": ("Series analysed", "dyads"),
    "with_rupture": ("Series with a rupture", "series analysed"),
    "ruptures": ("Ruptures in all", ""),
    "repaired": ("Repaired", "ruptures"),
    "unrepaired": ("Unrepaired", "ruptures"),
    "not_classifiable": ("Not classifiable", "ruptures"),
}
RECORDED = "With all three recordings"
LEVELS = {
    "dyads": "Dyads with both series analysed",
    "sessions": "Treatment sessions that both scored",
    "possible": "Of these, where both could show a rupture",
}


def name_of(informant: str, measure: str) -> str:
    """Write whose scores on what: Child (TASC)."""
    return f"{informant.capitalize()} ({measure})"


def of_prevalence(
    content: dict[str, Any], recorded: Sequence[int] | None, *, intervals: bool = False
) -> ApaTable:
    """Return Table 1 of the source study; `recorded` is how many ruptures of each analysis can be coded."""
    analyses = content["analyses"]
    heads = ["", "% of"]
    for one in analyses:
        heads += [f"{name_of(one['informant'], one['measure'])}, n", "%", *(["95% CI"] if intervals else [])]
    rows = []
    for place, (label, of) in enumerate(COUNTED.values()):
        cells = []
        for one in analyses:
            found = one["prevalence"]["counts"][place]
            cells += [str(found["count"]), share(found["count"], found["out_of"]) if of else ""]
            cells += [percent_interval(found)] * intervals
        rows.append((label, of, *cells))
    if recorded is not None:
        cells = []
        for one, n in zip(analyses, recorded, strict=True):
            total = one["prevalence"]["counts"][2]["count"]
            cells += [str(n), share(n, total), *([NONE] if intervals else [])]
        rows.append((RECORDED, "ruptures", *cells))
    return ApaTable(
        "Table 1",
        "Alliance Ruptures and Repairs by Informant",
        tuple(heads),
        (Group("", tuple(rows)),),
        _prevalence_note(content, recorded is not None, intervals),
    )


def of_accordance(content: dict[str, Any]) -> ApaTable:
    """Return the table of both informants' yes and no with its chance-corrected coefficients."""
    groups = tuple(
        Group(_pair(one), tuple(_accordance_row(one[level], label) for level, label in LEVELS.items()))
        for one in content["accordance"]
    )
    note = (
        "Both, first only, second only, neither: units in which these informants show a rupture, first and "
        "second as in the heading. Of any = both, of units with a rupture of either. κ = Cohen’s kappa, its "
        "interval from the large-sample standard error, which takes sessions as independent. AC1 = Gwet’s "
        "coefficient, which is not pulled down where ruptures are rare; its interval takes dyads as drawn. "
        "PABAK = kappa with prevalence and bias set even: 2 × agreement − 1. A rupture can be shown only at "
        f"a session with a score and another just before it.{_reasons(content)} "
        f"{describe(content['settings'])}"
    )
    heads = ("", "Both", "First only", "Second only", "Neither", "Agreement, %", "Of any, %")
    return ApaTable(
        "Table 2",
        "Accordance of Informants on Ruptures",
        (*heads, "κ", "95% CI", "AC1", "95% CI", "PABAK"),
        groups,
        note,
    )


def of_coincidence(content: dict[str, Any]) -> ApaTable:
    """Return the table of ruptures to both beside how many chance would give."""
    groups = []
    for pair in content["accordance"]:
        dyads = pair["dyads"]
        rows = [
            (
                "Dyads with a rupture to both",
                str(dyads["both"]),
                *_chance(pair["dyads_expected"], pair["dyads_p"]),
            )
        ]
        for one in pair["coincidences"]:
            at = "in the same session" if one["lag"] == 0 else f"at most {count(one['lag'], 'session')} apart"
            rows.append(
                (f"Pairs of central sessions {at}", str(one["observed"]), *_chance(one["expected"], one["p"]))
            )
        groups.append(Group(_pair(pair), tuple(rows)))
    draws = content["draws"]
    note = (
        "Dyads with both series analysed. Expected: if ruptures of both informants had nothing to do with "
        "each other. p is one-sided (as many or more): of dyads Fisher’s exact test; of sessions "
        f"{draws['n_draws']:,} draws (seed {draws['seed']}) that give each series as many ruptures as it "
        "has, at any of the sessions where one could be found. Sessions apart are counted as the dyad had "
        "them, without those of a parent alone. A dash: no dyad shows a rupture to both. "
        f"{describe(content['settings'])}"
    )
    return ApaTable(
        "Table 3",
        "Ruptures to Both Informants and What Chance Would Give",
        ("", "Observed", "Expected", "p"),
        tuple(groups),
        note,
    )


def _accordance_row(one: dict[str, Any], label: str) -> tuple[str, ...]:
    counts = (one[name] for name in ("both", "first_only", "second_only", "neither"))
    n = sum(one[name] for name in ("both", "first_only", "second_only", "neither"))
    seen = n - one["neither"]
    figures = []
    for name in ("kappa", "ac1"):
        found = one[name]
        figures += [coefficient(found["estimate"]), interval(found["lower"], found["upper"])]
    return (
        f"{label} (n = {n:,})",
        *map(str, counts),
        share(one["both"] + one["neither"], n),
        share(one["both"], seen),
        *figures,
        coefficient(one["pabak"]),
    )


def _chance(expected: float | None, p: float | None) -> tuple[str, str]:
    return decimal(expected, 1), p_value(p)


def _pair(one: dict[str, Any]) -> str:
    informant, measure = one["second"]
    return f"{name_of(*one['first'])} and {informant} ({measure})"


def percent_interval(found: dict[str, Any]) -> str:
    """Write the interval of a share in per cent."""
    if found.get("lower") is None:
        return NONE
    return f"[{100 * found['lower']:.1f}, {100 * found['upper']:.1f}]"


def _reasons(content: dict[str, Any]) -> str:
    """Why figures are missing, each reason once."""
    said = dict.fromkeys(
        pair[level][name]["reason"]
        for pair in content["accordance"]
        for level in LEVELS
        for name in ("kappa", "ac1")
        if pair[level][name]["reason"]
    )
    return f" A dash: {'; '.join(said)}." if said else ""


def _prevalence_note(content: dict[str, Any], recorded: bool, intervals: bool) -> str:
    n_dyads = count(content["n_dyads"], "dyad")
    said = [f"Percentages of what the first column names; the study has {n_dyads}."]
    for one in content["analyses"]:
        found, name = one["prevalence"], name_of(one["informant"], one["measure"])
        if one["reason"]:
            said.append(f"{name}: {one['reason']}.")
            continue
        spread = "" if found["sd"] is None else f", SD = {decimal(found['sd'])}"
        several = [
            f"{n} series {'has' if n == 1 else 'have'} {ruptures} ruptures"
            for ruptures, n in found["series_by_ruptures"]
            if ruptures > 1
        ]
        more = f"; {in_words(several)}" if several else ""
        said.append(
            f"{name}: {found['n_scores']:,} scores of the series analysed, M = {decimal(found['mean'])}"
            f"{spread}{more}."
        )
    if recorded:
        said.append(
            f"{RECORDED}: repaired or unrepaired, and pre, central and post session have a recording, so "
            "that they can be coded."
        )
    if intervals:
        said.append(
            "95% CI: Wilson’s, of what is counted as independent, which ruptures of one dyad are not."
        )
    return " ".join([*said, describe(content["settings"])])
