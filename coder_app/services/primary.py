"""The ratings that are linked to the sequences once the key is open: the primary coders', and all others."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Rating, Segment
from coder_app.services.actor import Actor
from coder_app.services.frames import name_coders
from coder_app.services.given import of_round, over_segments
from coder_app.services.selection import SUBMITTED
from coder_app.services.study import list_instruments


@dataclass(frozen=True)
class PrimaryRatings:
    """The submitted ratings of one instrument in the main round, as they stand.

    `rows` are the primary coders' (recording id, item code, score), `coder_of` says who that is, by alias.
    `everybody` are all coders' (recording id, alias, item code, score), the primary ones among them.
    """

    instrument: Instrument
    rows: tuple[tuple[int, str, float | None], ...]
    coder_of: dict[int, str]
    everybody: tuple[tuple[int, str, str, float | None], ...]


def list_primary_ratings(db: Session, actor: Actor) -> list[PrimaryRatings]:
    """Return the submitted ratings of the main round, for the linkage."""
    actor.check_sees(Thing.LINKAGE)
    alias_of = {user: coder.alias for user, coder in name_coders(db, actor).items()}
    found = []
    for version in list_instruments(db, actor, CODING):
        forms = {
            form: (recording, alias_of[user], is_primary)
            for form, recording, user, is_primary in db.execute(
                of_round(
                    select(Assignment.id, Assignment.recording_id, Assignment.user_id, Assignment.is_primary),
                    actor,
                    version.id,
                )
                .where(Assignment.state == SUBMITTED)
                .order_by(Assignment.recording_id, Assignment.user_id)
            )
        }
        columns = select(Rating.assignment_id, Segment.number, Rating.item, Rating.score)
        query = (
            of_round(columns, actor, version.id)
            .join(Rating, (Rating.study_id == Assignment.study_id) & (Rating.assignment_id == Assignment.id))
            .join(Segment, (Segment.study_id == Rating.study_id) & (Segment.id == Rating.segment_id))
            .where(Assignment.state == SUBMITTED)
            .order_by(Assignment.recording_id, Rating.item)
        )
        scores = over_segments(tuple(row) for row in db.execute(query))
        found.append(
            PrimaryRatings(
                version.instrument,
                rows=tuple(
                    (forms[form][0], item, score) for (form, item), score in scores.items() if forms[form][2]
                ),
                coder_of={recording: alias for recording, alias, primary in forms.values() if primary},
                everybody=tuple((*forms[form][:2], item, score) for (form, item), score in scores.items()),
            )
        )
    return found
