"""A coder's queue: the coder's own assignments in the coder's own stored order."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.heard import share_heard
from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.permissions import Act
from coder_app.models import Assignment, InstrumentVersion, Listening, Recording, Round, Submission
from coder_app.services.actor import Actor
from coder_app.services.assignment import count_answered
from coder_app.services.segment import count_segments
from coder_app.services.study import list_instruments


@dataclass(frozen=True)
class QueuedRound:
    """What a coder's queue needs of a round: its name only where the lead lets coders read it."""

    number: int
    name: str | None
    weekly_goal: int | None


@dataclass(frozen=True)
class QueuedAssignment:
    """One of the coder's own assignments as the queue shows it.

    `n_items` counts an item once for each segment that it is rated in. `heard` is a share, None when nothing
    is known. Forms of one `group` share a listening, and `with_masks` names the others of the group.
    """

    public_id: str
    mask: str
    instrument: str
    n_items: int
    state: str
    duration: float
    answered: int
    worked_at: datetime | None
    first_submitted_at: datetime | None
    heard: float | None
    n_segments: int
    round: QueuedRound
    group: int
    with_masks: tuple[str, ...]


def list_queue(db: Session, actor: Actor) -> list[QueuedAssignment]:
    """Return the coder's assignments in the stored order; forms of one listening follow the first of them."""
    actor.check_can(Act.RATE)
    instruments = {version.id: version.instrument for version in list_instruments(db, actor, CODING)}
    # A recording that comes back is one more of its round, whatever the coder reads of rounds.
    shown = aliased(Round)
    rows = db.execute(
        select(
            Assignment.public_id,
            Assignment.mask,
            Assignment.instrument_version_id,
            Assignment.place,
            Assignment.state,
            Assignment.worked_at,
            Submission.submitted_at.label("first_submitted_at"),
            Recording.duration_ms,
            Listening,
            shown.id.label("round"),
            case((shown.announced, shown.name)).label("round_name"),
            shown.weekly_goal,
            count_answered().label("answered"),
            count_segments().label("n_segments"),
        )
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .join(
            shown,
            (shown.study_id == Round.study_id) & (shown.id == func.coalesce(Round.of_round_id, Round.id)),
        )
        .outerjoin(Listening, Listening.id == Assignment.listening_id)
        .outerjoin(
            Submission,
            (Submission.study_id == Assignment.study_id)
            & (Submission.assignment_id == Assignment.id)
            & (Submission.number == 1),
        )
        .where(Assignment.study_id == actor.study_id, Assignment.user_id == actor.user_id)
        .order_by(Assignment.place)
    ).all()
    return [
        _queued(row, instruments[row.instrument_version_id], number, group)
        for number, group in enumerate(_groups(rows))
        for row in group
    ]


def _queued(row: Row, instrument: Instrument, number: int, group: list[Row]) -> QueuedAssignment:
    return QueuedAssignment(
        public_id=row.public_id,
        mask=row.mask,
        instrument=instrument.name,
        n_items=len(instrument.items) * row.n_segments,
        state=row.state,
        duration=row.duration_ms / 1000,
        answered=row.answered,
        worked_at=row.worked_at,
        first_submitted_at=row.first_submitted_at,
        heard=_heard(row.Listening, row.duration_ms),
        n_segments=row.n_segments,
        round=QueuedRound(row.round, row.round_name, row.weekly_goal),
        group=number,
        with_masks=tuple(other.mask for other in group if other is not row),
    )


def _heard(listening: Listening | None, duration_ms: int) -> float | None:
    known = listening is not None and listening.heard_at is not None
    return share_heard(listening.stretches, 0, duration_ms) if known else None


def _groups(rows: Sequence[Row]) -> list[list[Row]]:
    """Return forms of one listening together, in the order of the first of each group."""
    groups: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows:
        together = row.Listening is not None and row.Listening.together
        groups[("together", row.Listening.id) if together else ("alone", row.place)].append(row)
    return list(groups.values())
