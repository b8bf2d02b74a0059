"""Words of a file that stand for a session, an informant, a measure or who attended, matched by a person."""

import re
from collections.abc import Mapping as Measures

from coder_app.domain.instruments import INFORMANTS, Instrument, plain_name
from coder_app.tables.attendance import propose_attendance, read_attendance
from coder_app.tables.mapping import ATTENDANCE, INFORMANT, MEASURE, SESSION, WORDED
from coder_app.tables.mapping_names import propose_informant
from coder_app.tables.numbers import is_missing, read_whole
from coder_app.tables.score_cells import find_measure
from coder_app.tables.text import TextTable

MOST_WORDS = 60
_SHORTEST = 3
_MOST_LOOKED_AT = 2_000
_EVENT = re.compile(
    r"(?:session|sessie|sess|ses|zitting|gesprek|visit|meting|meetmoment|week|event|tijdstip|time|s|t|m|w)?"
    r"[ _.-]*0*([1-9][0-9]{0,2})(?:e|de|ste)?[ _.-]*(?:session|sessie|zitting|gesprek|meting)?"
    r"(?:_arm_[0-9]+[a-z]?)?",
    re.IGNORECASE,
)


def number_of_event(text: str) -> int | None:
    """Return the number that a word of a session has: session_3_arm_1, S3, sessie 3, 3e sessie."""
    if number := read_whole(text):
        return number
    found = _EVENT.fullmatch(text.strip())
    return int(found[1]) if found else None


def find_words(
    table: TextTable, columns: dict[str, str], measures: Measures[str, Instrument]
) -> dict[str, dict[str, str | None]]:
    """Return by role the words that are not read as they stand, each with what it probably means or None.

    All rows are looked at, so that nobody meets a word in the last one that cannot be matched.
    """
    texts = _distinct(table, columns)
    found: dict[str, dict[str, str | None]] = {}
    for role, column in columns.items():
        labels = table.value_labels.get(column, {})
        own = {
            text: propose_word(role, text, labels.get(text), measures)
            for text in texts[role].values()
            if not is_read(role, text, measures)
        }
        if own and len(own) <= MOST_WORDS:
            found[role] = own
    return found


def is_read(role: str, text: str, measures: Measures[str, Instrument]) -> bool:
    """Whether a word is understood without a person; an empty cell is no word."""
    if not text:
        return True
    if role == SESSION:
        return bool(read_whole(text))
    if role == INFORMANT:
        return text.casefold() in INFORMANTS
    if role == MEASURE:
        return find_measure(text, measures) is not None
    return read_attendance(text) is not None


def propose_word(role: str, text: str, label: str | None, measures: Measures[str, Instrument]) -> str | None:
    """Return what a word probably stands for, None where nothing speaks for anything."""
    if role == SESSION:
        number = number_of_event(text) or number_of_event(label or "")
        return str(number) if number else None
    if role == INFORMANT:
        return propose_informant(text, label)
    if role == ATTENDANCE:
        return propose_attendance(label or "") or propose_attendance(text)
    return _propose_measure(label or text, measures) or _propose_measure(text, measures)


def _propose_measure(text: str, measures: Measures[str, Instrument]) -> str | None:
    plain = plain_name(text)
    found = set()
    for name, measure in measures.items():
        for own in map(plain_name, (measure.name, measure.title, *measure.aliases)):
            if len(own) >= _SHORTEST and (own in plain or (len(plain) >= _SHORTEST and plain in own)):
                found.add(name)
    return found.pop() if len(found) == 1 else None


def _distinct(table: TextTable, columns: dict[str, str]) -> dict[str, dict[str, str]]:
    """The different words of some columns in the order of first appearance; case does not count."""
    places = {role: table.columns.index(column) for role, column in columns.items() if role in WORDED}
    found: dict[str, dict[str, str]] = {role: {} for role in columns}
    seen: dict[str, set[str]] = {role: set() for role in columns}
    if not places:
        return found
    for _, cells in table.iter_rows():
        for role, place in places.items():
            text = cells[place]
            if text in seen[role] or len(seen[role]) >= _MOST_LOOKED_AT:
                continue
            seen[role].add(text)
            if role != SESSION or not is_missing(text):
                found[role].setdefault(text.casefold(), text)
    return found
