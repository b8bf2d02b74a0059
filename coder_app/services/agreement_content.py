"""Computing agreement without a model of variance from collected ratings: by item, and by pair of coders."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.agreement_pairs import describe_pairs
from coder_app.services.job import Progress
from coder_app.services.reliability_content import NOBODY_COULD, TOO_FEW

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.agreement import ItemAgreement
    from coder_app.analysis.icc import ItemIcc

FIGURES = ("percent_agreement", "within_one", "all_agree")
COEFFICIENTS = ("kappa", "ac2", "alpha", "icc")
KNOWN = ("name", "version", "coders", "n_subset", "n_recordings", "lowest", "highest", "segment_minutes")


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return shares and coefficients of agreement of every item and of every pair of coders."""
    total = len(inputs["instruments"])
    described = []
    for done, ratings in enumerate(inputs["instruments"], start=1):
        described.append(_instrument(ratings, inputs["settings"], inputs["dropped_items"]))
        progress(done, total)
    return {
        "settings": inputs["settings"],
        "selection": inputs["selection"],
        "dropped_items": inputs["dropped_items"],
        "instruments": described,
    }


def _instrument(ratings: dict[str, Any], settings: dict[str, Any], dropped: list[str]) -> dict[str, Any]:
    from coder_app.analysis.results import StatsError

    n_ratings = len(ratings["segment_rows"] or ratings["rows"])
    known = {name: ratings[name] for name in KNOWN} | {
        "n_ratings": n_ratings,
        "n_partly": _count_partly(ratings),
        "pairs": [],
        "reason": None,
    }
    listed = [item | {"dropped": item["code"] in dropped} for item in ratings["items"]]
    reason = TOO_FEW if ratings["n_recordings"] < 2 or len(ratings["coders"]) < 2 else None
    if reason is None:
        try:
            return known | _figures(ratings, listed, settings)
        except StatsError as error:
            # One score off its scale, or one given twice, leaves no figure of the instrument to trust.
            reason = str(error)
    return known | {"items": [_without(item, reason) for item in listed], "reason": reason}


def _count_partly(ratings: dict[str, Any]) -> int:
    """Count the recordings that lack one of the coders."""
    coders = {coder["label"] for coder in ratings["coders"]}
    by_target: dict[str, set[str]] = {}
    for target, rater, *_ in ratings["rows"]:
        by_target.setdefault(target, set()).add(rater)
    return sum(raters < coders for raters in by_target.values())


def _figures(
    ratings: dict[str, Any], listed: list[dict[str, Any]], settings: dict[str, Any]
) -> dict[str, Any]:
    from coder_app.analysis.agreement import agreement_by_item
    from coder_app.analysis.icc import icc_by_item

    frame, points, unit_of = _frames(ratings)
    ends = (ratings["lowest"], ratings["highest"])
    scales = {item["code"]: ends for item in listed}
    options = {
        "n_samples": settings["bootstrap"],
        "seed": settings["seed"],
        "confidence": settings["confidence"],
    }
    agreements = {one.item: one for one in agreement_by_item(points, scales, unit_of=unit_of, **options)}
    iccs = {one.item: one for one in icc_by_item(frame, settings["confidence"], scales=scales)}
    n_rows = points["item"].value_counts().to_dict()
    items = [
        _item(item, agreements.get(item["code"]), iccs.get(item["code"]), n_rows, settings) for item in listed
    ]
    pairs = describe_pairs(ratings["coders"], frame, points, scales, items, settings["confidence"])
    return {"items": items, "pairs": pairs}


def _frames(ratings: dict[str, Any]) -> tuple["pd.DataFrame", "pd.DataFrame", dict[str, str] | None]:
    """Scores of recordings; scores as they were given; and of which recording a segment is, where it is one.

    A mean over segments is no point of the scale: agreement on points is that on the segments.
    """
    frame = _frame(ratings["rows"])
    if not ratings["segment_rows"]:
        return frame, frame, None
    named = [
        (f"{target} {segment}", target, rater, item, score)
        for target, rater, segment, item, score in ratings["segment_rows"]
    ]
    points = _frame([(place, *rest) for place, _, *rest in named])
    return frame, points, {place: target for place, target, *_ in named}


def _frame(rows: list[Any]) -> "pd.DataFrame":
    import pandas as pd

    # By columns: of hundreds of thousands of rows pandas makes a frame ten times as slowly.
    target, rater, item, score = zip(*rows, strict=True) if rows else ((),) * 4
    columns = {"target": target, "rater": rater, "item": item}
    return pd.DataFrame(columns).assign(score=pd.Series(score, dtype=float))


def _item(
    item: dict[str, Any],
    found: "ItemAgreement | None",
    icc: "ItemIcc | None",
    n_rows: dict[str, int],
    settings: dict[str, Any],
) -> dict[str, Any]:
    number = int(n_rows.get(item["code"], 0))
    if found is None or icc is None or not sum(found.counts):
        return _without(item, NOBODY_COULD) | {"n_not_codable": number}
    kappa, n_scores = found.kappa, sum(found.counts)
    return {
        **item,
        "n_recordings": icc.n_targets,
        "n_coders": icc.n_raters,
        "n_compared": found.n_targets,
        "n_used": icc.n_used,
        "n_scores": n_scores,
        "n_not_codable": number - n_scores,
        "rare": icc.n_used < settings["rare_below"],
        "design": icc.design,
        "counts": list(found.counts),
        "reason": None,
        **{name: getattr(found, name) for name in FIGURES},
        "kappa": asdict(kappa.kappa)
        | {
            "lowest": kappa.lowest,
            "highest": kappa.highest,
            "n_pairs": kappa.n_pairs,
            "n_all": kappa.n_all,
        },
        "ac2": asdict(found.ac2),
        "alpha": asdict(found.alpha),
        "icc": asdict(icc.icc["ICC(A,1)"]) | {"reason": icc.reason or icc.icc["ICC(A,1)"].reason},
    }


def _without(item: dict[str, Any], reason: str) -> dict[str, Any]:
    none = {"estimate": None, "lower": None, "upper": None, "reason": reason}
    pairs = {"lowest": None, "highest": None, "n_pairs": 0, "n_all": 0}
    numbers = ("n_recordings", "n_coders", "n_compared", "n_used", "n_scores", "n_not_codable")
    return {
        **item,
        **dict.fromkeys(numbers, 0),
        **dict.fromkeys(FIGURES),
        **{name: none | (pairs if name == "kappa" else {}) for name in COEFFICIENTS},
        "rare": False,
        "design": None,
        "counts": [],
        "reason": reason,
    }
