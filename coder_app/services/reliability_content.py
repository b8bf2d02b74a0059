"""Computing agreement from collected ratings: items, subscales, and how coders differ."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress
from coder_app.services.reliability_compare import compare_items, compare_sums, find_differences
from coder_app.services.reliability_forms import describe_forms
from coder_app.services.reliability_frames import (
    complete_only,
    find_icc,
    name_ends,
    of_item,
    to_frame,
    to_given_frame,
)
from coder_app.services.reliability_sums import NO_ITEM, NO_SUM, describe_sum, without_sum
from coder_app.services.versions import list_versions

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.icc import ItemIcc

__all__ = ["NOBODY_COULD", "NO_ITEM", "NO_SUM", "TOO_FEW", "compute"]

TOO_FEW = "fewer than two recordings with two coders"
NOBODY_COULD = "no coder gave a score to this item"
KNOWN = (
    *("name", "version", "coders", "leavers", "n_subset", "n_recordings", "n_complete", "partly", "left_out"),
    *("coders_each", "days", "lowest", "highest", "segment_minutes"),
)


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return ICCs by item, omega and ICCs of the sums by subscale, and each coder's deviations."""
    instruments = inputs["instruments"]
    total = sum(1 + len(ratings["subscales"]) for ratings in instruments)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    described = [
        _instrument(ratings, inputs["settings"], inputs["dropped_items"], step) for ratings in instruments
    ]
    return {
        "versions": list_versions(),
        "coding": inputs["coding"],
        "settings": inputs["settings"],
        "selection": inputs["selection"],
        "against": inputs["against"],
        "dropped_items": inputs["dropped_items"],
        "instruments": described,
    }


def _instrument(
    ratings: dict[str, Any], settings: dict[str, Any], dropped: list[str], step: Callable[[], None]
) -> dict[str, Any]:
    n_ratings = len(ratings["segment_rows"] or ratings["rows"])
    known = {name: ratings[name] for name in KNOWN} | {"n_ratings": n_ratings}
    planned = [
        {**subscale, "items": [code for code in subscale["items"] if code not in dropped]}
        for subscale in ratings["subscales"]
    ]
    if ratings["n_recordings"] < 2 or len(ratings["coders"]) < 2:
        return known | {
            "items": [_without_icc(item, TOO_FEW) for item in ratings["items"]],
            "subscales": [without_sum(subscale, TOO_FEW) for subscale in planned],
            "second": None,
            "compared": None,
        }
    frame = to_frame(ratings["rows"])
    items = _items(ratings, frame, settings)
    step()
    subscales = []
    for subscale in planned:
        subscales.append(describe_sum(frame, subscale, settings))
        step()
    return known | {
        "items": items,
        "subscales": subscales,
        "second": _beside(ratings["second"], ratings, planned, settings),
        "compared": _compared(frame, ratings, planned, settings),
    }


def _beside(
    other: dict[str, Any] | None,
    ratings: dict[str, Any],
    planned: list[dict[str, Any]],
    settings: dict[str, Any],
) -> dict[str, Any] | None:
    """The figures of another set of recordings, in short; None where there is none to look at."""
    if other is None:
        return None
    frame = to_frame(other["rows"])
    return {
        **{name: value for name, value in other.items() if name != "rows"},
        "items": compare_items(ratings, frame, settings),
        "subscales": compare_sums(planned, frame, settings),
    }


def _compared(
    frame: "pd.DataFrame", ratings: dict[str, Any], planned: list[dict[str, Any]], settings: dict[str, Any]
) -> dict[str, Any] | None:
    beside = _beside(ratings["against"], ratings, planned, settings)
    if beside is None:
        return None
    differences = find_differences(frame, to_frame(ratings["against"]["rows"]), planned, settings)
    return beside | {"differences": differences}


def _items(ratings: dict[str, Any], frame: "pd.DataFrame", settings: dict[str, Any]) -> list[dict[str, Any]]:
    given = to_given_frame(ratings, frame)
    lowest = {item["code"]: float(ratings["lowest"]) for item in ratings["items"]}
    results = {result.item: result for result in find_icc(frame, settings, lowest)}
    return [
        _item(ratings, of_item(frame, item), of_item(given, item), item, results.get(item["code"]), settings)
        for item in ratings["items"]
    ]


def _item(
    ratings: dict[str, Any],
    own: "pd.DataFrame",
    given: "pd.DataFrame",
    item: dict[str, Any],
    result: "ItemIcc | None",
    settings: dict[str, Any],
) -> dict[str, Any]:
    from coder_app.analysis.agreement import gwet_ac2, percent_agreement

    if result is None or not result.n_targets:
        return _without_icc(item, NOBODY_COULD) | {"n_not_codable": len(given)}
    scores = [float(score) for score in range(ratings["lowest"], ratings["highest"] + 1)]
    table = own.pivot(index="target", columns="rater", values="score")
    # A mean over segments is no point of the scale: agreement on points is that on the segments.
    points = given.pivot(index="target", columns="rater", values="score").to_numpy()
    counts = given["score"].value_counts()
    single = result.icc["ICC(A,1)"]
    return {
        **item,
        "n_targets": result.n_targets,
        "n_raters": result.n_raters,
        "n_used": result.n_used,
        "design": result.design,
        "rare": result.n_used < settings["rare_below"],
        "reason": result.reason,
        "groups": [list(group) for group in result.groups],
        "icc": asdict(single),
        "forms": describe_forms(result),
        **name_ends(single, settings),
        "complete_only": complete_only(table, settings) if result.design == "incomplete" else None,
        "percent_agreement": percent_agreement(points),
        "within_one": percent_agreement(points, within=1.0),
        "ac2": gwet_ac2(points, scores),
        "counts": [int(counts.get(score, 0)) for score in scores],
        "n_scores": int(own["score"].notna().sum()),
        "n_not_codable": int(given["score"].isna().sum()),
        "deviations": _deviations(table),
    }


def _without_icc(item: dict[str, Any], reason: str) -> dict[str, Any]:
    figures = ("icc", "word", "lower_word", "upper_word", "complete_only")
    none = dict.fromkeys((*figures, "percent_agreement", "within_one", "ac2"))
    return {
        **item,
        **none,
        "forms": [],
        "groups": [],
        "n_targets": 0,
        "n_raters": 0,
        "n_used": 0,
        "design": None,
        "rare": False,
        "reason": reason,
        "counts": [],
        "n_scores": 0,
        "n_not_codable": 0,
        "deviations": {},
    }


def _deviations(table: "pd.DataFrame") -> dict[str, float | None]:
    """Each coder's mean distance from the mean of all, over the recordings that the coder scored."""
    means = table.sub(table.mean(axis=1), axis=0).mean()
    return {str(rater): None if value != value else float(value) for rater, value in means.items()}
