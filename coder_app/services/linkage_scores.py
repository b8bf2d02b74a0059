"""What is linked: the primary coders' sums of subscales, or items, with the means of all coders beside."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from coder_app.domain.instruments import Instrument
from coder_app.services.marks import PrimaryMarks
from coder_app.services.primary import PrimaryRatings

# By coder: recording, and the scores of its items.
Given = dict[int, dict[str, float | None]]


def list_scales(
    ratings: PrimaryRatings, plan: Mapping[str, Any], marks: PrimaryMarks, settings: Mapping[str, bool]
) -> list[dict[str, Any]]:
    """Return each subscale of an instrument, or each item that the plan keeps, with its scores."""
    everybody: dict[str, Given] = defaultdict(lambda: defaultdict(dict))
    for recording, coder, item, score in ratings.everybody:
        everybody[coder][recording][item] = score
    given: Given = defaultdict(dict)
    for recording, item, score in ratings.rows:
        given[recording][item] = score
    instrument = ratings.instrument
    opened = {one for one in given if one in marks.opened}
    recognised = {one for one in given if (instrument.name, one) in marks.recognised}
    left_out = opened | recognised if settings.get("blind_only") else set()
    kept = {one: scores for one, scores in given.items() if one not in left_out}
    scales = _items(instrument, plan) if settings.get("items") else _subscales(instrument, plan)
    return [
        scale
        | {
            "instrument": instrument.name,
            "lowest": instrument.lowest * len(scale["items"]),
            "highest": instrument.highest * len(scale["items"]),
            "segment_minutes": instrument.segment_minutes,
            "codes": list_sums(kept, scale["items"]),
            "coders": [[one, ratings.coder_of[one]] for one in sorted(kept)],
            "means": _means(everybody, kept, scale["items"]),
            "opened": sorted(opened),
            "recognised": sorted(recognised),
        }
        for scale in scales
    ]


def list_sums(given: Mapping[int, Mapping[str, float | None]], items: list[str]) -> list[list[Any]]:
    """Return recording and sum; one item without a score and the sum is missing."""
    return [
        [recording, _sum([scores.get(item) for item in items])] for recording, scores in sorted(given.items())
    ]


def _subscales(instrument: Instrument, plan: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    name = f"{instrument.name} {instrument.version}"
    items_of = {
        entry["subscale"]: entry["items"] for entry in plan["subscales"] if entry["instrument"] == name
    }
    for one in instrument.subscales:
        yield {
            "code": one.code,
            "name": one.name,
            "items": items_of[one.code],
            "n_items": len(one.items),
        }


def _items(instrument: Instrument, plan: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for item in instrument.items:
        if item.code not in plan["dropped_items"]:
            yield {"code": item.code, "name": item.label, "items": [item.code], "n_items": 1}


def _means(everybody: Mapping[str, Given], kept: Given, items: list[str]) -> list[list[Any]]:
    """Return recording, mean of the coders' sums, and of how many; without those who lack an item."""
    sums: dict[int, list[float]] = defaultdict(list)
    for given in everybody.values():
        for recording, score in list_sums(given, items):
            if score is not None:
                sums[recording].append(score)
    return [
        [one, sum(sums[one]) / len(sums[one]) if one in sums else None, len(sums.get(one, ()))]
        for one in sorted(kept)
    ]


def _sum(scores: list[float | None]) -> float | None:
    return None if None in scores else sum(scores)
