"""The audit trail: append a link, verify the chain."""

import hashlib
import hmac
import json
from collections.abc import Generator, Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import Session

from coder_app.models import Audit, AuditHead, AuditPayload
from coder_app.services.actor import Actor, Tools, Viewer

FIRST_HASH = "0" * 64

# Built once, on the tables themselves: every save of a rating runs all four.
_heads = AuditHead.__table__
_HEAD = (
    select(_heads.c.seq, _heads.c.hash).where(_heads.c.study_id == bindparam("in_study")).with_for_update()
)
_MOVE_HEAD = (
    update(_heads)
    .where(_heads.c.study_id == bindparam("in_study"))
    .values(seq=bindparam("to_seq"), hash=bindparam("to_hash"))
)
_ADD_LINK = insert(Audit.__table__)
_ADD_PAYLOAD = insert(AuditPayload.__table__)


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
    head = db.execute(_HEAD, {"in_study": study_id}).one()
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
    db.execute(_MOVE_HEAD, {"in_study": study_id, "to_seq": link["seq"], "to_hash": link["hash"]})
    db.execute(_ADD_LINK, link)
    db.execute(_ADD_PAYLOAD, {"study_id": study_id, "seq": link["seq"], "salt": salt, "payload": payload})


def check_chain(db: Session, study_id: int) -> ChainState:
    """Verify every link of a study's chain and name the first broken one."""
    length, head, previous, expected = 0, "", FIRST_HASH, 1
    with closing(_links(db, study_id)) as links:
        for link in links:
            length, head = link["head_seq"], link["head_hash"]
            if link["seq"] is None:
                break
            if not (link["seq"] == expected and link["previous_hash"] == previous and _holds(link)):
                return ChainState(length, head, expected)
            previous, expected = link["hash"], expected + 1
    whole = expected - 1 == length and previous == head
    return ChainState(length, head, None if whole else expected)


def _links(db: Session, study_id: int) -> Generator[Mapping[str, Any]]:
    # One statement, the head with it: acts that others add meanwhile are not taken for a broken end.
    query = (
        select(
            AuditHead.seq.label("head_seq"),
            AuditHead.hash.label("head_hash"),
            *Audit.__table__.columns,
            AuditPayload.id.label("payload_id"),
            AuditPayload.salt,
            AuditPayload.payload,
        )
        .outerjoin(Audit, Audit.study_id == AuditHead.study_id)
        .outerjoin(
            AuditPayload,
            (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq),
        )
        .where(AuditHead.study_id == study_id)
        .order_by(Audit.seq)
    )
    with closing(db.execute(query.execution_options(yield_per=1000))) as rows:
        yield from rows.mappings()


def _holds(link: Mapping[str, Any]) -> bool:
    """Say whether a link is as it was written; an erased payload is allowed, a missing row is not."""
    if link["payload_id"] is None or link["hash"] != _link_hash(link):
        return False
    return link["payload"] is None or link["payload_hash"] == _payload_hash(link["salt"], link["payload"])


def _payload_hash(salt: str, payload: dict[str, Any]) -> str:
    return hmac.new(bytes.fromhex(salt), _canonical(payload), hashlib.sha256).hexdigest()


def _link_hash(link: Mapping[str, Any]) -> str:
    named = ("study_id", "seq", "actor", "act", "subject", "payload_hash", "previous_hash")
    content = {name: link[name] for name in named} | {"at": link["at"].isoformat()}
    return hashlib.sha256(_canonical(content)).hexdigest()


def _canonical(value: Any) -> bytes:
    # Not hashing.canonical, which refuses what is no number: a payload that was tampered with is to be named.
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
