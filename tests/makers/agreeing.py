"""Makes what reliability is computed from, without a study: complete ratings, holes, segments."""

import csv
import random
from pathlib import Path

from coder_app.services import reliability

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "icc" / "study_17x3x17_long.csv"
CODERS = ("coder1", "coder2", "coder3")


def inputs_of(*instruments: dict, coding: dict | None = None, **settings) -> dict:
    """What `reliability.collect` returns of these instruments."""
    return {
        "settings": reliability.SETTINGS | settings,
        "selection": {"rounds": ["Main coding"], "purpose": "main", "since": None, "until": None},
        "against": None,
        "coding": coding,
        "dropped_items": [],
        "instruments": list(instruments),
    }


def instrument(name: str, rows: list[list], subscales: dict[str, list[str]], **more) -> dict:
    """What `reliability.collect` returns of one instrument, for ratings from 0 to 5."""
    targets = {row[0] for row in rows}
    return {
        "name": name,
        "version": "1",
        "lowest": 0,
        "highest": 5,
        "items": [{"code": code, "label": code} for code in dict.fromkeys(row[2] for row in rows)],
        "subscales": [{"code": code, "name": code, "items": items} for code, items in subscales.items()],
        "coders": [{"label": one, "alias": one.replace("coder", "coder ")} for one in CODERS],
        "n_subset": len(targets),
        "n_recordings": len(targets),
        "leavers": [],
        "n_complete": len(targets),
        "partly": [],
        "left_out": [],
        "coders_each": [3, 3],
        "days": None,
        "second": None,
        "against": None,
        "rows": rows,
        "segment_minutes": None,
        "segment_rows": [],
    } | more


def complete() -> dict:
    """The reference study: 17 items, among them rare ones, one that never varies and negative ICCs."""
    with REFERENCE.open(newline="") as file:
        rows = [
            [row["session"], row["coder"], row["item"], float(row["score"])] for row in csv.DictReader(file)
        ]
    names = [f"item{n:02}" for n in range(1, 18)]
    return instrument("Complete", rows, {"first": names[:4], "second": names[6:13]})


def with_holes() -> dict:
    """Scores that were not codable here and there, and recordings that one coder never had."""
    rng = random.Random(5)
    rows = []
    for number in range(16):
        level = rng.gauss(2.5, 1.3)
        for place, coder in enumerate(CODERS):
            if number % 4 == place:
                continue
            for item in range(4):
                score = min(5, max(0, round(level + 0.4 * place + rng.gauss(0, 0.8))))
                is_hole = (number * 3 + place + item) % 11 == 0
                rows.append([f"r{number:02}", coder, f"hole_{item}", None if is_hole else float(score)])
    return instrument("Holes", rows, {"all": [f"hole_{item}" for item in range(4)]})


def by_segments() -> dict:
    """Two segments a recording: agreement is theirs, the ICC that of their means."""
    rng = random.Random(9)
    segments = []
    for number in range(9):
        level = rng.gauss(2.5, 1.2)
        for coder in CODERS:
            for segment in (1, 2):
                for item in ("seg_0", "seg_1", "seg_2"):
                    score = min(5, max(0, round(level + rng.gauss(0, 0.9))))
                    is_hole = number == 3 and segment == 2
                    segments.append([f"s{number}", coder, segment, item, None if is_hole else score])
    given: dict[tuple, list] = {}
    for target, coder, _, item, score in segments:
        given.setdefault((target, coder, item), []).append(score)
    rows = []
    for key, scores in given.items():
        codable = [score for score in scores if score is not None]
        rows.append([*key, sum(codable) / len(codable)])
    return instrument(
        "Segments", rows, {"all": ["seg_0", "seg_1", "seg_2"]}, segment_minutes=5, segment_rows=segments
    )
