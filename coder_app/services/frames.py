"""Rows for the analyses: submitted ratings as target, rater, item and score, under recording codes.

Where recordings are rated by segments, a recording's score of an item is the mean over those segments that
could be coded.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.segments import WHOLE, mean_score
from coder_app.domain.visibility import Thing
from coder_app.models import (
    Assignment,
    Rating,
    Recording,
    Round,
    RoundRecording,
    Segment,
    Submission,
    User,
)
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound
from coder_app.services.resubmission import list_first_ratings
from coder_app.services.selection import MAIN, SUBMITTED, Selection
from coder_app.services.study import StudyInstrument, list_instruments

EVERYTHING = Selection()

Row = tuple[str, str, str, float | None]
SegmentRow = tuple[str, str, int, str, int | None]


@dataclass(frozen=True)
class Coder:
    """A coder as pages and as files name the person: two of one name stay two."""

    label: str
    alias: str


@dataclass(frozen=True)
class SubsetRatings:
    """The reliability subset of one instrument: recordings that everybody who was to code them has submitted.

    `n_outside` counts recordings that were submitted by everybody, though not within the days asked for.
    `rows` are (recording code, coder's label, item code, score); a score of None was not codable. Behind them
    stand `segment_rows`, with the number of the segment before the item; none where there are no segments.
    """

    instrument: Instrument
    coders: tuple[Coder, ...]
    n_subset: int
    n_recordings: int
    n_outside: int
    rows: tuple[Row, ...]
    segment_rows: tuple[SegmentRow, ...]


@dataclass(frozen=True)
class PrimaryRatings:
    """The primary coders' ratings of one instrument: (recording id, item code, score)."""

    instrument: Instrument
    rows: tuple[tuple[int, str, float | None], ...]


def list_subset_ratings(db: Session, actor: Actor, selection: Selection = EVERYTHING) -> list[SubsetRatings]:
    """Return the subset's ratings for every instrument, of the main round unless another is selected."""
    actor.check_sees(Thing.RATINGS)
    check_round(db, actor, selection)
    coders = name_coders(db, actor)
    return [
        _subset_ratings(db, actor, version, coders, selection)
        for version in list_instruments(db, actor, CODING)
    ]


def check_round(db: Session, actor: Actor, selection: Selection) -> None:
    """Raise NotFound when the study has no such round."""
    if selection.round is None:
        return
    of_study = select(Round.id).where(Round.study_id == actor.study_id, Round.public_id == selection.round)
    if db.scalars(of_study).first() is None:
        raise NotFound


def list_primary_ratings(db: Session, actor: Actor) -> list[PrimaryRatings]:
    """Return the primary coders' submitted ratings of the main round, for the linkage."""
    actor.check_sees(Thing.LINKAGE)
    found = []
    for version in list_instruments(db, actor, CODING):
        query = (
            _of_round(
                select(Assignment.recording_id, Segment.number, Rating.item, Rating.score), actor, version
            )
            .join(Rating, (Rating.study_id == Assignment.study_id) & (Rating.assignment_id == Assignment.id))
            .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
            .where(Assignment.state == SUBMITTED, Assignment.is_primary)
            .order_by(Assignment.recording_id, Rating.item)
        )
        means = _over_segments(tuple(row) for row in db.execute(query))
        rows = tuple((*key, score) for key, score in means.items())
        found.append(PrimaryRatings(version.instrument, rows))
    return found


def _over_segments(rows: Iterable[tuple[int, int, str, int | None]]) -> dict[tuple[int, str], float | None]:
    """Return by whatever comes first and by item the one score, or the mean over several segments."""
    given: dict[tuple[int, str], dict[int, int | None]] = defaultdict(dict)
    for first, segment, item, score in rows:
        given[first, item][segment] = score
    return {
        key: scores[WHOLE] if WHOLE in scores else mean_score(scores.values())
        for key, scores in given.items()
    }


def _subset_ratings(
    db: Session, actor: Actor, version: StudyInstrument, coders: dict[int, Coder], selection: Selection
) -> SubsetRatings:
    # Forms that were made before submissions were kept have the time of their only one.
    first = func.coalesce(Submission.submitted_at, Assignment.submitted_at).label("first")
    query = (
        _of_round(
            select(Assignment.id, Assignment.user_id, Assignment.state, first, Recording.code),
            actor,
            version,
            selection,
        )
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
        .where(RoundRecording.in_subset)
    )
    assigned = db.execute(query).all()
    codes = {row.code for row in assigned}
    submitted = codes - {row.code for row in assigned if row.state != SUBMITTED}
    closed = _within(selection, submitted, [(row.code, row.first) for row in assigned])
    kept = {row.id: (row.code, coders[row.user_id].label) for row in assigned if row.code in closed}
    ratings = [row for row in _ratings(db, actor, version, selection) if row[0] in kept]
    return SubsetRatings(
        instrument=version.instrument,
        coders=tuple(sorted({coders[row.user_id] for row in assigned}, key=lambda coder: coder.label)),
        n_subset=len(codes),
        n_recordings=len(closed),
        n_outside=len(submitted) - len(closed),
        rows=tuple(
            sorted(
                (
                    (*kept[assignment], item, score)
                    for (assignment, item), score in _over_segments(ratings).items()
                ),
                key=lambda row: row[:3],
            )
        ),
        segment_rows=tuple(
            sorted(
                (
                    (*kept[assignment], segment, item, score)
                    for assignment, segment, item, score in ratings
                    if segment != WHOLE
                ),
                key=lambda row: row[:4],
            )
        ),
    )


def _within(
    selection: Selection, submitted: set[str], moments: list[tuple[str, datetime | None]]
) -> set[str]:
    """The recordings of which every form was first submitted on the selected days."""
    if not selection.has_days:
        return submitted
    of_code = defaultdict(list)
    for code, moment in moments:
        if code in submitted and moment is not None:
            of_code[code].append(moment)
    return {code for code, all_moments in of_code.items() if selection.holds(all_moments)}


def _ratings(
    db: Session, actor: Actor, version: StudyInstrument, selection: Selection
) -> list[tuple[int, int, str, int | None]]:
    query = (
        _of_round(
            select(Rating.assignment_id, Segment.number, Rating.item, Rating.score),
            actor,
            version,
            selection,
        )
        .join(Rating, (Rating.study_id == Assignment.study_id) & (Rating.assignment_id == Assignment.id))
        .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
        .where(Assignment.state == SUBMITTED)
    )
    first = list_first_ratings(db, actor, version.id)
    last = [tuple(row) for row in db.execute(query) if row.assignment_id not in first]
    return last + [(assignment, *given) for assignment, rows in first.items() for given in rows]


def _of_round(
    query: Select, actor: Actor, version: StudyInstrument, selection: Selection = EVERYTHING
) -> Select:
    of_round = Round.public_id == selection.round if selection.round else Round.purpose == MAIN
    return (
        query.select_from(Assignment)
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.instrument_version_id == version.id,
            of_round,
        )
    )


def name_coders(db: Session, actor: Actor) -> dict[int, Coder]:
    """Name everybody with an assignment, whatever the instrument, so that a name means one person."""
    rows = db.execute(
        select(User.id, User.name, User.user_name)
        .where(User.id.in_(select(Assignment.user_id).where(Assignment.study_id == actor.study_id)))
        .order_by(User.id)
    ).all()
    names = [row.name for row in rows]
    return {
        row.id: Coder(
            row.name if names.count(row.name) == 1 else f"{row.name} ({row.user_name})", f"coder {number}"
        )
        for number, row in enumerate(rows, start=1)
    }
