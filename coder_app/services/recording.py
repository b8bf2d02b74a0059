"""Recordings under their codes."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Recording
from coder_app.services.actor import Actor


@dataclass(frozen=True)
class RecordingEntry:
    """One recording, without anything of its source."""

    public_id: str
    code: str
    use: str
    seconds: float


@dataclass(frozen=True)
class Totals:
    """How much the study has; `seconds` is None for whoever must not see lengths."""

    n_study: int
    n_practice: int
    seconds: float | None


def list_recordings(db: Session, actor: Actor) -> list[RecordingEntry]:
    """Return the study's recordings by code."""
    actor.check_can(Act.IMPORT)
    actor.check_sees(Thing.RECORDINGS)
    rows = db.scalars(
        select(Recording).where(Recording.study_id == actor.study_id).order_by(Recording.code)
    ).all()
    return [RecordingEntry(row.public_id, row.code, row.use, row.duration_ms / 1000) for row in rows]


def count_recordings(db: Session, actor: Actor) -> Totals:
    """Return how many recordings the study has, and how long they are together where that may be seen."""
    actor.check_can(Act.IMPORT)
    rows = db.execute(
        select(Recording.use, func.count(), func.sum(Recording.duration_ms))
        .where(Recording.study_id == actor.study_id)
        .group_by(Recording.use)
    ).all()
    counts = {use: count for use, count, _ in rows}
    seconds = sum(milliseconds for _, _, milliseconds in rows) / 1000
    return Totals(
        counts.get("study", 0),
        counts.get("practice", 0),
        float(seconds) if actor.sees(Thing.RECORDINGS) else None,
    )
