"""When a coder's note at a moment of a recording is accepted, and how its time is read."""

import re
from dataclasses import dataclass

from coder_app.domain.instruments import Instrument
from coder_app.domain.problems import shorten
from coder_app.domain.sentences import Sentence, say

LONGEST = 2000
_ID = re.compile(r"[0-9a-f]{32}")
_TIME = re.compile(r"(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-5][0-9])")


@dataclass(frozen=True)
class NoteChange:
    """A note on its way, new, changed or removed; without an item it belongs to the recording.

    `note` is an id that the page has drawn; `page`, `sequence` and `base` are as in a rating's change.
    """

    note: str
    item: str | None
    at_ms: int
    text: str
    removed: bool
    page: str
    sequence: int
    base: int


def find_fault(instrument: Instrument, length_ms: int, change: NoteChange) -> Sentence | None:
    """Return why a note cannot stand on a recording of this length, None when it can."""
    if not _ID.fullmatch(change.note):
        return say("The note has no id that can be kept.")
    if change.removed:
        return None
    if change.item is not None and instrument.find_item(change.item) is None:
        unknown = repr(shorten(change.item))
        return say("%(instrument)s has no item %(item)s.", instrument=instrument.name, item=unknown)
    if not 0 <= change.at_ms <= length_ms:
        return say("The time of the note is not within the recording.")
    if len(change.text) > LONGEST:
        return say("The note is longer than %(count)s characters.", count=LONGEST)
    return None


def read_time(text: str) -> int | None:
    """Return the milliseconds of a time written as 31:07 or 1:31:07, None when it is neither."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if found[1] is not None and minutes > 59:
        return None
    return ((hours * 60 + minutes) * 60 + seconds) * 1000
