"""Results of the pages of reliability that are kept: listed, shown again as they were, named by leads."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Snapshot as Row
from coder_app.models import User
from coder_app.services import audit, snapshot
from coder_app.services.actor import Actor
from coder_app.services.auth import clean_text
from coder_app.services.errors import NotFound, Refused
from coder_app.services.keeping import KEPT_KINDS, SHAPE, hash_result, unpack
from coder_app.services.snapshot import Snapshot

LONGEST_NAME = 120
MOST_LISTED = 200


@dataclass(frozen=True)
class Kept:
    """A kept result without its figures; `asked_by` is None where that is not known."""

    public_id: str
    kind: str
    settings: dict[str, Any]
    versions: dict[str, str]
    input_hash: str
    computed_at: datetime
    asked_by: str | None
    name: str | None
    named_by: str | None
    named_at: datetime | None


@dataclass(frozen=True)
class KeptResult:
    """A kept result with its figures and what they were computed from, all as stored."""

    kept: Kept
    found: Snapshot


def list_kept(db: Session, actor: Actor) -> list[Kept]:
    """Return the kept results: those with a name first, then the newest."""
    _check(actor)
    order = (Row.name.is_(None), Row.computed_at.desc(), Row.id.desc())
    return [_kept(row) for row in db.execute(_select(actor).order_by(*order).limit(MOST_LISTED))]


def get_kept(db: Session, actor: Actor, public_id: str) -> KeptResult:
    """Return one kept result from what is stored of it, and from nothing else."""
    _check(actor)
    row = db.execute(_select(actor, Row.content, Row.inputs).where(Row.public_id == public_id)).first()
    if row is None:
        raise NotFound
    inputs = unpack(row.inputs)
    return KeptResult(
        _kept(row), Snapshot(row.content, row.input_hash, row.computed_at, inputs, row.public_id)
    )


def is_current(db: Session, actor: Actor, kept: Kept) -> bool:
    """Say whether the rows as they are now would give the same inputs."""
    _check(actor)
    return snapshot.find_hash(db, actor, kept.kind, kept.settings) == kept.input_hash


def name_kept(db: Session, actor: Actor, public_id: str, name: str) -> None:
    """Name a kept result, say as what a paper reports, so that it is never dropped; no name undoes it."""
    actor.check_can(Act.RECORD_PLAN)
    _check(actor)
    name = clean_text(name)
    if len(name) > LONGEST_NAME:
        raise Refused(f"The name is longer than {LONGEST_NAME} characters. Nothing was changed.")
    row = db.scalars(
        select(Row)
        .where(Row.study_id == actor.study_id, Row.public_id == public_id, Row.inputs.is_not(None))
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound
    before, row.name = row.name, name or None
    row.named_by, row.named_at = (actor.user_id, actor.now()) if name else (None, None)
    db.flush()
    audit.record(
        db,
        actor,
        "name kept result" if name else "take back name of kept result",
        public_id,
        kind=row.kind,
        name=row.name,
        before=before,
        input_hash=row.input_hash,
    )


def write_kept(result: KeptResult) -> str:
    """Return everything that is stored of a result as JSON; its data hash can be computed again from it."""
    kept = result.kept
    whole = {
        "kind": kept.kind,
        "settings": kept.settings,
        "inputs": result.found.inputs,
        "content": result.found.content,
        "versions": kept.versions,
        "computed_at": kept.computed_at.isoformat(),
        "input_hash": kept.input_hash,
    }
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def check_hash(result: KeptResult) -> bool:
    """Say whether what is stored still has the hash that was taken when it was computed."""
    kept = result.kept
    shape = int(kept.versions[SHAPE])
    return hash_result(kept.kind, shape, kept.settings, result.found.inputs) == kept.input_hash


def _check(actor: Actor) -> None:
    actor.check_can(Act.SEE_RELIABILITY)
    actor.check_sees(Thing.RATINGS)


def _select(actor: Actor, *more: Any) -> Select:
    asked, named = aliased(User), aliased(User)
    return (
        select(
            Row.public_id,
            Row.kind,
            Row.settings,
            Row.versions,
            Row.input_hash,
            Row.computed_at,
            asked.name.label("asked_by"),
            Row.name,
            named.name.label("named_by"),
            Row.named_at,
            *more,
        )
        .outerjoin(asked, asked.id == Row.asked_by)
        .outerjoin(named, named.id == Row.named_by)
        .where(Row.study_id == actor.study_id, Row.kind.in_(KEPT_KINDS), Row.inputs.is_not(None))
    )


def _kept(row: Any) -> Kept:
    return Kept(**{name: getattr(row, name) for name in Kept.__dataclass_fields__})
