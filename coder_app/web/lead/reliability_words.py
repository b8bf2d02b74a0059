"""What the reliability page says in sentences: what entered, and what did not."""

from typing import Any

from coder_app.web.numbers import count, estimate_or_reason


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
