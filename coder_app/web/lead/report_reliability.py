"""Coders, training and reliability, and the 15 items of GRRAS."""

from collections.abc import Mapping
from typing import Any

from coder_app.services import drift, reliability, repeat
from coder_app.web.lead.apa_tables import ApaTable, Group, of_items, of_subscales
from coder_app.web.lead.reliability_methods import write_methods
from coder_app.web.lead.report_grras import GrrasFacts, fill_grras
from coder_app.web.lead.report_parts import Block, Closed, Heading, Numbers, Open, Section, Text, texts
from coder_app.web.lead.report_results import Results
from coder_app.web.numbers import NONE, coefficient, count, interval, percent

OPEN = "Open, to be written by you: "


def write_reliability(results: Results, n_dyads: int | None, numbers: Numbers) -> Section:
    """Return the section; GRRAS is there whatever can be shown, with more of its items open."""
    content = results.content(reliability.KIND)
    beside = {kind: found for kind in (repeat.KIND, drift.KIND) if (found := results.content(kind))}
    blocks: list[Block] = []
    tables: dict[str, str] = {}
    if content is None:
        blocks.append(Closed(results.missing.get(reliability.KIND, "")))
    else:
        blocks += _written(content, beside, numbers, tables)
    blocks += [
        Heading("Guidelines for Reporting Reliability and Agreement Studies"),
        *texts(
            "The 15 items of GRRAS (Kottner et al., 2011), in short, with what is known here. What is marked "
            "open is for the authors to write."
        ),
        numbers.table(_grras(fill_grras(GrrasFacts(content, beside, n_dyads, tables))), has_texts=True),
    ]
    return Section("reliability", "Coders, Training and Reliability", tuple(blocks))


def _written(
    content: dict[str, Any], beside: Mapping[str, dict[str, Any]], numbers: Numbers, tables: dict[str, str]
) -> list[Block]:
    methods = write_methods(content, beside)
    blocks: list[Block] = [Text(paragraph) for paragraph in methods.paragraphs]
    if not blocks:
        return [Closed("No recording is submitted by two coders yet: there is nothing to compare.")]
    made = {"subscales": of_subscales(content), "items": of_items(content)}
    if repeat.KIND in beside and (again := _of_repeats(beside[repeat.KIND])):
        made["again"] = again
    for name, table in made.items():
        if table.groups:
            numbered = numbers.table(table)
            tables[name] = numbered.table.number
            blocks.append(numbered)
    blocks.append(
        Open(
            "Who the coders were (profession, experience, how they were chosen) and what their training was "
            "like: material, hours, criterion to begin. The program knows recordings, rounds and numbers."
        )
    )
    return blocks


def _of_repeats(content: dict[str, Any]) -> ApaTable | None:
    """Agreement of each coder with the own ratings of before."""
    groups = []
    for instrument in content["instruments"]:
        alias = {coder["label"]: coder["alias"] for coder in instrument["coders"]}
        rows = tuple(
            (
                f"{subscale['name']}, {alias[one['rater']]}",
                str(one["n_targets"]),
                coefficient(one["icc"]["estimate"]),
                interval(one["icc"]["lower"], one["icc"]["upper"]),
            )
            for subscale in instrument["subscales"]
            for one in subscale["coders"]
        )
        scores = tuple(
            (
                f"All scores, {coder['alias']}: {percent(coder['identical'])} the same, "
                f"{percent(coder['within_one'])} at most 1 apart",
                str(coder["n_recordings"]),
                NONE,
                NONE,
            )
            for coder in instrument["coders"]
        )
        if rows or scores:
            groups.append(Group(instrument["name"], rows + scores))
    if not groups:
        return None
    sure = percent(content["settings"]["confidence"])
    return ApaTable(
        "",
        "Agreement of Coders With Themselves",
        ("Sum of the subscale, coder", "Recordings", "ICC(A,1)", f"{sure} CI"),
        tuple(groups),
        "Recordings that came back to the same coder without notice. ICC(A,1) = two-way model, absolute "
        f"agreement, of a coder’s two sums; at least {count(content['least_days'], 'day')} lay between.",
    )


def _grras(items: tuple[Any, ...]) -> ApaTable:
    groups = tuple(
        Group(
            part,
            tuple(
                (
                    f"{item.number}. {item.wanted}",
                    " ".join(filter(None, [item.filled, f"{OPEN}{item.open}" if item.open else None])),
                )
                for item in items
                if item.part == part
            ),
        )
        for part in dict.fromkeys(item.part for item in items)
    )
    return ApaTable(
        "",
        "Items of GRRAS and Where This Report Has Them",
        ("Item", "Reported"),
        groups,
        "The wording of the items is ours.",
    )
