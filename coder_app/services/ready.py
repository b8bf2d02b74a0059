"""Which recordings of the subset everybody has submitted, by round and instrument."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, case, exists, func, select
from sqlalchemy.orm import aliased

from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Membership, Recording, Round, RoundRecording, Submission, User
from coder_app.services.actor import Actor
from coder_app.services.selection import MAIN, SUBMITTED, Selection


def select_allotted(actor: Actor, versions: Collection[int], selection: Selection) -> Select:
    """Return the query of all subset recordings by round and instrument."""
    return (
        select(
            Assignment.study_id,
            Assignment.round_id,
            Assignment.recording_id,
            Assignment.instrument_version_id,
        )
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .join(
            RoundRecording,
            (RoundRecording.study_id == Assignment.study_id)
            & (RoundRecording.round_id == Assignment.round_id)
            & (RoundRecording.recording_id == Assignment.recording_id),
        )
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.instrument_version_id.in_(versions),
            RoundRecording.in_subset,
            _of_round(selection),
        )
        .group_by(
            Assignment.study_id,
            Assignment.round_id,
            Assignment.recording_id,
            Assignment.instrument_version_id,
        )
    )


def select_ready(actor: Actor, versions: Collection[int], selection: Selection) -> Select:
    """Return the query of those that everybody has submitted; `again` is 1 where a form was submitted twice.

    A form of somebody who codes no more keeps nobody waiting.
    """
    first = aliased(Submission)
    submitted_at = func.coalesce(first.submitted_at, Assignment.submitted_at)
    query = (
        select_allotted(actor, versions, selection)
        .add_columns(func.max(case((was_submitted_again(), 1), else_=0)).label("again"))
        .outerjoin(
            first,
            (first.study_id == Assignment.study_id)
            & (first.assignment_id == Assignment.id)
            & (first.number == 1),
        )
        .having(func.sum(case((_is_open(actor), 1), else_=0)) == 0)
    )
    if selection.since:
        query = query.having(func.min(submitted_at) >= _midnight(selection.since))
    if selection.until:
        query = query.having(func.max(submitted_at) < _midnight(selection.until) + timedelta(days=1))
    return query


def select_open(actor: Actor, selection: Selection) -> Select:
    """Return the query of (recording code, version of the instrument) that somebody still has to submit."""
    return (
        select(Recording.code, Assignment.instrument_version_id)
        .join(
            Recording,
            (Recording.study_id == Assignment.study_id) & (Recording.id == Assignment.recording_id),
        )
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .where(Assignment.study_id == actor.study_id, _of_round(selection), _is_open(actor))
        .distinct()
    )


def _of_round(selection: Selection) -> ColumnElement[bool]:
    return Round.public_id == selection.round if selection.round else Round.purpose == MAIN


def _is_open(actor: Actor) -> ColumnElement[bool]:
    """Whether a form is still to be submitted, by somebody who codes in the study."""
    still = (
        select(Membership.user_id)
        .join(User, User.id == Membership.user_id)
        .where(
            Membership.study_id == actor.study_id, Membership.role == Role.CODER, User.disabled_at.is_(None)
        )
    )
    return (Assignment.state != SUBMITTED) & Assignment.user_id.in_(still)


def was_submitted_again() -> ColumnElement[bool]:
    """Return, for a query over assignments, whether a form was submitted twice."""
    second = aliased(Submission)
    return exists(
        select(second.id).where(
            second.study_id == Assignment.study_id,
            second.assignment_id == Assignment.id,
            second.number == 2,
        )
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
