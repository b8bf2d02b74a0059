"""What the page of rare and ordinal items says in sentences: what entered, why a figure is missing."""

import re
from typing import Any

from coder_app.web.charts.dots import short_of_one
from coder_app.web.numbers import NONE, count, interval, percent

# The analysis speaks of targets and raters, people of recordings and coders.
_PEOPLE = {"target": "recording", "rater": "coder", "unit": "recording"}


def for_people(reason: str | None, segments: bool = False) -> str | None:
    """Write a reason of the analysis in the words of the page."""
    words = _PEOPLE | ({"target": "segment"} if segments else {})
    return reason and re.sub(r"target|rater|unit", lambda word: words[word[0]], reason)


def evidence_of(found: dict[str, Any]) -> str:
    """Say how many recordings of the subset enter, and how many of them lack a coder."""
    if not found["n_subset"]:
        return "no recording is allotted to every coder"
    said = f"{found['n_recordings']} of {count(found['n_subset'], 'recording')} enter"
    if found["n_partly"]:
        return f"{said}, {found['n_partly']} of them without one of the coders or more"
    return said


def lede_of(content: dict[str, Any]) -> str:
    """Say what the page is for and what it rests on."""
    form = (
        "Agreement that needs no differences between recordings: it can be seen where an ICC cannot, and it "
        "treats scores as ordered."
    )
    parts = [f"{one['name']}: {evidence_of(one)}" for one in content["instruments"] if one["n_recordings"]]
    return f"{form} {'; '.join(parts)}." if parts else form


def nothing_yet(content: dict[str, Any]) -> str | None:
    """Say what is missing while no recording enters."""
    if any(one["n_recordings"] for one in content["instruments"]):
        return None
    parts = "; ".join(f"{one['name']}: {evidence_of(one)}" for one in content["instruments"])
    return f"A recording enters once two coders of its scale have submitted it. {parts}."


def figure_or_reason(figure: dict[str, Any], segments: bool = False) -> str:
    """Write a coefficient with its interval, or why either is missing."""
    reason = for_people(figure["reason"], segments)
    if figure["estimate"] is None:
        return f"not computable: {reason}"
    if figure["lower"] is None or figure["upper"] is None:
        return f"{short_of_one(figure['estimate'])} ({reason or 'no interval'})"
    return f"{short_of_one(figure['estimate'])} {interval(figure['lower'], figure['upper'])}"


def figure_only(figure: dict[str, Any]) -> str:
    """Write a coefficient that stands beside its picture."""
    return short_of_one(figure["estimate"]) if figure["estimate"] is not None else NONE


def rare_sentence(item: dict[str, Any], lowest: int) -> str:
    """Say why the ICC of a rare item says nothing about its coders."""
    total = item["n_scores"]
    above = sum(item["counts"][1:])
    if not above:
        return (
            f"All {count(total, 'score')} are {lowest}. Nothing differs, so there is nothing for an ICC to "
            "be a share of. The coders agree completely."
        )
    icc = item["icc"]["estimate"]
    computed = (
        f"Computed all the same, the ICC would be {short_of_one(icc)}"
        if icc is not None
        else "The ICC is not computable"
    )
    where = count(item["n_used"], "recording")
    those = "that one recording" if item["n_used"] == 1 else "those recordings"
    return (
        f"{above} of {count(total, 'score')} {'lies' if above == 1 else 'lie'} above {lowest}, in {where}. "
        f"{computed}: it hangs on {those} alone. Of the pairs of scores {percent(item['percent_agreement'])} "
        f"are the same, and over the whole scale AC2 is {figure_or_reason(item['ac2'])}."
    )
