"""One of a coder's own assignments: what the pages of one recording need."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.instruments import Instrument, parse_instrument
from coder_app.domain.permissions import Act
from coder_app.domain.segments import read_place
from coder_app.models import Assignment, InstrumentVersion, Listening, Rating, Recording, Segment
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound
from coder_app.services.segment import count_segments


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
class SegmentForm:
    """The items of one segment, or of the whole recording with the number 0; times in seconds."""

    number: int
    start: float
    end: float
    items: tuple[str, ...]
    ratings: dict[str, GivenRating]

    @property
    def missing(self) -> tuple[str, ...]:
        """The codes of the items that have neither a score nor a reason."""
        return tuple(code for code in self.items if not (code in self.ratings and self.ratings[code].stands))

    @property
    def answered(self) -> int:
        """How many items have a score or a reason."""
        return len(self.items) - len(self.missing)


@dataclass(frozen=True)
class OtherForm:
    """Another form of the same coder for the same listening, where the lead allows one for several forms."""

    public_id: str
    mask: str
    instrument: str
    state: str
    answered: int
    n_items: int


@dataclass(frozen=True)
class CodingForm:
    """One assignment with its instrument and the coder's answers so far, segment by segment.

    `stopped_at` is the segment and item of the newest answer; `others` are forms that share the listening.
    """

    public_id: str
    mask: str
    instrument: Instrument
    state: str
    duration: float
    segments: tuple[SegmentForm, ...]
    stopped_at: tuple[int, str | None]
    others: tuple[OtherForm, ...]
    submitted_at: datetime | None

    @property
    def missing(self) -> tuple[tuple[int, str], ...]:
        """The segment and the code of every item that has neither a score nor a reason."""
        return tuple((segment.number, code) for segment in self.segments for code in segment.missing)

    def name_missing(self) -> str:
        """Name the items that are missing, or where there are several segments their number in each."""
        if len(self.segments) > 1:
            return ", ".join(
                f"segment {one.number} ({len(one.missing)})" for one in self.segments if one.missing
            )
        return ", ".join(self.instrument.find_item(code).label for _, code in self.missing)

    @property
    def n_items(self) -> int:
        """How many ratings the form asks for."""
        return sum(len(segment.items) for segment in self.segments)

    @property
    def answered(self) -> int:
        """How many of them there are."""
        return sum(segment.answered for segment in self.segments)

    @property
    def go_on_at(self) -> tuple[int, str]:
        """The first open item from the newest answer onwards, or where none is open that of the answer."""
        places = [(segment.number, code) for segment in self.segments for code in segment.items]
        last = places.index(self.stopped_at) if self.stopped_at in places else 0
        is_open = set(self.missing)
        return next((place for place in places[last:] + places[:last] if place in is_open), places[last])

    def find_segment(self, number: int) -> SegmentForm | None:
        """Return the segment of that number, or None."""
        return next((segment for segment in self.segments if segment.number == number), None)


@dataclass(frozen=True)
class AudioFile:
    """Under which name the store keeps the audio of an assignment."""

    storage_name: str


def get_form(db: Session, actor: Actor, public_id: str) -> CodingForm:
    """Return one of the coder's own assignments with the answers so far."""
    actor.check_can(Act.RATE)
    row = db.execute(
        select(Assignment, InstrumentVersion.definition, Recording.duration_ms, Listening.together)
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .outerjoin(Listening, Listening.id == Assignment.listening_id)
        .where(*own(actor, public_id))
    ).first()
    if row is None:
        raise NotFound
    assignment, instrument = row.Assignment, parse_instrument(row.definition)
    return CodingForm(
        public_id=assignment.public_id,
        mask=assignment.mask,
        instrument=instrument,
        state=assignment.state,
        duration=row.duration_ms / 1000,
        segments=_list_segments(db, actor, assignment, instrument),
        stopped_at=(assignment.current_segment, assignment.current_item),
        others=_list_others(db, actor, assignment) if row.together else (),
        submitted_at=assignment.submitted_at,
    )


def _list_segments(
    db: Session, actor: Actor, assignment: Assignment, instrument: Instrument
) -> tuple[SegmentForm, ...]:
    given: dict[int, dict[str, GivenRating]] = defaultdict(dict)
    for name, trace in assignment.cleared.items():
        segment, item = read_place(name)
        given[segment][item] = GivenRating(None, None, trace["revision"])
    for rating, number in db.execute(
        select(Rating, Segment.number)
        .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
        .where(Rating.study_id == actor.study_id, Rating.assignment_id == assignment.id)
    ):
        given[number][rating.item] = GivenRating(rating.score, rating.reason, rating.revision)
    items = tuple(item.code for item in instrument.items)
    return tuple(
        SegmentForm(row.number, row.start_ms / 1000, row.end_ms / 1000, items, given[row.number])
        for row in db.execute(
            select(Segment.number, Segment.start_ms, Segment.end_ms)
            .where(
                Segment.study_id == actor.study_id,
                Segment.recording_id == assignment.recording_id,
                Segment.length_ms == instrument.segment_ms,
            )
            .order_by(Segment.number)
        )
    )


def _list_others(db: Session, actor: Actor, assignment: Assignment) -> tuple[OtherForm, ...]:
    rows = db.execute(
        select(
            Assignment,
            InstrumentVersion.name,
            InstrumentVersion.definition,
            count_answered(),
            count_segments(),
        )
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.user_id == actor.user_id,
            Assignment.listening_id == assignment.listening_id,
            Assignment.id != assignment.id,
        )
        .order_by(Assignment.place)
    )
    return tuple(
        OtherForm(
            public_id=other.public_id,
            mask=other.mask,
            instrument=name,
            state=other.state,
            answered=answered,
            n_items=len(definition["items"]) * n_segments,
        )
        for other, name, definition, answered, n_segments in rows
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


def count_answered(segment_id: ColumnElement[int] | None = None) -> ScalarSelect[int]:
    """Return, for a query over assignments, the number of answers that each has, in all or in one segment."""
    counted = aliased(Rating)
    here = () if segment_id is None else (counted.segment_id == segment_id,)
    return (
        select(func.count())
        .where(counted.study_id == Assignment.study_id, counted.assignment_id == Assignment.id, *here)
        .correlate(Assignment, Segment)
        .scalar_subquery()
    )


def own(actor: Actor, public_id: str) -> tuple:
    """Return the conditions that make a query find the coder's own assignment and no other."""
    return (
        Assignment.study_id == actor.study_id,
        Assignment.user_id == actor.user_id,
        Assignment.public_id == public_id,
    )
