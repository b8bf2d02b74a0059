"""The audit trail as people read it: acts, newest first, and the check of the whole chain."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Audit, AuditPayload, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.audit import ChainState

PAGE = 100
# When another works on a form tells how long its recording is; concerns are counted, no more. When repeats
# were given out tells which of the own forms they are.
_ON_FORMS = (
    "rate",
    "find conflict",
    "refuse rating",
    "submit ratings",
    "add note",
    "change note",
    "remove note",
    "refuse note",
    "find note conflict",
    "refuse listening",
    "listen faster",
    "report concern",
    "recognise recording",
    "take back recognition",
    "give out repeats",
)

_COLUMNS = ("seq", "at", "person", "act", "subject", "payload", "previous_hash", "hash")


@dataclass(frozen=True)
class Filter:
    """Which acts are shown; None is all of them, `until` is not included."""

    act: str | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Entry:
    """One act. Only its person, moment and name are not None to a viewer who must not see others' ratings.

    Numbers and hashes would tell that viewer how many acts of others lie between two of the own.
    """

    seq: int | None
    at: datetime
    person: str | None
    act: str
    subject: str | None
    payload: dict[str, Any] | None
    previous_hash: str | None
    hash: str | None


@dataclass(frozen=True)
class TrailPage:
    """Acts, the newest first; `older` continues the list, by number or for who sees none by what was shown.

    `shows_payloads` says if this viewer sees what was entered, and the acts of others on their forms.
    """

    entries: tuple[Entry, ...]
    older: int | None
    shows_payloads: bool


def list_entries(
    db: Session, actor: Actor, wanted: Filter, *, before: int | None = None, limit: int | None = PAGE
) -> TrailPage:
    """Return the acts that a filter lets through, the newest first, going on where a page ended."""
    actor.check_can(Act.SEE_AUDIT)
    shows = actor.sees(Thing.RATINGS)
    shown = 0 if shows else before or 0
    columns = [Audit, User.name, AuditPayload.payload] if shows else [Audit, User.name]
    query = _filtered(select(*columns), actor, wanted).order_by(Audit.seq.desc())
    query = query.outerjoin(User, User.public_id == Audit.actor)
    if shows:
        same = (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq)
        query = query.outerjoin(AuditPayload, same)
    if shows and before is not None:
        query = query.where(Audit.seq < before)
    query = query.offset(shown or None)
    rows = db.execute(query if limit is None else query.limit(limit + 1)).all()
    entries = tuple(
        Entry(
            seq=row.Audit.seq if shows else None,
            at=row.Audit.at,
            person=row.name,
            act=row.Audit.act,
            subject=row.Audit.subject if shows else None,
            payload=row.payload if shows else None,
            previous_hash=row.Audit.previous_hash if shows else None,
            hash=row.Audit.hash if shows else None,
        )
        for row in rows[:limit]
    )
    more = len(rows) > len(entries)
    older = (entries[-1].seq if shows else shown + len(entries)) if more else None
    return TrailPage(entries, older, shows)


def export_csv(db: Session, actor: Actor, wanted: Filter) -> str:
    """Return every act that a filter lets through as CSV, the newest first."""
    from coder_app.tables.writing import write_csv

    page = list_entries(db, actor, wanted, limit=None)
    return write_csv(_COLUMNS, (_cells(entry) for entry in page.entries))


def list_acts(db: Session, actor: Actor) -> list[str]:
    """Return the kinds of acts that this viewer finds in the study's trail."""
    actor.check_can(Act.SEE_AUDIT)
    return list(db.scalars(_filtered(select(Audit.act), actor, Filter()).distinct().order_by(Audit.act)))


def list_persons(db: Session, actor: Actor) -> list[tuple[str, str]]:
    """Return (public id, name) of everybody of whom this viewer finds an act in the study, by name."""
    actor.check_can(Act.SEE_AUDIT)
    acted = _filtered(select(Audit.actor), actor, Filter())
    rows = db.execute(
        select(User.public_id, User.name).where(User.public_id.in_(acted)).order_by(User.name, User.id)
    )
    return [(public_id, name) for public_id, name in rows]


def verify(db: Session, actor: Actor) -> ChainState:
    """Verify every link of the study's trail."""
    actor.check_can(Act.SEE_AUDIT)
    return audit.check_chain(db, actor.study_id)


def _cells(entry: Entry) -> tuple[object, ...]:
    what = None if entry.payload is None else json.dumps(entry.payload, ensure_ascii=False, sort_keys=True)
    at = entry.at.isoformat()
    return entry.seq, at, entry.person, entry.act, entry.subject, what, entry.previous_hash, entry.hash


def _filtered(query: Select, actor: Actor, wanted: Filter) -> Select:
    """Narrow a query over acts to the study, to what this viewer sees of it, and to what is wanted."""
    query = query.where(Audit.study_id == actor.study_id)
    if not actor.sees(Thing.RATINGS):
        query = query.where(Audit.act.not_in(_ON_FORMS) | (Audit.actor == actor.viewer.public_id))
    if wanted.act is not None:
        query = query.where(Audit.act == wanted.act)
    if wanted.person is not None:
        query = query.where(Audit.actor == wanted.person)
    if wanted.since is not None:
        query = query.where(Audit.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Audit.at < wanted.until)
    return query
