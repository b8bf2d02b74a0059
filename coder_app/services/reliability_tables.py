"""Agreement as CSV: items, subscales, and the subset's ratings as `stats icc` reads them."""

from typing import Any

from coder_app.domain.instruments import plain_name
from coder_app.services.reliability_forms import WITHHELD

COMPLETE = ("complete_recordings", "complete_icc", "complete_lower", "complete_upper")
ITEMS = (
    *("instrument", "item", "label", "lowest", "highest"),
    *("recordings", "coders", "n_used", "rare", "design"),
    *("icc", "lower", "upper", "word", "word_of_lower", "percent_agreement", "within_one", "ac2"),
    *("scores", "above_lowest", "not_codable", "reason"),
    *("word_of_upper", *COMPLETE),
)
SUBSCALES = (
    *("instrument", "subscale", "items", "recordings", "coders", "sums_missing"),
    *("omega_total", "omega_lower", "omega_upper", "ml_ratio", "alpha", "omega_reason"),
    *("icc", "lower", "upper", "word", "word_of_lower", "sem", "sdc", "reason"),
    *("word_of_upper", "sem_lower", "sem_upper", "sdc_lower", "sdc_upper", "sums_prorated", *COMPLETE),
    *("omega_of_means", "omega_of_means_reason"),
)
COMPARED = (
    *("instrument", "item", "subscale", "icc", "lower", "upper", "recordings"),
    *("other_icc", "other_lower", "other_upper", "other_recordings"),
    *("difference", "difference_lower", "difference_upper", "reason"),
)
_LIMITS = ("estimate", "lower", "upper")
RATINGS = ("target", "rater", "item", "score")
SEGMENTS = ("target", "rater", "segment", "item", "score")


def write_items(content: dict[str, Any]) -> str:
    """Return a row for every item; where an ICC is withheld or not computable, the reason stands there."""
    from coder_app.tables.writing import write_csv

    rows = [
        _item_row(instrument, item) for instrument in content["instruments"] for item in instrument["items"]
    ]
    return write_csv(ITEMS, rows)


def write_subscales(content: dict[str, Any]) -> str:
    """Return a row for every subscale: internal consistency, agreement of the sums, measurement error."""
    from coder_app.tables.writing import write_csv

    rows = [
        _subscale_row(instrument["name"], subscale)
        for instrument in content["instruments"]
        for subscale in instrument["subscales"]
    ]
    return write_csv(SUBSCALES, rows)


def write_ratings(ratings: dict[str, Any]) -> str:
    """Return one instrument's subset ratings under recording codes, coders by number; empty = not codable."""
    from coder_app.tables.writing import write_csv

    aliases = {coder["label"]: coder["alias"] for coder in ratings["coders"]}
    rows = [(target, aliases[rater], item, score) for target, rater, item, score in ratings["rows"]]
    return write_csv(RATINGS, rows)


def write_segments(ratings: dict[str, Any]) -> str:
    """Return the scores of segments behind the recordings' means; empty = not codable."""
    from coder_app.tables.writing import write_csv

    aliases = {coder["label"]: coder["alias"] for coder in ratings["coders"]}
    rows = [(target, aliases[rater], *rest) for target, rater, *rest in ratings["segment_rows"]]
    return write_csv(SEGMENTS, rows)


def file_names(instruments: list[dict[str, Any]]) -> list[str]:
    """Return a name for each instrument's files: its own, with the version where two share it."""
    names = [plain_name(instrument["name"]) for instrument in instruments]
    return [
        name if names.count(name) == 1 else plain_name(f"{instrument['name']} v{instrument['version']}")
        for name, instrument in zip(names, instruments, strict=True)
    ]


def _item_row(instrument: dict[str, Any], item: dict[str, Any]) -> list[Any]:
    shown = not item["rare"]
    figures = item["icc"] if shown and item["icc"] else dict.fromkeys(("estimate", "lower", "upper"))
    reason = item["reason"] if shown else f"{WITHHELD}; {item['reason']}" if item["reason"] else WITHHELD
    return [
        *(instrument["name"], item["code"], item["label"], instrument["lowest"], instrument["highest"]),
        *(item["n_targets"], item["n_raters"], item["n_used"], item["rare"], item["design"]),
        *(figures["estimate"], figures["lower"], figures["upper"]),
        *((item["word"], item["lower_word"]) if shown else (None, None)),
        *(item["percent_agreement"], item["within_one"], item["ac2"]),
        *(sum(item["counts"]), sum(item["counts"][1:]), item["n_not_codable"], reason),
        *(item["upper_word"] if shown else None, *_complete(item if shown else {})),
    ]


def write_compared(content: dict[str, Any]) -> str:
    """Return a row for every item and sum under both selections, with the difference of their ICCs."""
    from coder_app.tables.writing import write_csv

    rows = []
    for instrument in content["instruments"]:
        compared = instrument["compared"]
        for kind in ("items", "subscales") if compared else ():
            for row in instrument[kind]:
                code = (row["code"], None) if kind == "items" else (None, row["code"])
                difference = compared["differences"].get(row["code"])
                figures = _compared_row(row, compared[kind][row["code"]], difference)
                rows.append([instrument["name"], *code, *figures])
    return write_csv(COMPARED, rows)


def _compared_row(row: dict[str, Any], other: dict[str, Any], difference: dict[str, Any] | None) -> list[Any]:
    rare = row.get("rare") or other["rare"]
    found = {} if rare else difference or {}
    first, second = ({} if one.get("rare") else one["icc"] or {} for one in (row, other))
    reasons = [WITHHELD if rare else None, other["reason"], found.get("reason")]
    return [
        *(first.get(name) for name in _LIMITS),
        row["n_targets"],
        *(second.get(name) for name in _LIMITS),
        other["n_targets"],
        *(found.get(name) for name in _LIMITS),
        "; ".join(filter(None, reasons)) or None,
    ]


def _complete(row: dict[str, Any]) -> list[Any]:
    """The recordings without a missing rating and their analysis of variance; empty where none is missing."""
    complete = row.get("complete_only")
    return [complete["n_targets"], *(complete["icc"][name] for name in _LIMITS)] if complete else [None] * 4


def _subscale_row(instrument: str, subscale: dict[str, Any]) -> list[Any]:
    omega = subscale["omega"] or {}
    icc = subscale["icc"] or {}
    return [
        *(instrument, subscale["code"], " ".join(subscale["items"])),
        *(subscale["n_targets"], subscale["n_raters"], subscale["n_missing"]),
        *(omega.get(name) for name in ("omega_total", "lower", "upper", "ml_ratio", "alpha", "reason")),
        *(icc.get(name) for name in ("estimate", "lower", "upper")),
        *(subscale[name] for name in ("word", "lower_word", "sem", "sdc", "reason")),
        *(subscale[name] for name in ("upper_word", "sem_lower", "sem_upper", "sdc_lower", "sdc_upper")),
        *(subscale["n_prorated"], *_complete(subscale)),
        *(omega.get(name) for name in ("of_means", "of_means_reason")),
    ]
