"""The statements behind the list of gaps: how wide each gap is, and what was given.

Gaps are found by the database, because a study has hundreds of thousands of ratings. Only the few recordings
that have a form submitted twice are read one by one: of such a form the first submission counts.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, Subquery, case, func, select
from sqlalchemy.orm import Session

from coder_app.models import Assignment, Rating, Recording, Segment, Submission
from coder_app.services.ready import was_submitted_again
from coder_app.services.selection import SUBMITTED

# Round, recording and version of the instrument by their ids, number of the segment, code of the item.
Place = tuple[int, int, int, int, str]


@dataclass(frozen=True)
class Given:
    """A score of one coder as first submitted, or the code of the reason why there is none."""

    place: Place
    user_id: int
    score: int | None
    reason: str | None


@dataclass(frozen=True)
class Wide:
    """How wide the gap of one place is, None with fewer than two scores."""

    place: Place
    code: str
    gap: int | None


def select_wide(ready: Subquery, wanted: Iterable[ColumnElement[bool]]) -> Select:
    """Return the query of gaps by place, of recordings whose forms were submitted once."""
    least, most = func.min(Rating.score), func.max(Rating.score)
    return (
        _of_ready(
            select(
                *_place_columns(),
                Recording.code.label("code"),
                case((func.count(Rating.score) > 1, most - least)).label("gap"),
            ),
            ready,
        )
        .where(ready.c.again == 0, *wanted)
        .group_by(*_place_columns(), Recording.code)
    )


def list_wide(
    db: Session, wide: Subquery, places: Mapping[tuple[int, str], int], smallest: int, window: tuple[int, int]
) -> list[Wide]:
    """Return the gaps from one place of the order to another: the widest first, then by item and code."""
    columns = wide.c
    order = case(
        *(
            ((columns.instrument_version_id == version) & (columns.item == item), place)
            for (version, item), place in places.items()
        )
    )
    # Codes are compared byte by byte, as Python does it, so that both kinds of rows can be put together.
    bytewise = "C" if db.get_bind().dialect.name == "postgresql" else "BINARY"
    query = select(wide).order_by(
        columns.gap.desc().nulls_last(),
        order,
        columns.code.collate(bytewise),
        columns.segment,
        columns.round_id,
    )
    if smallest > 0:
        query = query.where(columns.gap >= smallest)
    rows = db.execute(query.offset(window[0]).limit(window[1] - window[0]))
    return [Wide(tuple(row[:5]), row.code, row.gap) for row in rows]


def count_wide(db: Session, wide: Subquery) -> dict[int | None, int]:
    """Return how many places have each gap."""
    rows = db.execute(select(wide.c.gap, func.count()).group_by(wide.c.gap))
    return {row[0]: row[1] for row in rows}


def list_given(db: Session, ready: Subquery, places: Collection[Place]) -> list[Given]:
    """Return what was given at these places, of forms that were submitted once."""
    rounds, recordings, versions, segments, items = (
        (set(part) for part in zip(*places, strict=True)) if places else (set(),) * 5
    )
    wanted = (
        Assignment.round_id.in_(rounds),
        Assignment.recording_id.in_(recordings),
        Assignment.instrument_version_id.in_(versions),
        Segment.number.in_(segments),
        Rating.item.in_(items),
    )
    return [one for one in _list_once(db, ready, wanted) if one.place in places]


def list_given_again(
    db: Session,
    ready: Subquery,
    wanted: Iterable[ColumnElement[bool]],
    of_submissions: Iterable[ColumnElement[bool]],
) -> tuple[list[Given], dict[int, str]]:
    """Return all that was given to recordings with a form submitted twice, and the codes of these by id."""
    once = _list_once(db, ready, (ready.c.again == 1, ~was_submitted_again(), *wanted))
    query = _join_ready(
        select(
            Assignment.round_id,
            Assignment.recording_id,
            Assignment.instrument_version_id,
            Assignment.user_id,
            Submission.ratings,
        )
        .select_from(Submission)
        .join(Assignment, Assignment.id == Submission.assignment_id),
        ready,
    ).where(Submission.number == 1, ready.c.again == 1, was_submitted_again(), *of_submissions)
    again = [
        Given((*row[:3], given["segment"], given["item"]), row.user_id, given["score"], given["reason"])
        for row in db.execute(query)
        for given in row.ratings
    ]
    found = [*once, *again]
    ids = {one.place[1] for one in found}
    codes = db.execute(select(Recording.id, Recording.code).where(Recording.id.in_(ids)))
    return found, {row.id: row.code for row in codes}


def _list_once(db: Session, ready: Subquery, wanted: Iterable[ColumnElement[bool]]) -> list[Given]:
    columns = select(*_place_columns(), Assignment.user_id, Rating.score, Rating.reason)
    rows = db.execute(_of_ready(columns, ready).where(*wanted))
    return [Given(tuple(row[:5]), row.user_id, row.score, row.reason) for row in rows]


def _place_columns() -> tuple[ColumnElement, ...]:
    return (
        Assignment.round_id,
        Assignment.recording_id,
        Assignment.instrument_version_id,
        Segment.number.label("segment"),
        Rating.item,
    )


def _of_ready(query: Select, ready: Subquery) -> Select:
    return _join_ready(
        query.select_from(Rating).join(
            Assignment,
            (Assignment.study_id == Rating.study_id) & (Assignment.id == Rating.assignment_id),
        ),
        ready,
    ).join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))


def _join_ready(query: Select, ready: Subquery) -> Select:
    return (
        query.join(
            ready,
            (ready.c.round_id == Assignment.round_id)
            & (ready.c.recording_id == Assignment.recording_id)
            & (ready.c.instrument_version_id == Assignment.instrument_version_id),
        )
        .join(
            Recording,
            (Recording.study_id == Assignment.study_id) & (Recording.id == Assignment.recording_id),
        )
        .where(Assignment.state == SUBMITTED)
    )
