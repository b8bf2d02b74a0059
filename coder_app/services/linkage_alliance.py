"""Codes beside the alliance: the expected patterns in both, and whether codes follow the scores."""

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

EVERY = "all"
# Scores went through files as decimals.
NOISE = 1e-9
# Informant and treatment session (dyad, number) to score.
Scores = dict[tuple[str, int], float]


def read_alliance(rows: list[list[Any]]) -> dict[str, tuple[str, Scores]]:
    """Return each informant's scores on the measure that most of them are of."""
    found = {}
    for informant in sorted({row[2] for row in rows}):
        counts = Counter(row[3] for row in rows if row[2] == informant)
        measure = max(sorted(counts), key=counts.__getitem__)
        scores = {(row[0], row[1]): row[4] for row in rows if (row[2], row[3]) == (informant, measure)}
        found[informant] = measure, scores
    return found


def list_changed(sequences: list[dict[str, Any]], rows: list[list[Any]]) -> frozenset[str]:
    """Return the names of the sequences whose alliance scores are not those that they were frozen with."""
    today = {tuple(row[:4]): row[4] for row in rows}
    changed = set()
    for one in sequences:
        frozen = one.get("scores") or {}
        now = {
            position: today.get((one["dyad"], one[position], one["informant"], one["measure"]))
            for position in frozen
            if one.get(position) is not None
        }
        if any(not _same(frozen[position], score) for position, score in now.items()):
            changed.add(name_sequence(one))
    return frozenset(changed)


def name_sequence(one: dict[str, Any]) -> str:
    """Return the name under which `analysis.linkage` knows a sequence."""
    return f"{one['dyad']} {one['informant']} {one['central']}"


def _same(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= NOISE


def list_patterns(
    long: "pd.DataFrame", alliance: tuple[str, Scores] | None, name: str
) -> list[dict[str, Any]]:
    """Return the planned contrasts of codes and of the informant's alliance, by type and in all."""
    parts = [(name, _tables(long, {}))]
    if alliance is not None:
        parts.append((alliance[0], _tables(long, alliance[1])))
    return [
        {"of": of, "rupture_type": kind} | contrast
        for of, tables in parts
        for kind, table in tables.items()
        for contrast in _contrasts(table)
    ]


def list_associations(
    subscale: dict[str, Any], alliance: dict[str, tuple[str, Scores]]
) -> list[dict[str, Any]]:
    """Return, for each informant, how the primary coders' scores follow the alliance at the same sessions."""
    import numpy as np

    from coder_app.analysis.association import associate

    codes = {(dyad, session): score for dyad, session, score in subscale["codes"] if score is not None}
    found = []
    for informant, (measure, scores) in alliance.items():
        shared = sorted(codes.keys() & scores.keys())
        result = associate(
            np.array([codes[place] for place in shared], dtype=float),
            np.array([scores[place] for place in shared], dtype=float),
            np.array([dyad for dyad, _ in shared]),
        )
        found.append({"informant": informant, "measure": measure} | asdict(result))
    return found


def _tables(long: "pd.DataFrame", scores: Scores) -> dict[str, Any]:
    """Scores of sequences x positions, of all and of each type; those of the codes where none are given."""
    import numpy as np

    from coder_app.analysis.linkage import POSITIONS

    rows: dict[str, dict[str, float]] = {}
    kind_of = dict(zip(long["sequence"], long["rupture_type"], strict=True))
    for row in long.itertuples():
        place = (row.dyad, row.session)
        value = scores.get(place) if scores else row.score
        if value is not None:
            rows.setdefault(row.sequence, {})[row.position] = value
    whole = {name: [own[p] for p in POSITIONS] for name, own in rows.items() if len(own) == len(POSITIONS)}
    kinds = [EVERY, *sorted({kind_of[name] for name in whole})]
    return {
        kind: np.array([own for name, own in whole.items() if kind in (EVERY, kind_of[name])]).reshape(-1, 3)
        for kind in kinds
    }


def _contrasts(table: Any) -> list[dict[str, Any]]:
    from coder_app.analysis.contrasts import PATTERNS, contrast_pattern

    return [asdict(contrast_pattern(table, pattern)) for pattern in PATTERNS]
