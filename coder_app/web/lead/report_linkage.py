"""Linkage: how codes were joined to sequences, what the plan's tests gave, and whether choices matter."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from coder_app.services import linkage, reliability
from coder_app.web.lead import linkage_page
from coder_app.web.lead import report_linkage_apa as apa
from coder_app.web.lead.linkage_tests import warnings_of
from coder_app.web.lead.linkage_words import METHODS
from coder_app.web.lead.report_linkage_words import (
    say_association,
    say_changed,
    say_patterns,
    say_tests,
)
from coder_app.web.lead.report_parts import Block, Closed, Heading, Listed, Numbers, Section, texts
from coder_app.web.lead.report_results import Results
from coder_app.web.numbers import count, p_value
from coder_app.web.words import in_words

TITLE = "Codes Before, in and After Ruptures"
OPENS = "This part opens with the key: codes are joined to sequences once the study is unmasked."


def write_linkage(results: Results, numbers: Numbers) -> Section:
    """Return the section; before the key opens it says that it will. No dyad is named."""
    content = results.content(linkage.KIND)
    if content is None:
        why = results.missing.get(linkage.KIND, "")
        return Section("linkage", TITLE, (Closed(OPENS if "unmasked" in why else why),))
    if not content["informants"]:
        return Section("linkage", TITLE, (Closed("The frozen sample holds no sequence to be linked."),))
    blocks: list[Block] = [*texts(*_method(content, _labels(results)))]
    for informant in content["informants"]:
        own = [one for one in content["results"] if one["informant"] == informant]
        blocks += _of_informant(informant, own, content["plan"], numbers)
    blocks += _of_alliance(content, numbers)
    return Section("linkage", TITLE, tuple(blocks))


def _labels(results: Results) -> dict[str, str]:
    """Return what items are called, by code, as far as this reader may know it."""
    found = (results.content(reliability.KIND) or {}).get("instruments", [])
    return {item["code"]: item["label"] for one in found for item in one["items"]}


def _method(content: dict[str, Any], labels: dict[str, str]) -> Iterable[str | None]:
    plan = content["plan"]
    yield (
        "Codes were joined to the frozen sequences by treatment session after the key had been opened, under "
        f"version {content['plan_version']} of the analysis plan (SHA-256 {content['plan_sha256'][:12]}…)."
    )
    rule = plan["score_rule"]
    yield f"Every recording counts once, with the {rule}’s score, in whatever sequences it stands."
    dropped = plan["dropped_items"]
    if dropped:
        named = in_words(labels.get(code, code) for code in dropped)
        yield f"The plan leaves out {count(len(dropped), 'item')} ({named})."
    yield (
        "Scores were compared by permutation tests of the F of type III sums of squares: pre with central as "
        f"repeated measures, central with post by rupture type as a mixed design, with {_drawn(plan)} "
        f"{METHODS[plan['method']]}; in the text, p is that of these permutations."
    )
    threshold = p_value(plan["post_hoc_below"]).rstrip("0")
    yield (
        f"Where the p of session × rupture type was below {threshold}, each type was tested alone, with "
        "Holm’s correction (Holm, 1979)."
    )
    if plan.get("marginal_below"):
        yield "The plan reads p < .10 as marginal."


def _drawn(plan: dict[str, Any]) -> str:
    return f"{plan['permutations']:,} permutations (seed {plan['seed']})"


def _of_informant(
    informant: str, results: list[dict[str, Any]], plan: dict[str, Any], numbers: Numbers
) -> Iterable[Block]:
    shown = linkage_page.show({"results": results, "plan": plan, "associations": []}, informant)
    means = numbers.table(apa.of_means(results))
    figure = numbers.figure(
        f"Means of both rupture types before, in and after a rupture, with 95% confidence intervals, cut at "
        f"the ends of the scale: {informant} sequences. The values are in {means.table.number}.",
        "types",
        [(group.name, group.types) for group in shown.groups],
    )
    made = (apa.of_tests(results, plan), apa.of_sizes(results, plan), apa.of_patterns(results))
    tests, sizes, patterns = (numbers.table(table) for table in made)
    yield Heading(f"{informant.capitalize()} sequences")
    yield from texts(
        f"{shown.counts}.",
        *_left_out(results),
        *_marked(results),
        f"Means are in {means.table.number} and {figure.number}, all tests in {tests.table.number}, effect "
        f"sizes in {sizes.table.number}.",
    )
    for result in results:
        yield from texts(*say_tests(result, plan))
    if shown.unequal:
        yield from texts(shown.unequal)
    if cautions := (*_several(results), *_cautions(results)):
        yield Listed(cautions)
    yield from (figure, means, tests, sizes)
    yield from texts(*(say_patterns(result) for result in results), f"See {patterns.table.number}.")
    yield patterns
    if any(result["lines"] for result in results):
        lines = numbers.table(apa.of_lines(results))
        yield from texts(*(say_changed(result) for result in results), f"See {lines.table.number}.")
        yield lines


def _several(results: list[dict[str, Any]]) -> Iterable[str]:
    """Say, without naming dyads, that what is tested is not all independent."""
    for result in results:
        name = result["subscale"]["name"]
        of_dyad = Counter(dyad for dyad, _ in {(row["dyad"], row["sequence"]) for row in result["rows"]})
        several = sum(n > 1 for n in of_dyad.values())
        twice = result["n_positions"] - result["n_recordings"]
        if several:
            gives = "dyad gives" if several == 1 else "dyads give"
            yield f"{name}: {several} {gives} more than one sequence; see the sensitivity lines."
        if twice:
            yield f"{name}: {count(twice, 'position')} rest on a recording of another sequence too."


def _cautions(results: list[dict[str, Any]]) -> tuple[str, ...]:
    """What the tests themselves say of too few sequences."""
    return warnings_of([result | {"warnings": []} for result in results])


def _left_out(results: list[dict[str, Any]]) -> Iterable[str]:
    for result in results:
        n = len(result["incomplete"])
        if n:
            was = "was" if n == 1 else "were"
            yield (
                f"For {result['subscale']['name']}, {count(n, 'sequence')} {was} left out for want of a "
                "score at one of the three sessions."
            )
    if not any(result["incomplete"] for result in results):
        yield "No sequence was incomplete."


def _marked(results: list[dict[str, Any]]) -> Iterable[str]:
    opened = max(result["n_marked"]["opened"] for result in results)
    recognised = max(result["n_marked"]["recognised"] for result in results)
    said = [
        *([f"{count(opened, 'recording')} opened in an emergency"] if opened else []),
        *([f"{count(recognised, 'recording')} that the primary coder recognised"] if recognised else []),
    ]
    if said:
        yield f"Among the linked recordings are {in_words(said)}; they are part of the figures."


def _of_alliance(content: dict[str, Any], numbers: Numbers) -> Iterable[Block]:
    if not content["associations"]:
        return
    table = numbers.table(apa.of_associations(content["associations"]))
    yield Heading("Codes and the alliance of the same sessions")
    yield from texts(*(say_association(one) for one in content["associations"]), f"See {table.table.number}.")
    yield table
