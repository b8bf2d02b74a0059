"""Codes joined to rupture sequences: what the plan's tests are computed from, and who may see it."""

from collections import defaultdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.permissions import Act
from coder_app.models import Dyad, Sequence, TreatmentSession
from coder_app.services import key
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.frames import PrimaryRatings, list_primary_ratings
from coder_app.services.linkage_content import compute
from coder_app.services.marks import PrimaryMarks, list_primary_marks
from coder_app.services.plan import find_plan

__all__ = ["BLIND_ONLY", "KIND", "collect", "compute"]

KIND = "linkage"
# A sensitivity analysis: without recordings that were opened or that their primary coder recognised.
BLIND_ONLY: dict[str, Any] = {"blind_only": True}

Place = tuple[str, int]


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the frozen sequences, the primary coders' subscale sums by session, and the plan."""
    actor.check_can(Act.SEE_LINKAGE)
    if settings not in ({}, BLIND_ONLY):
        raise Refused("The linkage follows the recorded plan; it can only leave out what was not blind.")
    session_of = _name_sessions(db, actor)
    plan = find_plan(db, actor)
    if plan is None:
        raise Refused("There is no analysis plan.")
    marks = list_primary_marks(db, actor)
    return {
        "blind_only": settings == BLIND_ONLY,
        "plan": plan.content,
        "plan_sha256": plan.sha256,
        "plan_version": plan.version,
        "sequences": _sequences(db, actor),
        "subscales": [
            subscale
            for ratings in list_primary_ratings(db, actor)
            for subscale in _subscale_sums(
                ratings, session_of, plan.content["subscales"], marks, blind_only=settings == BLIND_ONLY
            )
        ],
    }


def _name_sessions(db: Session, actor: Actor) -> dict[int, Place]:
    """Return dyad and session number of each recording."""
    named = {
        row.id: (row.code, row.number)
        for row in db.execute(
            select(TreatmentSession.id, Dyad.code, TreatmentSession.number)
            .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
            .where(TreatmentSession.study_id == actor.study_id)
        )
    }
    return {recording: named[session] for recording, session in key.get_join(db, actor).items()}


def _sequences(db: Session, actor: Actor) -> list[dict[str, Any]]:
    pre, central, post = (aliased(TreatmentSession) for _ in range(3))
    rows = db.execute(
        select(
            Dyad.code.label("dyad"),
            Sequence.informant,
            pre.number.label("pre"),
            central.number.label("central"),
            post.number.label("post"),
            Sequence.type,
        )
        .join(Dyad, Dyad.id == Sequence.dyad_id)
        .join(pre, pre.id == Sequence.pre_id)
        .join(central, central.id == Sequence.central_id)
        .join(post, post.id == Sequence.post_id)
        .where(Sequence.study_id == actor.study_id)
        .order_by(Sequence.informant, Dyad.code, central.number)
    )
    return [dict(row._mapping) for row in rows]


def _subscale_sums(
    ratings: PrimaryRatings,
    session_of: dict[int, Place],
    planned: list[dict[str, Any]],
    marks: PrimaryMarks,
    *,
    blind_only: bool,
) -> list[dict[str, Any]]:
    given: dict[int, dict[str, float | None]] = defaultdict(dict)
    for recording, item, score in ratings.rows:
        given[recording][item] = score
    instrument = ratings.instrument
    opened = {one for one in given if one in marks.opened}
    recognised = {one for one in given if (instrument.name, one) in marks.recognised}
    left_out = opened | recognised if blind_only else set()
    used = {one: scores for one, scores in given.items() if one not in left_out}
    name = f"{instrument.name} {instrument.version}"
    items_of = {entry["subscale"]: entry["items"] for entry in planned if entry["instrument"] == name}
    return [
        {
            "code": subscale.code,
            "name": subscale.name,
            "instrument": instrument.name,
            "items": items_of[subscale.code],
            "n_items": len(subscale.items),
            "lowest": instrument.lowest * len(items_of[subscale.code]),
            "highest": instrument.highest * len(items_of[subscale.code]),
            "segment_minutes": instrument.segment_minutes,
            "codes": _codes(used, session_of, items_of[subscale.code]),
            "opened": sorted([*session_of[one]] for one in opened),
            "recognised": sorted([*session_of[one]] for one in recognised),
        }
        for subscale in instrument.subscales
    ]


def _codes(
    given: dict[int, dict[str, float | None]], session_of: dict[int, Place], items: list[str]
) -> list[list[Any]]:
    """Return dyad, session and score."""
    return sorted(
        [*session_of[recording], _sum([scores.get(item) for item in items])]
        for recording, scores in given.items()
    )


def _sum(scores: list[float | None]) -> float | None:
    """One item without a score and the sum is missing."""
    return None if None in scores else sum(scores)
