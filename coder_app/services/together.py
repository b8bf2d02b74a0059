"""One listening for several forms of a coder on one recording, where the lead allows it."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy.orm import Session

from coder_app.models import Listening
from coder_app.services.actor import Actor


def share_listenings(db: Session, actor: Actor, pairs: Sequence[tuple[int, int]]) -> list[int | None]:
    """Make a listening for each pair of coder and recording that is there more than once.

    Return for each of `pairs` the id of its listening, None where the form is on its own; without the lead's
    leave all are.
    """
    if not actor.coding_settings.one_listening:
        return [None] * len(pairs)
    places: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        places[pair].append(place)
    made = {
        pair: Listening(
            study_id=actor.study_id,
            user_id=pair[0],
            recording_id=pair[1],
            together=True,
            stretches=[],
            position_ms=0,
            speed=1.0,
            fastest=0.0,
            heard_at=None,
        )
        for pair, own in places.items()
        if len(own) > 1
    }
    db.add_all(made.values())
    db.flush()
    return [made[pair].id if pair in made else None for pair in pairs]
