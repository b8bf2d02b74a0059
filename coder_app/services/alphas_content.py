"""Computing alpha of each questionnaire at each session, and whether answers and totals agree."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress

if TYPE_CHECKING:
    import pandas as pd

# A mean of items is imported with two to four decimals.
ROUNDING = 0.00501


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return alpha by session with interval, n and reason, for every informant and measure."""
    groups = []
    for group in inputs["groups"]:
        groups.append(_group(group, inputs["settings"]["confidence"]))
        progress(len(groups), len(inputs["groups"]))
    return {"settings": inputs["settings"], "groups": groups}


def _group(group: dict[str, Any], confidence: float) -> dict[str, Any]:
    names = ("informant", "measure", "items", "n_totals")
    known = {name: group[name] for name in names} | {"n_questionnaires": len(group["rows"])}
    if not group["rows"]:
        return known | {"sessions": [], "against": [], "n_incomplete": 0, "n_compared": 0, "n_differing": 0}
    from coder_app.analysis.alpha import alpha_by_session, item_rest_correlations

    frame = _frame(group)
    found = alpha_by_session(frame, confidence)
    against = item_rest_correlations(frame)
    compared = [_agrees(group, total, answers) for _, _, total, answers in group["rows"]]
    return known | {
        "sessions": [
            {"session": int(session)} | asdict(result) | {"dropped_items": list(result.dropped_items)}
            for session, result in found.items()
        ],
        "against": [item for item, value in against.items() if value is not None and value < 0],
        "n_incomplete": sum(None in answers for *_, answers in group["rows"]),
        "n_compared": sum(one is not None for one in compared),
        "n_differing": sum(one is False for one in compared),
    }


def _frame(group: dict[str, Any]) -> "pd.DataFrame":
    """A row for every item of every questionnaire, observed answers only; an item is turned as in scoring."""
    import pandas as pd

    codes = [item["code"] for item in group["items"]]
    rows = [
        (dyad, session, code, answer)
        for dyad, session, _, answers in group["rows"]
        for code, answer in zip(codes, _turn(group, answers), strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["target", "session", "item", "score"])
    return frame.astype({"score": float})


def _agrees(group: dict[str, Any], total: float | None, answers: list[int | None]) -> bool | None:
    """Whether a total that a file brought is that of the answers; None where there is no comparing."""
    if total is None or None in answers:
        return None
    own = sum(_turn(group, answers)) / (len(answers) if group["scoring"] == "mean" else 1)
    return abs(own - total) <= ROUNDING


def _turn(group: dict[str, Any], answers: list[int | None]) -> list[int | None]:
    """Turn the answers to reversed items round."""
    both_ends = group["lowest"] + group["highest"]
    return [
        both_ends - answer if item["reversed"] and answer is not None else answer
        for item, answer in zip(group["items"], answers, strict=True)
    ]
