"""Agreement between coders on the reliability subset: item by item, and of the subscales' sums."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.frames import SubsetRatings, list_subset_ratings

DEFAULTS = {"confidence": 0.95, "bootstrap": 2000, "seed": 1, "rare_below": 2}


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the subset's ratings of every instrument, under recording codes."""
    actor.check_can(Act.SEE_RELIABILITY)
    unknown = set(settings) - set(DEFAULTS)
    if unknown:
        raise Refused(f"There is no setting {', '.join(sorted(unknown))}.")
    return {"instruments": [_describe(ratings) for ratings in list_subset_ratings(db, actor)]}


def compute(inputs: dict[str, Any], settings: dict[str, Any], progress: Callable[[int, int], None]) -> dict:
    """Return ICCs by item, omega and ICCs of the sums by subscale, and each coder's deviations."""
    settings = DEFAULTS | settings
    described = []
    for done, ratings in enumerate(inputs["instruments"]):
        progress(done, len(inputs["instruments"]))
        described.append(_compute_instrument(ratings, settings))
    return {"settings": settings, "instruments": described}


def _describe(ratings: SubsetRatings) -> dict[str, Any]:
    instrument = ratings.instrument
    return {
        "name": instrument.name,
        "version": instrument.version,
        "lowest": instrument.lowest,
        "highest": instrument.highest,
        "items": [{"code": item.code, "label": item.label} for item in instrument.items],
        "subscales": [asdict(subscale) for subscale in instrument.subscales],
        "coders": list(ratings.coders),
        "n_subset": ratings.n_subset,
        "n_recordings": ratings.n_recordings,
        "rows": [list(row) for row in ratings.rows],
    }


def _compute_instrument(ratings: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    from coder_app.analysis.results import StatsError

    frame = _frame(ratings)
    known = {name: ratings[name] for name in ("name", "version", "coders", "n_subset", "n_recordings")}
    known |= {"scores": list(range(ratings["lowest"], ratings["highest"] + 1)), "n_ratings": len(frame)}
    try:
        return known | {
            "reason": None,
            "items": _items(ratings, frame, settings),
            "subscales": [_subscale(frame, subscale, settings) for subscale in ratings["subscales"]],
        }
    except StatsError as error:
        return known | {"reason": str(error), "items": [], "subscales": []}


def _frame(ratings: dict[str, Any]):
    import pandas as pd

    frame = pd.DataFrame(ratings["rows"], columns=["target", "rater", "item", "score"])
    return frame.astype({"score": float})


def _items(ratings: dict[str, Any], frame, settings: dict[str, Any]) -> list[dict[str, Any]]:
    from coder_app.analysis.icc import icc_by_item, name_icc

    if ratings["n_recordings"] < 2 or len(ratings["coders"]) < 2:
        reason = "agreement needs two recordings that two coders have submitted"
        return [{**item, "reason": reason, "icc": None} for item in ratings["items"]]
    lowest = {item["code"]: ratings["lowest"] for item in ratings["items"]}
    results = {item.item: item for item in icc_by_item(frame, settings["confidence"], lowest)}
    described = []
    for item in ratings["items"]:
        result = results.get(item["code"])
        if result is None:
            described.append({**item, "reason": "nobody could code this item", "icc": None})
            continue
        single = result.icc.get("ICC(A,1)")
        described.append(
            {
                **item,
                "n_targets": result.n_targets,
                "n_raters": result.n_raters,
                "n_used": result.n_used,
                "design": result.design,
                "rare": result.n_used < settings["rare_below"],
                "reason": result.reason or (single.reason if single else None),
                "icc": asdict(single) if single else None,
                "word": result.word,
                "lower_word": name_icc(single.lower) if single else None,
                "percent_agreement": result.percent_agreement,
                **_agreement(ratings, frame, item["code"]),
            }
        )
    return described


def _agreement(ratings: dict[str, Any], frame, item: str) -> dict[str, Any]:
    from coder_app.analysis.agreement import gwet_ac2, percent_agreement

    scores = list(range(ratings["lowest"], ratings["highest"] + 1))
    table = frame[frame["item"] == item].pivot(index="target", columns="rater", values="score")
    deviations = table.sub(table.mean(axis=1), axis=0).mean()
    counts = frame[frame["item"] == item]["score"].value_counts()
    return {
        "within_one": percent_agreement(table.to_numpy(), within=1.0),
        "ac2": gwet_ac2(table.to_numpy(), scores),
        "counts": [int(counts.get(float(score), 0)) for score in scores],
        "n_not_codable": int(table.isna().to_numpy().sum()),
        "deviations": {
            rater: None if value != value else float(value) for rater, value in deviations.items()
        },
    }


def _subscale(frame, subscale: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    from coder_app.analysis.icc import icc_by_item, measurement_error, sum_scores
    from coder_app.analysis.omega import omega_total

    items = frame[frame["item"].isin(subscale["items"])]
    sums = sum_scores(items, subscale["items"], subscale["code"])
    omega = asdict(omega_total(items, settings["bootstrap"], settings["seed"], settings["confidence"]))
    if sums["score"].notna().sum() == 0:
        return {**subscale, "omega": omega, "icc": None, "reason": "no sum is complete"}
    agreement = icc_by_item(sums, settings["confidence"])[0]
    single = agreement.icc.get("ICC(A,1)")
    return {
        **subscale,
        "omega": omega,
        "icc": asdict(single) if single else None,
        "word": agreement.word,
        "n_targets": agreement.n_targets,
        "n_raters": agreement.n_raters,
        "reason": agreement.reason or (single.reason if single else None),
        "error": asdict(measurement_error(sums)[0]),
    }
