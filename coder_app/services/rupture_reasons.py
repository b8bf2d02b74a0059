"""Why scores below the lower limit are no ruptures, and which treatment sessions were left out."""

from collections.abc import Iterable
from typing import Any

# Contents hold floats of exact fractions: what lies closer than this is on the limit.
TOLERANCE = 1e-9


def list_low_scores(series: dict[str, Any], settings: dict[str, Any]) -> list[tuple[int, float, str]]:
    """Return session and score of what lies below the lower limit and is no rupture, and why."""
    if not series["analysed"] or not settings["chart"]:
        return []
    central = {one["central"] for one in series["ruptures"]}
    sessions, scores = series["sessions"], series["scores"]
    return [
        (session, score, _why(series, at))
        for at, (session, score) in enumerate(zip(sessions, scores, strict=True))
        if score is not None and score < series["lower_limit"] - TOLERANCE and session not in central
    ]


def list_left_out(series: dict[str, Any], sessions: Iterable[list[Any]]) -> list[int]:
    """Return the treatment sessions of the dyad at which the parent alone was: they are not counted."""
    counted = set(series["sessions"])
    return [number for dyad, number, _ in sessions if dyad == series["dyad"] and number not in counted]


def _why(series: dict[str, Any], at: int) -> str:
    if at == 0:
        return "it is the first session: there is no score before it"
    before, score = series["sessions"][at - 1], series["scores"][at - 1]
    if score is None:
        return f"no score at session {before} just before it"
    return f"the score before it, at session {before}, is not above the lower fourth"
