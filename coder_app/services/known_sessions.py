"""The study's dyads and treatment sessions, as an import of recordings compares with them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.models import Dyad, TreatmentSession
from coder_app.services.actor import Actor


@dataclass(frozen=True)
class KnownSession:
    """A treatment session that the study has."""

    id: int
    held_on: date | None
    recorded: bool


@dataclass(frozen=True)
class KnownSessions:
    """The study's dyads by code, and its treatment sessions by dyad and number."""

    dyads: dict[str, int]
    sessions: dict[tuple[str, int], KnownSession]


def find_known_sessions(db: Session, actor: Actor) -> KnownSessions:
    """Return the study's dyads and treatment sessions."""
    dyads = dict(
        tuple(row) for row in db.execute(select(Dyad.code, Dyad.id).where(Dyad.study_id == actor.study_id))
    )
    rows = db.execute(
        select(Dyad.code, TreatmentSession)
        .join(
            TreatmentSession,
            (TreatmentSession.study_id == Dyad.study_id) & (TreatmentSession.dyad_id == Dyad.id),
        )
        .where(Dyad.study_id == actor.study_id)
    )
    sessions = {
        (code, session.number): KnownSession(session.id, session.held_on, session.recorded)
        for code, session in rows
    }
    return KnownSessions(dyads, sessions)
