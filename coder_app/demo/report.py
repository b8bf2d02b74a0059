"""The demo's results as plain text, read from the computed results that the pages show."""

from collections.abc import Iterator
from typing import Any

from coder_app.db import Database
from coder_app.demo.results import get_lead, get_results
from coder_app.demo.scripts import FINISHED
from coder_app.services.actor import Tools

WIDTH = 34


def describe_results(database: Database) -> Iterator[str]:
    """Return the lines that tell reliability, ruptures, linkage and blinding of the finished study."""
    with database.read() as db:
        results = get_results(db, get_lead(db, Tools()))
    yield f"{FINISHED.name} (synthetic data)"
    yield ""
    yield from _describe_reliability(results.reliability.content)
    yield ""
    yield from _describe_ruptures(results.ruptures.content)
    yield ""
    yield from _describe_linkage(results.linkage.content)
    yield ""
    yield from _describe_blinding(results.blinding.content)


def as_statistic(value: float | None) -> str:
    """Write a figure that cannot exceed 1 with two decimals and no leading zero."""
    if value is None:
        return "none"
    text = f"{value:.2f}"
    if text == "-0.00":
        return ".00"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def as_p(value: float | None) -> str:
    """Write a p value with three decimals and its sign of equality."""
    if value is None:
        return "p not computed"
    return "p < .001" if value < 0.001 else f"p = {value:.3f}".replace("0.", ".", 1)


def _describe_reliability(content: dict[str, Any]) -> Iterator[str]:
    yield "Reliability: ICC(A,1), two-way, absolute agreement, of a single coder"
    for instrument in content["instruments"]:
        yield (
            f"{instrument['name']}: {instrument['n_complete']} recordings coded by each of "
            f"{len(instrument['coders'])} coders"
        )
        for item in instrument["items"]:
            yield f"  {item['label']:<{WIDTH}} {_describe_item(item)}"
        for subscale in instrument["subscales"]:
            omega = subscale["omega"]
            yield f"  {subscale['name'] + ', omega':<{WIDTH}} {_interval(omega['omega_total'], omega)}"


def _describe_item(item: dict[str, Any]) -> str:
    icc = item["icc"]
    if item["rare"]:
        return f" rare: above the lowest point in {item['n_used']} of {item['n_targets']} recordings"
    if icc is None or icc["estimate"] is None:
        return item["reason"] or (icc and icc["reason"]) or "not computed"
    return f"{_interval(icc['estimate'], icc)}  {item['word']:<9}  n {item['n_targets']}"


def _interval(estimate: float | None, bounds: dict[str, Any]) -> str:
    lower, upper = as_statistic(bounds["lower"]), as_statistic(bounds["upper"])
    return f"{as_statistic(estimate):>4}, 95% CI [{lower}, {upper}]"


def _describe_ruptures(content: dict[str, Any]) -> Iterator[str]:
    yield "Ruptures: control chart with k = 1, and absolute drops of 2 pooled SD"
    for found in content["analyses"]:
        yield (
            f"  {found['informant']} ({found['measure']}): {found['n_series_with_rupture']} of "
            f"{found['n_series']} series with a rupture; {found['n_ruptures']} ruptures, "
            f"{found['n_repaired']} repaired, {found['n_unrepaired']} unrepaired"
        )


def _describe_linkage(content: dict[str, Any]) -> Iterator[str]:
    yield f"Linkage: means by position, {content['plan']['permutations']:,} permutations"
    for result in content["results"]:
        means = ", ".join(f"{row['position']} {row['mean']:.2f}" for row in result["positions"])
        n = result["positions"][0]["n"]
        yield f"  {result['informant']}, {result['subscale']['name']} (n {n}): {means}"
        for test in result["tests"]:
            if test["reason"]:
                yield f"    {test['name']}: {test['reason']}"
            for effect in test["effects"]:
                yield f"    {test['name']}, {_describe_effect(effect)}"


def _describe_blinding(content: dict[str, Any]) -> Iterator[str]:
    yield "How blind the coders were: James' index (1 = blind, .50 = chance), Bang's (0 = chance) by truth"
    for question in content["questions"]:
        yield f"  {question['question']} (n {question['n']}): James {_describe_index(question['james'])}"
        for arm in question["arms"]:
            yield f"    {arm['name']} (n {arm['n']}): Bang {_describe_index(arm['bang'])}"


def _describe_index(index: dict[str, Any]) -> str:
    return _interval(index["estimate"], index) if index["lower"] is not None else index["reason"]


def _describe_effect(effect: dict[str, Any]) -> str:
    name = effect["effect"].replace("_", " ").replace(":", " x ")
    if effect["f"] is None:
        return f"{name}: {effect['reason']}"
    return f"{name}: F({effect['df1']}, {effect['df2']}) = {effect['f']:.2f}, {as_p(effect['p_permutation'])}"
