"""Reads notes from what a browser sends, as JSON or as a plain form."""

from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from coder_app.domain.note import NoteChange, read_time
from coder_app.web.coding.form import is_count, is_text, is_whole, read_count
from coder_app.web.coding.notes_page import PlainNote

# Before the recording begins: no time could be read.
_NO_TIME = -1


def read_note(data: Any) -> NoteChange | None:
    """Return the note that the page's script sent, None when it has not the agreed form."""
    if not isinstance(data, dict):
        return None
    note, item, at_ms, text, removed = (data.get(key) for key in ("note", "item", "at_ms", "text", "removed"))
    page, sequence, base = data.get("page"), data.get("sequence"), data.get("base")
    texts = is_text(note) and is_text(page) and 0 < len(page) <= 32 and _is_prose(text)
    counts = is_count(sequence) and is_count(base) and is_whole(at_ms)
    if not (texts and counts and (item is None or is_text(item)) and isinstance(removed, bool)):
        return None
    return NoteChange(note, item, at_ms, text, removed, page, sequence, base)


@dataclass(frozen=True)
class SentNote:
    """What a plain form asks for, and how it is shown again when that cannot be."""

    change: NoteChange
    shown: PlainNote
    has_time: bool


def read_plain_note(data: MultiDict, page: str) -> SentNote:
    """Return the note that a plain form adds, or the one that its "Remove" button names."""
    removed = data.get("remove")
    if removed is not None:
        change = NoteChange(removed, None, 0, "", True, page, 1, read_count(data.get("revision", "0")))
        return SentNote(change, PlainNote(page), True)
    # Drawn with the form, so that a form sent twice adds one note.
    note = data.get("note", "")
    text = data.get("text", "").replace("\r\n", "\n").replace("\x00", "")
    shown = PlainNote(note, data.get("time", ""), data.get("item", ""), text)
    at_ms = read_time(shown.time)
    change = NoteChange(
        note, shown.item or None, _NO_TIME if at_ms is None else at_ms, text, False, note, 1, 0
    )
    return SentNote(change, shown, at_ms is not None)


def _is_prose(text: Any) -> bool:
    """Whether a text can be stored: no database keeps half a character, and PostgreSQL no NUL."""
    return isinstance(text, str) and "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)
