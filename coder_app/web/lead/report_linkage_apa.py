"""Tables of the linkage as a paper prints them: means, tests, effect sizes, patterns, associations."""

from collections.abc import Callable, Sequence
from typing import Any

from coder_app.web.lead.apa_tables import ApaTable, Group
from coder_app.web.lead.linkage_alliance import associations_of, patterns_of
from coder_app.web.lead.linkage_page import EVERY, TYPES
from coder_app.web.lead.linkage_tests import EffectRow, tests_of
from coder_app.web.lead.linkage_words import say
from coder_app.web.numbers import NONE, decimal, decimal_interval, p_value

ALLIANCE = " (alliance)"
NO_BREAK = "\u00a0"
POSITIONS = ("pre", "central", "post")
Results = Sequence[dict[str, Any]]


def of_means(results: Results) -> ApaTable:
    """Return means and spread by position, of each rupture type and of all sequences."""
    return ApaTable(
        "",
        f"Scores Before, In and After a Rupture: {_informant(results)} Sequences",
        (
            "Rupture type",
            "n",
            *(f"{place}: {head}" for place in ("Pre", "Central", "Post") for head in ("M (SD)", "95% CI")),
        ),
        tuple(
            Group(_scale(one), tuple(row for kind in (*TYPES, EVERY) if (row := _means(one, kind))))
            for one in results
        ),
        "n = sequences that are complete for the subscale. 95% confidence intervals of the mean from the t "
        "distribution; a dash: one sequence has no spread and no interval.",
    )


def of_tests(results: Results, plan: dict[str, Any]) -> ApaTable:
    """Return the plan's tests."""
    words = say(plan, items=False)
    note = (
        "Type III sums of squares. Permutation p from "
        f"{plan['permutations']:,} permutations {words['method_said']}, seed {plan['seed']}; in brackets "
        "where p of all permutations lies (95%). Exact p by listing every sign flip (pre vs. central) or "
        "every re-assignment of types. Tests of one type alone follow where the interaction’s p is below "
        f"{words['post_hoc_said']}; Holm’s correction (Holm, 1979) is over both. n = sequences; a dash: the "
        "test does not have it."
    )
    if plan.get("marginal_below"):
        note += " The plan reads p < .10 as marginal (†)."
    if reasons := _reasons(results, plan):
        note += f" {reasons}"
    return ApaTable(
        "",
        f"Permutation Tests: {_informant(results)} Sequences",
        ("Effect", "n", "F", "df", "p, parametric", "p, permutation", "p, Holm", "p, exact", "p, Wilcoxon"),
        _by_scale(results, plan, _test),
        note,
    )


def of_sizes(results: Results, plan: dict[str, Any]) -> ApaTable:
    """Return how large the effects are."""
    return ApaTable(
        "",
        f"Effect Sizes: {_informant(results)} Sequences",
        ("Effect", "n", "ηp²", "ηG²", "d_av", "g"),
        _by_scale(results, plan, _sizes),
        "ηp² = partial, ηG² = generalised eta squared with rupture type as a measured factor (Olejnik & "
        "Algina, 2003). d_av = mean difference over the mean of both SD, g = the same corrected for small "
        "samples, second position minus first. In brackets 95% intervals from 2,000 bootstrap resamples of "
        "sequences (bias-corrected and accelerated).",
    )


def of_patterns(results: Results) -> ApaTable:
    """Return the planned contrasts, in the codes and once in the informant's alliance."""
    groups, seen = [], set()
    for one in results:
        for of in dict.fromkeys(row["of"] for row in one["patterns"]):
            if of in seen:
                continue
            seen.add(of)
            own = patterns_of([row for row in one["patterns"] if row["of"] == of])
            heading = of if of == one["subscale"]["name"] else f"{of}{ALLIANCE}"
            rows = tuple(
                (
                    *(f"{row.kind.capitalize()}, {row.pattern}", row.n, row.as_expected),
                    *(_with(row.mean, row.limits), row.t, row.p, row.exact, row.d_z),
                )
                for row in own
            )
            groups.append(Group(heading, rows))
    return ApaTable(
        "",
        f"Expected Patterns as Planned Contrasts: {_informant(results)} Sequences",
        (*("Rupture type, pattern", "n", "As expected", "M [95% CI]", "t (df)", "p", "p, exact", "d_z"),),
        # The alliance stands last, whatever the codes.
        tuple(sorted(groups, key=lambda group: group.heading.endswith(ALLIANCE))),
        "In points of the scale, high minus low. High-low-high: the mean of pre and post minus central, the "
        "pattern of a repaired rupture. High-low-low: pre minus the mean of central and post, that of an "
        "unrepaired one. As expected: sequences with a contrast above 0. Exact p over all sign flips. d_z = "
        "mean over SD. Sequences were chosen by the drop of the alliance, so that its contrasts are large by "
        "design.",
    )


def of_associations(associations: Results) -> ApaTable:
    """Return the slopes of codes on alliance scores of the same sessions."""
    rows = [(row, one) for row, one in zip(associations_of(list(associations)), associations, strict=True)]
    notes = [f"{row.name}, {row.informant}: {row.note}." for row, _ in rows if row.note]
    return ApaTable(
        "",
        "Codes on Alliance Scores of the Same Sessions",
        ("Code", "Sessions, dyads", "Within [95% CI]", "p", "r within [95% CI]", "Between [95% CI]"),
        tuple(
            Group(
                f"Alliance of the {informant}",
                tuple(
                    (
                        *(row.name, row.n, _with(row.within, row.within_limits), row.p),
                        *(_with(row.r, row.r_limits), _with(row.between, row.between_limits)),
                    )
                    for row, _ in rows
                    if row.informant == informant
                ),
            )
            for informant in dict.fromkeys(row.informant for row, _ in rows)
        ),
        " ".join(
            [
                "A mixed model of the primary coder’s score on the alliance score of the same session, with "
                "a random intercept for dyads (REML). Within: points of the code that go with one point of "
                "the alliance above the dyad’s own mean. Between: with one point of the dyads’ means. r "
                "within = repeated-measures correlation (Bakdash & Marusich, 2017). The sessions lie in "
                "and around ruptures, so these slopes are of such sessions and not of a whole treatment.",
                *notes,
            ]
        ),
    )


def of_lines(results: Results) -> ApaTable:
    """Return p of the plan's tests beside those of every sensitivity line."""
    groups = []
    for one in results:
        lines = [{"name": "As planned", "tests": one["tests"]}, *one["lines"]]
        rows = tuple((line["name"].capitalize(), *_line(line["tests"])) for line in lines)
        groups.append(Group(_scale(one), rows))
    about = dict.fromkeys(
        f"{line['name'].capitalize()}: {line['about']}."
        for one in results
        for line in one["lines"]
        if line["about"]
    )
    return ApaTable(
        "",
        f"Sensitivity of the Tests: {_informant(results)} Sequences",
        ("Scores or unit", "n", "Pre vs. central", "Central vs. post", "Type", "Session × type"),
        tuple(groups),
        " ".join(
            [
                "Permutation p of the same tests on other scores of the same recordings, or with another "
                "unit; n = sequences. The tests as planned count.",
                *about,
            ]
        ),
    )


def _line(tests: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    found = {
        (test["name"], effect["effect"]): p_value(effect["p_permutation"])
        for test in tests
        for effect in test["effects"]
    }
    by_type = "central vs post by rupture type"
    wanted = (
        ("pre vs central", "position"),
        *((by_type, effect) for effect in ("position", "rupture_type", "rupture_type:position")),
    )
    return str(tests[0]["n_sequences"]), *(found.get(one, NONE) for one in wanted)


def _informant(results: Results) -> str:
    return results[0]["informant"].capitalize()


def _scale(one: dict[str, Any]) -> str:
    return f"{one['subscale']['name']} ({one['subscale']['instrument']})"


def _by_scale(
    results: Results, plan: dict[str, Any], make: Callable[[EffectRow], tuple[str, ...]]
) -> tuple[Group, ...]:
    return tuple(
        Group(_scale(one), tuple(make(row) for row in tests_of(one["tests"], plan.get("marginal_below"))))
        for one in results
    )


def _test(row: EffectRow) -> tuple[str, ...]:
    return (
        *(row.effect, str(row.n), row.f, row.df, row.parametric),
        *(_with(row.permutation, row.limits), row.holm, row.exact, row.wilcoxon),
    )


def _sizes(row: EffectRow) -> tuple[str, ...]:
    return row.effect, str(row.n), *(_with(*one) for one in row.sizes)


def _with(figure: str, limits: str) -> str:
    """A figure and its interval in one cell, which may break between them only."""
    return figure if limits in ("", NONE) else f"{figure} {limits.replace(' ', NO_BREAK)}"


def _means(one: dict[str, Any], kind: str) -> tuple[str, ...]:
    rows = one["positions"] if kind == EVERY else one["positions_by_type"]
    found = {row["position"]: row for row in rows if kind == EVERY or row["rupture_type"] == kind}
    if not found:
        return ()
    cells = []
    for position in POSITIONS:
        row = found[position]
        spread = "" if row["sd"] is None else f" ({decimal(row['sd'])})"
        cells += [f"{decimal(row['mean'])}{spread}", decimal_interval(row["lower"], row["upper"])]
    return kind.capitalize(), str(found["pre"]["n"]), *cells


def _reasons(results: Results, plan: dict[str, Any]) -> str:
    """Why tests could not be made, and how exact p came about, once each."""
    failed = dict.fromkeys(
        f"{one['subscale']['name']}, {test['name']}: {test['reason']}."
        for one in results
        for test in one["tests"]
        if test["reason"]
    )
    return " ".join(failed)
