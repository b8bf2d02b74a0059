"""Submissions that a lead should look at: fast ones, and ones with little heard."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.rough import rough_minutes
from coder_app.domain.submission import Flag, find_flags
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Recording, Submission, User
from coder_app.services.actor import Actor


@dataclass(frozen=True)
class FlaggedForm:
    """A submission that is remarkable: fast, or with little heard; `minutes` are roughly the recording's."""

    coder: str
    mask: str
    instrument: str
    number: int
    submitted_at: datetime
    worked: timedelta | None
    minutes: int
    heard: float | None
    why_less: str | None
    flags: tuple[Flag, ...]


def list_flagged(db: Session, actor: Actor) -> list[FlaggedForm]:
    """Return the submissions that a lead should look at, the newest first."""
    actor.check_can(Act.SEE_PROGRESS)
    actor.check_sees(Thing.FORMS)
    flagged = []
    for row in db.execute(_select_submissions(actor).order_by(Submission.submitted_at.desc())):
        if flags := _flags_of(row):
            flagged.append(
                FlaggedForm(
                    coder=row.coder,
                    mask=row.mask,
                    instrument=row.instrument,
                    number=row.number,
                    submitted_at=row.submitted_at,
                    worked=row.submitted_at - row.started_at if row.started_at else None,
                    minutes=rough_minutes(row.duration_ms),
                    heard=row.heard_share,
                    why_less=row.why_less,
                    flags=flags,
                )
            )
    return flagged


def count_flagged(db: Session, actor: Actor) -> Counter[tuple[int, int]] | None:
    """Count remarkable submissions by coder and instrument version; None for who must not know.

    Counts of fast forms would tell a lead who codes how long recordings are.
    """
    actor.check_can(Act.SEE_PROGRESS)
    if not actor.sees(Thing.FORMS):
        return None
    rows = db.execute(_select_submissions(actor))
    return Counter((row.user_id, row.instrument_version_id) for row in rows if _flags_of(row))


def _select_submissions(actor: Actor) -> Select:
    return (
        select(
            Submission.number,
            Submission.heard_share,
            Submission.why_less,
            Submission.started_at,
            Submission.submitted_at,
            User.name.label("coder"),
            InstrumentVersion.name.label("instrument"),
            Assignment.mask,
            Assignment.user_id,
            Assignment.instrument_version_id,
            Recording.duration_ms,
        )
        .join(Assignment, Assignment.id == Submission.assignment_id)
        .join(User, User.id == Assignment.user_id)
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .where(Submission.study_id == actor.study_id, Assignment.study_id == actor.study_id)
    )


def _flags_of(row) -> tuple[Flag, ...]:
    return find_flags(
        number=row.number,
        why_less=row.why_less,
        started=row.started_at,
        submitted=row.submitted_at,
        duration_ms=row.duration_ms,
    )
