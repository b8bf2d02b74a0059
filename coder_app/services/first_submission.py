"""Forms as they were first submitted: when, and each item's score, for figures over the order of coding."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.segments import WHOLE, mean_score
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Recording, Submission
from coder_app.services.actor import Actor

SUBMITTED = "submitted"


@dataclass(frozen=True)
class FirstForm:
    """One submitted form under its recording's code; a score of None was not codable.

    Where recordings are rated by segments, the score is the mean over those that could be coded.
    """

    round_id: int
    instrument_version_id: int
    recording_id: int
    user_id: int
    code: str
    submitted_at: datetime
    recognised: bool
    scores: dict[str, float | None]


def list_first_forms(db: Session, actor: Actor, rounds: Collection[int]) -> list[FirstForm]:
    """Return the submitted forms of these rounds in the order of their first submissions.

    A form that was reopened and is open again is left out; on the pages of agreement it counts as first
    submitted.
    """
    actor.check_sees(Thing.RATINGS)
    rows = db.execute(
        select(Assignment, Recording.code, Submission.submitted_at, Submission.ratings)
        .join(Recording, Recording.id == Assignment.recording_id)
        .join(
            Submission,
            (Submission.study_id == Assignment.study_id)
            & (Submission.assignment_id == Assignment.id)
            & (Submission.number == 1),
        )
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.round_id.in_(rounds),
            Assignment.state == SUBMITTED,
        )
        .order_by(Submission.submitted_at, Recording.code, Assignment.id)
    )
    return [
        FirstForm(
            round_id=row.Assignment.round_id,
            instrument_version_id=row.Assignment.instrument_version_id,
            recording_id=row.Assignment.recording_id,
            user_id=row.Assignment.user_id,
            code=row.code,
            submitted_at=row.submitted_at,
            recognised=row.Assignment.recognised_at is not None,
            scores=_scores(row.ratings),
        )
        for row in rows
    ]


def _scores(ratings: Iterable[dict[str, Any]]) -> dict[str, float | None]:
    given: dict[str, dict[int, int | None]] = defaultdict(dict)
    for one in ratings:
        given[one["item"]][one["segment"]] = one["score"]
    return {
        item: scores[WHOLE] if WHOLE in scores else mean_score(scores.values())
        for item, scores in given.items()
    }
