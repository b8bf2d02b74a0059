"""Alliance and ruptures: how they were found, how often they occur, when, to whom, and how sure that is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from coder_app.services import occurrence, rupture, sensitivity
from coder_app.web.lead import occurrence_apa, occurrence_compared, occurrence_page, occurrence_places
from coder_app.web.lead.apa_tables import ApaTable
from coder_app.web.lead.occurrence_apa import name_of
from coder_app.web.lead.report_parts import (
    Block,
    Closed,
    Heading,
    Listed,
    Numbers,
    Section,
    named,
    texts,
)
from coder_app.web.lead.report_results import Results
from coder_app.web.lead.rupture_form import describe
from coder_app.web.lead.rupture_words import method_of, share
from coder_app.web.lead.sensitivity_page import summary
from coder_app.web.numbers import NONE, count, decimal, p_value
from coder_app.web.words import in_words

SIGNIFICANT = 0.05


def write_ruptures(results: Results, recorded: Sequence[int] | None, numbers: Numbers) -> Section:
    """Return the section; `recorded` is how many ruptures of each analysis could be coded, if it is shown."""
    title = "Alliance and Ruptures"
    content, found = results.content(occurrence.KIND), results.content(rupture.KIND)
    if content is None or found is None:
        why = results.missing.get(occurrence.KIND) or results.missing.get(rupture.KIND, "")
        return Section("ruptures", title, (Closed(why),))
    if not content["analyses"]:
        return Section("ruptures", title, (Closed("No alliance scores are imported yet."),))
    blocks: list[Block] = [
        *texts(
            _definition(content["settings"]),
            *_pooled(found),
            "The sample was frozen before any recording was allotted, from alliance scores alone."
            if results.frozen
            else None,
        ),
        *_prevalence(content, recorded, numbers),
        *_distribution(content, numbers),
        *_accordance(content, numbers),
        *_comparison(content, numbers),
        Heading("Sensitivity to the definition"),
        *_sensitivity(results),
    ]
    return Section("ruptures", title, tuple(blocks))


def _definition(settings: Mapping[str, Any]) -> str:
    said = method_of(dict(settings), None).replace(" Fourths: ", " Settings: fourths: ", 1)
    return said.replace("A rupture is", "In a dyad’s series of alliance scores a rupture is", 1) + (
        " The chart’s fourths are those of Tukey (1977)."
        if settings["chart"] and settings["fourths"] == "hinges"
        else ""
    )


def _pooled(found: Mapping[str, Any]) -> Iterable[str]:
    if found["settings"]["absolute"] is None:
        return
    known = [one for one in found["analyses"] if one["pooled_sd"] is not None]
    if known:
        each = in_words(
            f"{decimal(one['pooled_sd'])} for {name_of(one['informant'], one['measure'])}" for one in known
        )
        yield f"The pooled SD was {each}."


def _prevalence(content: dict[str, Any], recorded: Sequence[int] | None, numbers: Numbers) -> Iterable[Block]:
    table = numbers.table(_shorter(occurrence_apa.of_prevalence(content, recorded, intervals=True), content))
    yield Heading("Prevalence")
    yield from texts(
        *(_how_many(one) for one in content["analyses"]),
        f"Intervals are Wilson’s (Wilson, 1927); see {table.table.number}.",
    )
    yield table


def _how_many(one: Mapping[str, Any]) -> str:
    name = name_of(one["informant"], one["measure"])
    if one["reason"]:
        return f"{name}: {one['reason']}."
    by_name = {row["counted"]: row for row in one["prevalence"]["counts"]}
    series = by_name["with_rupture"]
    n = {counted: row["count"] for counted, row in by_name.items()}
    said = (
        f"{name}: {n['with_rupture']} of {count(n['analysed'], 'series', 'series')} analysed "
        f"({_percent(series)}) showed {count(n['ruptures'], 'rupture')}"
    )
    if not n["ruptures"]:
        return f"{name}: none of {count(n['analysed'], 'series', 'series')} analysed showed a rupture."
    kinds = [f"{n[kind]} {kind} ({_percent(by_name[kind])})" for kind in ("repaired", "unrepaired")]
    if n["not_classifiable"]:
        kinds.append(f"{n['not_classifiable']} not classifiable")
    return f"{said}: {in_words(kinds)}."


def _percent(row: Mapping[str, Any]) -> str:
    if row.get("estimate") is None:
        return NONE
    if row.get("lower") is None:
        return f"{100 * row['estimate']:.1f}%"
    return f"{100 * row['estimate']:.1f}%, 95% CI [{100 * row['lower']:.1f}, {100 * row['upper']:.1f}]"


def _distribution(content: dict[str, Any], numbers: Numbers) -> Iterable[Block]:
    shown = occurrence_page.show_distributions(content)
    figure = numbers.figure(
        "Central sessions of ruptures by number of the treatment session; beneath, scores at risk.",
        "columns",
        shown,
    )
    thirds = numbers.table(_shorter(occurrence_places.of_thirds(content), content))
    yield Heading("Over the course of treatment")
    yield from texts(
        *(
            f"{name_of(one['informant'], one['measure'])}: test of an even spread of ruptures over session "
            f"numbers, {occurrence_places.test_said(one['distribution']['over_sessions'])}; over "
            f"thirds of treatment, {occurrence_places.test_said(one['distribution']['over_parts'])}."
            for one in content["analyses"]
        ),
        f"See {figure.number} and {thirds.table.number}.",
    )
    yield figure
    yield thirds


def _accordance(content: dict[str, Any], numbers: Numbers) -> Iterable[Block]:
    yield Heading("Accordance of informants")
    if not content["accordance"]:
        yield from texts("Scores of one informant only were analysed: there is nobody to agree with.")
        return
    tables = [
        numbers.table(_shorter(made(content), content))
        for made in (occurrence_apa.of_accordance, occurrence_apa.of_coincidence)
    ]
    yield from texts(
        *(_both(pair) for pair in content["accordance"]),
        f"Chance-corrected coefficients, with Gwet’s AC1 (Gwet, 2014), are in {tables[0].table.number}, what "
        f"chance would give in {tables[1].table.number}.",
    )
    yield from tables


def _both(pair: Mapping[str, Any]) -> str:
    """Say how many dyads show a rupture to both informants, and how often in the same session."""
    first, second = pair["first"][0], pair["second"][0]
    n_any, n_both = pair["n_dyads_any"], pair["n_dyads_both"]
    names = in_words([name_of(*pair["first"]), name_of(*pair["second"])])
    if not n_any:
        return f"{names}: no series has a rupture."
    said = (
        f"{names}: {n_both} of {count(n_any, 'dyad')} with a rupture ({share(n_both, n_any)}%) showed one to "
        f"both {first} and {second}"
    )
    at_once = pair["coincidences"][0]
    if at_once["p"] is None:
        return f"{said}."
    n, p = at_once["observed"], f"p = {p_value(at_once['p'])}".replace("= <", "<")
    return (
        f"{said}; {n or 'no'} {'rupture' if n == 1 else 'ruptures'} of both fell into the same session, "
        f"where chance would give {decimal(at_once['expected'], 1)} ({p})."
    )


def _shorter(table: ApaTable, content: Mapping[str, Any]) -> ApaTable:
    """Without what the text above has said already: all settings, and which study reports alike."""
    note = table.note.replace(describe(content["settings"]), "Settings as in the text.")
    return replace(table, note=note.replace(", as the source study reports gender and condition", ""))


def _comparison(content: dict[str, Any], numbers: Numbers) -> Iterable[Block]:
    yield Heading("Series with and without a rupture")
    if not content["compared"]["units"]:
        yield Closed("No covariates of dyads (age, gender, condition) are imported to compare series on.")
        return
    made = (
        occurrence_compared.of_numbers(content),
        occurrence_compared.of_words(content),
        occurrence_compared.of_shares(content),
    )
    tables = [numbers.table(_shorter(table, content)) for table in made if table.groups]
    yield from texts(
        *(_differences(one) for one in content["analyses"]),
        f"All comparisons are in {named(tables)}." if tables else None,
    )
    yield from tables
    if left := occurrence_compared.not_compared(content):
        yield from texts("Not compared:")
        yield Listed(tuple(left))


def _differences(one: Mapping[str, Any]) -> str:
    """Say which covariates differ after Holm's correction."""
    name = name_of(one["informant"], one["measure"])
    tested = [found for found in one["comparison"] if found["p_holm"] is not None]
    if not tested:
        return f"{name}: no covariate could be compared."
    told = [found for found in tested if found["p_holm"] < SIGNIFICANT]
    covariates = count(len(tested), "covariate")
    if not told:
        return (
            f"{name}: of {covariates}, none differed between series with and without a rupture after Holm’s "
            f"correction (Holm, 1979), smallest p = {p_value(min(found['p_holm'] for found in tested))}."
        ).replace("= <", "<")
    each = in_words(
        f"{found['covariate'].replace('_', ' ')} (p = {p_value(found['p_holm'])})".replace("= <", "<")
        for found in told
    )
    return (
        f"{name}: of {covariates}, {each} differed between series with and without a rupture after Holm’s "
        "correction (Holm, 1979)."
    )


def _sensitivity(results: Results) -> Iterable[Block]:
    content = results.content(sensitivity.KIND)
    if content is None:
        yield Closed(results.missing.get(sensitivity.KIND, ""))
        return
    yield from texts(*(_hangs(content, one) for one in content["analyses"]))


def _hangs(content: dict[str, Any], one: dict[str, Any]) -> str:
    found, name = summary(content, one), name_of(one["informant"], one["measure"])
    said = (
        f"{name}: under {found['n_definitions']:,} definitions (criteria, fourths, k, drop, pooled SD, "
        f"shortest run) there were {found['fewest']} to {count(found['most'], 'rupture')} (Mdn = "
        f"{found['middle']})"
    )
    if not found["n_own"]:
        return f"{said}; the definition of this study finds none."
    robust = f"{found['robust']} of the {found['n_own']} ruptures of this study"
    return (
        f"{said}; {robust} are found by at least {found['robust_from']} of all definitions, "
        f"{found['fragile'] or 'none'} by fewer than half."
    )
