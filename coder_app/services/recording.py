"""Recordings under their codes."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.rough import rough_minutes
from coder_app.domain.visibility import Thing
from coder_app.models import Recording
from coder_app.services.actor import Actor
from coder_app.services.recording_codes import is_released

_MS_AN_HOUR = 3_600_000


@dataclass(frozen=True)
class RecordingEntry:
    """One recording, without anything of its source.

    What a recording could be known by is None once coders have it, until the study is unmasked: `public_id`,
    by which it is heard, and `minutes`, rounded down to five; `checks` are empty then.
    """

    code: str
    use: str
    public_id: str | None
    minutes: int | None
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Totals:
    """How much the study has; `hours`, rounded down, is None for whoever must not see lengths."""

    n_study: int
    n_practice: int
    hours: int | None


def list_recordings(db: Session, actor: Actor) -> list[RecordingEntry]:
    """Return the study's recordings by code."""
    actor.check_can(Act.IMPORT)
    actor.check_sees(Thing.RECORDINGS)
    rows = db.execute(
        select(Recording, is_released()).where(Recording.study_id == actor.study_id).order_by(Recording.code)
    ).all()
    sealed = actor.phase is not Phase.UNMASKED
    return [_entry(row, hidden=released and sealed) for row, released in rows]


def _entry(row: Recording, *, hidden: bool) -> RecordingEntry:
    if hidden:
        return RecordingEntry(row.code, row.use, None, None, ())
    return RecordingEntry(row.code, row.use, row.public_id, rough_minutes(row.duration_ms), tuple(row.checks))


def count_recordings(db: Session, actor: Actor) -> Totals:
    """Return how many recordings the study has, and how long they are together where that may be seen."""
    actor.check_can(Act.IMPORT)
    rows = db.execute(
        select(Recording.use, func.count(), func.sum(Recording.duration_ms))
        .where(Recording.study_id == actor.study_id)
        .group_by(Recording.use)
    ).all()
    counts = {use: count for use, count, _ in rows}
    total = sum(milliseconds for _, _, milliseconds in rows)
    return Totals(
        counts.get("study", 0),
        counts.get("practice", 0),
        int(total) // _MS_AN_HOUR if actor.sees(Thing.RECORDINGS) else None,
    )
