"""Cells that are no values but what a spreadsheet computed, or could not."""

import re

FORMULA, ERROR, NO_DATE = "formulas", "errors of the spreadsheet", "dates of no calendar"
SHORTENED = "shortened numbers"

# As Excel and LibreOffice write them; #N/A and #NULL! stand for missing numbers in text files.
_ERRORS = frozenset({"#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#SPILL!", "#CALC!", "#GETTING_DATA"})

# As Excel writes an id or number of many digits into a text file, where its last digits are lost.
_SHORTENED = re.compile(r"[+-]?[0-9](?:[.,][0-9]+)?E\+[0-9]{2,3}")

SAID_OF_ODD = {
    FORMULA: "The cell holds the formula {text}. Copy the column, paste it as values in its own place, and "
    "save the file again.",
    ERROR: "The cell holds the error {text}. Correct it, or empty the cell where the value is missing.",
    NO_DATE: "The cell is shown as a date but holds {text}, which is none. Correct it or change its format.",
    SHORTENED: "The cell holds {text}, which a spreadsheet made of a longer number. Give the column the "
    "format of a text or of a number without decimals, and save the file again.",
}


def find_odd_text(text: str) -> str | None:
    """Return what a text of a text file is where it is no value, otherwise None."""
    if text.startswith("=") and len(text) > 1:
        return FORMULA
    if text.startswith("#"):
        return ERROR if text.upper() in _ERRORS else None
    return SHORTENED if "E+" in text and _SHORTENED.fullmatch(text) else None
