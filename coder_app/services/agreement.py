"""Agreement on rare and ordinal items and between pairs of coders: of the same ratings as reliability."""

from typing import Any

from sqlalchemy.orm import Session

from coder_app.services import reliability
from coder_app.services.actor import Actor
from coder_app.services.agreement_content import compute

__all__ = ["KIND", "collect", "compute"]

KIND = "agreement"


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the subset's ratings of every instrument, under recording codes, and what the plan drops."""
    return reliability.collect(db, actor, settings)
