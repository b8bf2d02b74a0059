"""The segments of recordings as rows: made when recordings are allotted, the same for all coders."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, ScalarSelect, func, insert, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.segments import cut
from coder_app.models import Assignment, InstrumentVersion, Recording, Segment
from coder_app.services.actor import Actor


def add_segments(db: Session, actor: Actor, recordings: Iterable[int], lengths: Iterable[int]) -> None:
    """Cut recordings into segments of these lengths, in milliseconds; 0 and what is cut already is left."""
    wanted = {(recording, length) for recording in recordings for length in lengths if length}
    if not wanted:
        return
    there = db.execute(
        select(Segment.recording_id, Segment.length_ms).where(Segment.study_id == actor.study_id).distinct()
    )
    wanted -= {tuple(row) for row in there}
    asked = select(Recording.id, Recording.duration_ms).where(
        Recording.study_id == actor.study_id, Recording.id.in_({recording for recording, _ in wanted})
    )
    durations = {row.id: row.duration_ms for row in db.execute(asked)}
    rows = [
        {
            "study_id": actor.study_id,
            "recording_id": recording,
            "length_ms": length,
            "number": stretch.number,
            "start_ms": stretch.start_ms,
            "end_ms": stretch.end_ms,
        }
        for recording, length in sorted(wanted)
        for stretch in cut(durations[recording], length)
    ]
    if rows:
        db.execute(insert(Segment), rows)


def segment_length() -> ColumnElement[int]:
    """Return, for a query over instrument versions, the length of the segments that each is rated in."""
    return func.coalesce(InstrumentVersion.definition["segment_minutes"].as_integer(), 0) * 60_000


def count_segments() -> ScalarSelect[int]:
    """Return, for a query over assignments and their instruments, how many segments each has; 1 if none."""
    counted = aliased(Segment)
    return (
        select(func.count())
        .where(
            counted.study_id == Assignment.study_id,
            counted.recording_id == Assignment.recording_id,
            counted.length_ms == segment_length(),
        )
        .correlate(Assignment, InstrumentVersion)
        .scalar_subquery()
    )
