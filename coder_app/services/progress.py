"""How far the coding is: rounds and coders, in counts.

A lead who still has recordings to code gets less of others: with exact counts, whoever opens the page again
and again learns how long others work on a form, and so how long recordings are.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Recording, Round, RoundRecording, User
from coder_app.services.actor import Actor
from coder_app.services.flagged import count_flagged

IDLE_AFTER = timedelta(days=14)
TENTHS = 10


@dataclass(frozen=True)
class RoundView:
    """A round as its lead sees it; subset and number submitted are None for a lead who still has to code.

    The number would tell that lead, with each form that the lead submits, which round the form is of.
    """

    public_id: str
    name: str
    purpose: str
    weekly_goal: int | None
    announced: bool
    seed: int
    share: float
    created_at: datetime
    n_recordings: int
    n_forms: int
    n_submitted: int | None
    subset_size: int | None
    subset_codes: tuple[str, ...] | None


@dataclass(frozen=True)
class CoderProgress:
    """How much of one instrument a coder has submitted.

    `flagged` counts submissions that a lead should look at. A lead who still has recordings to code gets of
    others only `tenths`, the whole tenths that were submitted when the day began; `submitted`, `started` and
    `flagged` are None, and so is the last work unless it is long ago. Recordings that came back are left out
    there: who sees the forms of others grow would know what a new one in the own queue is.
    """

    name: str
    instrument: str
    submitted: int | None
    started: int | None
    total: int
    tenths: int
    begun: bool
    last_worked: datetime | None
    flagged: int | None

    @property
    def complete(self) -> bool:
        """Whether all is submitted, as far as the viewer may know."""
        return self.tenths == TENTHS


def list_rounds(db: Session, actor: Actor) -> list[RoundView]:
    """Return the study's rounds, the newest first, without the round of repeats."""
    actor.check_can(Act.SEE_PROGRESS)
    sees_subset = actor.sees(Thing.SUBSET)
    views = []
    rows = db.scalars(select(Round).where(Round.study_id == actor.study_id).order_by(Round.id.desc())).all()
    for row in rows:
        if row.of_round_id is not None:
            continue
        placed = db.execute(
            select(Recording.code, RoundRecording.in_subset)
            .join(Recording, Recording.id == RoundRecording.recording_id)
            .where(RoundRecording.study_id == actor.study_id, RoundRecording.round_id == row.id)
            .order_by(Recording.code)
        ).all()
        forms, submitted = db.execute(
            select(func.count(), func.count(case((Assignment.state == "submitted", 1)))).where(
                Assignment.study_id == actor.study_id, Assignment.round_id == row.id
            )
        ).one()
        codes = tuple(code for code, in_subset in placed if in_subset)
        views.append(
            RoundView(
                public_id=row.public_id,
                name=row.name,
                purpose=row.purpose,
                weekly_goal=row.weekly_goal,
                announced=row.announced,
                seed=row.seed,
                share=row.share,
                created_at=row.created_at,
                n_recordings=len(placed),
                n_forms=forms,
                n_submitted=submitted if sees_subset else None,
                subset_size=len(codes) if sees_subset else None,
                subset_codes=codes if sees_subset else None,
            )
        )
    return views


def list_progress(db: Session, actor: Actor) -> list[CoderProgress]:
    """Return how far each coder is with each instrument, counts only."""
    actor.check_can(Act.SEE_PROGRESS)
    flagged = count_flagged(db, actor)
    submitted = Assignment.state == "submitted"
    first = Round.of_round_id.is_(None)
    day = actor.now().replace(hour=0, minute=0, second=0, microsecond=0)
    rows = db.execute(
        select(
            User.id.label("user_id"),
            InstrumentVersion.id.label("version_id"),
            User.name,
            InstrumentVersion.name.label("instrument"),
            func.count(case((submitted, 1))).label("submitted"),
            func.count(case((first & submitted & (Assignment.submitted_at < day), 1))).label("before_today"),
            func.count(case((Assignment.state.in_(("in progress", "reopened")), 1))).label("started"),
            func.count().label("total"),
            func.count(case((first, 1))).label("first_total"),
            func.max(Assignment.worked_at).label("last_worked"),
        )
        .join(User, User.id == Assignment.user_id)
        .join(Round, (Round.study_id == Assignment.study_id) & (Round.id == Assignment.round_id))
        .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
        .where(Assignment.study_id == actor.study_id)
        .group_by(User.id, User.name, InstrumentVersion.id, InstrumentVersion.name)
        .order_by(InstrumentVersion.id, User.name)
    )
    return [
        _exact(row, flagged) if flagged is not None or row.user_id == actor.user_id else _coarse(row, actor)
        for row in rows
    ]


def _exact(row, flagged: Counter[tuple[int, int]] | None) -> CoderProgress:
    return CoderProgress(
        name=row.name,
        instrument=row.instrument,
        submitted=row.submitted,
        started=row.started,
        total=row.total,
        tenths=TENTHS * row.submitted // row.total,
        begun=row.last_worked is not None,
        last_worked=row.last_worked,
        flagged=None if flagged is None else flagged[row.user_id, row.version_id],
    )


def _coarse(row, actor: Actor) -> CoderProgress:
    idle = row.last_worked is not None and actor.now() - row.last_worked > IDLE_AFTER
    return CoderProgress(
        name=row.name,
        instrument=row.instrument,
        submitted=None,
        started=None,
        total=row.first_total,
        tenths=TENTHS * row.before_today // row.first_total,
        begun=row.last_worked is not None,
        last_worked=row.last_worked if idle else None,
        flagged=None,
    )
