"""Sentences of the methods section about what was computed: how, and with what result."""

from collections.abc import Iterable
from statistics import median
from typing import Any

from coder_app.web.numbers import coefficient, count, decimal, interval, percent

_BANDS = {
    "cicchetti": "poor (below .40), fair (.40 to .59), good (.60 to .74) or excellent (.75 and above)",
    "koo_li": "poor (below .50), moderate (.50 to .75), good (.75 to .90) or excellent (above .90)",
}
_SOURCES = {"cicchetti": "Cicchetti (1994)", "koo_li": "Koo and Li (2016)"}
_SCALE_WORDS = {
    "cicchetti": ("excellent", "good", "fair", "poor"),
    "koo_li": ("excellent", "good", "moderate", "poor"),
}


def say_agreement(scales: list[dict[str, Any]], settings: dict[str, Any]) -> Iterable[str | None]:
    sure = percent(settings["confidence"])
    yield (
        "Agreement on each item was estimated from the scores as first submitted, by the intraclass "
        "correlation ICC(A,1): two-way model, absolute agreement, reliability of the score of a single coder "
        f"(McGraw & Wong, 1996), from the analysis of variance, with {sure} confidence intervals from the F "
        "distribution."
    )
    items = [item for found in scales for item in found["items"]]
    holes = [item for item in items if item["design"] == "incomplete"]
    if holes:
        missing = sum(item["n_not_codable"] for item in holes)
        why = f" ({count(missing, 'score')} not codable)" if missing else ""
        yield (
            f"Of {count(len(holes), 'item')} with missing scores{why}, variance components were estimated by "
            "restricted maximum likelihood from all scores given, with intervals from a parametric bootstrap "
            "(ten Hove et al., 2022)."
        )
    scheme = settings.get("words", "cicchetti")
    yield f"After {_SOURCES[scheme]}, unrounded values were called {_BANDS[scheme]}."
    if any(item["rare"] for item in items):
        fewest = count(settings["rare_below"], "recording")
        yield (
            f"Items that any coder scored above the lowest point in fewer than {fewest} were taken as too "
            "rare for an ICC; for them, exact agreement of pairs of coders and Gwet’s AC2 with quadratic "
            "weights over the whole scale (Gwet, 2014) are given."
        )


def say_results(found: dict[str, Any], settings: dict[str, Any]) -> Iterable[str | None]:
    yield f"{found['name']} ({_rated(found)}):"
    if found["segment_minutes"]:
        length = count(found["segment_minutes"], "minute")
        yield f"scores are means over the segments of {length} that could be coded;"
    shown = [item for item in found["items"] if _estimate(item) is not None]
    if shown:
        yield _range(shown, len(found["items"]), settings)
    else:
        reasons = dict.fromkeys(item["reason"] for item in found["items"] if item["reason"])
        yield f"no item has an ICC ({'; '.join(reasons) or 'all are too rare'})."
    without = [item for item in found["items"] if not item["rare"] and _estimate(item) is None]
    if without and shown:
        yield f"Not computable: {listed(map(_because, without))}."
    rare = [item for item in found["items"] if item["rare"]]
    if rare:
        yield f"Too rare: {listed(map(_rare, rare))}."


def _rated(found: dict[str, Any]) -> str:
    recordings = count(found["n_recordings"], "recording")
    if found["n_recordings"] < found["n_subset"]:
        recordings = f"{found['n_recordings']} of the {count(found['n_subset'], 'recording')} drawn"
    fewest, most = found.get("coders_each") or (len(found["coders"]),) * 2
    coders = count(most, "coder") if fewest == most else f"{fewest} to {most} coders"
    return f"{recordings}, {coders} each"


def _range(shown: list[dict[str, Any]], of: int, settings: dict[str, Any]) -> str:
    sure, scheme = percent(settings["confidence"]), settings.get("words", "cicchetti")
    values = [_estimate(item) for item in shown]
    if len(values) == 1:
        figures = _figure(shown[0]["icc"], sure)
        return f"the ICC of the one item that has one of {of}, {shown[0]['label']}, was {figures}."
    given = [item["word"] for item in shown]
    words = listed(f"{given.count(word)} {word}" for word in _SCALE_WORDS[scheme] if given.count(word))
    n = f"{len(shown)} items" if len(shown) == of else f"{len(shown)} of {of} items"
    return (
        f"the ICCs of {n} ranged from {coefficient(min(values))} to {coefficient(max(values))} "
        f"(Mdn = {coefficient(median(values))}); {words}."
    )


def _estimate(item: dict[str, Any]) -> float | None:
    return None if item["rare"] or item["icc"] is None else item["icc"]["estimate"]


def _because(item: dict[str, Any]) -> str:
    return f"{item['label']} ({item['reason']})"


def _rare(item: dict[str, Any]) -> str:
    if item["percent_agreement"] is None:
        return item["label"]
    figures = f"exact agreement {percent(item['percent_agreement'])}"
    if item["ac2"] is not None:
        figures += f", AC2 = {coefficient(item['ac2'])}"
    return f"{item['label']} ({figures})"


def say_subscales(
    scales: list[dict[str, Any]], settings: dict[str, Any], dropped: list[str]
) -> Iterable[str | None]:
    found = [subscale for one in scales for subscale in one["subscales"]]
    labels = {item["code"]: item["label"] for one in scales for item in one["items"]}
    if not found:
        return
    yield (
        "For each subscale, agreement was estimated for the coders’ sums, with the standard error of "
        "measurement (SEM) and the smallest detectable change (SDC) in points of the sum (de Vet et al., "
        "2006)."
    )
    if any(one["omega"] and one["omega"]["omega_total"] is not None for one in found):
        yield (
            "Internal consistency is McDonald’s omega total of one minres factor of the correlations between "
            "items over recordings and coders (McDonald, 1999), with Cronbach’s alpha (Cronbach, 1951) "
            "beside it."
        )
    if any(one["omega"] and one["omega"]["lower"] is not None for one in found):
        yield (
            f"The interval of omega is that of {settings['bootstrap']:,} bootstrap samples of recordings "
            f"(seed {settings['seed']}), since the rows of one recording are not independent."
        )
    if settings.get("sums") == "prorated":
        yield "A sum that lacks an item was prorated where 80% of the items were scored, else it is missing."
    elif any(one["n_missing"] for one in found):
        yield "A sum that lacks an item is missing."
    if dropped:
        yield f"The plan leaves {listed(labels.get(code, code) for code in dropped)} out of the analyses."
    yield from (_subscale(one, percent(settings["confidence"])) for one in found)


def _subscale(one: dict[str, Any], sure: str) -> str:
    if one["icc"] is None or one["icc"]["estimate"] is None:
        said = [f"no ICC of the sums ({one['reason']})"]
    else:
        said = [f"ICC(A,1) = {_figure(one['icc'], sure)}"]
    if one["sem"] is not None:
        said.append(f"SEM = {decimal(one['sem'])}, SDC = {decimal(one['sdc'])}")
    omega = one["omega"]
    if omega and omega["omega_total"] is not None:
        figures = {"estimate": omega["omega_total"], "lower": omega["lower"], "upper": omega["upper"]}
        said.append(f"omega = {_figure(figures, sure)}")
    elif omega:
        said.append(f"no omega ({omega['reason']})")
    if omega and omega["alpha"] is not None:
        said.append(f"alpha = {coefficient(omega['alpha'])}")
    if one["n_missing"]:
        said.append(f"{count(one['n_missing'], 'sum')} missing")
    return f"{one['name']} ({count(len(one['items']), 'item')}): {', '.join(said)}."


def _figure(one: dict[str, Any], sure: str) -> str:
    if one["lower"] is None or one["upper"] is None:
        return f"{coefficient(one['estimate'])} (no interval)"
    return f"{coefficient(one['estimate'])}, {sure} CI {interval(one['lower'], one['upper'])}"


def listed(parts: Iterable[str]) -> str:
    parts = list(parts)
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1]))) if parts else ""
