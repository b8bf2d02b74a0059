"""What the figures and tables of the ruptures page say in words."""

from collections.abc import Sequence
from typing import Any

from coder_app.web.charts.scales import number
from coder_app.web.lead.rupture_form import describe, plain
from coder_app.web.numbers import count
from coder_app.web.words import in_words

NO_SHARE = "–"
# Definitions whose fourths are medians of halves.
HALVES = ("hinges", "exclusive")


def state_of(series: dict[str, Any]) -> str:
    """Return the word in the head of a small chart."""
    if not series["analysed"]:
        return "too short" if series["longest_run"] else "no scores"
    found = series["ruptures"]
    if not found:
        return "no rupture"
    if len(found) > 1:
        return f"{len(found)} ruptures"
    return found[0]["type"] or "not classifiable"


def why_not_of(series: dict[str, Any], min_run: int) -> str | None:
    """Return why a series is not analysed, or None when it is."""
    if series["analysed"]:
        return None
    run = series["longest_run"]
    return f"{count(run, 'score')} in a row, {min_run} are needed" if run else "no scores"


def method_of(settings: dict[str, Any], pooled_sd: float | None) -> str:
    """Say how a rupture and its repair are told, naming every setting."""
    rules = []
    if settings["chart"]:
        rules.append(
            f"a score below the lower limit (lower fourth − {plain(settings['k'])} × the distance "
            "between the fourths) that follows a score above the lower fourth"
        )
    if settings["absolute"] is not None:
        points = f" ({number(settings['absolute'] * pooled_sd)} points)" if pooled_sd else ""
        rules.append(
            f"a drop of at least {plain(settings['absolute'])} pooled SD{points} from the session before"
        )
    halves = " The lower fourth is the median of the lower half of the scores."
    return (
        f"A rupture is {', or '.join(rules)}. It is repaired when the next session’s score is not below the "
        f"lower fourth.{halves if settings['fourths'] in HALVES else ''} {describe(settings)}"
    )


def course_of(series: dict[str, Any], min_run: int, left_out: Sequence[int] = ()) -> str:
    """Say what one series shows."""
    why_not = why_not_of(series, min_run)
    if why_not:
        said = [f"This series is not analysed: {why_not}."]
    else:
        said = [_rupture_said(series, one) for one in series["ruptures"]] or ["This series has no rupture."]
    pairs = zip(series["sessions"], series["scores"], strict=True)
    gaps = [session for session, score in pairs if score is None]
    if gaps and len(gaps) < len(series["sessions"]):
        said.append(f"No score at {_sessions(gaps)}.")
    if left_out:
        said.append(
            f"Left out before sessions were counted, since the parent came alone: {_sessions(left_out)}."
        )
    return " ".join(said)


def flat_of(series: dict[str, Any], settings: dict[str, Any]) -> str | None:
    """Say what a series means whose fourths are equal; None for any other."""
    lower = series["lower_half_median"]
    if not series["analysed"] or lower != series["upper_fourth"]:
        return None
    level = number(lower)
    scores = {score for score in series["scores"] if score is not None}
    if len(scores) == 1:
        limit = f"the lower limit is {level} whatever k is, " if settings["chart"] else ""
        return f"All scores are {level}: both fourths are {level}, {limit}and there is no drop to be found."
    if not settings["chart"]:
        return None
    return (
        f"Both fourths are {level}, so that the lower limit is {level} whatever k is: any score below "
        f"{level} that follows one above {level} is a rupture by the chart; from {level} itself only the "
        "absolute criterion can find a drop."
    )


def _sessions(numbers: Sequence[int]) -> str:
    return f"{'session' if len(numbers) == 1 else 'sessions'} {in_words(numbers)}"


def _rupture_said(series: dict[str, Any], found: dict[str, Any]) -> str:
    scores = dict(zip(series["sessions"], series["scores"], strict=True))
    pre, central = scores[found["pre"]], scores[found["central"]]
    criterion = {
        "control chart": "below the lower limit",
        "absolute": "the absolute drop",
        "both": "both criteria",
    }[found["criterion"]]
    said = (
        f"Session {found['central']} with {number(central)} is {number(pre - central)} below "
        f"session {found['pre']} with {number(pre)}: {criterion}."
    )
    if found["type"] is None:
        return f"{said} It is not classifiable as repaired or unrepaired: {found['reason']}."
    relation = "is not" if found["type"] == "repaired" else "is"
    post = number(scores[found["post"]])
    return (
        f"{said} It is {found['type']}: session {found['post']} ({post}) {relation} below the lower fourth."
    )


def share(n: int, of: int) -> str:
    """Write a share in per cent with one decimal, or a dash where there is nothing to share."""
    return f"{100 * n / of:.1f}" if of else NO_SHARE


def counted(counts: dict[str, int]) -> str:
    """Write counts by informant: 10 child and 13 therapist."""
    parts = [f"{n} {informant}" for informant, n in sorted(counts.items())]
    return in_words(parts) if parts else "no"
