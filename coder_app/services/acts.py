"""What was done once in a study, by whom and when, as the audit trail has it; and the phase, held still."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.models import Audit, AuditPayload, Study, User
from coder_app.services.actor import Actor

LOCK = "lock coding"
UNMASK = "unmask"
OPEN_ONE = "open one recording in an emergency"


@dataclass(frozen=True)
class Done:
    """An act of the trail: when, by whom, and what it was about (None once that has been erased)."""

    at: datetime
    by: str
    payload: dict[str, Any] | None


def find_last(db: Session, actor: Actor, act: str) -> Done | None:
    """Return the last time that an act was done in the study."""
    actor.check_can(Act.SEE_STUDY)
    row = db.execute(
        select(Audit.at, User.name, AuditPayload.payload)
        .outerjoin(AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq))
        .outerjoin(User, User.public_id == Audit.actor)
        .where(Audit.study_id == actor.study_id, Audit.act == act)
        .order_by(Audit.seq.desc())
        .limit(1)
    ).first()
    return Done(row.at, row.name or "coder_app", row.payload) if row else None


def hold_phase(db: Session, actor: Actor) -> Phase:
    """Return the phase that the study is in now; nobody else moves it before this transaction ends."""
    return Phase(
        db.scalars(
            select(Study.phase).where(Study.id == actor.study_id).with_for_update(key_share=True)
        ).one()
    )
