"""Computing, for each item and each sum, what differs in the ratings and what the mean of k coders gives."""

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress
from coder_app.services.reliability_content import NO_ITEM, NO_SUM, NOBODY_COULD, TOO_FEW

if TYPE_CHECKING:
    import pandas as pd

CODERS = (1, 2, 3, 4, 5, 6)
WANTED = 0.8
NOT_REACHED = "a single coder’s score holds no reliability that a mean could add up"
RARE = "rare: scored above the lowest point in too few recordings"
SUBSCALE, ITEM = "subscale", "item"


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return variance components, Phi and E rho squared by number of coders, and the coders needed."""
    given = inputs["instruments"]
    total = sum(len(ratings["subscales"]) + len(ratings["items"]) for ratings in given)
    done = 0

    def step() -> None:
        nonlocal done
        done += 1
        progress(done, total)

    instruments = [
        _instrument(ratings, inputs["settings"], inputs["dropped_items"], step) for ratings in given
    ]
    return {
        "settings": inputs["settings"],
        "coders": list(CODERS),
        "wanted": WANTED,
        "instruments": instruments,
    }


def _instrument(
    ratings: dict[str, Any], settings: dict[str, Any], dropped: list[str], step: Callable[[], None]
) -> dict[str, Any]:
    names = ("name", "version", "coders", "n_subset", "n_recordings")
    known = {name: ratings[name] for name in names}
    wanted = [
        {**subscale, "kind": SUBSCALE, "items": [code for code in subscale["items"] if code not in dropped]}
        for subscale in ratings["subscales"]
    ]
    wanted += [
        {"code": item["code"], "name": item["label"], "kind": ITEM, "items": [item["code"]]}
        for item in ratings["items"]
    ]
    if ratings["n_recordings"] < 2 or len(ratings["coders"]) < 2:
        return known | {"rows": [_without(row, TOO_FEW) for row in wanted]}
    import pandas as pd

    frame = pd.DataFrame(ratings["rows"], columns=["target", "rater", "item", "score"])
    frame = frame.astype({"score": float})
    rows = []
    for row in wanted:
        rows.append(_row(frame, row, ratings["lowest"], settings))
        step()
    return known | {"rows": rows}


def _row(
    frame: "pd.DataFrame", wanted: dict[str, Any], lowest: int, settings: dict[str, Any]
) -> dict[str, Any]:
    from coder_app.analysis.components import variance_shares
    from coder_app.analysis.dstudy import project_reliability
    from coder_app.analysis.sums import sum_scores

    own = frame[frame["item"].isin(wanted["items"])]
    if own["score"].notna().sum() == 0:
        return _without(wanted, NOBODY_COULD if wanted["kind"] == ITEM else NO_SUM if len(own) else NO_ITEM)
    if wanted["kind"] == ITEM:
        if own[own["score"] > lowest]["target"].nunique() < settings["rare_below"]:
            return _without(wanted, RARE)
    else:
        own = sum_scores(own, wanted["items"], wanted["code"])
        if own["score"].notna().sum() == 0:
            return _without(wanted, NO_SUM)
    (shares,) = variance_shares(own)
    projected = project_reliability(own, CODERS, settings["confidence"])
    single = projected[0].agreement
    return {
        **wanted,
        "n_targets": shares.n_targets,
        "n_raters": shares.n_raters,
        "complete": shares.complete,
        "components": [shares.target, shares.rater, shares.residual],
        "shares": list(shares.shares) if shares.shares else None,
        "agreement": [asdict(one.agreement) for one in projected],
        "consistency": [asdict(one.consistency) for one in projected],
        "needed": [_needed(value) for value in (single.estimate, single.lower, single.upper)],
        "reason": shares.reason or single.reason or (None if _needed(single.estimate) else NOT_REACHED),
    }


def _needed(single: float | None) -> int | None:
    """Coders whose mean reaches what is wanted; None where no number does."""
    from coder_app.analysis.planning import n_raters_for_mean

    if single is None or single <= 0:
        return None
    return 1 if single >= WANTED else n_raters_for_mean(single, WANTED)


def _without(wanted: dict[str, Any], reason: str) -> dict[str, Any]:
    none = dict.fromkeys(("complete", "components", "shares"))
    empty = {"agreement": [], "consistency": [], "needed": [None, None, None]}
    return {**wanted, **none, **empty, "n_targets": 0, "n_raters": 0, "reason": reason}
