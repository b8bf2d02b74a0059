"""What the page of rare and ordinal items shows: coefficients side by side, rare items, pairs of coders."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from coder_app.web.charts import share_bar
from coder_app.web.charts.dots import Dot, DotsAxis, DotsRow, dots_row
from coder_app.web.charts.forest import ShareBar
from coder_app.web.charts.heat import HeatCell, signed
from coder_app.web.charts.pairs import pair_cells
from coder_app.web.lead.agreement_words import (
    evidence_of,
    figure_only,
    figure_or_reason,
    for_people,
    rare_sentence,
)
from coder_app.web.numbers import NONE, coefficient, count, percent

# Key in the content, name on the page, mark: those for rare and ordinal items stand below the ICC.
COEFFICIENTS = (
    ("icc", "ICC", "square"),
    ("kappa", "κ", "diamond"),
    ("alpha", "α", "triangle"),
    ("ac2", "AC2", "circle"),
)
# What the matrix of pairs can show: value in the address, words.
FIGURES = {
    "exact": "Same score",
    "within": "Within one point",
    "kappa": "Weighted kappa",
    "icc": "ICC(A,1)",
}
USUAL = "exact"
WITHHELD = "withheld: the item is rare"
_SHARES = {"exact": "percent_agreement", "within": "within_one"}


@dataclass(frozen=True)
class ItemRow:
    """One item: its picture, the coefficients as printed, and the shares of agreement."""

    label: str
    rare: bool
    dropped: bool
    prevalent: str | None
    dots: DotsRow
    figures: tuple[str, ...]
    whole: tuple[str, ...]
    pairs: str
    shares: ShareBar
    exact: str
    within: str
    all_agree: str
    rated: str


@dataclass(frozen=True)
class RareRow:
    """A rare item in words, and whether the plan leaves it out."""

    label: str
    sentence: str
    dropped: bool


@dataclass(frozen=True)
class PairRow:
    """Two coders: what both rated and how far they agree."""

    names: str
    recordings: int
    compared: int
    exact: str
    within: str
    difference: str
    kappa: str
    icc: str


@dataclass(frozen=True)
class Scale:
    """One instrument's part of the page."""

    name: str
    coders: tuple[str, ...]
    evidence: str
    reason: str | None
    segments: int | None
    scores: tuple[str, ...]
    items: tuple[ItemRow, ...]
    rare: tuple[RareRow, ...]
    matrix: list[list[HeatCell]]
    pairs: tuple[PairRow, ...]
    of: str

    @property
    def n_rare(self) -> int:
        """How many of its items are rare."""
        return len(self.rare)


def show_scales(content: dict[str, Any], axis: DotsAxis, figure: str, item: str) -> list[Scale]:
    """Return every instrument; the matrix shows one figure, of one item where an item is named."""
    return [
        _scale(found, axis, figure, item)
        for found in content["instruments"]
        if not item or any(item == one["code"] for one in found["items"]) or found["reason"]
    ]


def list_items(content: dict[str, Any]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the items that the matrix can be of, by instrument."""
    return [
        (found["name"], [(item["code"], item["label"]) for item in found["items"]])
        for found in content["instruments"]
    ]


def _scale(found: dict[str, Any], axis: DotsAxis, figure: str, item: str) -> Scale:
    lowest = found["lowest"]
    chosen = next((one for one in found["items"] if one["code"] == item), None)
    names = tuple(coder["label"] for coder in found["coders"])
    return Scale(
        name=found["name"],
        coders=names,
        evidence=evidence_of(found),
        reason=for_people(found["reason"]),
        segments=found["segment_minutes"],
        scores=tuple(str(score) for score in range(lowest, found["highest"] + 1)),
        items=tuple(_item(one, found, axis) for one in found["items"]),
        rare=tuple(
            RareRow(one["label"], rare_sentence(one, lowest), one["dropped"])
            for one in found["items"]
            if one["rare"]
        ),
        matrix=_matrix(found["pairs"], names, figure, chosen),
        pairs=tuple(_pair(one, chosen, bool(found["segment_minutes"])) for one in found["pairs"]),
        of=chosen["label"] if chosen else count(len(found["items"]), "item"),
    )


def _item(item: dict[str, Any], found: dict[str, Any], axis: DotsAxis) -> ItemRow:
    segments = bool(found["segment_minutes"])
    counts = [(str(found["lowest"] + place), number) for place, number in enumerate(item["counts"])]
    return ItemRow(
        label=item["label"],
        rare=item["rare"],
        dropped=item["dropped"],
        prevalent=_prevalent(counts),
        dots=dots_row(axis, item["label"], [_dot(item, *one, segments) for one in COEFFICIENTS]),
        figures=tuple(
            NONE if _is_withheld(item, key) else figure_only(item[key]) for key, *_ in COEFFICIENTS
        ),
        whole=tuple(
            WITHHELD if _is_withheld(item, key) else figure_or_reason(item[key], segments)
            for key, *_ in COEFFICIENTS
        ),
        pairs=_kappas(item["kappa"]),
        shares=share_bar(item["label"], counts),
        exact=percent(item["percent_agreement"]),
        within=percent(item["within_one"]),
        all_agree=percent(item["all_agree"]),
        rated=f"{item['n_recordings']} × {item['n_coders']}" if item["n_scores"] else NONE,
    )


def _is_withheld(item: dict[str, Any], key: str) -> bool:
    return key == "icc" and item["rare"]


def _dot(item: dict[str, Any], key: str, name: str, shape: str, segments: bool) -> Dot:
    figure = item[key]
    places = (figure["estimate"], figure["lower"], figure["upper"])
    if _is_withheld(item, key) and figure["estimate"] is not None:
        return Dot(name, shape, *places, "the item is rare", withheld=True)
    return Dot(name, shape, *places, for_people(figure["reason"], segments))


def _prevalent(counts: list[tuple[str, int]]) -> str | None:
    """Name the one score that was given nearly always."""
    total = sum(number for _, number in counts)
    score, most = max(counts, key=lambda pair: pair[1], default=("", 0))
    return f"{percent(most / total)} are {score}" if total and most >= 0.9 * total else None


def _kappas(kappa: dict[str, Any]) -> str:
    """Write the lowest and the highest kappa of a pair, and how many pairs have one."""
    if kappa["lowest"] is None:
        return NONE
    ends = f"{coefficient(kappa['lowest'])} to {coefficient(kappa['highest'])}"
    return ends if kappa["n_pairs"] == kappa["n_all"] else f"{ends} ({kappa['n_pairs']} of {kappa['n_all']})"


def _matrix(
    pairs: Iterable[dict[str, Any]], names: tuple[str, ...], figure: str, item: dict[str, Any] | None
) -> list[list[HeatCell]]:
    figures, counts = {}, {}
    for pair in pairs:
        place = (pair["first"], pair["second"])
        figures[place] = _figure_of(_part(pair, item), figure)
        counts[place] = str(pair["n_recordings"])
    return pair_cells(names, figures, counts)


def _part(pair: dict[str, Any], item: dict[str, Any] | None) -> dict[str, Any]:
    """All items of a pair, or the one that is asked for."""
    return pair if item is None else next(one for one in pair["items"] if one["code"] == item["code"])


def _figure_of(part: dict[str, Any], figure: str) -> tuple[float | None, str]:
    if figure in _SHARES:
        return part[_SHARES[figure]], percent(part[_SHARES[figure]])
    if "mean" in part[figure]:
        return part[figure]["mean"], coefficient(part[figure]["mean"])
    if part["rare"]:
        return None, NONE
    return part[figure]["estimate"], coefficient(part[figure]["estimate"])


def _pair(pair: dict[str, Any], item: dict[str, Any] | None, segments: bool) -> PairRow:
    part = _part(pair, item)
    return PairRow(
        names=f"{pair['first']}, {pair['second']}",
        recordings=pair["n_recordings"],
        compared=part["n_cells"] if item is None else part["n"],
        exact=percent(part["percent_agreement"]),
        within=percent(part["within_one"]),
        difference=NONE if part["difference"] is None else signed(part["difference"]),
        kappa=_coefficient_of(part, "kappa", segments),
        icc=_coefficient_of(part, "icc", segments),
    )


def _coefficient_of(part: dict[str, Any], key: str, segments: bool) -> str:
    if "mean" in part[key]:
        mean = part[key]
        if mean["mean"] is None:
            return f"not computable: {mean['reason']}"
        return f"{coefficient(mean['mean'])} ({count(mean['n_items'], 'item')})"
    return WITHHELD if part["rare"] else figure_or_reason(part[key], segments)
