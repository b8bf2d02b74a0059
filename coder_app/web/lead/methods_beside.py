"""Sentences of the methods section on coders over time: agreement with themselves, and drift."""

from collections.abc import Iterable, Mapping
from typing import Any

from coder_app.services import drift, repeat, snapshot
from coder_app.web.access import actor, database
from coder_app.web.numbers import coefficient, count, percent


def find_beside() -> dict[str, dict[str, Any]]:
    """Return the results on coders over time that are computed for the ratings as they are now."""
    with database().read() as db:
        found = {kind: snapshot.find(db, actor(), kind, {}) for kind in (repeat.KIND, drift.KIND)}
    return {kind: result.content for kind, result in found.items() if result}


def say_beside(contents: Mapping[str, dict[str, Any]]) -> Iterable[str]:
    """Say what is known of coders over time; what is not computed is not said."""
    if repeat.KIND in contents:
        yield from _repeats(contents[repeat.KIND])
    if drift.KIND in contents:
        yield from _drift(contents[drift.KIND])


def _repeats(content: dict[str, Any]) -> Iterable[str]:
    for instrument in content["instruments"]:
        coders = [coder for coder in instrument["coders"] if coder["n_recordings"]]
        if not coders:
            continue
        forms = sum(coder["n_recordings"] for coder in coders)
        fewest = round(min(coder["days"]["fewest"] for coder in coders))
        most = round(max(coder["days"]["most"] for coder in coders))
        days = count(most, "day") if fewest == most else f"{fewest} to {count(most, 'day')}"
        yield (
            f"To see how far coders agree with themselves, {count(forms, 'recording')} came back to "
            f"{count(len(coders), 'coder')} on the {instrument['name']} without notice and under another "
            f"name, {days} after they were first submitted."
        )
        for subscale in instrument["subscales"]:
            values = [one["icc"]["estimate"] for one in subscale["coders"]]
            known = [value for value in values if value is not None]
            if known:
                yield _range(subscale["name"], known, len(coders))


def _range(name: str, values: list[float], n_coders: int) -> str:
    of = "" if len(values) == n_coders else f" of {len(values)} of {n_coders} coders"
    if len(values) == 1:
        return f"{name}: ICC(A,1) of a coder’s two sums{of} = {coefficient(values[0])}."
    lowest, highest = coefficient(min(values)), coefficient(max(values))
    return f"{name}: ICC(A,1) of each coder’s two sums{of} from {lowest} to {highest}."


def _drift(content: dict[str, Any]) -> Iterable[str]:
    if content["limits"] is None:
        return
    share = percent(content["settings"]["false_alarms"])
    yield (
        "Drift was watched on EWMA charts (weight .2; Roberts, 1959) of each coder’s sums minus the mean of "
        f"the others’, with limits simulated so that {share} of studies without drift give an alarm on any "
        "chart."
    )
    alarms = content["alarms"]
    aliases = {coder["label"]: coder["alias"] for one in content["instruments"] for coder in one["coders"]}
    if not alarms:
        yield "No chart gave an alarm."
    for alarm in alarms:
        yield (
            f"{aliases[alarm['coder']].capitalize()} rated {alarm['label']} {alarm['direction']} from "
            f"recording {alarm['number']} of {alarm['of']} on."
        )
