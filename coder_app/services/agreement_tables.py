"""Agreement of items and pairs as CSV, the scores that were given, and the gaps between coders."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

WITHHELD = "withheld: the item is rare"
LIMITS = ("estimate", "lower", "upper", "reason")
ITEMS = (
    *("instrument", "item", "label", "recordings", "coders", "scores", "above_lowest", "not_codable"),
    *("n_used", "rare", "dropped", "percent_agreement", "all_agree", "within_one"),
    *("kappa", "kappa_lower", "kappa_upper", "kappa_reason", "kappa_least", "kappa_most", "kappa_pairs"),
    *("ac2", "ac2_lower", "ac2_upper", "ac2_reason"),
    *("krippendorff", "krippendorff_lower", "krippendorff_upper", "krippendorff_reason"),
    *("icc", "icc_lower", "icc_upper", "icc_reason"),
)
SCORES = ("instrument", "item", "label", "score", "times", "share")
PAIRS = (
    *("instrument", "item", "rater", "other_rater", "recordings", "compared"),
    *("percent_agreement", "within_one", "difference"),
    *("kappa", "kappa_lower", "kappa_upper", "kappa_reason", "kappa_items"),
    *("icc", "icc_lower", "icc_upper", "icc_reason", "icc_items"),
)
GAPS = (
    *("instrument", "target", "segment", "item", "label", "scores", "not_codable"),
    *("least", "most", "gap"),
)


def write_items(content: dict[str, Any]) -> str:
    """Return a row for every item with all its figures, or why there is none."""
    from coder_app.tables.writing import write_csv

    rows = [_item_row(name, item) for name, item in _items(content)]
    return write_csv(ITEMS, rows)


def write_scores(content: dict[str, Any]) -> str:
    """Return how often each score of each item was given."""
    from coder_app.tables.writing import write_csv

    lowest = {one["name"]: one["lowest"] for one in content["instruments"]}
    rows = [
        [name, item["code"], item["label"], lowest[name] + place, times, times / sum(item["counts"])]
        for name, item in _items(content)
        for place, times in enumerate(item["counts"])
    ]
    return write_csv(SCORES, rows)


def write_pairs(content: dict[str, Any]) -> str:
    """Return a row for every pair of coders and item, and one over all items, whose item is empty."""
    from coder_app.tables.writing import write_csv

    return write_csv(PAIRS, [row for one in content["instruments"] for row in _pair_rows(one)])


def write_gaps(inputs: dict[str, Any]) -> str:
    """Return a row for every recording (or segment) and item, the widest gaps first."""
    from coder_app.tables.writing import write_csv

    rows = [row for ratings in inputs["instruments"] for row in _gap_rows(ratings)]
    return write_csv(GAPS, sorted(rows, key=lambda row: -1 if row[-1] is None else row[-1], reverse=True))


def _items(content: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in content["instruments"]:
        for item in one["items"]:
            yield one["name"], item


def _item_row(instrument: str, item: dict[str, Any]) -> list[Any]:
    icc = item["icc"]
    if item["rare"]:
        icc = {"estimate": None, "lower": None, "upper": None, "reason": WITHHELD}
    kappa = item["kappa"]
    return [
        *(instrument, item["code"], item["label"], item["n_recordings"], item["n_coders"], item["n_scores"]),
        *(sum(item["counts"][1:]), item["n_not_codable"], item["n_used"], item["rare"], item["dropped"]),
        *(item["percent_agreement"], item["all_agree"], item["within_one"]),
        *(kappa[name] for name in (*LIMITS, "lowest", "highest", "n_pairs")),
        *(item[name][figure] for name in ("ac2", "alpha") for figure in LIMITS),
        *(icc[figure] for figure in LIMITS),
    ]


def _pair_rows(instrument: dict[str, Any]) -> Iterator[list[Any]]:
    aliases = {coder["label"]: coder["alias"] for coder in instrument["coders"]}
    for pair in instrument["pairs"]:
        names = (aliases[pair["first"]], aliases[pair["second"]], pair["n_recordings"])
        shares = ("percent_agreement", "within_one", "difference")
        yield [
            *(instrument["name"], None, *names, pair["n_cells"], *(pair[name] for name in shares)),
            *(value for name in ("kappa", "icc") for value in _mean_cells(pair[name])),
        ]
        for item in pair["items"]:
            yield [
                *(instrument["name"], item["code"], *names, item["n"], *(item[name] for name in shares)),
                *(item["kappa"][figure] for figure in LIMITS),
                None,
                *(item["icc"][figure] for figure in LIMITS),
                None,
            ]


def _mean_cells(mean: dict[str, Any]) -> list[Any]:
    return [mean["mean"], None, None, mean["reason"], mean["n_items"]]


def _gap_rows(ratings: dict[str, Any]) -> Iterator[list[Any]]:
    labels = {item["code"]: item["label"] for item in ratings["items"]}
    whole = [(target, rater, None, item, score) for target, rater, item, score in ratings["rows"]]
    given: dict[tuple[str, int | None, str], list[int | None]] = defaultdict(list)
    for target, _, segment, item, score in ratings["segment_rows"] or whole:
        given[target, segment, item].append(score)
    places = {code: place for place, code in enumerate(labels)}
    for target, segment, item in sorted(given, key=lambda key: (places[key[2]], key[0], key[1] or 0)):
        scores = [score for score in given[target, segment, item] if score is not None]
        missing = len(given[target, segment, item]) - len(scores)
        ends = (min(scores), max(scores), max(scores) - min(scores)) if len(scores) > 1 else (None,) * 3
        yield [ratings["name"], target, segment, item, labels[item], len(scores), missing, *ends]
