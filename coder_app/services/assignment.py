"""A coder's own assignments: the queue, and what the pages of one recording need."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.instruments import CODING, Instrument, parse_instrument
from coder_app.domain.permissions import Act
from coder_app.models import Assignment, InstrumentVersion, Rating, Recording
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound
from coder_app.services.study import list_instruments


@dataclass(frozen=True)
class QueuedAssignment:
    """One of the coder's own assignments as the queue shows it."""

    public_id: str
    mask: str
    instrument: str
    n_items: int
    state: str
    duration: float
    answered: int
    worked_at: datetime | None


@dataclass(frozen=True)
class GivenRating:
    """What a coder has answered to an item; both None once the answer was cleared."""

    score: int | None
    reason: str | None
    revision: int

    @property
    def stands(self) -> bool:
        """Whether there is an answer, a score of 0 being one."""
        return self.score is not None or self.reason is not None


@dataclass(frozen=True)
class CodingForm:
    """One assignment with its instrument and the coder's answers so far, by item code."""

    public_id: str
    mask: str
    instrument: Instrument
    state: str
    duration: float
    ratings: dict[str, GivenRating]
    submitted_at: datetime | None

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of the items that have neither a score nor a reason."""
        given = {code for code, rating in self.ratings.items() if rating.stands}
        return tuple(item.code for item in self.instrument.items if item.code not in given)


@dataclass(frozen=True)
class AudioFile:
    """Under which name the store keeps the audio of an assignment."""

    storage_name: str


def list_queue(db: Session, actor: Actor) -> list[QueuedAssignment]:
    """Return the coder's assignments in the coder's own stored order."""
    actor.check_can(Act.RATE)
    versions = {version.id: version.instrument for version in list_instruments(db, actor, CODING)}
    rows = db.execute(
        select(
            Assignment.public_id,
            Assignment.mask,
            Assignment.instrument_version_id,
            Assignment.state,
            Assignment.worked_at,
            Recording.duration_ms,
            count_answered().label("answered"),
        )
        .join(Recording, Recording.id == Assignment.recording_id)
        .where(Assignment.study_id == actor.study_id, Assignment.user_id == actor.user_id)
        .order_by(Assignment.place)
    )
    return [
        QueuedAssignment(
            public_id=row.public_id,
            mask=row.mask,
            instrument=versions[row.instrument_version_id].name,
            n_items=len(versions[row.instrument_version_id].items),
            state=row.state,
            duration=row.duration_ms / 1000,
            answered=row.answered,
            worked_at=row.worked_at,
        )
        for row in rows
    ]


def get_form(db: Session, actor: Actor, public_id: str) -> CodingForm:
    """Return one of the coder's own assignments with the answers so far."""
    actor.check_can(Act.RATE)
    row = db.execute(
        select(Assignment, InstrumentVersion.definition, Recording.duration_ms)
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .where(*own(actor, public_id))
    ).first()
    if row is None:
        raise NotFound
    assignment = row.Assignment
    ratings = {item: GivenRating(None, None, trace["revision"]) for item, trace in assignment.cleared.items()}
    for rating in db.scalars(
        select(Rating).where(Rating.study_id == actor.study_id, Rating.assignment_id == assignment.id)
    ):
        ratings[rating.item] = GivenRating(rating.score, rating.reason, rating.revision)
    return CodingForm(
        public_id=assignment.public_id,
        mask=assignment.mask,
        instrument=parse_instrument(row.definition),
        state=assignment.state,
        duration=row.duration_ms / 1000,
        ratings=ratings,
        submitted_at=assignment.submitted_at,
    )


def get_audio(db: Session, actor: Actor, public_id: str) -> AudioFile:
    """Return where the audio of one of the coder's own assignments lies in the store."""
    actor.check_can(Act.RATE)
    name = db.scalars(
        select(Recording.storage_name)
        .join(Assignment, Assignment.recording_id == Recording.id)
        .where(*own(actor, public_id))
    ).first()
    if name is None:
        raise NotFound
    return AudioFile(name)


def count_answered() -> ScalarSelect[int]:
    """Return, for a query over assignments, the number of answers that each has."""
    counted = aliased(Rating)
    return (
        select(func.count())
        .where(counted.study_id == Assignment.study_id, counted.assignment_id == Assignment.id)
        .correlate(Assignment)
        .scalar_subquery()
    )


def own(actor: Actor, public_id: str) -> tuple:
    """Return the conditions that make a query find the coder's own assignment and no other."""
    return (
        Assignment.study_id == actor.study_id,
        Assignment.user_id == actor.user_id,
        Assignment.public_id == public_id,
    )
