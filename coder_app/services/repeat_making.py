"""Recordings that come back to their coder under a new mask: what a lead sets up once, and how far it is.

Nothing tells a coder that a form is a repeat: on the coder's pages it is one of the round that it is of.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, exists, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import Phase
from coder_app.domain.repeating import FEWEST_DAYS, MOST_DAYS, MOST_PERCENT, draw_repeats, is_due
from coder_app.domain.visibility import Thing
from coder_app.models import (
    Assignment,
    Membership,
    Recording,
    Round,
    Submission,
    User,
)
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.errors import Refused

MAIN, REPEAT = "main", "repeat"
SUBMITTED = "submitted"
SEED_BELOW = 2**31
SET_UP = "set up repeats"


@dataclass(frozen=True)
class Drawn:
    """One form that comes back: its coder, recording and scale; `due` once all of that recording is."""

    user_id: int
    recording_id: int
    instrument_version_id: int
    due: bool


def set_up(db: Session, actor: Actor, share: float, least_days: int, seed: int | None = None) -> str:
    """Decide which share of each coder's recordings comes back, and after how many days at the least.

    It can be decided anew until the first has come back. Without a seed one is drawn and stored.
    """
    actor.check_can(Act.ALLOT)
    if not 0 < share <= MOST_PERCENT / 100 or not FEWEST_DAYS <= least_days <= MOST_DAYS:
        raise Refused(
            f"A share goes from 1 to {MOST_PERCENT} per cent, a wait from {FEWEST_DAYS} to {MOST_DAYS} days."
        )
    phase = hold_phase(db, actor)
    if phase is Phase.SETUP:
        raise Refused("Allot the recordings first: what comes back is drawn from them.")
    if phase is not Phase.CODING:
        raise Refused("Coding is locked; nothing can come back to a coder any more.")
    main = db.scalars(_of_purpose(actor, MAIN)).one()
    if seed is None:
        seed = int.from_bytes(actor.tools.token_bytes(4), "big") % SEED_BELOW
    made = db.scalars(_of_purpose(actor, REPEAT)).first()
    if made is None:
        made = Round(
            public_id=actor.tools.token_hex(),
            study_id=actor.study_id,
            name=_free_name(db, actor, main),
            purpose=REPEAT,
            of_round_id=main.id,
        )
        db.add(made)
    else:
        # Whether anything has come back yet is not told to a lead who still has recordings to code.
        actor.check_sees(Thing.SUBSET)
        if _has_forms(db, made):
            raise Refused("Recordings have come back already, so the draw stays as it is.")
    made.share, made.least_days, made.seed, made.created_at = share, least_days, seed, actor.now()
    db.flush()
    audit.record(db, actor, SET_UP, made.public_id, share=share, least_days=least_days, seed=seed)
    return made.public_id


def find_round(db: Session, actor: Actor) -> Round | None:
    """Return the study's round of repeats, if one was set up."""
    return db.scalars(_of_purpose(actor, REPEAT)).first()


def list_drawn(db: Session, actor: Actor, made: Round) -> list[Drawn]:
    """Return every form that comes back, given or not, from a round's settings and the forms of its round.

    Whoever is no coder of the study any more gets nothing back.
    """
    rows = db.execute(
        select(
            Assignment.user_id,
            User.public_id,
            Assignment.recording_id,
            Assignment.instrument_version_id,
            case((Assignment.state == SUBMITTED, Submission.submitted_at)).label("first"),
        )
        .join(User, User.id == Assignment.user_id)
        .join(Recording, Recording.id == Assignment.recording_id)
        .outerjoin(
            Submission,
            (Submission.study_id == Assignment.study_id)
            & (Submission.assignment_id == Assignment.id)
            & (Submission.number == 1),
        )
        .where(
            Assignment.study_id == actor.study_id,
            Assignment.round_id == made.of_round_id,
            User.disabled_at.is_(None),
            exists().where(
                Membership.study_id == Assignment.study_id,
                Membership.user_id == Assignment.user_id,
                Membership.role == Role.CODER,
            ),
        )
        # Random names that no page shows: in an order that somebody knows, the seed would tell the draw.
        .order_by(User.id, Recording.storage_name, Assignment.instrument_version_id)
    ).all()
    forms: dict[tuple[int, str], dict[int, dict[int, datetime | None]]] = defaultdict(dict)
    for row in rows:
        own = forms[row.user_id, row.public_id].setdefault(row.recording_id, {})
        own[row.instrument_version_id] = row.first
    now = actor.now()
    return [
        Drawn(user_id, recording, version, is_due(own[recording].values(), now, made.least_days))
        for (user_id, coder), own in forms.items()
        for recording in sorted(draw_repeats(own, made.share, made.seed, coder))
        for version in own[recording]
    ]


def _of_purpose(actor: Actor, purpose: str):
    return select(Round).where(Round.study_id == actor.study_id, Round.purpose == purpose)


def _has_forms(db: Session, made: Round) -> bool:
    of_round = select(Assignment.id).where(
        Assignment.study_id == made.study_id, Assignment.round_id == made.id
    )
    return db.scalars(of_round.limit(1)).first() is not None


def _free_name(db: Session, actor: Actor, main: Round) -> str:
    """Return a name for leads that no round has; coders never read it."""
    taken = set(db.scalars(select(Round.name).where(Round.study_id == actor.study_id)))
    names = (f"Repeats{f' {number}' if number > 1 else ''}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
