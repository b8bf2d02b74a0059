"""Sentences on the linkage as APA writes them, with every number from what was computed."""

from collections.abc import Iterable
from typing import Any

from coder_app.web.lead.linkage_tests import BY_TYPE, EFFECTS, SIGNIFICANT
from coder_app.web.numbers import coefficient, count, decimal, decimal_interval, interval, p_value
from coder_app.web.words import in_words

INTERACTION = "rupture_type:position"
# The pattern that each rupture type is expected to show.
EXPECTED = {"repaired": "high-low-high", "unrepaired": "high-low-low"}


def say_tests(result: dict[str, Any], plan: dict[str, Any]) -> Iterable[str]:
    """Say what the plan's tests of one subscale gave."""
    name = result["subscale"]["name"]
    means = {row["position"]: row for row in result["positions"]}
    for test in result["tests"]:
        told = f"{name}, {_of_test(test['name'])} (n = {test['n_sequences']}{_means(test, means)})"
        if test["reason"]:
            yield f"{told}: not tested ({test['reason']})."
        elif test["name"] == BY_TYPE:
            yield f"{told}: {_effects(test)}.{_followed(result, test, plan)}"
        else:
            yield f"{told}: {_effect(test['effects'][0], test['paired'])}."


def say_patterns(result: dict[str, Any]) -> str:
    """Say how many sequences of each type show the pattern that is expected of them."""
    name = result["subscale"]["name"]
    said = [
        f"{row['n_as_expected']} of {count(row['n'], f'{kind} sequence')} were {pattern} as expected"
        f"{_contrast(row)}"
        for kind, pattern in EXPECTED.items()
        for row in result["patterns"]
        if (row["of"], row["rupture_type"], row["pattern"]) == (name, kind, pattern)
    ]
    return f"{name}: {'; '.join(said)}." if said else f"{name}: no sequence is complete."


def say_association(one: dict[str, Any]) -> str:
    """Say how one code goes with one informant's alliance at the same sessions."""
    whose = f"{one['name']} and the {one['informant']}’s {one['measure']}"
    if one["reason"]:
        return f"{whose}: {one['reason']}."
    within, r = one["within"], one["r_within"]
    return (
        f"{whose} ({count(one['n_sessions'], 'session')} of {count(one['n_dyads'], 'dyad')}): within dyads "
        f"b = {decimal(within['estimate'])}, 95% CI {decimal_interval(within['lower'], within['upper'])}, "
        f"{_p(one['p'])}, r = {coefficient(r['estimate'])}, 95% CI {interval(r['lower'], r['upper'])}."
    )


def say_changed(result: dict[str, Any]) -> str:
    """Say which outcomes at .05 are other ones in a sensitivity line."""
    name = result["subscale"]["name"]
    if not result["lines"]:
        return f"{name}: nothing could be varied."
    planned = _outcomes(result["tests"])
    changed = [
        f"“{line['name']}” ({_named(*key)}, {_p(p)} in place of {_p(planned[key])})"
        for line in result["lines"]
        for key, p in _outcomes(line["tests"]).items()
        if key in planned
        and None not in (p, planned[key])
        and (p < SIGNIFICANT) != (planned[key] < SIGNIFICANT)
    ]
    lines = count(len(result["lines"]), "sensitivity line")
    if not changed:
        return f"{name}: in {lines} every test had the same outcome at .05 as planned."
    return f"{name}: of {lines}, the outcome at .05 is another one in {in_words(changed)}."


def _effects(test: dict[str, Any]) -> str:
    ordered = sorted(test["effects"], key=lambda one: list(EFFECTS).index(one["effect"]))
    return "; ".join(f"{EFFECTS[one['effect']]}, {_effect(one, None)}" for one in ordered)


def _effect(effect: dict[str, Any], paired: dict[str, Any] | None) -> str:
    if effect["f"] is None or effect["p_permutation"] is None:
        return f"not computed ({effect['reason']})"
    said = f"F({effect['df1']}, {effect['df2']}) = {decimal(effect['f'])}, {_p(effect['p_permutation'])}"
    if effect["p_holm"] is not None:
        said += f" (Holm: {_p(effect['p_holm'])})"
    eta = effect.get("eta_partial") or {}
    if eta.get("estimate") is not None:
        said += f", ηp² = {coefficient(eta['estimate'])}{_limits(interval, eta)}"
    g = (paired or {}).get("g_interval") or {}
    if g.get("estimate") is not None:
        said += f", g = {decimal(g['estimate'])}{_limits(decimal_interval, g)}"
    return said


def _limits(write: Any, found: dict[str, Any]) -> str:
    return "" if found["lower"] is None else f", 95% CI {write(found['lower'], found['upper'])}"


def _followed(result: dict[str, Any], test: dict[str, Any], plan: dict[str, Any]) -> str:
    """Whether each type was tested alone, and why."""
    p = next((one["p_permutation"] for one in test["effects"] if one["effect"] == INTERACTION), None)
    if p is None:
        return ""
    threshold = p_value(plan["post_hoc_below"]).rstrip("0")
    if p < plan["post_hoc_below"]:
        return f" The p of session × rupture type being below {threshold}, each type was tested alone."
    return f" The p of session × rupture type was not below {threshold}, so that types were not tested alone."


def _means(test: dict[str, Any], means: dict[str, dict[str, Any]]) -> str:
    """Means of both positions where the test is of all sequences."""
    first, _, second = test["name"].partition(" vs ")
    if {first, second} - set(means):
        return ""
    told = (
        f"{place} M = {decimal(means[place]['mean'])}"
        + (f", SD = {decimal(means[place]['sd'])}" if means[place]["sd"] is not None else "")
        for place in (first, second)
    )
    return f"; {'; '.join(told)}"


def _contrast(row: dict[str, Any]) -> str:
    mean = row["mean"]
    if mean["estimate"] is None:
        return f" ({mean['reason']})" if mean["reason"] else ""
    said = f"M = {decimal(mean['estimate'])}{_limits(decimal_interval, mean)}"
    return (
        f" ({said})"
        if row["t"] is None
        else f" ({said}, t({row['df']}) = {decimal(row['t'])}, {_p(row['p'])})"
    )


def _outcomes(tests: list[dict[str, Any]]) -> dict[tuple[str, str], float | None]:
    return {(test["name"], one["effect"]): one["p_permutation"] for test in tests for one in test["effects"]}


def _named(test: str, effect: str) -> str:
    return _of_test(test) if test != BY_TYPE else f"{_of_test(test)}: {EFFECTS[effect]}"


def _of_test(name: str) -> str:
    return name.replace(" vs ", " vs. ")


def _p(value: float | None) -> str:
    return f"p = {p_value(value)}".replace("= <", "<")
