"""Definitions of ruptures under a name: those that the program knows, and those that a study keeps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import RuptureSettings, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.auth import clean_text
from coder_app.services.errors import NotFound, Refused
from coder_app.services.rupture import DEFAULTS, check_settings

LONGEST_NAME = 120
MOST_KEPT = 50


@dataclass(frozen=True)
class NamedSettings:
    """A definition of ruptures; `key` stands for it in addresses, `by` and `at` are None for known ones."""

    key: str
    name: str
    settings: dict[str, Any]
    by: str | None = None
    at: datetime | None = None

    @property
    def is_kept(self) -> bool:
        """Whether somebody keeps it, so that it can be deleted."""
        return self.by is not None


# There from the start, and in no table: the program's defaults are the source study's choices.
KNOWN = (
    NamedSettings("source-study", "Source study", DEFAULTS),
    NamedSettings("alemi", "Alemi 2004: k = 1.5", DEFAULTS | {"k": 1.5, "absolute": None}),
    NamedSettings("exclusive", "Lower and upper halves exclusive", DEFAULTS | {"fourths": "exclusive"}),
)


def list_settings(db: Session, actor: Actor) -> list[NamedSettings]:
    """Return all definitions with a name: first the program's own, then those that are kept, by name."""
    _check(actor)
    rows = db.execute(
        select(
            RuptureSettings.public_id,
            RuptureSettings.name,
            RuptureSettings.settings,
            User.name.label("by"),
            RuptureSettings.created_at,
        )
        .join(User, User.id == RuptureSettings.created_by)
        .where(RuptureSettings.study_id == actor.study_id)
    ).all()
    kept = [NamedSettings(*row) for row in rows]
    return [*KNOWN, *sorted(kept, key=lambda one: one.name.casefold())]


def keep_settings(db: Session, actor: Actor, name: str, settings: dict[str, Any]) -> str:
    """Keep a definition under a name that no other has; return its public id."""
    actor.check_can(Act.RECORD_PLAN)
    _check(actor)
    checked, name = check_settings(settings), clean_text(name)
    _check_name(db, actor, name)
    row = RuptureSettings(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        name=name,
        settings=checked,
        created_by=actor.user_id,
        created_at=actor.now(),
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, "keep rupture settings", row.public_id, name=name, settings=checked)
    return row.public_id


def delete_settings(db: Session, actor: Actor, public_id: str) -> str:
    """Delete a definition that is kept and return its name; the trail still has it."""
    actor.check_can(Act.RECORD_PLAN)
    _check(actor)
    row = db.scalars(
        select(RuptureSettings)
        .where(RuptureSettings.study_id == actor.study_id, RuptureSettings.public_id == public_id)
        .with_for_update()
    ).first()
    if row is None:
        raise NotFound
    audit.record(db, actor, "delete rupture settings", public_id, name=row.name, settings=row.settings)
    db.delete(row)
    db.flush()
    return row.name


def _check(actor: Actor) -> None:
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)


def _check_name(db: Session, actor: Actor, name: str) -> None:
    if not name:
        raise Refused("Give the settings a name. Nothing was kept.")
    if len(name) > LONGEST_NAME:
        raise Refused(f"The name is longer than {LONGEST_NAME} characters. Nothing was kept.")
    names = db.scalars(select(RuptureSettings.name).where(RuptureSettings.study_id == actor.study_id)).all()
    if name.casefold() in {one.casefold() for one in (*names, *(known.name for known in KNOWN))}:
        raise Refused(f"There are settings with the name “{name}” already. Nothing was kept.")
    if len(names) >= MOST_KEPT:
        raise Refused(f"{MOST_KEPT} settings are kept already. Delete some first; nothing was kept.")
