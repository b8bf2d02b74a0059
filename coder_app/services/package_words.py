"""What package, codebook and SPSS files say of columns: which are names, which words have codes."""

from typing import Any

from coder_app.domain.instruments import INFORMANTS, Instrument
from coder_app.services.export_words import MEANINGS

# Names, also where all of a study's are made of digits.
TEXTS = frozenset(
    (
        *(
            "dyad",
            "target",
            "rater",
            "other_rater",
            "coder",
            "sequence",
            "item",
            "items",
            "subscale",
            "label",
        ),
        *(
            "label",
            "instrument",
            "measure",
            "other_measure",
            "reason",
            "first_target",
            "last_target",
            "driver",
        ),
        *("covariate", "category", "group_of_dyads", "setting", "value", "meaning", "notes"),
    )
)
_TYPES = ("repaired", "unrepaired")
_POSITIONS = ("pre", "central", "post")
# column: words in the order of their codes, which begin at 1 and are the same in every study
CODES: dict[str, tuple[str, ...]] = {
    "informant": INFORMANTS,
    "other_informant": INFORMANTS,
    "position": _POSITIONS,
    "part": _POSITIONS,
    "type": _TYPES,
    "rupture_type": (*_TYPES, "all"),
    "source": ("file", "answers"),
    "criterion": ("control chart", "absolute", "both"),
}
APOSTROPHE = (
    "A text that begins with = + - @, a tab or a line end has an apostrophe before it in the CSV files, so "
    "that no spreadsheet runs it; numbers never have one. In the workbook and the SPSS files the same text "
    "stands without it, as text."
)


def is_text(column: str) -> bool:
    """Whether a column is text whatever it holds."""
    return column in TEXTS or column.endswith("reason") or column.startswith("why_")


def meaning_of(column: str) -> str:
    """Return what a column means."""
    return MEANINGS.get(column, "")


def anchors_of(instrument: Instrument, wordings: bool) -> dict[int, str]:
    """Return the words of an instrument's scores; none where its wording stays with the lab."""
    return {anchor.score: anchor.label for anchor in instrument.anchors} if wordings else {}


def labels_of(column: str, anchors: dict[int, str]) -> dict[str, Any]:
    """Return what an SPSS file says of a column, as the process that writes it reads it."""
    return {
        "label": meaning_of(column),
        "codes": CODES.get(column, ()),
        "values": anchors if column == "score" else {},
    }
