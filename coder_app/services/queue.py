"""A coder's queue: the coder's own assignments in the coder's own stored order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.permissions import Act
from coder_app.models import Assignment, InstrumentVersion, Listening, Recording
from coder_app.services.actor import Actor
from coder_app.services.assignment import count_answered
from coder_app.services.segment import count_segments
from coder_app.services.study import list_instruments


@dataclass(frozen=True)
class QueuedAssignment:
    """One of the coder's own assignments as the queue shows it.

    `n_items` counts an item once for each segment that it is rated in. `with_masks` names the coder's other
    forms of the same listening; without one listening for several forms it is empty.
    """

    public_id: str
    mask: str
    instrument: str
    n_items: int
    state: str
    duration: float
    answered: int
    worked_at: datetime | None
    n_segments: int
    with_masks: tuple[str, ...]


def list_queue(db: Session, actor: Actor) -> list[QueuedAssignment]:
    """Return the coder's assignments in the stored order; forms of one listening follow the first of them."""
    actor.check_can(Act.RATE)
    instruments = {version.id: version.instrument for version in list_instruments(db, actor, CODING)}
    rows = db.execute(
        select(
            Assignment.public_id,
            Assignment.mask,
            Assignment.instrument_version_id,
            Assignment.place,
            Assignment.state,
            Assignment.worked_at,
            Recording.duration_ms,
            Listening.id.label("together"),
            count_answered().label("answered"),
            count_segments().label("n_segments"),
        )
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .outerjoin(Listening, (Listening.id == Assignment.listening_id) & Listening.together)
        .where(Assignment.study_id == actor.study_id, Assignment.user_id == actor.user_id)
        .order_by(Assignment.place)
    ).all()
    return [
        _queued(row, instruments[row.instrument_version_id], group)
        for group in _groups(rows)
        for row in group
    ]


def _queued(row: Row, instrument: Instrument, group: list[Row]) -> QueuedAssignment:
    return QueuedAssignment(
        public_id=row.public_id,
        mask=row.mask,
        instrument=instrument.name,
        n_items=len(instrument.items) * row.n_segments,
        state=row.state,
        duration=row.duration_ms / 1000,
        answered=row.answered,
        worked_at=row.worked_at,
        n_segments=row.n_segments,
        with_masks=tuple(other.mask for other in group if other is not row),
    )


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Return forms of one listening together, in the order of the first of each group."""
    groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        groups[("alone", row.place) if row.together is None else ("together", row.together)].append(row)
    return list(groups.values())
