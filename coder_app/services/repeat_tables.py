"""Intra-rater agreement as CSV: figures by coder, and both ratings of what came back."""

from collections.abc import Iterable
from typing import Any

from coder_app.services.reliability_tables import file_names
from coder_app.services.repeat_content import AGAIN, FIRST

AGREEMENT = (
    *("instrument", "rater", "level", "item", "recordings", "days_fewest", "days_median", "days_most"),
    *("icc", "lower", "upper", "word", "word_of_lower", "percent_agreement", "sem_again"),
    *("shift", "shift_lower", "shift_upper", "reason"),
)
RATINGS = ("target", "rater", "occasion", "item", "score")


def list_files(content: dict[str, Any], inputs: dict[str, Any]) -> Iterable[tuple[str, str, str]]:
    """Yield the end of each file's name, what it is, and its text."""
    yield "agreement.csv", "How far each coder agrees with themselves.", write_agreement(content)
    for name, ratings in zip(file_names(inputs["instruments"]), inputs["instruments"], strict=True):
        if ratings["pairs"]:
            about = f"Both ratings of what came back on {ratings['name']}, under recording codes."
            yield f"ratings-{name}.csv", about, write_ratings(ratings)


def write_agreement(content: dict[str, Any]) -> str:
    """Return a row for every coder, on every subscale and every item."""
    from coder_app.tables.writing import write_csv

    rows = []
    for found in content["instruments"]:
        coders = {one["label"]: one for one in found["coders"]}
        for level, parts in (("subscale", found["subscales"]), ("item", found["items"])):
            rows += [
                _row(found["name"], level, part["code"], row, coders[row["rater"]])
                for part in parts
                for row in part["coders"]
            ]
    return write_csv(AGREEMENT, rows)


def write_ratings(instrument: dict[str, Any]) -> str:
    """Return both ratings of every recording that came back, under recording codes, coders by number."""
    from coder_app.tables.writing import write_csv

    aliases = {coder["label"]: coder["alias"] for coder in instrument["coders"]}
    rows = [
        (pair["target"], aliases[pair["rater"]], occasion, item["code"], score)
        for pair in instrument["pairs"]
        for occasion, scores in ((FIRST, pair["first"]), (AGAIN, pair["again"]))
        for item, score in zip(instrument["items"], scores, strict=True)
    ]
    return write_csv(RATINGS, rows)


def _row(
    instrument: str, level: str, code: str, row: dict[str, Any], coder: dict[str, Any]
) -> tuple[Any, ...]:
    days, icc, shift = coder["days"], row["icc"], row["shift"]
    return (
        *(instrument, coder["alias"], level, code, row["n_targets"]),
        *(days["fewest"], days["median"], days["most"]),
        *(icc["estimate"], icc["lower"], icc["upper"], row["word"], row["lower_word"]),
        *(row["percent_agreement"], row["sem"]),
        *(shift["estimate"], shift["lower"], shift["upper"], row["reason"]),
    )
