"""What the reliability page says in sentences: what entered, and what did not."""

from typing import Any

from coder_app.web.numbers import count


def evidence_of(found: dict[str, Any]) -> str:
    """Say how many recordings of the subset enter, and by how many coders they were submitted."""
    n, of, whole = found["n_recordings"], found["n_subset"], found["n_complete"]
    if not of:
        return "no recording is allotted to every coder"
    entering = f"{n} of {count(of, 'recording')}"
    if not n:
        other = any(why == "other days" for _, why in found["left_out"])
        return f"{entering} {'on these days' if other else 'submitted by two coders or more'}"
    coders = _coders(found)
    return f"{entering} submitted by {coders}" if whole == n else f"{entering}, {whole} submitted by {coders}"


def _coders(found: dict[str, Any]) -> str:
    """Who would make a recording complete: all coders, or the two or three whom it was given to."""
    number = len(found["coders"])
    if found["coders_each"][1] < number:
        return "all of the coders whom they were given to"
    return "both coders" if number == 2 else f"all {number} coders"


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
    out = "no exclusions" if not left else "what fewer than two coders have submitted is left out"
    ratings = count(sum(one["n_ratings"] for one in found), "rating")
    return f"{form} {parts}; {out}. Computed from {ratings} given independently."


def nothing_yet(content: dict[str, Any]) -> str | None:
    """Say what is missing while no recording has been submitted by two coders."""
    found = content["instruments"]
    if any(one["n_recordings"] for one in found):
        return None
    if not any(one["n_subset"] for one in found):
        return "No recording is allotted to every coder of a scale."
    parts = "; ".join(f"{one['name']}: {evidence_of(one)}" for one in found)
    other = "other days" in {why for one in found for _, why in one["left_out"]}
    days = " Some were first submitted on other days than those chosen." if other else ""
    return f"A recording enters once two coders of its scale have submitted it. {parts}.{days}"
