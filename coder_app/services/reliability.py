"""Agreement between coders on the reliability subset: what it is computed from, and who may see it."""

from collections import Counter
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.models import Round
from coder_app.services.actor import Actor
from coder_app.services.coding_facts import describe_coding
from coder_app.services.frames import SubsetRatings, list_subset_ratings
from coder_app.services.plan import find_plan
from coder_app.services.reliability_content import compute
from coder_app.services.reliability_settings import DEFAULTS as SETTINGS
from coder_app.services.reliability_settings import KEPT, check_settings, find_against
from coder_app.services.selection import MAIN, Selection

__all__ = ["KIND", "SETTINGS", "collect", "compute"]

KIND = "reliability"


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the subset's ratings of every instrument, under recording codes, and what the plan drops.

    Where the settings ask for it there stand beside them the ratings of all recordings that two coders have
    submitted (`second`), and those of another round or of other days (`against`).
    """
    actor.check_can(Act.SEE_RELIABILITY)
    chosen, selection, against = check_settings(settings), Selection.of(settings), find_against(settings)
    with_leavers = chosen["leavers"] == KEPT
    plan = find_plan(db, actor)
    instruments = [
        _describe(ratings) for ratings in list_subset_ratings(db, actor, selection, with_leavers=with_leavers)
    ]
    for name, wanted, subset_only in (
        ("second", selection if chosen["second_line"] else None, False),
        ("against", against, True),
    ):
        beside = [None] * len(instruments)
        if wanted is not None:
            found = list_subset_ratings(db, actor, wanted, with_leavers=with_leavers, subset_only=subset_only)
            beside = [_in_short(ratings) for ratings in found]
        for one, other in zip(instruments, beside, strict=True):
            one[name] = other
    return {
        "settings": chosen,
        "coding": describe_coding(db, actor, selection),
        "selection": _name_selection(db, actor, selection),
        "against": _name_selection(db, actor, against) if against else None,
        "dropped_items": plan.content["dropped_items"] if plan else [],
        "instruments": instruments,
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
        **_in_short(ratings),
        "segment_minutes": instrument.segment_minutes,
        "segment_rows": [list(row) for row in ratings.segment_rows],
    }


def _in_short(ratings: SubsetRatings) -> dict[str, Any]:
    return {
        "coders": [asdict(coder) for coder in ratings.coders],
        "leavers": list(ratings.leavers),
        "n_subset": ratings.n_subset,
        "n_recordings": ratings.n_recordings,
        "n_complete": ratings.n_complete,
        "coders_each": _count_coders(ratings),
        "partly": list(ratings.partly),
        "left_out": [[one.code, one.why] for one in ratings.left_out],
        "days": list(ratings.days) if ratings.days else None,
        "rows": [list(row) for row in ratings.rows],
    }


def _count_coders(ratings: SubsetRatings) -> list[int] | None:
    """The fewest and the most coders that a recording has ratings of."""
    number = Counter(target for target, _ in {row[:2] for row in ratings.rows})
    return [min(number.values()), max(number.values())] if number else None


def _name_selection(db: Session, actor: Actor, selection: Selection) -> dict[str, Any]:
    """The rounds by name, and the days, as pages and files say them."""
    chosen = Round.public_id == selection.round if selection.round else Round.purpose == MAIN
    rows = db.execute(
        select(Round.name, Round.purpose).where(Round.study_id == actor.study_id, chosen).order_by(Round.id)
    ).all()
    return {
        "rounds": [row.name for row in rows],
        "purpose": rows[0].purpose if rows else MAIN,
        "since": selection.since.isoformat() if selection.since else None,
        "until": selection.until.isoformat() if selection.until else None,
    }
