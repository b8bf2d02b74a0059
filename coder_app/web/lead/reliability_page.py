"""What the reliability page shows: computed figures as rows of a forest, tables and sentences."""

import re
from dataclasses import dataclass
from typing import Any

from coder_app.web.charts import diverging_cells, forest_row, share_bar
from coder_app.web.charts.forest import ForestAxis, ForestRow, ShareBar
from coder_app.web.charts.heat import HeatCell
from coder_app.web.lead.reliability_words import evidence_of, segments_of
from coder_app.web.numbers import NONE, coefficient, count, decimal, decimal_interval, interval, percent

PREVALENT = 0.9


@dataclass(frozen=True)
class ItemRow:
    """One item's row of the forest."""

    label: str
    forest: ForestRow
    icc: str
    interval: str
    word: str | None
    ends: str | None
    rare: bool
    prevalent: str | None
    shares: ShareBar
    exact: str
    within: str
    rated: str


@dataclass(frozen=True)
class RareRow:
    """An item whose ICC is withheld, and what can be said of it instead."""

    label: str
    above: str
    recordings: str
    agreement: str
    ac2: str


@dataclass(frozen=True)
class Ratings:
    """The rows behind the figures: one recording a row, one item a column, the coders' scores in a cell."""

    items: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Scale:
    """One instrument's part of the page."""

    name: str
    coders: str
    evidence: str
    segments: str | None
    scores: tuple[str, ...]
    items: tuple[ItemRow, ...]
    rare: tuple[RareRow, ...]
    not_codable: tuple[str, ...]
    second: str | None
    heat_rows: tuple[str, ...]
    heat_columns: tuple[str, ...]
    heat: list[list[HeatCell]]
    ratings: Ratings


@dataclass(frozen=True)
class SubscaleRow:
    """One subscale's row of the table."""

    name: str
    items: str
    omega: str
    omega_interval: str
    alpha: str
    icc: str
    icc_interval: str
    words: str
    sem: str
    sem_interval: str
    sdc: str
    sdc_interval: str
    notes: tuple[str, ...]


def show_scales(content: dict[str, Any], inputs: dict[str, Any], axis: ForestAxis) -> list[Scale]:
    """Return every instrument as the page shows it."""
    return [
        _scale(found, given, axis, content["settings"])
        for found, given in zip(content["instruments"], inputs["instruments"], strict=True)
    ]


def show_subscales(content: dict[str, Any]) -> list[SubscaleRow]:
    """Return the rows of the table of subscales."""
    return [
        _subscale(subscale, {item["code"]: item["label"] for item in found["items"]})
        for found in content["instruments"]
        for subscale in found["subscales"]
    ]


def _scale(found: dict[str, Any], given: dict[str, Any], axis: ForestAxis, settings: dict[str, Any]) -> Scale:
    labels = [coder["label"] for coder in found["coders"]]
    varying = [item for item in found["items"] if item["deviations"] and len(_seen(item)) > 1]
    lowest = found["lowest"]
    return Scale(
        name=found["name"],
        coders=", ".join(labels) or "nobody yet",
        evidence=evidence_of(found),
        segments=segments_of(found),
        scores=tuple(str(score) for score in range(lowest, found["highest"] + 1)),
        items=tuple(_item(item, lowest, axis, settings) for item in found["items"]),
        rare=tuple(_rare(item, lowest) for item in found["items"] if item["rare"]),
        not_codable=tuple(
            f"{item['label']}: {count(item['n_not_codable'], 'rating')}"
            for item in found["items"]
            if item["n_not_codable"]
        ),
        second=_say_second(found),
        heat_rows=tuple(item["label"] for item in varying),
        heat_columns=tuple(labels),
        heat=diverging_cells([[item["deviations"].get(name) for name in labels] for item in varying]),
        ratings=_ratings(given, labels),
    )


def _say_second(found: dict[str, Any]) -> str | None:
    """What the second line rests on, where there is one."""
    second = found["second"]
    if second is None:
        return None
    if second["n_recordings"] == found["n_recordings"]:
        return "Nothing outside the subset was submitted by two coders: the second line would be the first."
    return f"Second line: all {count(second['n_recordings'], 'recording')} that two coders have submitted."


def _item(item: dict[str, Any], lowest: int, axis: ForestAxis, settings: dict[str, Any]) -> ItemRow:
    icc = item["icc"] or {"estimate": None, "lower": None, "upper": None}
    reason = item["reason"]
    if item["rare"]:
        icc = dict.fromkeys(icc)
        reason = reason or "withheld, see below"
    place = (icc["estimate"], icc["lower"], icc["upper"])
    counts = [(str(lowest + i), number) for i, number in enumerate(item["counts"])]
    return ItemRow(
        label=item["label"],
        forest=forest_row(axis, item["label"], *place, reason, confidence=settings["confidence"]),
        icc=coefficient(icc["estimate"]),
        interval=interval(icc["lower"], icc["upper"]),
        word=None if item["rare"] else item["word"],
        ends=None if item["rare"] else say_ends(item),
        rare=item["rare"],
        prevalent=_prevalent(counts),
        shares=share_bar(item["label"], counts),
        exact=percent(item["percent_agreement"]),
        within=percent(item["within_one"]),
        rated=f"{item['n_targets']} × {item['n_raters']}" if item["n_targets"] else NONE,
    )


def say_ends(row: dict[str, Any]) -> str:
    """Return the words for both ends of an interval, once where they are the same."""
    lower, upper = row["lower_word"], row["upper_word"]
    if lower is None or upper is None:
        return "no interval"
    return lower if lower == upper else f"{lower} to {upper}"


def _prevalent(counts: list[tuple[str, int]]) -> str | None:
    """Name the one score that was given nearly always."""
    total = sum(number for _, number in counts)
    score, most = max(counts, key=lambda pair: pair[1], default=("", 0))
    return f"{percent(most / total)} are {score}" if total and most >= PREVALENT * total else None


def _seen(item: dict[str, Any]) -> list[int]:
    return [number for number in item["counts"] if number]


def _rare(item: dict[str, Any], lowest: int) -> RareRow:
    total = sum(item["counts"])
    above = total - item["counts"][0]
    return RareRow(
        label=item["label"],
        above=f"{above} of {total}",
        recordings=f"{item['n_used']} of {item['n_targets']}",
        agreement=percent(item["percent_agreement"]),
        ac2=coefficient(item["ac2"], 3),
    )


def _ratings(given: dict[str, Any], coders: list[str]) -> Ratings:
    scores = {(target, item, rater): score for target, rater, item, score in given["rows"]}
    recordings = sorted({target for target, *_ in given["rows"]})

    def cell(target: str, item: str) -> str:
        # A coder who has not submitted the recording has no mark at all; a mean over segments has decimals.
        marks = [scores.get((target, item, rater), "·") for rater in coders]
        return " ".join(decimal(mark) if isinstance(mark, float | None) else str(mark) for mark in marks)

    codes = [item["code"] for item in given["items"]]
    return Ratings(
        tuple(item["label"] for item in given["items"]),
        tuple((target, tuple(cell(target, code) for code in codes)) for target in recordings),
    )


def _subscale(subscale: dict[str, Any], labels: dict[str, str]) -> SubscaleRow:
    omega = subscale["omega"] or dict.fromkeys(("omega_total", "lower", "upper", "alpha", "reason"))
    icc = subscale["icc"] or dict.fromkeys(("estimate", "lower", "upper"))
    words = f"{subscale['word']} / {say_ends(subscale)}" if subscale["word"] else NONE
    notes = [omega.get("reason"), subscale["reason"], *omega.get("warnings", ()), subscale["error_reason"]]
    notes.append(_second_lines(omega))
    if subscale["n_missing"]:
        notes.append(f"{count(subscale['n_missing'], 'sum')} missing, because an item was not codable")
    if subscale["n_prorated"]:
        notes.append(f"{count(subscale['n_prorated'], 'sum')} prorated, because an item was not codable")
    return SubscaleRow(
        name=subscale["name"],
        items=str(len(subscale["items"])),
        omega=coefficient(omega["omega_total"]),
        omega_interval=interval(omega["lower"], omega["upper"]),
        alpha=coefficient(omega["alpha"]),
        icc=coefficient(icc["estimate"]),
        icc_interval=interval(icc["lower"], icc["upper"]),
        words=words,
        sem=decimal(subscale["sem"]),
        sem_interval=decimal_interval(subscale["sem_lower"], subscale["sem_upper"]),
        sdc=decimal(subscale["sdc"]),
        sdc_interval=decimal_interval(subscale["sdc_lower"], subscale["sdc_upper"]),
        notes=tuple(dict.fromkeys(_with_labels(note, labels) for note in notes if note)),
    )


def _second_lines(omega: dict[str, Any]) -> str | None:
    """Omega by other ways, for whoever compares with a paper that went one of them."""
    means, why = omega.get("of_means"), omega.get("of_means_reason")
    shown = (
        (omega.get("ml_ratio"), "from maximum likelihood on covariances"),
        (means, "of the means of a recording’s coders"),
    )
    said = [f"{coefficient(value)} {way}" for value, way in shown if value is not None]
    said += [f"not of the means of a recording’s coders: {why}"] if means is None and why else []
    return f"omega is {', '.join(said)}" if said else None


def _with_labels(note: str, labels: dict[str, str]) -> str:
    """The analysis knows codes only; people know items by their labels."""
    return re.sub(r"[a-z][a-z0-9_]*", lambda word: labels.get(word[0], word[0]), note)
