"""How blind the coders were: their guesses beside what was true, and who may see it."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Guess, Recording, Sequence
from coder_app.services import key
from coder_app.services.actor import Actor
from coder_app.services.acts import find_last
from coder_app.services.blinding_content import compute
from coder_app.services.errors import Refused
from coder_app.services.frames import name_coders
from coder_app.services.guess_asking import ASK

__all__ = ["KIND", "collect", "compute", "join"]

KIND = "blinding"


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return every recording that a coder was asked about, with the answers, and the frozen sequences."""
    actor.check_can(Act.SEE_LINKAGE)
    if settings:
        raise Refused("How blind the coders were is computed in one way; there are no settings.")
    actor.check_sees(Thing.KEY)
    coders = name_coders(db, actor)
    asked = find_last(db, actor, ASK)
    rows = db.execute(
        select(Guess, Assignment.user_id, Assignment.recording_id, Assignment.recognised_at, Recording.code)
        .join(Assignment, (Assignment.study_id == Guess.study_id) & (Assignment.id == Guess.assignment_id))
        .join(Recording, Recording.id == Assignment.recording_id)
        .where(Guess.study_id == actor.study_id)
        .order_by(Assignment.user_id, Guess.place)
    )
    return {
        "asked": {"at": asked.at.isoformat(), "by": asked.by} if asked else None,
        "sequences": _sequences(db, actor),
        "guesses": [
            {
                "coder": coders[row.user_id].label,
                "rater": coders[row.user_id].alias,
                "target": row.code,
                "recording": row.recording_id,
                "recognised": row.recognised_at is not None,
                "position": {"guess": row.Guess.position},
                "type": {"guess": row.Guess.rupture_type},
            }
            for row in rows
        ],
    }


def join(db: Session, actor: Actor, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the same with what is true beside each answer; the key is used for it."""
    session_of = key.get_join(db, actor, KIND)
    positions: dict[int | None, set[str]] = defaultdict(set)
    types: dict[int | None, set[str]] = defaultdict(set)
    for *sessions, rupture_type in inputs["sequences"]:
        for position, session in zip(("pre", "central", "post"), sessions, strict=True):
            positions[session].add(position)
            types[session].add(rupture_type)

    def with_truths(guess: dict[str, Any]) -> dict[str, Any]:
        session = session_of.get(guess["recording"])
        return guess | {
            "position": guess["position"] | {"true": sorted(positions[session])},
            "type": guess["type"] | {"true": sorted(types[session])},
        }

    return inputs | {"guesses": [with_truths(guess) for guess in inputs["guesses"]]}


def _sequences(db: Session, actor: Actor) -> list[list[Any]]:
    """Return the treatment sessions before, at and after each frozen rupture, and its type."""
    rows = db.execute(
        select(Sequence.pre_id, Sequence.central_id, Sequence.post_id, Sequence.type)
        .where(Sequence.study_id == actor.study_id)
        .order_by(Sequence.id)
    )
    return [list(row) for row in rows]
