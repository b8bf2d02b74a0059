"""Training rounds: practice recordings that every coder of each team codes before the main round.

Nothing tells a coder that a form is for training: masks, order and pages are those of all forms, and what the
forms hold enters no figure.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.allocation import Allotment
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.rough import rough_minutes
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Recording, Round, RoundRecording
from coder_app.services import audit, mute
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.auth import clean_text
from coder_app.services.errors import Refused
from coder_app.services.recording_codes import draw_anew
from coder_app.services.round_making import Order, RoundPlan, hold_waiting, make_round
from coder_app.services.team import list_teams

PRACTICE, TRAINING = "practice", "training"


@dataclass(frozen=True)
class PracticeRecording:
    """A recording that coders train with; `is_given` where a round has it already, which hides its length."""

    public_id: str
    code: str
    minutes: int | None
    is_given: bool


@dataclass(frozen=True)
class Practice:
    """The practice recordings; `recordings` is None for a lead who must not see codes and lengths now.

    `n_open` counts forms of training rounds that are not submitted, None for a lead who codes one of them.
    """

    n_recordings: int
    recordings: tuple[PracticeRecording, ...] | None
    n_rounds: int
    n_open: int | None


def get_practice(db: Session, actor: Actor) -> Practice:
    """Return what a training round can be made of, and how far those before it are."""
    actor.check_can(Act.ALLOT)
    rows = _list_practice(db, actor)
    sees = actor.sees(Thing.RECORDINGS)
    rounds, open_forms = db.execute(
        select(
            func.count(Round.id.distinct()),
            func.count(case((Assignment.state != "submitted", 1))),
        )
        .join(Assignment, Assignment.round_id == Round.id)
        .where(Round.study_id == actor.study_id, Round.purpose == TRAINING)
    ).one()
    of_rounds = select(RoundRecording.recording_id).where(RoundRecording.study_id == actor.study_id)
    given = set(db.scalars(of_rounds))
    shown = tuple(
        PracticeRecording(
            row.public_id,
            row.code,
            None if row.id in given else rough_minutes(row.duration_ms),
            row.id in given,
        )
        for row in rows
    )
    return Practice(len(rows), shown if sees else None, rounds, open_forms if sees else None)


def start_training(db: Session, actor: Actor, name: str, chosen: Collection[str] | None = None) -> str:
    """Give practice recordings, all unless some are chosen by public id, to every coder of each team.

    Who has a recording from an earlier round does not get it again, so that a round can be made for coders
    who came later.
    """
    actor.check_can(Act.ALLOT)
    if chosen is not None:
        actor.check_sees(Thing.RECORDINGS)
    if hold_phase(db, actor) is not Phase.SETUP:
        raise Refused("The recordings of the sample are allotted; training comes before that.")
    mute.check_at_rest(db, actor)
    waiting = hold_waiting(db, actor)
    recordings = _choose(_list_practice(db, actor), chosen)
    draw_anew(db, actor)
    orders = _orders(db, actor, recordings)
    plan = RoundPlan(
        clean_text(name) or "Training",
        TRAINING,
        seed=0,
        share=1.0,
        recordings=recordings,
        subset=recordings,
        orders=orders,
    )
    made = make_round(db, actor, plan, waiting)
    audit.record(
        db,
        actor,
        "start training round",
        made.public_id,
        recordings=len(recordings),
        forms=len(orders),
        one_listening=actor.coding_settings.one_listening,
        listened_together=made.n_together,
    )
    return made.public_id


def _list_practice(db: Session, actor: Actor) -> list[Recording]:
    query = select(Recording).where(Recording.study_id == actor.study_id, Recording.use == PRACTICE)
    return list(db.scalars(query.order_by(Recording.code)))


def _choose(practice: list[Recording], chosen: Collection[str] | None) -> list[int]:
    if not practice:
        raise Refused("There are no practice recordings: import some, marked so in the manifest.")
    wanted = [row.id for row in practice if chosen is None or row.public_id in chosen]
    if chosen is not None and len(wanted) != len(set(chosen)):
        raise Refused("The recordings have got new codes since this page was opened. Choose once more.")
    if not wanted:
        raise Refused("Choose at least one practice recording.")
    return wanted


def _orders(db: Session, actor: Actor, recordings: list[int]) -> list[Order]:
    teams = list_teams(db, actor)
    if not any(team.coders for team in teams):
        raise Refused("Invite coders first; nobody is in a team yet.")
    has = select(Assignment.user_id, Assignment.recording_id, Assignment.instrument_version_id)
    given = {tuple(row) for row in db.execute(has.where(Assignment.study_id == actor.study_id))}
    # Nobody's score is the one that counts, as none of them is linked.
    orders = [
        Order(team.instrument_version_id, Allotment(recording, coder, False))
        for team in teams
        for coder, _ in team.coders
        for recording in recordings
        if (coder, recording, team.instrument_version_id) not in given
    ]
    if not orders:
        raise Refused("Every coder has been given these recordings already.")
    return orders
