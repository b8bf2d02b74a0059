"""A coder's own notes at moments of a recording: nobody else is ever given them.

Their texts are not in the audit trail, which can be taken away: a note can hold a name.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import Instrument, parse_instrument
from coder_app.domain.note import NoteChange, find_fault
from coder_app.domain.permissions import Act
from coder_app.domain.problems import shorten
from coder_app.domain.rating import Trace, Verdict, judge
from coder_app.domain.sentences import Sentence, say
from coder_app.models import Assignment, InstrumentVersion, Note, Recording
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound


@dataclass(frozen=True)
class KeptNote:
    """A note as it stands; without an item it belongs to the recording, and a removed one has no words."""

    public_id: str
    item: str | None
    at_ms: int
    text: str
    revision: int
    removed: bool = False


@dataclass(frozen=True)
class Saved:
    """The note now stands as it was sent, or as a later change of the same page left it."""

    at: datetime
    revision: int


@dataclass(frozen=True)
class Conflict:
    """Another page has changed the note meanwhile; nothing was written. None is a removed note."""

    note: KeptNote | None
    revision: int


@dataclass(frozen=True)
class Refusal:
    """The note cannot stand; that was recorded in the audit trail and nothing else was written."""

    message: Sentence


@dataclass
class _Target:
    """The rows that one change is about."""

    assignment: Assignment
    instrument: Instrument
    length_ms: int
    note: Note | None


def list_notes(db: Session, actor: Actor, assignment: str, *, with_removed: bool = False) -> list[KeptNote]:
    """Return the coder's own notes on one recording by their time."""
    actor.check_can(Act.RATE)
    wanted = () if with_removed else (Note.removed_at.is_(None),)
    rows = db.scalars(
        select(Note)
        .join(Assignment, Assignment.id == Note.assignment_id)
        .where(*own(actor, assignment), Note.study_id == actor.study_id, *wanted)
        .order_by(Note.at_ms, Note.id)
    )
    return [_kept(note) for note in rows]


def save(db: Session, actor: Actor, assignment: str, change: NoteChange) -> Saved | Conflict | Refusal:
    """Save one note with its audit row; what is refused is recorded too, so the caller must commit."""
    actor.check_can(Act.RATE)
    target = _get_target(db, actor, assignment, change.note)
    fault = _find_fault(target, change)
    if fault:
        told = {"note": shorten(change.note), "item": shorten(change.item), "at_ms": change.at_ms}
        audit.record(db, actor, "refuse note", assignment, **told, why=fault)
        return Refusal(fault)
    note = target.note
    last = Trace(note.revision, note.page, note.sequence) if note else None
    verdict = judge(change, last)
    if verdict is Verdict.CONFLICT:
        audit.record(db, actor, "find note conflict", assignment, **_told(change), base=change.base)
        stands = note if note and note.removed_at is None else None
        return Conflict(_kept(stands) if stands else None, last.revision if last else 0)
    if verdict is Verdict.LATE:
        return Saved(actor.now(), note.revision)
    written = _write(db, actor, target, change)
    db.flush()
    return Saved(actor.now(), written.revision)


def _get_target(db: Session, actor: Actor, assignment: str, note: str) -> _Target:
    sought = {
        "in_study": actor.study_id,
        "of_user": actor.user_id,
        "sought_assignment": assignment,
        "sought_note": note,
    }
    row = db.execute(_select_target(), sought).first()
    if row is None:
        raise NotFound
    found, definition, length_ms, kept = row
    return _Target(found, parse_instrument(definition), length_ms, kept)


@cache
def _select_target() -> Select:
    """Built once: putting the statement together takes longer than running it."""
    return (
        select(Assignment, InstrumentVersion.definition, Recording.duration_ms, Note)
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .outerjoin(
            Note,
            (Note.study_id == Assignment.study_id)
            & (Note.assignment_id == Assignment.id)
            & (Note.public_id == bindparam("sought_note")),
        )
        .where(
            Assignment.study_id == bindparam("in_study"),
            Assignment.user_id == bindparam("of_user"),
            Assignment.public_id == bindparam("sought_assignment"),
        )
        .with_for_update(of=Assignment)
    )


def _find_fault(target: _Target, change: NoteChange) -> Sentence | None:
    if target.assignment.state == "submitted":
        return say(
            "This recording was submitted and its notes can no longer be changed; this change was not saved."
        )
    return find_fault(target.instrument, target.length_ms, change)


def _write(db: Session, actor: Actor, target: _Target, change: NoteChange) -> Note:
    assignment, note, now = target.assignment, target.note, actor.now()
    before = {"item": note.item, "at_ms": note.at_ms} if note else None
    act = _act(note, change)
    if note is None:
        note = Note(
            study_id=actor.study_id,
            assignment_id=assignment.id,
            public_id=change.note,
            item=None,
            at_ms=0,
            revision=0,
            created_at=now,
        )
        db.add(note)
    if change.removed:
        # The row stays, so that a change that comes late does not bring the note back.
        note.text, note.removed_at = "", now
    else:
        note.text, note.removed_at = change.text, None
        note.item, note.at_ms = change.item, change.at_ms
    note.revision += 1
    note.page, note.sequence, note.changed_at = change.page, change.sequence, now
    assignment.worked_at = now
    if assignment.state == "not started":
        assignment.state = "in progress"
    audit.record(db, actor, act, assignment.public_id, **_told(change), revision=note.revision, before=before)
    return note


def _act(note: Note | None, change: NoteChange) -> str:
    if change.removed:
        return "remove note"
    return "add note" if note is None or note.removed_at is not None else "change note"


def _told(change: NoteChange) -> dict[str, object]:
    told = {"note": change.note, "page": change.page, "sequence": change.sequence}
    return told if change.removed else {**told, "item": change.item, "at_ms": change.at_ms}


def _kept(note: Note) -> KeptNote:
    removed = note.removed_at is not None
    return KeptNote(note.public_id, note.item, note.at_ms, note.text, note.revision, removed)
