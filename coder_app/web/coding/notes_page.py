"""The coder's own notes as a page shows them."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for

from coder_app.domain.instruments import Instrument
from coder_app.domain.note import LONGEST
from coder_app.services.assignment import CodingForm
from coder_app.services.note import KeptNote
from coder_app.web.coding.words import clock


@dataclass(frozen=True)
class NoteRow:
    """One note; without an item it belongs to the recording."""

    note: str
    at_ms: int
    item: str | None
    item_label: str | None
    text: str
    revision: int

    @property
    def clock(self) -> str:
        """The time of the note."""
        return clock(self.at_ms / 1000)


@dataclass(frozen=True)
class PlainNote:
    """The form for a note without scripts, with what was typed and could not be saved; `note` is its id."""

    note: str
    time: str = ""
    item: str = ""
    text: str = ""
    error: str | None = None


@dataclass(frozen=True)
class NotesView:
    """All notes on one recording, and what is needed to write more."""

    rows: tuple[NoteRow, ...]
    items: tuple[tuple[str, str], ...]
    save_url: str
    form_url: str
    segment: int
    plain: PlainNote
    longest: int = LONGEST


def note_rows(instrument: Instrument, notes: Iterable[KeptNote]) -> tuple[NoteRow, ...]:
    """Return notes with the labels of their items."""
    labels = {item.code: item.label for item in instrument.items}
    return tuple(
        NoteRow(note.public_id, note.at_ms, note.item, labels.get(note.item), note.text, note.revision)
        for note in notes
    )


def notes_view(form: CodingForm, segment: int, notes: Iterable[KeptNote], plain: PlainNote) -> NotesView:
    """Return the notes on one of the coder's own assignments, for the page of one of its segments."""
    return NotesView(
        rows=note_rows(form.instrument, notes),
        items=tuple((item.code, item.label) for item in form.instrument.items),
        save_url=url_for("coding.save_note", assignment=form.public_id),
        form_url=url_for("coding.save_note_form", assignment=form.public_id),
        segment=segment,
        plain=plain,
    )
