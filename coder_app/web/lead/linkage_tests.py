"""The plan's tests as rows of a table, in words and with every p as it is printed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from coder_app.web.numbers import NONE, coefficient, decimal, p_value

BY_TYPE = "central vs post by rupture type"
EFFECTS = {
    "position": "session",
    "rupture_type": "rupture type",
    "rupture_type:position": "session × rupture type",
}
SIGNIFICANT, MARGINAL = 0.05, "†"
# How each effect size is written; an eta squared cannot pass 1.
SIZES = {
    "eta_partial": coefficient,
    "eta_generalised": coefficient,
    "d_av_interval": decimal,
    "g_interval": decimal,
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
    # Where p by all permutations lies, given that so many were drawn; empty where all are listed.
    limits: str
    holm: str
    exact: str
    wilcoxon: str
    sizes: tuple[tuple[str, str], ...]
    notes: str


def tests_of(tests: list[dict[str, Any]], marginal_below: float | None) -> tuple[EffectRow, ...]:
    """Return a row for every effect; a test that could not be made is a row that says why.

    Where the plan reads some p as marginal, they carry a dagger.
    """
    return tuple(row for test in tests for row in _rows(test, marginal_below))


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


def _rows(test: dict[str, Any], marginal_below: float | None) -> list[EffectRow]:
    if test["reason"]:
        return [_empty_row(_named(test["name"]), test, test["reason"])]
    ordered = sorted(test["effects"], key=lambda effect: list(EFFECTS).index(effect["effect"]))
    rows = [_row(test, effect, marginal_below) for effect in ordered]
    if test["name"] == BY_TYPE and not any(effect["effect"] == "rupture_type" for effect in ordered):
        rows.append(_empty_row("Rupture type: not compared, there is one type only", test, ""))
    return rows


def _empty_row(name: str, test: dict[str, Any], notes: str) -> EffectRow:
    none = dict.fromkeys(("f", "df", "parametric", "permutation", "holm", "exact", "wilcoxon"), NONE)
    sizes = ((NONE, ""),) * len(SIZES)
    return EffectRow(effect=name, n=test["n_sequences"], limits="", sizes=sizes, notes=notes, **none)


def _row(test: dict[str, Any], effect: dict[str, Any], marginal_below: float | None) -> EffectRow:
    paired, p = test["paired"] or {}, effect["p_permutation"]
    is_marginal = None not in (p, marginal_below) and SIGNIFICANT <= p < marginal_below
    return EffectRow(
        effect=_effect(test["name"], effect["effect"]),
        n=test["n_sequences"],
        f=decimal(effect["f"]),
        df=f"{effect['df1']}, {effect['df2']}",
        parametric=p_value(effect["p_parametric"]),
        permutation=p_value(p) + (MARGINAL if is_marginal else ""),
        limits=_limits(effect),
        holm=p_value(effect["p_holm"]),
        exact=p_value(effect["p_exact"]),
        wilcoxon=p_value(paired.get("wilcoxon_p")),
        sizes=tuple(_size((effect | paired).get(name), write) for name, write in SIZES.items()),
        notes="; ".join(_notes(effect, paired)),
    )


def _limits(effect: dict[str, Any]) -> str:
    if effect["p_lower"] is None:
        return ""
    return f"[{p_value(effect['p_lower'])}, {p_value(effect['p_upper'])}]"


def _size(found: dict[str, Any] | None, write: Callable[[float | None], str]) -> tuple[str, str]:
    """An effect size and its interval."""
    if found is None or found["estimate"] is None:
        return NONE, ""
    lower, upper = found["lower"], found["upper"]
    return write(found["estimate"]), "" if lower is None else f"[{write(lower)}, {write(upper)}]"


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
