"""What forms held when they were submitted first: a change after that was made knowing more."""

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from coder_app.models import Assignment, Submission
from coder_app.services.actor import Actor
from coder_app.services.selection import SUBMITTED

GivenScore = tuple[int, str, int | None]


def list_first_ratings(db: Session, actor: Actor, version_id: int) -> dict[int, list[GivenScore]]:
    """Return (segment, item, score) as first submitted, by assignment, of forms that were opened again."""
    again = aliased(Submission)
    query = (
        select(Submission.assignment_id, Submission.ratings)
        .join(
            Assignment,
            (Assignment.study_id == Submission.study_id) & (Assignment.id == Submission.assignment_id),
        )
        .outerjoin(
            again,
            (again.study_id == Submission.study_id)
            & (again.assignment_id == Submission.assignment_id)
            & (again.number == 2),
        )
        .where(
            Submission.study_id == actor.study_id,
            Submission.number == 1,
            Assignment.instrument_version_id == version_id,
            again.id.is_not(None) | (Assignment.state != SUBMITTED),
        )
    )
    return {
        row.assignment_id: [(given["segment"], given["item"], given["score"]) for given in row.ratings]
        for row in db.execute(query)
    }
