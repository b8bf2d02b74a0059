"""The course of the alliance over treatment: what it is computed from."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad
from coder_app.services import rupture
from coder_app.services.actor import Actor
from coder_app.services.course_content import compute
from coder_app.services.errors import Refused

__all__ = ["KIND", "MOST_GROUPS", "collect", "compute", "list_groupings"]

KIND = "course"
# More lines in one picture cannot be told apart.
MOST_GROUPS = 4


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return every alliance score; with `group`, a covariate, also each dyad's value of it."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    unknown = sorted(set(settings) - {"group"})
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there is group.")
    found = rupture.collect(db, actor, {})
    grouping = settings.get("group")
    values = _values(db, actor)
    if grouping is not None and grouping not in _groupings(values):
        raise Refused(f"{grouping} does not part the dyads into 2 to {MOST_GROUPS} groups.")
    return {
        "group": grouping,
        "groups": {dyad: known[grouping] for dyad, known in sorted(values.items()) if grouping in known},
        "sessions": found["sessions"],
        "scores": found["scores"],
        "dyads": found["dyads"],
    }


def list_groupings(db: Session, actor: Actor) -> list[str]:
    """Return the covariates that part the dyads into a few groups."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    return _groupings(_values(db, actor))


def _values(db: Session, actor: Actor) -> dict[str, dict[str, str]]:
    rows = db.execute(select(Dyad.code, Dyad.covariates).where(Dyad.study_id == actor.study_id))
    return {
        code: {name: _text(value) for name, value in covariates.items() if value is not None}
        for code, covariates in rows
    }


def _text(value: str | float) -> str:
    return value if isinstance(value, str) else f"{value:g}"


def _groupings(values: dict[str, dict[str, str]]) -> list[str]:
    seen: dict[str, set[str]] = {}
    for known in values.values():
        for name, value in known.items():
            seen.setdefault(name, set()).add(value)
    return sorted(name for name, found in seen.items() if 2 <= len(found) <= MOST_GROUPS)
