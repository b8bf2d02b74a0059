"""Computing ruptures from collected scores: counts, every series with its limits, other settings beside."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.hashing import hash_of
from coder_app.services.job import Progress

if TYPE_CHECKING:
    import pandas as pd

    from coder_app.analysis.rupture_results import InformantRuptures, RuptureSettings, Series

# How far a result hangs on choices for which the field has no standard.
COMPARED_FOURTHS = ("hinges", "exclusive", "type6", "type7")
COMPARED_K = (1.0, 1.25, 1.5)


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Find the ruptures, and count them under other settings; the worker calls this."""
    from coder_app.analysis.rupture import find_ruptures
    from coder_app.analysis.rupture_results import RuptureSettings

    settings = RuptureSettings(**inputs["settings"])
    frame = make_frame(inputs)
    compared = _compared(settings)
    report = find_ruptures(frame, settings, inputs["mean_items"])
    counts: dict[tuple[str, str], dict[tuple[str, float], int]] = {}
    for done, other in enumerate(compared):
        # A report is a transaction on the disk: a few of them, not one for each count.
        if done % len(COMPARED_K) == 0:
            progress(done, len(compared))
        for found in find_ruptures(frame, other, inputs["mean_items"]).analyses:
            counts.setdefault((found.informant, found.measure), {})[other.fourths, other.k] = found.n_ruptures
    described = [
        _described(found, counts.get((found.informant, found.measure), {}), compared)
        for found in report.analyses
    ]
    return {
        "settings": inputs["settings"],
        "n_dyads": len(inputs["dyads"]),
        "data_hash": hash_scores(inputs),
        "analyses": described,
        "accordance": _accordance(described),
    }


def hash_scores(inputs: dict[str, Any]) -> str:
    """Return the hash of scores and attendance alone: does a frozen sample still rest on them?

    A treatment session that became known by its recording changes nothing of it.
    """
    attended = [row for row in inputs["sessions"] if row[2] is not None]
    parts = [inputs["mean_items"], attended, inputs["scores"]]
    return hash_of([*parts, inputs["imputed"]] if inputs.get("imputed") else parts)


def make_frame(inputs: dict[str, Any]) -> "pd.DataFrame":
    """One row for each treatment session and questionnaire, so that a session without a score is a gap."""
    import pandas as pd

    scores = {tuple(row[:4]): row[4] for row in inputs["scores"]}
    imputed = {tuple(row[:4]): row[4] for row in inputs.get("imputed", ())}
    asked = sorted({(informant, measure) for _, _, informant, measure, _ in inputs["scores"]})
    rows = [
        (*place, scores.get(place), attendance, imputed.get(place, 0))
        for informant, measure in asked
        for dyad, number, attendance in inputs["sessions"]
        for place in ((dyad, number, informant, measure),)
    ]
    columns = ["dyad", "session", "informant", "measure", "score", "attendance", "n_imputed"]
    return pd.DataFrame(rows, columns=columns).astype({"score": float, "n_imputed": int})


def _compared(settings: "RuptureSettings") -> list["RuptureSettings"]:
    """The settings with other fourths and other k; none when the control chart is left out."""
    from dataclasses import replace

    if not settings.chart:
        return []
    fourths = _with_own(COMPARED_FOURTHS, settings.fourths)
    ks = sorted(_with_own(COMPARED_K, settings.k))
    return [replace(settings, fourths=one, k=k) for one in fourths for k in ks]


def _with_own(usual: tuple[Any, ...], own: Any) -> list[Any]:
    return [*usual] if own in usual else [*usual, own]


def _described(
    found: "InformantRuptures", counts: dict[tuple[str, float], int], compared: list["RuptureSettings"]
) -> dict[str, Any]:
    fourths = list(dict.fromkeys(one.fourths for one in compared))
    ks = list(dict.fromkeys(one.k for one in compared))
    return {
        "informant": found.informant,
        "measure": found.measure,
        "reason": found.reason,
        "pooled_sd": found.pooled_sd,
        "n_series": found.n_series,
        "n_series_with_rupture": found.n_series_with_rupture,
        "n_ruptures": found.n_ruptures,
        "n_repaired": found.n_repaired,
        "n_unrepaired": found.n_unrepaired,
        "series": [describe_series(one) for one in found.series],
        "compared": {
            "fourths": fourths,
            "k": ks,
            "n_ruptures": [[counts[one, k] for k in ks] for one in fourths],
        },
    }


def describe_series(one: "Series") -> dict[str, Any]:
    """Return a series with its limits and ruptures as contents have it."""
    described = asdict(one)
    described["sessions"], described["scores"] = list(one.sessions), list(one.scores)
    names = ("pre", "central", "post", "criterion", "type", "reason")
    described["ruptures"] = [{name: getattr(rupture, name) for name in names} for rupture in one.ruptures]
    return described


def _accordance(analyses: list[dict[str, Any]]) -> dict[str, int] | None:
    """Do child and therapist of a dyad both show a rupture, and in the same session? None without both."""
    by_informant = {one["informant"]: one for one in analyses}
    if len(by_informant) != len(analyses) or not {"child", "therapist"} <= set(by_informant):
        return None
    child, therapist = (_centrals(by_informant[name]["series"]) for name in ("child", "therapist"))
    both = [dyad for dyad in child if dyad in therapist]
    return {
        "n_both_analysed": len(both),
        "n_any_rupture": sum(bool(child[dyad] or therapist[dyad]) for dyad in both),
        "n_both_rupture": sum(bool(child[dyad] and therapist[dyad]) for dyad in both),
        "n_same_session": sum(bool(child[dyad] & therapist[dyad]) for dyad in both),
    }


def _centrals(series: Iterable[dict[str, Any]]) -> dict[str, set[int]]:
    return {
        one["dyad"]: {rupture["central"] for rupture in one["ruptures"]} for one in series if one["analysed"]
    }
