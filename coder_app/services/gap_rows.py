"""The statements behind the list of gaps: how wide each gap is, and what was given.

Gaps are found by the database, because a study has hundreds of thousands of ratings. Only the few recordings
that have a form submitted twice are read one by one: of such a form the first submission counts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import CTE, ColumnElement, Select, Subquery, case, func, select
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


def select_forms(ready: Subquery, recording: str) -> CTE:
    """Return the submitted forms of recordings that are ready, whose codes have `recording` in them.

    They are put down first: without knowing how many there are, a database may start from the ratings.
    """
    query = (
        select(
            Assignment.study_id,
            Assignment.id,
            Assignment.user_id,
            Assignment.round_id,
            Assignment.recording_id,
            Assignment.instrument_version_id,
            Recording.code,
            ready.c.again,
            case((was_submitted_again(), 1), else_=0).label("own_again"),
        )
        .join(
            ready,
            (ready.c.study_id == Assignment.study_id)
            & (ready.c.round_id == Assignment.round_id)
            & (ready.c.recording_id == Assignment.recording_id)
            & (ready.c.instrument_version_id == Assignment.instrument_version_id),
        )
        .join(
            Recording,
            (Recording.study_id == Assignment.study_id) & (Recording.id == Assignment.recording_id),
        )
        .where(Assignment.state == SUBMITTED)
    )
    if recording:
        query = query.where(Recording.code.contains(recording, autoescape=True))
    return query.cte("forms").prefix_with("MATERIALIZED")


def select_wide(forms: CTE, item: str) -> Subquery:
    """Return the query of gaps by place, of recordings whose forms were submitted once."""
    least, most = func.min(Rating.score), func.max(Rating.score)
    gap = case((func.count(Rating.score) > 1, most - least)).label("gap")
    query = _of_forms(select(*_place_columns(forms), forms.c.code, gap), forms, item)
    return query.where(forms.c.again == 0).group_by(*_place_columns(forms), forms.c.code).subquery()


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


def list_given(db: Session, forms: CTE, places: Collection[Place]) -> list[Given]:
    """Return what was given at these places, of forms that were submitted once."""
    if not places:
        return []
    rounds, recordings, versions, segments, items = (set(part) for part in zip(*places, strict=True))
    query = _of_forms(_given_columns(forms), forms).where(
        forms.c.round_id.in_(rounds),
        forms.c.recording_id.in_(recordings),
        forms.c.instrument_version_id.in_(versions),
        Segment.number.in_(segments),
        Rating.item.in_(items),
    )
    return [one for one in _read(db, query) if one.place in places]


def list_given_again(db: Session, forms: CTE, item: str) -> tuple[list[Given], dict[int, str]]:
    """Return all that was given to recordings with a form submitted twice, and the codes of these by id."""
    codes: dict[int, str] = {}
    query = (
        select(forms, Submission.ratings)
        .join(
            Submission,
            (Submission.study_id == forms.c.study_id) & (Submission.assignment_id == forms.c.id),
        )
        .where(Submission.number == 1, forms.c.own_again == 1)
    )
    found = []
    for row in db.execute(query):
        codes[row.recording_id] = row.code
        place = (row.round_id, row.recording_id, row.instrument_version_id)
        found += [
            Given((*place, given["segment"], given["item"]), row.user_id, given["score"], given["reason"])
            for given in row.ratings
            if item in ("", given["item"])
        ]
    if not codes:
        return [], {}
    once = _of_forms(_given_columns(forms), forms, item).where(forms.c.again == 1, forms.c.own_again == 0)
    return [*_read(db, once), *found], codes


def _read(db: Session, query: Select) -> list[Given]:
    return [Given(tuple(row[:5]), row.user_id, row.score, row.reason) for row in db.execute(query)]


def _given_columns(forms: CTE) -> Select:
    return select(*_place_columns(forms), forms.c.user_id, Rating.score, Rating.reason)


def _place_columns(forms: CTE) -> tuple[ColumnElement, ...]:
    return (
        forms.c.round_id,
        forms.c.recording_id,
        forms.c.instrument_version_id,
        Segment.number.label("segment"),
        Rating.item,
    )


def _of_forms(query: Select, forms: CTE, item: str = "") -> Select:
    query = (
        query.select_from(forms)
        .join(Rating, (Rating.study_id == forms.c.study_id) & (Rating.assignment_id == forms.c.id))
        .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
    )
    return query.where(Rating.item == item) if item else query
