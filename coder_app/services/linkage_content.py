"""Computing the linkage: subscale scores by position in the sequence, and the plan's tests."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress

if TYPE_CHECKING:
    import pandas as pd

PRE_CENTRAL, CENTRAL_POST = ("pre", "central"), ("central", "post")
# name of a contrast: (positions, whether types are compared)
CONTRASTS = {
    "pre vs central": (PRE_CENTRAL, False),
    "central vs post by rupture type": (CENTRAL_POST, True),
}
INTERACTION = "rupture_type:position"
# What can be known of a recording that should not be: see services/marks.py.
MARKS = ("opened", "recognised")


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return, by informant and subscale, means by position and the plan's tests."""
    informants = sorted({sequence["informant"] for sequence in inputs["sequences"]})
    parts = [(informant, subscale) for informant in informants for subscale in inputs["subscales"]]
    results = []
    for done, (informant, subscale) in enumerate(parts, start=1):
        results.append(_part(inputs, informant, subscale))
        progress(done, len(parts))
    names = ("plan", "plan_sha256", "plan_version", "blind_only")
    return {name: inputs[name] for name in names} | {"informants": informants, "results": results}


def _part(inputs: dict[str, Any], informant: str, subscale: dict[str, Any]) -> dict[str, Any]:
    import pandas as pd

    from coder_app.analysis.linkage import POSITIONS, link_codes, select_contrast, summarise_positions

    own = [sequence for sequence in inputs["sequences"] if sequence["informant"] == informant]
    codes = pd.DataFrame(subscale["codes"], columns=["dyad", "session", "score"])
    linked = link_codes(codes.astype({"score": float}), pd.DataFrame(own))
    long = linked.long
    marked = {mark: {tuple(place) for place in subscale[mark]} for mark in MARKS}
    described = ("code", "name", "instrument", "items", "n_items", "lowest", "highest", "segment_minutes")
    return {
        "informant": informant,
        "subscale": {name: subscale[name] for name in described},
        "n_sequences": linked.n_sequences,
        "n_positions": linked.n_positions,
        "n_recordings": linked.n_recordings,
        "incomplete": [
            {**asdict(sequence), "missing": list(sequence.missing)} for sequence in linked.incomplete
        ],
        "warnings": list(linked.warnings),
        "n_marked": {mark: len(places & _linked_places(own)) for mark, places in marked.items()},
        "rows": [
            row | {mark: (row["dyad"], row["session"]) in places for mark, places in marked.items()}
            for row in long.astype(object).where(long.notna(), None).to_dict("records")
        ],
        "positions": [
            asdict(row) for row in summarise_positions(select_contrast(long, informant, POSITIONS))
        ],
        "positions_by_type": [
            asdict(row)
            for row in summarise_positions(select_contrast(long, informant, POSITIONS, by_type=True))
        ],
        "tests": _tests(inputs["plan"], long, informant),
        "tests_first_only": _first_only(inputs["plan"], long, informant) if linked.warnings else [],
    }


def _linked_places(sequences: list[dict[str, Any]]) -> set[tuple[str, int]]:
    return {(one["dyad"], one[position]) for one in sequences for position in ("pre", "central", "post")}


def _tests(plan: dict[str, Any], long: "pd.DataFrame", informant: str) -> list[dict[str, Any]]:
    from coder_app.analysis.linkage import select_contrast

    tests = []
    for name, (positions, by_type) in CONTRASTS.items():
        tests.append(_test(plan, name, select_contrast(long, informant, positions, by_type)))
        if _wants_post_hoc(plan, tests[-1]):
            tests.extend(
                _test(
                    plan,
                    f"{' vs '.join(positions)}, {kind} only",
                    select_contrast(rows, informant, positions),
                )
                for kind, rows in long.groupby("rupture_type")
            )
    return tests


def _wants_post_hoc(plan: dict[str, Any], test: dict[str, Any]) -> bool:
    found = [effect["p_permutation"] for effect in test["effects"] if effect["effect"] == INTERACTION]
    return any(p is not None and p < plan["post_hoc_below"] for p in found)


def _first_only(plan: dict[str, Any], long: "pd.DataFrame", informant: str) -> list[dict[str, Any]]:
    """The same tests on each dyad's first sequence, where the sequences are not independent of each other."""
    central = long[long["position"] == "central"].sort_values(["dyad", "session"])
    first = central.drop_duplicates("dyad")["sequence"]
    return _tests(plan, long[long["sequence"].isin(first)], informant)


def _test(plan: dict[str, Any], name: str, frame: "pd.DataFrame") -> dict[str, Any]:
    from coder_app.analysis.permutation import permutation_test
    from coder_app.analysis.results import StatsError

    n_sequences = int(frame["sequence"].nunique())
    try:
        result = permutation_test(frame, plan["permutations"], plan["seed"], plan["method"])
    except StatsError as error:
        none = {"design": None, "effects": [], "paired": None, "warnings": []}
        return {"name": name, "n_sequences": n_sequences, "reason": str(error), **none}
    return {
        "name": name,
        "n_sequences": n_sequences,
        "reason": None,
        "design": result.design,
        "effects": [asdict(effect) for effect in result.effects],
        "paired": asdict(result.paired) if result.paired else None,
        "warnings": list(result.warnings),
    }
