"""What every round is made of: its row, its recordings, and its forms in each coder's own order."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from coder_app.domain.allocation import Allotment
from coder_app.domain.instruments import CODING
from coder_app.domain.masking import draw_masks, draw_order
from coder_app.domain.places import draw_places
from coder_app.models import Assignment, Round, RoundRecording
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.recording_codes import taken_names
from coder_app.services.segment import add_segments
from coder_app.services.study import list_instruments
from coder_app.services.together import share_listenings


@dataclass(frozen=True)
class Order:
    """One form to be made."""

    instrument_version_id: int
    allotment: Allotment[int, int]


@dataclass(frozen=True)
class RoundPlan:
    """A round to be made: its recordings, which of them every coder of a team codes, and its forms."""

    name: str
    purpose: str
    seed: int
    share: float
    recordings: Sequence[int]
    subset: Collection[int]
    orders: Sequence[Order]


@dataclass(frozen=True)
class Waiting:
    """The forms of one coder that are not begun, in their order, and the coder's last place."""

    assignments: tuple[int, ...] = ()
    last_place: int = 0


@dataclass(frozen=True)
class Made:
    """A round that was made, and how many of its forms share a listening with another one."""

    public_id: str
    n_together: int


def hold_waiting(db: Session, actor: Actor) -> dict[int, Waiting]:
    """Return what waits by coder; none of it is begun before this transaction ends.

    To be called before anything is written to the audit trail: coders' saves lock a form first and the trail
    after it, and two transactions that do it the other way round would wait for each other.
    """
    of_study = Assignment.study_id == actor.study_id
    last = db.execute(
        select(Assignment.user_id, func.max(Assignment.place)).where(of_study).group_by(Assignment.user_id)
    )
    not_begun = db.execute(
        select(Assignment.user_id, Assignment.id)
        .where(of_study, Assignment.state == "not started")
        .order_by(Assignment.user_id, Assignment.place)
        .with_for_update()
    )
    forms: dict[int, list[int]] = defaultdict(list)
    for user_id, assignment in not_begun:
        forms[user_id].append(assignment)
    return {user_id: Waiting(tuple(forms[user_id]), place) for user_id, place in last}


def make_round(db: Session, actor: Actor, plan: RoundPlan, waiting: dict[int, Waiting]) -> Made:
    """Make a round with its forms, which come among the coders' waiting ones so that no place tells of it."""
    made = _add_round(db, actor, plan)
    lengths = {version.instrument.segment_ms for version in list_instruments(db, actor, CODING)}
    add_segments(db, actor, plan.recordings, lengths)
    return Made(made.public_id, add_forms(db, actor, made.id, plan.orders, waiting))


def _add_round(db: Session, actor: Actor, plan: RoundPlan) -> Round:
    taken = select(Round.id).where(Round.study_id == actor.study_id, Round.name == plan.name)
    if db.scalars(taken).first() is not None:
        raise Refused(f"There is a round “{plan.name}” already; give this one another name.")
    made = Round(
        public_id=actor.tools.token_hex(),
        study_id=actor.study_id,
        name=plan.name,
        purpose=plan.purpose,
        seed=plan.seed,
        share=plan.share,
        created_at=actor.now(),
    )
    db.add(made)
    db.flush()
    rows = [
        {
            "study_id": actor.study_id,
            "round_id": made.id,
            "recording_id": recording,
            "in_subset": recording in plan.subset,
        }
        for recording in plan.recordings
    ]
    db.execute(insert(RoundRecording), rows)
    return made


def add_forms(
    db: Session, actor: Actor, round_id: int, orders: Sequence[Order], waiting: dict[int, Waiting]
) -> int:
    """Make the forms; return how many of them share a listening with another one."""
    masks = draw_masks(len(orders), taken_names(db, actor), actor.tools.token_bytes)
    places = _draw_places(db, actor, [order.allotment.coder for order in orders], waiting)
    pairs = [(order.allotment.coder, order.allotment.recording) for order in orders]
    listenings = share_listenings(db, actor, pairs)
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
    db.execute(insert(Assignment), [rows[row] for row in draw_order(len(rows), actor.tools.token_bytes)])
    return len(rows) - listenings.count(None)


def _draw_places(db: Session, actor: Actor, coders: Sequence[int], waiting: dict[int, Waiting]) -> list[int]:
    """Return for each form its place in its coder's own random order; what waits moves to make room."""
    places = [0] * len(coders)
    for coder in set(coders):
        own = [index for index, other in enumerate(coders) if other == coder]
        there = waiting.get(coder, Waiting())
        # Beyond the last place all are free, so that no two forms have the same at any moment.
        first = there.last_place + 1
        new, moved = draw_places(len(own), len(there.assignments), actor.tools.token_bytes)
        for index, place in zip(own, new, strict=True):
            places[index] = first + place
        for assignment, place in zip(there.assignments, moved, strict=True):
            _move(db, actor, assignment, first + place)
    return places


def _move(db: Session, actor: Actor, assignment: int, place: int) -> None:
    db.execute(
        update(Assignment)
        .where(Assignment.study_id == actor.study_id, Assignment.id == assignment)
        .values(place=place)
    )
