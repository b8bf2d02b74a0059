"""Rows for the analyses: submitted ratings as target, rater, item and score, under recording codes.

Where recordings are rated by segments, a recording's score of an item is the mean over those segments that
could be coded.
"""

from collections import Counter
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.permissions import Role
from coder_app.domain.segments import WHOLE
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Membership, Round, User
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound
from coder_app.services.given import EVERYTHING, Form, list_forms, list_ratings, over_segments
from coder_app.services.selection import MAIN, SUBMITTED, Selection
from coder_app.services.study import StudyInstrument, list_instruments

__all__ = [
    "MAIN",
    "SUBMITTED",
    "Coder",
    "LeftOut",
    "SubsetRatings",
    "check_round",
    "list_subset_ratings",
    "name_coders",
]

# Why a recording of the subset does not enter.
NOBODY, ALONE, OTHER_DAYS = WHYS = ("nobody", "one coder", "other days")
FEWEST_CODERS = 2

Row = tuple[str, str, str, float | None]
SegmentRow = tuple[str, str, int, str, int | None]


@dataclass(frozen=True)
class Coder:
    """A coder as pages and as files name the person: two of one name stay two."""

    label: str
    alias: str


@dataclass(frozen=True)
class LeftOut:
    """A recording that does not enter, and why: nobody or one coder has submitted it, or on other days."""

    code: str
    why: str


@dataclass(frozen=True)
class SubsetRatings:
    """The reliability subset of one instrument: recordings that at least two coders have submitted.

    `rows` are (recording code, coder's label, item code, score) as first submitted. A score of None was not
    codable; a coder who has not submitted a recording has no row of it. `partly` names the recordings that
    somebody who was to code them has not submitted, `n_complete` counts the others. `leavers` are labels of
    coders who have left, `days` the first and the last day of first submissions, in UTC. Behind the rows
    stand `segment_rows`, with the number of the segment before the item; none where there are no segments.
    """

    instrument: Instrument
    coders: tuple[Coder, ...]
    leavers: tuple[str, ...]
    n_subset: int
    n_recordings: int
    n_complete: int
    partly: tuple[str, ...]
    left_out: tuple[LeftOut, ...]
    days: tuple[str, str] | None
    rows: tuple[Row, ...]
    segment_rows: tuple[SegmentRow, ...]


def list_subset_ratings(
    db: Session,
    actor: Actor,
    selection: Selection = EVERYTHING,
    *,
    with_leavers: bool = True,
    subset_only: bool = True,
) -> list[SubsetRatings]:
    """Return the subset's ratings for every instrument, of the main round unless another is selected.

    `with_leavers=False` leaves out what coders who have left rated, `subset_only=False` takes in recordings
    outside the subset that two coders have submitted all the same.
    """
    actor.check_sees(Thing.RATINGS)
    check_round(db, actor, selection)
    people = _People(name_coders(db, actor), _list_leavers(db, actor), with_leavers)
    found = []
    for version in list_instruments(db, actor, CODING):
        forms = list_forms(db, actor, version.id, selection, subset_only=subset_only)
        ratings = list_ratings(db, actor, version.id, selection)
        found.append(_subset_ratings(version, forms, ratings, people, selection))
    return found


def check_round(db: Session, actor: Actor, selection: Selection) -> None:
    """Raise NotFound when the study has no such round."""
    if selection.round is None:
        return
    of_study = select(Round.id).where(Round.study_id == actor.study_id, Round.public_id == selection.round)
    if db.scalars(of_study).first() is None:
        raise NotFound


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


@dataclass(frozen=True)
class _People:
    """The coders by id, who of them has left, and whether their ratings enter."""

    named: dict[int, Coder]
    leavers: frozenset[int]
    with_leavers: bool


def _list_leavers(db: Session, actor: Actor) -> frozenset[int]:
    """Who has forms but codes in the study no more: the account is closed, or the role is gone."""
    still = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.study_id == actor.study_id,
            Membership.role == Role.CODER,
            User.disabled_at.is_(None),
        )
    )
    query = (
        select(Assignment.user_id)
        .where(Assignment.study_id == actor.study_id, Assignment.user_id.not_in(still))
        .distinct()
    )
    return frozenset(db.scalars(query))


def _subset_ratings(
    version: StudyInstrument,
    forms: list[Form],
    ratings: list[tuple[int, int, str, int | None]],
    people: _People,
    selection: Selection,
) -> SubsetRatings:
    codes = {form.code for form in forms}
    if not people.with_leavers:
        forms = [form for form in forms if form.user_id not in people.leavers]
    left_out = _find_left_out(codes, forms, selection)
    entering = codes - left_out.keys()
    partly = {form.code for form in forms if form.first is None} & entering
    own = {
        form.id: (form.code, people.named[form.user_id].label)
        for form in forms
        if form.first is not None and form.code in entering
    }
    given = [row for row in ratings if row[0] in own]
    means = over_segments(given)
    days = sorted(f"{form.first:%Y-%m-%d}" for form in forms if form.id in own)
    who = {form.user_id for form in forms}
    return SubsetRatings(
        instrument=version.instrument,
        coders=tuple(sorted((people.named[user] for user in who), key=lambda coder: coder.label)),
        leavers=tuple(sorted(people.named[user].label for user in who & people.leavers)),
        n_subset=len(codes),
        n_recordings=len(entering),
        n_complete=len(entering - partly),
        partly=tuple(sorted(partly)),
        left_out=tuple(LeftOut(code, left_out[code]) for code in sorted(left_out)),
        days=(days[0], days[-1]) if days else None,
        rows=tuple(sorted(((*own[form], item, score) for (form, item), score in means.items()), key=_place)),
        segment_rows=tuple(
            sorted(
                (
                    (*own[form], segment, item, score)
                    for form, segment, item, score in given
                    if segment != WHOLE
                ),
                key=_place,
            )
        ),
    )


def _find_left_out(codes: set[str], forms: list[Form], selection: Selection) -> dict[str, str]:
    """Why each recording that does not enter stays out."""
    submitted = [form for form in forms if form.first is not None]
    number = Counter(form.code for form in submitted)
    out = {code: ALONE if number[code] else NOBODY for code in codes if number[code] < FEWEST_CODERS}
    if selection.has_days:
        moments: dict[str, list] = {code: [] for code in codes - out.keys()}
        for form in submitted:
            if form.code in moments:
                moments[form.code].append(form.first)
        out |= {code: OTHER_DAYS for code, times in moments.items() if not selection.holds(times)}
    return out


def _place(row: tuple) -> tuple:
    """Everything but the score, which may be missing and cannot be ordered then."""
    return row[:-1]
