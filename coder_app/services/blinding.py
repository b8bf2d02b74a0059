"""How blind the coders were: their guesses beside what was true, and who may see it."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.models import Assignment, Guess, Recording, Sequence
from coder_app.services import key
from coder_app.services.actor import Actor
from coder_app.services.acts import find_last
from coder_app.services.blinding_content import compute
from coder_app.services.errors import Refused
from coder_app.services.frames import name_coders
from coder_app.services.guess_asking import ASK

__all__ = ["KIND", "collect", "compute"]

KIND = "blinding"


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return every recording that a coder was asked about, with the answers and with what is true."""
    actor.check_can(Act.SEE_LINKAGE)
    if settings:
        raise Refused("How blind the coders were is computed in one way; there are no settings.")
    session_of = key.get_join(db, actor)
    positions, types = _truths(db, actor)
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
        "guesses": [
            {
                "coder": coders[row.user_id].label,
                "rater": coders[row.user_id].alias,
                "target": row.code,
                "recognised": row.recognised_at is not None,
                "position": {
                    "guess": row.Guess.position,
                    "true": sorted(positions[session_of.get(row.recording_id)]),
                },
                "type": {
                    "guess": row.Guess.rupture_type,
                    "true": sorted(types[session_of.get(row.recording_id)]),
                },
            }
            for row in rows
        ],
    }


def _truths(
    db: Session, actor: Actor
) -> tuple[dict[int | None, Collection[str]], dict[int | None, Collection[str]]]:
    """Return, by treatment session, the positions and the rupture types that it has in frozen sequences."""
    positions: dict[int | None, set[str]] = defaultdict(set)
    types: dict[int | None, set[str]] = defaultdict(set)
    for row in db.scalars(select(Sequence).where(Sequence.study_id == actor.study_id)):
        for position, session in (("pre", row.pre_id), ("central", row.central_id), ("post", row.post_id)):
            positions[session].add(position)
            types[session].add(row.type)
    return positions, types
