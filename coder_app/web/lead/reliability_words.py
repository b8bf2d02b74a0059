"""What the reliability page says in sentences: what entered, what did not, and the methods section."""

from typing import Any

from coder_app.web.numbers import coefficient, count, estimate_or_reason


def evidence_of(found: dict[str, Any]) -> str:
    """Say how many recordings of the subset enter, and why the others do not."""
    n, of, coders = found["n_recordings"], found["n_subset"], len(found["coders"])
    if not of:
        return "no recording is allotted to every coder"
    whole = {1: "its one coder", 2: "both coders"}.get(coders, f"all {coders} coders")
    return f"{n} of {count(of, 'recording')} submitted by {whole}"


def segments_of(found: dict[str, Any]) -> str | None:
    """Say what a recording's score is where recordings are rated by segments."""
    if not found["segment_minutes"]:
        return None
    length = count(found["segment_minutes"], "minute")
    return (
        f"A recording’s score is the mean over its segments of {length} that could be coded; scores given, "
        "agreement and AC2 are those of the segments."
    )


def lede_of(content: dict[str, Any]) -> str:
    """Say the form in words, the recordings, the exclusions and the ratings."""
    form = "ICC(A,1): two-way, absolute agreement, the score of a single coder."
    found = content["instruments"]
    if not any(one["n_recordings"] for one in found):
        return form
    parts = "; ".join(f"{one['name']}: {evidence_of(one)}" for one in found)
    left = max((one["n_subset"] - one["n_recordings"] for one in found), default=0)
    out = "no exclusions" if not left else "recordings that a coder has not submitted are left out"
    ratings = count(sum(one["n_ratings"] for one in found), "rating")
    return f"{form} {parts}; {out}. Computed from {ratings} given independently."


def nothing_yet(content: dict[str, Any]) -> str | None:
    """Say what is missing while no recording has been submitted by every coder of a scale."""
    found = content["instruments"]
    if any(one["n_recordings"] for one in found):
        return None
    if not any(one["n_subset"] for one in found):
        return "No recording is allotted to every coder of a scale."
    parts = "; ".join(f"{one['name']}: {evidence_of(one)}" for one in found)
    return f"A recording enters once every coder of its scale has submitted it. {parts}."


def methods_of(content: dict[str, Any]) -> str:
    """Write the paragraph for the methods section, from what was computed."""
    sentences = [_method(found) for found in content["instruments"] if found["n_recordings"]]
    if not sentences:
        return ""
    rare = [item["label"] for found in content["instruments"] for item in found["items"] if item["rare"]]
    left = ""
    if rare:
        were = "item was" if len(rare) == 1 else "items were"
        left = f" {len(rare)} {were} too rare for an ICC ({', '.join(rare)})."
    form = (
        "Inter-rater reliability was estimated from recordings that all coders of a scale had rated "
        "independently, with intraclass correlations per item: two-way model, absolute agreement, single "
        "measure, ICC(A,1) (McGraw & Wong, 1996), with 95% confidence intervals. "
    )
    return form + " ".join(sentences) + left


def _method(found: dict[str, Any]) -> str:
    coders = count(len(found["coders"]), "coder")
    said = f"{found['name']}: {count(found['n_recordings'], 'recording')}, {coders}"
    shown = [
        item["icc"]["estimate"]
        for item in found["items"]
        if not item["rare"] and item["icc"] and item["icc"]["estimate"] is not None
    ]
    if found["segment_minutes"]:
        said += f", scores averaged over segments of {count(found['segment_minutes'], 'minute')}"
    if not shown:
        return said + ", no item ICC computable."
    return f"{said}, item ICCs from {coefficient(min(shown))} to {coefficient(max(shown))}."


def holes_of(item: dict[str, Any]) -> str | None:
    """Say how an item with missing ratings was fitted, and what its complete recordings give."""
    if not item["n_not_codable"]:
        return None
    said = f"{item['label']}: {count(item['n_not_codable'], 'rating')} not codable"
    if item["design"] != "incomplete":
        return f"{said}."
    given = count(item["n_scores"], "rating")
    said += f", so the ICC is fitted by REML to all {given} of {count(item['n_targets'], 'recording')}"
    complete = item["complete_only"]
    if complete is None:
        return f"{said}; too few recordings are complete for an analysis of variance."
    shown = estimate_or_reason(complete["icc"], None)
    alone = count(complete["n_targets"], "complete recording")
    return f"{said}; the {alone} alone give {shown} (analysis of variance)."
