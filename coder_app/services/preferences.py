"""Keeps what a person chose for all pages; no study's trail records it."""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coder_app.domain.preferences import Preferences
from coder_app.models import User
from coder_app.services.actor import Viewer


def choose_language(db: Session, viewer: Viewer, language: str | None) -> None:
    """Keep a language; None leaves it to the browser."""
    _keep(db, viewer, replace(_stored(db, viewer), language=language))


def choose_theme(db: Session, viewer: Viewer, theme: str | None) -> None:
    """Keep light or dark; None leaves it to the system."""
    _keep(db, viewer, replace(_stored(db, viewer), theme=theme))


def choose_keys(db: Session, viewer: Viewer, keys: Mapping[str, str]) -> None:
    """Keep the keys of shortcuts; what is as usual is not stored."""
    _keep(db, viewer, replace(_stored(db, viewer), keys=keys))


def _stored(db: Session, viewer: Viewer) -> Preferences:
    # Locked, so that two pages of one person cannot undo each other's choice.
    row = select(User.preferences).where(User.id == viewer.user_id).with_for_update()
    return Preferences.from_mapping(db.scalars(row).one())


def _keep(db: Session, viewer: Viewer, preferences: Preferences) -> None:
    chosen = preferences.to_mapping()
    db.execute(update(User).where(User.id == viewer.user_id).values(preferences=chosen))
