"""Inputs of the linkage as they are after the key has joined them, made from a seed."""

import random
from typing import Any

POSITIONS = ("pre", "central", "post")
LEVELS = {"repaired": (9, 6, 10), "unrepaired": (9, 6, 5)}
SCALES = (("CIRS", "positive_child_involvement"), ("TABBS", "positive_therapist_behavior"))
ALLIANCE = (("child", "TASC", 38, 2.5), ("therapist", "WAI-S", 3.8, 0.3))


def linked_inputs(**plan: Any) -> dict[str, Any]:
    """Thirteen sequences of therapists, eleven of children (one dyad gives two); one score is missing."""
    rng = random.Random(4)
    dyads = [f"D{number:03}" for number in range(1, 24)]
    sequences = [
        _sequence(dyad, "therapist", 4, "repaired" if at < 9 else "unrepaired")
        for at, dyad in enumerate(dyads[:13])
    ]
    sequences += [
        _sequence(dyad, "child", 2, "repaired" if at < 6 else "unrepaired")
        for at, dyad in enumerate(dyads[13:])
    ]
    sequences.append(_sequence(dyads[13], "child", 6, "unrepaired"))
    # Frozen with scores that are not those of today.
    sequences[0] |= {"measure": "WAI-S", "scores": {"pre": 9.0, "central": 9.0, "post": 9.0}}
    usual = {"permutations": 5000, "seed": 1, "method": "rd", "post_hoc_below": 0.05, "marginal_below": None}
    return {
        "blind_only": False,
        "plan": usual | {"dropped_items": []} | plan,
        "plan_sha256": "0" * 64,
        "plan_version": 1,
        "sequences": sequences,
        "sessions": [],
        "alliance": [
            [dyad, number, informant, measure, round(rng.gauss(mean, sd), 4)]
            for dyad in dyads
            for number in range(1, 9)
            for informant, measure, mean, sd in ALLIANCE
        ],
        "subscales": [_subscale(rng, sequences, *scale) for scale in SCALES],
    }


def _sequence(dyad: str, informant: str, pre: int, kind: str) -> dict[str, Any]:
    numbers = dict(zip(POSITIONS, (pre, pre + 1, pre + 2), strict=True))
    return {"dyad": dyad, "informant": informant, "type": kind} | numbers


def _subscale(
    rng: random.Random, sequences: list[dict[str, Any]], instrument: str, code: str
) -> dict[str, Any]:
    expected = {
        (one["dyad"], one[position]): level
        for one in sequences
        for position, level in zip(POSITIONS, LEVELS[one["type"]], strict=True)
    }
    level_of = {one["dyad"]: rng.gauss(0, 1.5) for one in sequences}
    codes, coders, means = [], [], []
    for at, (dyad, session) in enumerate(sorted(expected)):
        score = round(expected[dyad, session] + level_of[dyad] + rng.gauss(0, 1.2))
        is_missing, n_coders = instrument == "TABBS" and at == 7, rng.choice((1, 1, 1, 3))
        codes.append([dyad, session, None if is_missing else score])
        coders.append([dyad, session, f"coder {rng.randint(1, 3)}"])
        mean = score + (rng.gauss(0, 0.5) if n_coders > 1 else 0)
        means.append([dyad, session, *((None, 0) if is_missing else (mean, n_coders))])
    return {
        "code": code,
        "name": code.replace("_", " ").title(),
        "instrument": instrument,
        "items": ["first", "second"],
        "n_items": 2,
        "lowest": 0,
        "highest": 20,
        "segment_minutes": None,
        "codes": codes,
        "coders": coders,
        "means": means,
        "opened": [],
        "recognised": [],
    }
