"""A round: draw the reliability subset, mask the recordings, give them to the coders."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coder_app.domain.allocation import Allotment, draw_subset
from coder_app.domain.instruments import CODING
from coder_app.domain.masking import draw_masks, draw_order
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.shares import TellingTeamsError, allot_teams
from coder_app.models import Assignment, Recording, Round, RoundRecording, Sequence
from coder_app.services import audit, key, study
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.segment import add_segments
from coder_app.services.team import Team, list_teams
from coder_app.services.together import share_listenings

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


@dataclass(frozen=True)
class _Order:
    """One assignment to be made."""

    instrument_version_id: int
    allotment: Allotment[int, int]


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
    recordings = _sample_recordings(db, actor)
    if seed is None:
        seed = int.from_bytes(actor.tools.token_bytes(4), "big") % SEED_BELOW
    subset = draw_subset(recordings, share, seed)
    made = _add_round(db, actor, name.strip() or "Main coding", share, seed, recordings, subset)
    orders = _orders(teams, recordings, subset, seed)
    instruments = [version.instrument for version in study.list_instruments(db, actor, CODING)]
    add_segments(db, actor, recordings, {instrument.segment_ms for instrument in instruments})
    n_together = _assign(db, actor, made.id, orders)
    audit.record(
        db,
        actor,
        "allot recordings",
        made.public_id,
        seed=seed,
        share=share,
        recordings=len(recordings),
        subset=len(subset),
        forms=len(orders),
        one_listening=actor.coding_settings.one_listening,
        listened_together=n_together,
    )
    return made.public_id


def _orders(teams: list[Team], recordings: list[int], subset: frozenset[int], seed: int) -> list[_Order]:
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
        _Order(team.instrument_version_id, allotment)
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


def _add_round(
    db: Session,
    actor: Actor,
    name: str,
    share: float,
    seed: int,
    recordings: list[int],
    subset: frozenset[int],
) -> Round:
    made = Round(
        public_id=actor.tools.token_hex(),
        study_id=actor.study_id,
        name=name,
        purpose="main",
        seed=seed,
        share=share,
        created_at=actor.now(),
    )
    db.add(made)
    db.flush()
    db.execute(
        insert(RoundRecording),
        [
            {
                "study_id": actor.study_id,
                "round_id": made.id,
                "recording_id": recording,
                "in_subset": recording in subset,
            }
            for recording in recordings
        ],
    )
    return made


def _assign(db: Session, actor: Actor, round_id: int, orders: list[_Order]) -> int:
    """Make the assignments; return how many of them share a listening with another one."""
    random_bytes = actor.tools.token_bytes
    taken = set(db.scalars(select(Recording.code).where(Recording.study_id == actor.study_id)))
    taken |= set(db.scalars(select(Assignment.mask).where(Assignment.study_id == actor.study_id)))
    masks = draw_masks(len(orders), taken, random_bytes)
    places = _places([order.allotment.coder for order in orders], random_bytes)
    listenings = share_listenings(
        db, actor, [(order.allotment.coder, order.allotment.recording) for order in orders]
    )
    rows = [
        {
            "public_id": actor.tools.token_hex(),
            "study_id": actor.study_id,
            "round_id": round_id,
            "recording_id": order.allotment.recording,
            "instrument_version_id": order.instrument_version_id,
            "user_id": order.allotment.coder,
            "mask": mask,
            "place": place,
            "is_primary": order.allotment.is_primary,
            "state": "not started",
            "revision": 0,
            "cleared": {},
            "listening_id": listening,
        }
        for order, mask, place, listening in zip(orders, masks, places, listenings, strict=True)
    ]
    db.execute(insert(Assignment), [rows[index] for index in draw_order(len(rows), random_bytes)])
    return len(rows) - listenings.count(None)


def _places(coders: list[int], random_bytes: Callable[[int], bytes]) -> list[int]:
    """Return for each assignment its place in its coder's own random order."""
    places = [0] * len(coders)
    for coder in set(coders):
        own = [index for index, other in enumerate(coders) if other == coder]
        for place, position in enumerate(draw_order(len(own), random_bytes), start=1):
            places[own[position]] = place
    return places
