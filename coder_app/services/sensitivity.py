"""How much the ruptures hang on their definition: what the comparison is computed from."""

from typing import Any

from sqlalchemy.orm import Session

from coder_app.services import rupture
from coder_app.services.actor import Actor
from coder_app.services.sensitivity_content import compute

__all__ = ["KIND", "collect", "compute"]

KIND = "sensitivity"


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return what the ruptures are computed from; the settings are those that others are compared with."""
    return rupture.collect(db, actor, settings)
