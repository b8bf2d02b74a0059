"""Agreement between coders on the reliability subset: what it is computed from, and who may see it."""

from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.frames import SubsetRatings, list_subset_ratings
from coder_app.services.plan import find_plan
from coder_app.services.reliability_content import compute
from coder_app.services.selection import KEYS, Selection

__all__ = ["KIND", "SETTINGS", "collect", "compute"]

KIND = "reliability"
SETTINGS: dict[str, Any] = {"confidence": 0.95, "bootstrap": 2000, "seed": 1, "rare_below": 2}


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the subset's ratings of every instrument, under recording codes, and what the plan drops."""
    actor.check_can(Act.SEE_RELIABILITY)
    unknown = sorted(set(settings) - {*SETTINGS, *KEYS})
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there are {', '.join((*SETTINGS, *KEYS))}.")
    plan = find_plan(db, actor)
    subset = list_subset_ratings(db, actor, Selection.of(settings))
    return {
        "settings": SETTINGS | settings,
        "dropped_items": plan.content["dropped_items"] if plan else [],
        "instruments": [_describe(ratings) for ratings in subset],
    }


def _describe(ratings: SubsetRatings) -> dict[str, Any]:
    instrument = ratings.instrument
    return {
        "name": instrument.name,
        "version": instrument.version,
        "lowest": instrument.lowest,
        "highest": instrument.highest,
        "items": [{"code": item.code, "label": item.label} for item in instrument.items],
        "subscales": [
            {**asdict(subscale), "items": list(subscale.items)} for subscale in instrument.subscales
        ],
        "coders": [asdict(coder) for coder in ratings.coders],
        "n_subset": ratings.n_subset,
        "n_recordings": ratings.n_recordings,
        "rows": [list(row) for row in ratings.rows],
        "segment_minutes": instrument.segment_minutes,
        "segment_rows": [list(row) for row in ratings.segment_rows],
    }
