"""How far the recordings are that come back to their coder: drawn, given, and submitted again."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Round, User
from coder_app.services.actor import Actor
from coder_app.services.repeat_making import SUBMITTED, find_round, list_drawn


@dataclass(frozen=True)
class CoderRepeats:
    """How many forms of a coder on a scale come back, how many have, and how many of those are submitted."""

    coder: str
    instrument: str
    drawn: int
    given: int
    submitted: int


@dataclass(frozen=True)
class Repeats:
    """What was set up; seed and coders are None to a lead who still has recordings to code."""

    share: float
    least_days: int
    set_up_at: datetime
    seed: int | None
    coders: tuple[CoderRepeats, ...] | None

    @property
    def drawn(self) -> int:
        """How many forms come back in all."""
        return sum(one.drawn for one in self.coders or ())

    @property
    def given(self) -> int:
        """How many have come back."""
        return sum(one.given for one in self.coders or ())

    @property
    def submitted(self) -> int:
        """How many of these are submitted."""
        return sum(one.submitted for one in self.coders or ())


def find_repeats(db: Session, actor: Actor) -> Repeats | None:
    """Return what was set up and how far it is, None where nothing was."""
    actor.check_can(Act.SEE_PROGRESS)
    made = find_round(db, actor)
    if made is None:
        return None
    told = actor.sees(Thing.SUBSET)
    return Repeats(
        share=made.share,
        least_days=made.least_days,
        set_up_at=made.created_at,
        seed=made.seed if told else None,
        coders=tuple(_count_by_coder(db, actor, made)) if told else None,
    )


def _count_by_coder(db: Session, actor: Actor, made: Round) -> list[CoderRepeats]:
    drawn = Counter((one.user_id, one.instrument_version_id) for one in list_drawn(db, actor, made))
    given = {
        (row.user_id, row.instrument_version_id): row
        for row in db.execute(
            select(
                Assignment.user_id,
                Assignment.instrument_version_id,
                func.count().label("given"),
                func.count(case((Assignment.state == SUBMITTED, 1))).label("submitted"),
            )
            .where(Assignment.study_id == actor.study_id, Assignment.round_id == made.id)
            .group_by(Assignment.user_id, Assignment.instrument_version_id)
        )
    }
    people = {user_id for user_id, _ in drawn | given}
    names = {row.id: row.name for row in db.execute(select(User.id, User.name).where(User.id.in_(people)))}
    versions = select(InstrumentVersion.id, InstrumentVersion.name)
    of_study = versions.where(InstrumentVersion.study_id == actor.study_id)
    scales = {row.id: row.name for row in db.execute(of_study)}
    keys = sorted(drawn.keys() | given.keys(), key=lambda key: (key[1], names[key[0]], key[0]))
    return [
        CoderRepeats(
            coder=names[key[0]],
            instrument=scales[key[1]],
            drawn=max(drawn[key], given[key].given if key in given else 0),
            given=given[key].given if key in given else 0,
            submitted=given[key].submitted if key in given else 0,
        )
        for key in keys
    ]
