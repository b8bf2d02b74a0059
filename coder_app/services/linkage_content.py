"""Computing the linkage: subscale scores by position in the sequence, and the plan's tests."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from coder_app.services.job import Progress
from coder_app.services.linkage_alliance import (
    Scores,
    list_associations,
    list_changed,
    list_patterns,
    name_sequence,
    read_alliance,
)
from coder_app.services.linkage_lines import list_lines
from coder_app.services.linkage_tests import run_tests

if TYPE_CHECKING:
    import pandas as pd

# What can be known of a recording that should not be: see services/marks.py.
MARKS = ("opened", "recognised")
CHANGED = "its alliance scores have changed since the sample was frozen"
SEQUENCE = ("informant", "dyad", "pre", "central", "post", "type")


def compute(inputs: dict[str, Any], progress: Progress) -> dict[str, Any]:
    """Return, by informant and subscale, means by position and the plan's tests."""
    informants = sorted({sequence["informant"] for sequence in inputs["sequences"]})
    parts = [(informant, subscale) for informant in informants for subscale in inputs["subscales"]]
    alliance = read_alliance(inputs["alliance"])
    results = []
    for done, (informant, subscale) in enumerate(parts, start=1):
        results.append(_part(inputs, informant, subscale, alliance))
        progress(done, len(parts))
    associations = [
        {"instrument": subscale["instrument"], "subscale": subscale["code"], "name": subscale["name"]} | one
        for subscale in inputs["subscales"]
        for one in list_associations(subscale, alliance)
    ]
    names = ("plan", "plan_sha256", "plan_version", "blind_only")
    found = {"informants": informants, "results": results, "associations": associations}
    return {name: inputs[name] for name in names} | found | _list_sources(inputs, alliance)


def _list_sources(inputs: dict[str, Any], alliance: dict[str, tuple[str, Scores]]) -> dict[str, Any]:
    """Return what every figure can be computed from once more: codes, sequences, alliance."""
    codes = []
    for subscale in inputs["subscales"]:
        coder_of = {(dyad, session): coder for dyad, session, coder in subscale["coders"]}
        mean_of = {(dyad, session): rest for dyad, session, *rest in subscale["means"]}
        codes += [
            [subscale["instrument"], subscale["code"], *place, coder_of[place], score, *mean_of[place]]
            for *place_of, score in subscale["codes"]
            for place in (tuple(place_of),)
        ]
    places = {(dyad, session) for _, _, dyad, session, *_ in codes}
    scores = [
        [informant, measure, *place, score]
        for informant, (measure, own) in alliance.items()
        for place, score in sorted(own.items())
        if place in places
    ]
    changed = list_changed(inputs["sequences"], inputs["alliance"])
    sequences = [
        [name_sequence(one), *(one[name] for name in SEQUENCE), name_sequence(one) in changed]
        for one in inputs["sequences"]
    ]
    return {"codes": codes, "sequences": sequences, "alliance": scores}


def _part(
    inputs: dict[str, Any],
    informant: str,
    subscale: dict[str, Any],
    alliance: dict[str, tuple[str, Scores]],
) -> dict[str, Any]:
    import pandas as pd

    from coder_app.analysis.linkage import POSITIONS, link_codes, select_contrast, summarise_positions

    own = [sequence for sequence in inputs["sequences"] if sequence["informant"] == informant]
    codes = pd.DataFrame(subscale["codes"], columns=["dyad", "session", "score"])
    changed = list_changed(own, inputs["alliance"])
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
        "warnings": [
            *linked.warnings,
            *(f"{name}: {CHANGED}" for name in sorted(changed)),
        ],
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
        "coders": _count_coders(subscale, long),
        "tests": run_tests(inputs["plan"], long, informant),
        "lines": list_lines(inputs, subscale, linked, own, informant, changed),
        "patterns": list_patterns(long, alliance.get(informant), subscale["name"]),
        "alliance": _place_alliance(long, alliance.get(informant)),
    }


def _place_alliance(long: "pd.DataFrame", alliance: tuple[str, Scores] | None) -> dict[str, Any] | None:
    """The informant's alliance score of every row that is linked, for a pattern beside the codes'."""
    if alliance is None:
        return None
    from coder_app.analysis.linkage import POSITIONS, select_contrast, summarise_positions

    measure, scores = alliance
    places = zip(long["dyad"], long["session"], strict=True)
    found = [scores.get(place) for place in places]
    own = long.assign(score=found).astype({"score": float}).dropna(subset="score")
    means = [
        row
        for informant in own["informant"].unique()
        for row in summarise_positions(select_contrast(own, informant, POSITIONS, by_type=True))
    ]
    return {"measure": measure, "scores": found, "positions_by_type": [asdict(row) for row in means]}


def _linked_places(sequences: list[dict[str, Any]]) -> set[tuple[str, int]]:
    return {(one["dyad"], one[position]) for one in sequences for position in ("pre", "central", "post")}


def _count_coders(subscale: dict[str, Any], long: "pd.DataFrame") -> list[dict[str, Any]]:
    """How many scores each primary coder gave at each position: a coder who gave most of one shows there."""
    coder_of = {(dyad, session): coder for dyad, session, coder in subscale["coders"]}
    counts: dict[str, dict[str, int]] = {}
    for dyad, session, position in zip(long["dyad"], long["session"], long["position"], strict=True):
        own = counts.setdefault(coder_of[dyad, session], {})
        own[position] = own.get(position, 0) + 1
    return [{"coder": coder, "n": own} for coder, own in sorted(counts.items())]
