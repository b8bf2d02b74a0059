"""Agreement of each pair of coders: item by item, and over all items of an instrument."""

from collections.abc import Iterable
from dataclasses import asdict
from itertools import combinations
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.kappa import PairAgreement
    from coder_app.analysis.pairs import PairIcc

SHARES = ("percent_agreement", "within_one", "difference")
NOTHING_SHARED = "the two coders have no score in common"
NO_ITEM = "no item that is not rare has one"


def describe_pairs(
    coders: list[dict[str, str]],
    frame: "pd.DataFrame",
    points: "pd.DataFrame",
    scales: dict[str, tuple[int, int]],
    items: list[dict[str, Any]],
    confidence: float,
) -> list[dict[str, Any]]:
    """Return every pair of coders, in the order of the coders.

    Shares, difference and kappa are of the scores as given (`points`), the ICC of the recordings (`frame`).
    Means of coefficients leave rare items out.
    """
    from coder_app.analysis.kappa import pairwise_agreement
    from coder_app.analysis.pairs import pairwise_icc

    shared = {
        (one.item, one.first, one.second): one
        for one in pairwise_agreement(points, scales, "quadratic", confidence)
    }
    iccs = {(one.item, one.first, one.second): one for one in pairwise_icc(frame, confidence)}
    rare = {item["code"]: item["rare"] for item in items}
    targets = {rater: set(own.unique()) for rater, own in frame.groupby("rater")["target"]}
    found = []
    for first, second in combinations([coder["label"] for coder in coders], 2):
        own = [_of_item(code, rare[code], shared, iccs, first, second) for code in rare]
        common = targets.get(first, set()) & targets.get(second, set())
        known = {"first": first, "second": second, "n_recordings": len(common)}
        found.append(known | _over_items(own) | {"items": own})
    return found


def _of_item(
    code: str,
    rare: bool,
    shared: dict[tuple[str, str, str], "PairAgreement"],
    iccs: dict[tuple[str, str, str], "PairIcc"],
    first: str,
    second: str,
) -> dict[str, Any]:
    # The analysis names a pair in the order in which it meets the coders, pages in that of their names.
    turned = (code, first, second) not in shared
    place = (code, second, first) if turned else (code, first, second)
    one = shared.get(place)
    if one is None or not one.n_targets:
        none = {"estimate": None, "lower": None, "upper": None, "reason": NOTHING_SHARED}
        return {"code": code, "rare": rare, "n": 0, **dict.fromkeys(SHARES), "kappa": none, "icc": none}
    difference = -one.difference if turned else one.difference
    return {
        "code": code,
        "rare": rare,
        "n": one.n_targets,
        "percent_agreement": one.percent_agreement,
        "within_one": one.within_one,
        "difference": difference,
        "kappa": asdict(one.kappa),
        "icc": asdict(iccs[place].icc),
    }


def _over_items(own: list[dict[str, Any]]) -> dict[str, Any]:
    cells = sum(item["n"] for item in own)
    shares = {
        name: sum(item[name] * item["n"] for item in own if item["n"]) / cells if cells else None
        for name in SHARES
    }
    return {"n_cells": cells, **shares} | {name: _mean(name, own) for name in ("kappa", "icc")}


def _mean(name: str, own: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """Average over items that have it and are not rare; items are no sample, so there is no interval."""
    values = [
        item[name]["estimate"] for item in own if not item["rare"] and item[name]["estimate"] is not None
    ]
    if not values:
        return {"mean": None, "n_items": 0, "reason": NO_ITEM}
    return {"mean": sum(values) / len(values), "n_items": len(values), "reason": None}
