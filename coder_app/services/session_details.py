"""What files of scores tell of treatment sessions: that there were any, when, and who attended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coder_app.models import Dyad, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.difference import Change

Place = tuple[str, int]


class Row(Protocol):
    """What a row of such a file says of the treatment session."""

    dyad: str
    session: int
    date: str | None
    attendance: str | None


@dataclass(frozen=True)
class StoredSession:
    """A treatment session as it is stored."""

    id: int
    details: dict[str, Any]


def details_by_session(rows: Iterable[Row]) -> dict[Place, dict[str, Any]]:
    """Several scores belong to one treatment session; the first that tells a detail settles it."""
    details: dict[Place, dict[str, Any]] = {}
    for row in rows:
        known = details.setdefault((row.dyad, row.session), {"held_on": None, "attendance": None})
        if known["held_on"] is None and row.date is not None:
            known["held_on"] = date.fromisoformat(row.date)
        if known["attendance"] is None:
            known["attendance"] = row.attendance
    return details


def find_sessions(db: Session, actor: Actor) -> dict[Place, StoredSession]:
    """Return the study's treatment sessions by dyad and number."""
    query = (
        select(
            Dyad.code,
            TreatmentSession.number,
            TreatmentSession.id,
            TreatmentSession.held_on,
            TreatmentSession.attendance,
        )
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
    )
    return {
        (code, number): StoredSession(session_id, {"held_on": held_on, "attendance": attendance})
        for code, number, session_id, held_on, attendance in db.execute(query)
    }


def compare_sessions(
    details: Mapping[Place, dict[str, Any]], stored: Mapping[Place, StoredSession]
) -> tuple[list[dict[str, Any]], list[Change], int]:
    """Return the updates of stored treatment sessions, what they overwrite, and how much they fill in."""
    updates: list[dict[str, Any]] = []
    changes: list[Change] = []
    n_added = 0
    for place, new in details.items():
        session = stored.get(place)
        if session is None:
            continue
        old = session.details
        differing = {name: value for name, value in new.items() if value is not None and value != old[name]}
        if differing:
            updates.append({"id": session.id} | differing)
        n_added += sum(old[name] is None for name in differing)
        changes += [
            Change(*place, _DETAILS[name], str(old[name]), str(value))
            for name, value in differing.items()
            if old[name] is not None
        ]
    return updates, changes, n_added


_DETAILS = {"held_on": "date", "attendance": "attendance"}


def store_sessions(
    db: Session, actor: Actor, new_sessions: Mapping[Place, dict[str, Any]], updates: list[dict[str, Any]]
) -> None:
    """Write what is new of treatment sessions whose dyads are stored."""
    if updates:
        db.execute(update(TreatmentSession), updates)
    if not new_sessions:
        return
    dyads = select(Dyad.code, Dyad.id).where(Dyad.study_id == actor.study_id)
    dyad_ids = dict(tuple(row) for row in db.execute(dyads))
    db.execute(
        insert(TreatmentSession.__table__),
        [
            {"study_id": actor.study_id, "dyad_id": dyad_ids[dyad], "number": number, "recorded": False}
            | details
            for (dyad, number), details in new_sessions.items()
        ],
    )
