"""Figures of another set of recordings beside those of the page, and the differences of both."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.reliability_frames import find_icc, name_ends
from coder_app.services.reliability_sums import make_sums

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.icc import ItemIcc

FEWEST = 2
NOTHING_THERE = "fewer than two recordings"


def compare_items(
    ratings: dict[str, Any], frame: "pd.DataFrame", settings: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return by item what another set of recordings gives: the ICC in short, and whether the item is rare."""
    if frame["target"].nunique() < FEWEST:
        return {item["code"]: _nothing(NOTHING_THERE) for item in ratings["items"]}
    lowest = {item["code"]: float(ratings["lowest"]) for item in ratings["items"]}
    results = {result.item: result for result in find_icc(frame, settings, lowest)}
    return {
        item["code"]: _in_short(results.get(item["code"]), settings, settings["rare_below"])
        for item in ratings["items"]
    }


def compare_sums(
    subscales: list[dict[str, Any]], frame: "pd.DataFrame", settings: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return by subscale what the sums of another set of recordings give."""
    found = {}
    for subscale in subscales:
        sums = _sums(frame, subscale, settings)
        usable = sums is not None and sums.dropna()["target"].nunique() >= FEWEST
        found[subscale["code"]] = (
            _in_short(find_icc(sums, settings)[0], settings, 0) if usable else _nothing(NOTHING_THERE)
        )
    return found


def find_differences(
    first: "pd.DataFrame",
    second: "pd.DataFrame",
    subscales: list[dict[str, Any]],
    settings: dict[str, Any],
) -> dict[str, dict[str, Any]]:
    """Return by item and by subscale the difference of both ICCs, with its interval or why there is none."""
    from coder_app.analysis.icc_difference import difference_by_item

    if first.empty or second.empty:
        return {}
    chosen = (settings["bootstrap"], settings["seed"], settings["confidence"])
    found = difference_by_item(first, second, *chosen)
    for subscale in subscales:
        sums = [_sums(frame, subscale, settings) for frame in (first, second)]
        if all(one is not None and one["score"].notna().any() for one in sums):
            found |= difference_by_item(*sums, *chosen)
    return {str(code): asdict(estimate) for code, estimate in found.items()}


def _sums(frame: "pd.DataFrame", subscale: dict[str, Any], settings: dict[str, Any]) -> "pd.DataFrame | None":
    items = frame[frame["item"].isin(subscale["items"])]
    return None if items.empty else make_sums(items, subscale, settings)


def _in_short(result: "ItemIcc | None", settings: dict[str, Any], rare_below: int) -> dict[str, Any]:
    if result is None:
        return _nothing(NOTHING_THERE)
    single = result.icc["ICC(A,1)"]
    return {
        "icc": asdict(single),
        **name_ends(single, settings),
        "n_targets": result.n_targets,
        "n_raters": result.n_raters,
        "design": result.design,
        "rare": result.n_used < rare_below,
        "reason": result.reason,
    }


def _nothing(reason: str) -> dict[str, Any]:
    none = dict.fromkeys(("icc", "word", "lower_word", "upper_word", "design"))
    return {**none, "n_targets": 0, "n_raters": 0, "rare": False, "reason": reason}
