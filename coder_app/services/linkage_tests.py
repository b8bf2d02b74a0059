"""The plan's tests of one informant's scores: both contrasts, each type alone where the plan asks for it."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

PRE_CENTRAL, CENTRAL_POST = ("pre", "central"), ("central", "post")
# name of a contrast: (positions, whether types are compared)
CONTRASTS = {
    "pre vs central": (PRE_CENTRAL, False),
    "central vs post by rupture type": (CENTRAL_POST, True),
}
INTERACTION = "rupture_type:position"
# Resamples of sequences for the intervals of effect sizes.
RESAMPLES = 2_000


def run_tests(plan: dict[str, Any], long: "pd.DataFrame", informant: str) -> list[dict[str, Any]]:
    """Return the plan's tests; the post-hoc tests of an interaction are one family for Holm's correction."""
    from coder_app.analysis.linkage import select_contrast

    tests: list[dict[str, Any]] = []
    for name, (positions, by_type) in CONTRASTS.items():
        test = run_test(plan, name, select_contrast(long, informant, positions, by_type))
        tests.append(test)
        if _wants_post_hoc(plan, test):
            family = [
                run_test(
                    plan,
                    f"{' vs '.join(positions)}, {kind} only",
                    select_contrast(rows, informant, positions),
                )
                for kind, rows in long.groupby("rupture_type")
            ]
            tests += _correct(family)
    return tests


def run_test(
    plan: dict[str, Any],
    name: str,
    frame: "pd.DataFrame",
    *,
    method: str | None = None,
    unit: str = "sequence",
    sizes: bool = True,
) -> dict[str, Any]:
    """Return one test with its effect sizes, or why it could not be made."""
    from coder_app.analysis.permutation import permutation_test
    from coder_app.analysis.results import StatsError

    n_sequences = int(frame["sequence"].nunique())
    method = method or plan["method"]
    try:
        result = permutation_test(frame, plan["permutations"], plan["seed"], method, unit=unit)
    except StatsError as error:
        none = {"design": None, "effects": [], "paired": None, "warnings": []}
        return {"name": name, "n_sequences": n_sequences, "reason": str(error), **none}
    etas = _find_etas(frame, plan) if sizes else {}
    return {
        "name": name,
        "n_sequences": n_sequences,
        "reason": None,
        "design": result.design,
        "effects": [
            asdict(effect) | {"p_holm": None} | etas.get(effect.effect, {}) for effect in result.effects
        ],
        "paired": _find_paired(frame, plan, asdict(result.paired)) if result.paired and sizes else None,
        "warnings": list(result.warnings),
    }


def _wants_post_hoc(plan: dict[str, Any], test: dict[str, Any]) -> bool:
    found = [effect["p_permutation"] for effect in test["effects"] if effect["effect"] == INTERACTION]
    return any(p is not None and p < plan["post_hoc_below"] for p in found)


def _correct(family: list[dict[str, Any]]) -> list[dict[str, Any]]:
    from coder_app.analysis.holm import adjust_holm

    effects = [effect for test in family for effect in test["effects"]]
    for effect, p in zip(effects, adjust_holm([one["p_permutation"] for one in effects]), strict=True):
        effect["p_holm"] = p
    return family


def _find_etas(frame: "pd.DataFrame", plan: dict[str, Any]) -> dict[str, dict[str, Any]]:
    from coder_app.analysis.effects import find_effect_sizes

    return {
        one.effect: {"eta_partial": asdict(one.partial), "eta_generalised": asdict(one.generalised)}
        for one in find_effect_sizes(frame, RESAMPLES, plan["seed"])
    }


def _find_paired(frame: "pd.DataFrame", plan: dict[str, Any], compared: dict[str, Any]) -> dict[str, Any]:
    """Second position minus first: Wilcoxon's p, and both differences with their intervals."""
    from coder_app.analysis.layout import read_layout
    from coder_app.analysis.paired import find_paired_sizes

    d_av, g = find_paired_sizes(read_layout(frame).table, RESAMPLES, plan["seed"])
    return compared | {"d_av_interval": asdict(d_av), "g_interval": asdict(g)}
