"""Codes joined to rupture sequences: what the plan's tests are computed from, and who may see it."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, Sequence, TreatmentSession
from coder_app.services import key, rupture
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.linkage_content import MARKS, compute
from coder_app.services.linkage_scores import list_scales
from coder_app.services.marks import list_primary_marks
from coder_app.services.plan import find_plan
from coder_app.services.primary import list_primary_ratings

__all__ = ["BLIND_ONLY", "ITEMS", "KIND", "collect", "compute", "join"]

KIND = "linkage"
# A sensitivity analysis: without recordings that were opened or that their primary coder recognised.
BLIND_ONLY: dict[str, Any] = {"blind_only": True}
# Single items in place of subscales.
ITEMS: dict[str, Any] = {"items": True}


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the frozen sequences, the coders' sums by recording, and the plan.

    `settings` may hold `blind_only` and `items`; what is tested and how is the plan's.
    """
    actor.check_can(Act.SEE_LINKAGE)
    if not settings.items() <= (BLIND_ONLY | ITEMS).items():
        raise Refused(
            "The linkage follows the recorded plan; it can only leave out what was not blind, and show items."
        )
    actor.check_sees(Thing.KEY)
    plan = find_plan(db, actor)
    if plan is None:
        raise Refused("There is no analysis plan.")
    marks = list_primary_marks(db, actor)
    return {
        "blind_only": bool(settings.get("blind_only")),
        "plan": plan.content,
        "plan_sha256": plan.sha256,
        "plan_version": plan.version,
        "sequences": _sequences(db, actor),
        "sessions": _name_sessions(db, actor),
        "alliance": rupture.collect(db, actor, {})["scores"],
        "subscales": [
            scale
            for ratings in list_primary_ratings(db, actor)
            for scale in list_scales(ratings, plan.content, marks, settings)
        ],
    }


def join(db: Session, actor: Actor, inputs: dict[str, Any]) -> dict[str, Any]:
    """Return the same with dyad and session number in place of each recording; the key is used for it."""
    named = {session: (dyad, number) for session, dyad, number in inputs["sessions"]}
    joined = key.get_join(db, actor, KIND)

    def place(recording: int) -> tuple[str, int]:
        return named[joined[recording]]

    return inputs | {
        "subscales": [
            subscale
            | {
                rows: sorted([*place(recording), *rest] for recording, *rest in subscale[rows])
                for rows in ("codes", "coders", "means")
            }
            | {mark: sorted([*place(one)] for one in subscale[mark]) for mark in MARKS}
            for subscale in inputs["subscales"]
        ]
    }


def _name_sessions(db: Session, actor: Actor) -> list[list[Any]]:
    """Return id, dyad and number of each treatment session."""
    rows = db.execute(
        select(TreatmentSession.id, Dyad.code, TreatmentSession.number)
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
        .order_by(TreatmentSession.id)
    )
    return [list(row) for row in rows]


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
            Sequence.measure,
            Sequence.scores,
        )
        .join(Dyad, Dyad.id == Sequence.dyad_id)
        .join(pre, pre.id == Sequence.pre_id)
        .join(central, central.id == Sequence.central_id)
        .join(post, post.id == Sequence.post_id)
        .where(Sequence.study_id == actor.study_id)
        .order_by(Sequence.informant, Dyad.code, central.number)
    )
    return [dict(row._mapping) for row in rows]
