"""Forms and what they held when they were submitted first, of one instrument and round."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from coder_app.domain.segments import WHOLE, mean_score
from coder_app.models import Assignment, Rating, Recording, Round, RoundRecording, Segment, Submission
from coder_app.services.actor import Actor
from coder_app.services.resubmission import list_first_ratings
from coder_app.services.selection import MAIN, SUBMITTED, Selection

EVERYTHING = Selection()


@dataclass(frozen=True)
class Form:
    """One coder's form of a recording; `first` is None until it was submitted once."""

    id: int
    code: str
    user_id: int
    first: datetime | None


def list_forms(
    db: Session, actor: Actor, version_id: int, selection: Selection, *, subset_only: bool = True
) -> list[Form]:
    """Return the forms of the recordings that every coder codes, or of all recordings of the round."""
    # Forms that were made before submissions were kept have the time of their only one.
    first = func.coalesce(Submission.submitted_at, Assignment.submitted_at)
    columns = select(Assignment.id, Recording.code, Assignment.user_id, first.label("first"))
    query = (
        of_round(columns, actor, version_id, selection)
        .join(
            RoundRecording,
            (RoundRecording.study_id == Assignment.study_id)
            & (RoundRecording.round_id == Assignment.round_id)
            & (RoundRecording.recording_id == Assignment.recording_id),
        )
        .join(
            Recording,
            (Recording.study_id == Assignment.study_id) & (Recording.id == Assignment.recording_id),
        )
        .outerjoin(
            Submission,
            (Submission.study_id == Assignment.study_id)
            & (Submission.assignment_id == Assignment.id)
            & (Submission.number == 1),
        )
    )
    if subset_only:
        query = query.where(RoundRecording.in_subset)
    return [Form(*row) for row in db.execute(query)]


def list_ratings(
    db: Session, actor: Actor, version_id: int, selection: Selection
) -> list[tuple[int, int, str, int | None]]:
    """Return (form, segment, item, score) as first submitted, also of forms that are open again."""
    columns = select(Rating.assignment_id, Segment.number, Rating.item, Rating.score)
    query = (
        of_round(columns, actor, version_id, selection)
        .join(Rating, (Rating.study_id == Assignment.study_id) & (Rating.assignment_id == Assignment.id))
        .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
        .where(Assignment.state == SUBMITTED)
    )
    first = list_first_ratings(db, actor, version_id)
    last = [tuple(row) for row in db.execute(query) if row.assignment_id not in first]
    return last + [(form, *given) for form, rows in first.items() for given in rows]


def over_segments(rows: Iterable[tuple[int, int, str, int | None]]) -> dict[tuple[int, str], float | None]:
    """Return by whatever comes first and by item the one score, or the mean over several segments."""
    given: dict[tuple[int, str], dict[int, int | None]] = defaultdict(dict)
    for first, segment, item, score in rows:
        given[first, item][segment] = score
    return {
        key: scores[WHOLE] if WHOLE in scores else mean_score(scores.values())
        for key, scores in given.items()
    }


def of_round(query: Select, actor: Actor, version_id: int, selection: Selection = EVERYTHING) -> Select:
    """Narrow a query of forms to an instrument and to the selected round, the main one unless told."""
    chosen = Round.public_id == selection.round if selection.round else Round.purpose == MAIN
    return (
        query.select_from(Assignment)
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.instrument_version_id == version_id,
            chosen,
        )
    )
