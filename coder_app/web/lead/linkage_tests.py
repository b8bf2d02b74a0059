"""The plan's tests as rows of a table, in words and with every p as it is printed."""

from dataclasses import dataclass
from typing import Any

from coder_app.web.numbers import NONE, decimal, p_value

BY_TYPE = "central vs post by rupture type"
EFFECTS = {
    "position": "session",
    "rupture_type": "rupture type",
    "rupture_type:position": "session × rupture type",
}


@dataclass(frozen=True)
class EffectRow:
    """One effect of one test; `notes` say how its exact p came about and what could not be computed."""

    effect: str
    n: int
    f: str
    df: str
    parametric: str
    permutation: str
    exact: str
    wilcoxon: str
    d_av: str
    g: str
    notes: str


def tests_of(tests: list[dict[str, Any]]) -> tuple[EffectRow, ...]:
    """Return a row for every effect; a test that could not be made is a row that says why."""
    return tuple(row for test in tests for row in _rows(test))


def warnings_of(results: list[dict[str, Any]]) -> tuple[str, ...]:
    """Return what to be careful with, once each; a subscale is named where it is not true of all of them."""
    whose: dict[str, list[str]] = {}
    for result in results:
        own = [warning.removeprefix(f"{result['informant']}: ") for warning in result["warnings"]]
        for test in result["tests"]:
            own += [f"{_named(test['name'])}: {warning}" for warning in test["warnings"]]
        for warning in dict.fromkeys(own):
            whose.setdefault(warning, []).append(result["subscale"]["name"])
    return tuple(
        _sentence(warning if len(names) == len(results) else f"{', '.join(names)}. {_sentence(warning)}")
        for warning, names in whose.items()
    )


def _rows(test: dict[str, Any]) -> list[EffectRow]:
    if test["reason"]:
        return [_empty_row(_named(test["name"]), test, test["reason"])]
    ordered = sorted(test["effects"], key=lambda effect: list(EFFECTS).index(effect["effect"]))
    rows = [_row(test, effect) for effect in ordered]
    if test["name"] == BY_TYPE and not any(effect["effect"] == "rupture_type" for effect in ordered):
        rows.append(_empty_row("Rupture type: not compared, there is one type only", test, ""))
    return rows


def _empty_row(name: str, test: dict[str, Any], notes: str) -> EffectRow:
    none = dict.fromkeys(("f", "df", "parametric", "permutation", "exact", "wilcoxon", "d_av", "g"), NONE)
    return EffectRow(effect=name, n=test["n_sequences"], notes=notes, **none)


def _row(test: dict[str, Any], effect: dict[str, Any]) -> EffectRow:
    paired = test["paired"] or {}
    return EffectRow(
        effect=_effect(test["name"], effect["effect"]),
        n=test["n_sequences"],
        f=decimal(effect["f"]),
        df=f"{effect['df1']}, {effect['df2']}",
        parametric=p_value(effect["p_parametric"]),
        permutation=p_value(effect["p_permutation"]),
        exact=p_value(effect["p_exact"]),
        wilcoxon=p_value(paired.get("wilcoxon_p")),
        d_av=decimal(paired.get("d_av")),
        g=decimal(paired.get("g")),
        notes="; ".join(_notes(effect, paired)),
    )


def _notes(effect: dict[str, Any], paired: dict[str, Any]) -> list[str]:
    said = []
    if effect["exact_method"]:
        said.append(_exact(effect["exact_method"]))
    if effect["enumerated"]:
        said.append(f"all {effect['n_permutations']:,} permutations")
    return [*said, *(reason for reason in (effect["reason"], paired.get("reason")) if reason)]


def _exact(method: str) -> str:
    """Say how many cases were listed: 'sign flip, 2^13' is 'exact: all 8,192 sign flips'."""
    kind, _, number = method.partition(", ")
    if kind == "sign flip":
        return f"exact: all {2 ** int(number.removeprefix('2^')):,} sign flips"
    return f"exact: all {int(number):,} re-assignments of types"


def _effect(test: str, effect: str) -> str:
    name = _named(test)
    if test == BY_TYPE:
        return f"{name}: session" if effect == "position" else EFFECTS[effect].capitalize()
    return name


def _named(test: str) -> str:
    name = test.removesuffix(" by rupture type").replace(" vs ", " vs. ")
    return name[0].upper() + name[1:]


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:].rstrip(".") + "."
