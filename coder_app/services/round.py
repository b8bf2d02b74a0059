"""The main round: draw the reliability subset, mask the recordings, give them to the coders."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.allocation import draw_subset
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.shares import TellingTeamsError, allot_teams
from coder_app.models import Recording, Sequence
from coder_app.services import audit, key, mute, study
from coder_app.services.actor import Actor
from coder_app.services.auth import clean_text
from coder_app.services.errors import Refused
from coder_app.services.frames import MAIN
from coder_app.services.recording_codes import draw_anew
from coder_app.services.round_making import Order, RoundPlan, hold_waiting, make_round
from coder_app.services.team import Team, list_teams

SEED_BELOW = 2**31


@dataclass(frozen=True)
class Readiness:
    """What has to be there before the sample can be allotted."""

    n_sequences: int
    n_recordings: int
    teams: tuple[Team, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not there yet, as sentences."""
        lacks = [f"Nobody codes {team.instrument} yet." for team in self.teams if not team.coders]
        return (*(() if self.n_sequences else ("The sample is not frozen yet.",)), *lacks)

    @property
    def alone(self) -> tuple[str, ...]:
        """The instruments with one coder, whose agreement can never be shown."""
        return tuple(team.instrument for team in self.teams if len(team.coders) == 1)


def get_readiness(db: Session, actor: Actor) -> Readiness:
    """Return what is there for an allotment and what is missing; counts only, without the key."""
    actor.check_can(Act.ALLOT)
    sequences = _sample_sessions(db, actor)
    sessions = {session for sequence in sequences for session in sequence}
    return Readiness(len(sequences), len(sessions), tuple(list_teams(db, actor)))


def allot_sample(db: Session, actor: Actor, name: str, share: float, seed: int | None = None) -> str:
    """Make the main round from the frozen sample, mask and allot its recordings, and open the coding.

    The same share of recordings is coded by every coder of each team; the rest is shared evenly.
    Without a seed one is drawn and stored.
    """
    actor.check_can(Act.ALLOT)
    if actor.phase is not Phase.SETUP:
        raise Refused("The recordings of this study are allotted already.")
    teams = list_teams(db, actor)
    empty = [team.instrument for team in teams if not team.coders]
    if empty:
        raise Refused(f"Invite coders for {' and '.join(empty)} first; a team needs at least one.")
    # First of all writes: it refuses when somebody else has allotted since this page was opened.
    study.move_to(db, actor, Phase.CODING)
    mute.check_at_rest(db, actor)
    waiting = hold_waiting(db, actor)
    draw_anew(db, actor)
    recordings = _sample_recordings(db, actor)
    is_drawn = seed is None
    if is_drawn:
        seed = int.from_bytes(actor.tools.token_bytes(4), "big") % SEED_BELOW
    subset = draw_subset(recordings, share, seed)
    orders = _orders(teams, recordings, subset, seed)
    plan = RoundPlan(clean_text(name) or "Main coding", MAIN, seed, share, recordings, subset, orders)
    made = make_round(db, actor, plan, waiting)
    audit.record(
        db,
        actor,
        "allot recordings",
        made.public_id,
        seed=seed,
        seed_drawn=is_drawn,
        share=share,
        recordings=len(recordings),
        subset=len(subset),
        forms=len(orders),
        one_listening=actor.coding_settings.one_listening,
        listened_together=made.n_together,
    )
    return made.public_id


def _orders(teams: list[Team], recordings: list[int], subset: frozenset[int], seed: int) -> list[Order]:
    coders = {team.instrument: [user_id for user_id, _ in team.coders] for team in teams}
    try:
        allotted = allot_teams(recordings, subset, coders, seed)
    except TellingTeamsError as error:
        raise Refused(
            f"The teams for {' and '.join(error.teams)} share people who could tell which recordings are "
            "coded by every coder, from what they get on one scale only. Make the teams equal in size, or of "
            "different people."
        ) from None
    return [
        Order(team.instrument_version_id, allotment)
        for team in teams
        for allotment in allotted[team.instrument]
    ]


def _sample_recordings(db: Session, actor: Actor) -> list[int]:
    sessions = {session for sequence in _sample_sessions(db, actor) for session in sequence}
    if not sessions:
        raise Refused("Freeze the sample first: it says which recordings are coded.")
    wanted = key.recordings_of(db, actor, sessions)
    # An order that is random and that no page shows: a lead who codes may have seen the list of codes, and
    # with the order the seed would tell the subset.
    return list(
        db.scalars(
            select(Recording.id)
            .where(Recording.study_id == actor.study_id, Recording.id.in_(wanted))
            .order_by(Recording.storage_name)
        )
    )


def _sample_sessions(db: Session, actor: Actor) -> list[tuple[int, int, int]]:
    rows = db.execute(
        select(Sequence.pre_id, Sequence.central_id, Sequence.post_id).where(
            Sequence.study_id == actor.study_id
        )
    )
    return [tuple(row) for row in rows]
