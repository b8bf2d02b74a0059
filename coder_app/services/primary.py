"""The primary coders' ratings, which are linked to the sequences once the key is open."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Rating, Segment
from coder_app.services.actor import Actor
from coder_app.services.given import of_round, over_segments
from coder_app.services.selection import SUBMITTED
from coder_app.services.study import list_instruments


@dataclass(frozen=True)
class PrimaryRatings:
    """The primary coders' ratings of one instrument: (recording id, item code, score)."""

    instrument: Instrument
    rows: tuple[tuple[int, str, float | None], ...]


def list_primary_ratings(db: Session, actor: Actor) -> list[PrimaryRatings]:
    """Return the primary coders' submitted ratings of the main round, for the linkage."""
    actor.check_sees(Thing.LINKAGE)
    found = []
    for version in list_instruments(db, actor, CODING):
        columns = select(Assignment.recording_id, Segment.number, Rating.item, Rating.score)
        query = (
            of_round(columns, actor, version.id)
            .join(Rating, (Rating.study_id == Assignment.study_id) & (Rating.assignment_id == Assignment.id))
            .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
            .where(Assignment.state == SUBMITTED, Assignment.is_primary)
            .order_by(Assignment.recording_id, Rating.item)
        )
        means = over_segments(tuple(row) for row in db.execute(query))
        rows = tuple((*key, score) for key, score in means.items())
        found.append(PrimaryRatings(version.instrument, rows))
    return found
