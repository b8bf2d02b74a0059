"""The audit trail: append a link, verify the chain, show it."""

import hashlib
import hmac
import json
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.models import Audit, AuditHead, AuditPayload, User
from coder_app.services.actor import Actor, Tools, Viewer

FIRST_HASH = "0" * 64


@dataclass(frozen=True)
class AuditEntry:
    """One act as a page shows it; the payload is None once it has been erased."""

    seq: int
    at: datetime
    actor: str
    act: str
    subject: str | None
    payload: dict[str, Any] | None
    hash: str


@dataclass(frozen=True)
class ChainState:
    """What checking a chain found: its length, its head, and the first broken link if there is one."""

    length: int
    head: str
    broken_at: int | None


def begin_trail(db: Session, study_id: int) -> None:
    """Start the chain of a new study."""
    db.add(AuditHead(study_id=study_id, seq=0, hash=FIRST_HASH))
    db.flush()


def record(db: Session, actor: Actor, act: str, subject: str | None = None, **payload: Any) -> None:
    """Add an act of a person in a study to the study's chain, in the caller's transaction."""
    record_in(db, actor.tools, actor.study_id, actor.viewer, act, subject, **payload)


def record_in(
    db: Session,
    tools: Tools,
    study_id: int,
    viewer: Viewer | None,
    act: str,
    subject: str | None = None,
    **payload: Any,
) -> None:
    """Add an act to a study's chain; the payload is kept apart and chained by a salted hash."""
    head = db.execute(
        select(AuditHead.seq, AuditHead.hash).where(AuditHead.study_id == study_id).with_for_update()
    ).one()
    salt = tools.token_hex()
    link = {
        "study_id": study_id,
        "seq": head.seq + 1,
        "at": tools.clock(),
        "actor": viewer.public_id if viewer else None,
        "act": act,
        "subject": subject,
        "payload_hash": _payload_hash(salt, payload),
        "previous_hash": head.hash,
    }
    link["hash"] = _link_hash(link)
    db.execute(
        update(AuditHead)
        .where(AuditHead.study_id == study_id)
        .values(seq=link["seq"], hash=link["hash"])
        .execution_options(synchronize_session=False)
    )
    db.execute(insert(Audit), link)
    db.execute(
        insert(AuditPayload), {"study_id": study_id, "seq": link["seq"], "salt": salt, "payload": payload}
    )


def check_chain(db: Session, study_id: int) -> ChainState:
    """Verify every link of a study's chain and name the first broken one."""
    head = db.execute(select(AuditHead.seq, AuditHead.hash).where(AuditHead.study_id == study_id)).one()
    previous, expected = FIRST_HASH, 1
    with closing(_links(db, study_id)) as links:
        for link, salt, payload in links:
            payload_holds = payload is None or link["payload_hash"] == _payload_hash(salt, payload)
            holds = link["seq"] == expected and link["previous_hash"] == previous
            if not (holds and payload_holds and link["hash"] == _link_hash(link)):
                return ChainState(head.seq, head.hash, expected)
            previous, expected = link["hash"], expected + 1
    if expected - 1 != head.seq or previous != head.hash:
        return ChainState(head.seq, head.hash, expected)
    return ChainState(head.seq, head.hash, None)


def list_entries(
    db: Session, actor: Actor, *, before: int | None = None, limit: int = 100
) -> list[AuditEntry]:
    """Return the newest acts first, at most `limit`, older than `before` when it is given."""
    actor.check_can(Act.SEE_AUDIT)
    query = (
        select(Audit, AuditPayload.payload, User.name)
        .join(
            AuditPayload,
            (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq),
        )
        .outerjoin(User, User.public_id == Audit.actor)
        .where(Audit.study_id == actor.study_id)
        .order_by(Audit.seq.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(Audit.seq < before)
    return [
        AuditEntry(audit.seq, audit.at, name or "coder_app", audit.act, audit.subject, payload, audit.hash)
        for audit, payload, name in db.execute(query)
    ]


def _links(db: Session, study_id: int) -> Generator[tuple[dict[str, Any], str, dict[str, Any] | None]]:
    query = (
        select(Audit.__table__, AuditPayload.salt, AuditPayload.payload)
        .join(
            AuditPayload,
            (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq),
        )
        .where(Audit.study_id == study_id)
        .order_by(Audit.seq)
    )
    with closing(db.execute(query.execution_options(yield_per=1000))) as rows:
        for row in rows.mappings():
            yield dict(row), row["salt"], row["payload"]


def _payload_hash(salt: str, payload: dict[str, Any]) -> str:
    return hmac.new(bytes.fromhex(salt), _canonical(payload), hashlib.sha256).hexdigest()


def _link_hash(link: dict[str, Any]) -> str:
    named = ("study_id", "seq", "actor", "act", "subject", "payload_hash", "previous_hash")
    content = {name: link[name] for name in named} | {"at": link["at"].isoformat()}
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
