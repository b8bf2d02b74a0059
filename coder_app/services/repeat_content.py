"""Computing intra-rater agreement from collected pairs of ratings: subscale sums, items, and all scores."""

from dataclasses import asdict
from statistics import median
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress

if TYPE_CHECKING:
    import pandas as pd

FIRST, AGAIN = 1, 2


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return for each instrument what came back to whom, and agreement by subscale, item and coder."""
    described = []
    for done, instrument in enumerate(inputs["instruments"]):
        progress(done, len(inputs["instruments"]))
        described.append(_instrument(instrument, inputs["dropped_items"], inputs["settings"]["confidence"]))
    kept = ("settings", "least_days", "share", "dropped_items")
    return {name: inputs[name] for name in kept} | {"instruments": described}


def _instrument(instrument: dict[str, Any], dropped: list[str], confidence: float) -> dict[str, Any]:
    known = {name: instrument[name] for name in ("name", "version")}
    if not instrument["pairs"]:
        return known | {"coders": [], "subscales": [], "items": []}
    frame = _frame(instrument)
    subscales = []
    for one in instrument["subscales"]:
        items = [code for code in one["items"] if code not in dropped]
        rows = _rows(_sums(frame, items), confidence) if items else []
        subscales.append({"code": one["code"], "name": one["name"], "items": items, "coders": rows})
    of_items = _rows(frame, confidence)
    return known | {
        "coders": [_coder(coder, instrument["pairs"]) for coder in instrument["coders"]],
        "subscales": subscales,
        "items": [
            {**item, "coders": [row for row in of_items if row["item"] == item["code"]]}
            for item in instrument["items"]
        ],
    }


def _frame(instrument: dict[str, Any]) -> "pd.DataFrame":
    import pandas as pd

    codes = [item["code"] for item in instrument["items"]]
    rows = [
        (pair["target"], pair["rater"], occasion, code, score)
        for pair in instrument["pairs"]
        for occasion, scores in ((FIRST, pair["first"]), (AGAIN, pair["again"]))
        for code, score in zip(codes, scores, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["target", "rater", "occasion", "item", "score"])
    return frame.astype({"score": float})


def _sums(frame: "pd.DataFrame", items: list[str]) -> "pd.DataFrame":
    """Each coder's sum on each occasion; missing where an item is."""
    own = frame[frame["item"].isin(items)]
    keys = ["target", "rater", "occasion"]
    sums = own.pivot(index=keys, columns="item", values="score").sum(axis=1, skipna=False)
    return sums.rename("score").reset_index().assign(item="sum")


def _rows(frame: "pd.DataFrame", confidence: float) -> list[dict[str, Any]]:
    from coder_app.analysis.intra import intra_rater_icc
    from coder_app.analysis.words import name_icc

    found = sorted(intra_rater_icc(frame, confidence), key=lambda one: one.rater)
    return [asdict(one) | {"lower_word": name_icc(one.icc.lower)} for one in found]


def _coder(coder: dict[str, Any], pairs: list[dict[str, Any]]) -> dict[str, Any]:
    """How many recordings came back to a coder and when, and how alike all scores of both times are."""
    own = [pair for pair in pairs if pair["rater"] == coder["label"]]
    days = [pair["days"] for pair in own]
    scores = [
        abs(first - again)
        for pair in own
        for first, again in zip(pair["first"], pair["again"], strict=True)
        if first is not None and again is not None
    ]
    return {
        **coder,
        "n_recordings": len(own),
        "days": {"fewest": min(days), "median": median(days), "most": max(days)},
        "n_recognised": sum(pair["recognised"] for pair in own),
        "n_scores": len(scores),
        "identical": sum(one == 0 for one in scores) / len(scores) if scores else None,
        "within_one": sum(one <= 1 for one in scores) / len(scores) if scores else None,
    }
