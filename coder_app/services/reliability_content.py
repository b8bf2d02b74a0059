"""Computing agreement from collected ratings: items, subscales, and how coders differ."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress
from coder_app.services.reliability_forms import describe_forms

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.icc import ItemIcc

TOO_FEW = "agreement needs two recordings that the same two coders have submitted"
NOBODY_COULD = "no coder gave a score to this item"
NO_SUM = "no coder’s sum is complete"
NO_ITEM = "the plan leaves none of its items in"


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
        "settings": inputs["settings"],
        "dropped_items": inputs["dropped_items"],
        "instruments": described,
    }


def _instrument(
    ratings: dict[str, Any], settings: dict[str, Any], dropped: list[str], step: Callable[[], None]
) -> dict[str, Any]:
    names = ("name", "version", "coders", "n_subset", "n_recordings", "lowest", "highest", "segment_minutes")
    n_ratings = len(ratings["segment_rows"] or ratings["rows"])
    known = {name: ratings[name] for name in names} | {"n_ratings": n_ratings}
    planned = [
        {**subscale, "items": [code for code in subscale["items"] if code not in dropped]}
        for subscale in ratings["subscales"]
    ]
    if ratings["n_recordings"] < 2 or len(ratings["coders"]) < 2:
        return known | {
            "items": [_without_icc(item, TOO_FEW) for item in ratings["items"]],
            "subscales": [_without_sum(subscale, TOO_FEW) for subscale in planned],
        }
    frame = _frame(ratings["rows"])
    items = _items(ratings, frame, settings)
    step()
    subscales = []
    for subscale in planned:
        subscales.append(_subscale(frame, subscale, settings))
        step()
    return known | {"items": items, "subscales": subscales}


def _frame(rows: list[list[Any]]) -> "pd.DataFrame":
    import pandas as pd

    frame = pd.DataFrame(rows, columns=["target", "rater", "item", "score"])
    return frame.astype({"score": float})


def _given(ratings: dict[str, Any], frame: "pd.DataFrame") -> "pd.DataFrame":
    """The scores that were given: those of segments, each a target of its own, where there are segments."""
    if not ratings["segment_rows"]:
        return frame
    return _frame(
        [
            [f"{target} {segment}", rater, item, score]
            for target, rater, segment, item, score in ratings["segment_rows"]
        ]
    )


def _items(ratings: dict[str, Any], frame: "pd.DataFrame", settings: dict[str, Any]) -> list[dict[str, Any]]:
    from coder_app.analysis.icc import icc_by_item

    given = _given(ratings, frame)
    lowest = {item["code"]: float(ratings["lowest"]) for item in ratings["items"]}
    results = {result.item: result for result in icc_by_item(frame, settings["confidence"], lowest)}
    return [
        _item(ratings, _of(frame, item), _of(given, item), item, results.get(item["code"]), settings)
        for item in ratings["items"]
    ]


def _of(frame: "pd.DataFrame", item: dict[str, Any]) -> "pd.DataFrame":
    return frame[frame["item"] == item["code"]]


def _item(
    ratings: dict[str, Any],
    own: "pd.DataFrame",
    given: "pd.DataFrame",
    item: dict[str, Any],
    result: "ItemIcc | None",
    settings: dict[str, Any],
) -> dict[str, Any]:
    from coder_app.analysis.agreement import gwet_ac2, percent_agreement
    from coder_app.analysis.icc import name_icc

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
        "icc": asdict(single),
        "forms": describe_forms(result),
        "word": result.word,
        "lower_word": name_icc(single.lower),
        "complete_only": _complete_only(table, settings) if result.design == "incomplete" else None,
        "percent_agreement": percent_agreement(points),
        "within_one": percent_agreement(points, within=1.0),
        "ac2": gwet_ac2(points, scores),
        "counts": [int(counts.get(score, 0)) for score in scores],
        "n_scores": int(own["score"].notna().sum()),
        "n_not_codable": int(given["score"].isna().sum()),
        "deviations": _deviations(table),
    }


def _without_icc(item: dict[str, Any], reason: str) -> dict[str, Any]:
    figures = ("icc", "word", "lower_word", "complete_only", "percent_agreement", "within_one", "ac2")
    none = dict.fromkeys(figures)
    return {
        **item,
        **none,
        "forms": [],
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


def _complete_only(table: "pd.DataFrame", settings: dict[str, Any]) -> dict[str, Any] | None:
    """The analysis of variance on the recordings without a hole, beside the fit of all ratings."""
    from coder_app.analysis.icc import icc_by_item

    complete = table.dropna()
    if len(complete) < 2:
        return None
    long = complete.reset_index().melt("target", var_name="rater", value_name="score")
    result = icc_by_item(long, settings["confidence"])[0]
    return {"n_targets": result.n_targets, "icc": asdict(result.icc["ICC(A,1)"])}


def _deviations(table: "pd.DataFrame") -> dict[str, float | None]:
    """Each coder's mean distance from the mean of all, over the recordings that the coder scored."""
    means = table.sub(table.mean(axis=1), axis=0).mean()
    return {str(rater): None if value != value else float(value) for rater, value in means.items()}


def _subscale(frame: "pd.DataFrame", subscale: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    from coder_app.analysis.icc import icc_by_item, measurement_error, name_icc, sum_scores
    from coder_app.analysis.omega import omega_total

    items = frame[frame["item"].isin(subscale["items"])]
    if not subscale["items"] or items["score"].notna().sum() == 0:
        return _without_sum(subscale, NO_SUM if subscale["items"] else NO_ITEM)
    omega = asdict(omega_total(items, settings["bootstrap"], settings["seed"], settings["confidence"]))
    described = {
        **subscale,
        "omega": omega | {name: list(omega[name]) for name in ("dropped_items", "warnings")},
    }
    sums = sum_scores(items, subscale["items"], subscale["code"])
    if sums["score"].notna().sum() == 0:
        return _without_sum(subscale, NO_SUM) | {"omega": described["omega"]}
    result = icc_by_item(sums, settings["confidence"])[0]
    single = result.icc["ICC(A,1)"]
    error = measurement_error(sums)[0]
    return {
        **described,
        "icc": asdict(single),
        "forms": describe_forms(result),
        "word": result.word,
        "lower_word": name_icc(single.lower),
        "n_targets": result.n_targets,
        "n_raters": result.n_raters,
        "n_missing": int(sums["score"].isna().sum()),
        "reason": result.reason,
        "sem": error.sem,
        "sdc": error.sdc,
    }


def _without_sum(subscale: dict[str, Any], reason: str) -> dict[str, Any]:
    none = dict.fromkeys(("omega", "icc", "word", "lower_word", "sem", "sdc"))
    return {**subscale, **none, "forms": [], "n_targets": 0, "n_raters": 0, "n_missing": 0, "reason": reason}
