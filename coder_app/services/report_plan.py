"""What the plan said, version by version, and where what was done may differ from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.models import Plan
from coder_app.services.actor import Actor


@dataclass(frozen=True)
class PlanVersion:
    """One version, and the parts of it that the version before had otherwise: name, before, after."""

    version: int
    sha256: str
    recorded_at: datetime
    content: Mapping[str, Any]
    changes: tuple[tuple[str, Any, Any], ...]


def list_versions(db: Session, actor: Actor) -> tuple[PlanVersion, ...]:
    """Return all versions of the plan, the oldest first."""
    actor.check_can(Act.SEE_STUDY)
    rows = db.scalars(select(Plan).where(Plan.study_id == actor.study_id).order_by(Plan.version)).all()
    return tuple(
        PlanVersion(
            row.version,
            row.sha256,
            row.recorded_at,
            row.content,
            _compare(before.content, row.content) if before else (),
        )
        for before, row in zip([None, *rows], rows, strict=False)
    )


def _compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, Any, Any], ...]:
    names = dict.fromkeys([*before, *after])
    return tuple(
        (name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)
    )
