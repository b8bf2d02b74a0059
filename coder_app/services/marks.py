"""Which recordings somebody came to know while the study was blind: opened in an emergency, or recognised.

What happens after it mattered does not count: opening a recording after unmasking, recognising one after the
coding was locked.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Recording, Round, Study
from coder_app.services.actor import Actor

MAIN = "main"


@dataclass(frozen=True)
class Marks:
    """When recordings of the main round were opened, each once, and how many of its forms are marked."""

    opened: tuple[datetime, ...]
    n_recognised: int

    @property
    def any(self) -> bool:
        """Whether there is anything to be said."""
        return bool(self.opened or self.n_recognised)


@dataclass(frozen=True)
class PrimaryMarks:
    """Ids of opened recordings, and (scale, recording id) of those that their primary coder recognised."""

    opened: frozenset[int]
    recognised: frozenset[tuple[str, int]]


def get_marks(db: Session, actor: Actor) -> Marks:
    """Count what the pages about results have to name."""
    actor.check_sees(Thing.RATINGS)
    in_round = _in_main_round(actor, select(Assignment.recording_id))
    opened = db.scalars(
        select(Recording.opened_at)
        .where(Recording.study_id == actor.study_id, Recording.id.in_(in_round), is_opened(actor))
        .order_by(Recording.opened_at)
    )
    recognised = db.scalars(_in_main_round(actor, select(Assignment.id)).where(is_recognised(actor)))
    return Marks(tuple(opened), len(recognised.all()))


def list_primary_marks(db: Session, actor: Actor) -> PrimaryMarks:
    """Return which of the recordings that are linked carry a mark."""
    actor.check_sees(Thing.LINKAGE)
    rows = db.execute(
        _in_main_round(
            actor,
            select(
                InstrumentVersion.name,
                Assignment.recording_id,
                is_opened(actor).label("opened"),
                is_recognised(actor).label("recognised"),
            ),
        )
        .join(Recording, Recording.id == Assignment.recording_id)
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .where(Assignment.is_primary)
    ).all()
    return PrimaryMarks(
        opened=frozenset(row.recording_id for row in rows if row.opened),
        recognised=frozenset((row.name, row.recording_id) for row in rows if row.recognised),
    )


def is_opened(actor: Actor) -> ColumnElement[bool]:
    """Return, for a query over recordings, whether one was opened while the study was blind."""
    unmasked_at = select(Study.unmasked_at).where(Study.id == actor.study_id).scalar_subquery()
    in_time = unmasked_at.is_(None) | (Recording.opened_at < unmasked_at)
    return Recording.opened_at.is_not(None) & in_time


def is_recognised(actor: Actor) -> ColumnElement[bool]:
    """Return, for a query over assignments, whether the recording was recognised before coding was locked."""
    locked_at = select(Study.locked_at).where(Study.id == actor.study_id).scalar_subquery()
    in_time = locked_at.is_(None) | (Assignment.recognised_at <= locked_at)
    return Assignment.recognised_at.is_not(None) & in_time


def _in_main_round(actor: Actor, query):
    return query.join(Round, Round.id == Assignment.round_id).where(
        Assignment.study_id == actor.study_id, Round.purpose == MAIN
    )
