"""Codes joined to rupture sequences and tested, as the recorded plan says."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from coder_app.domain.permissions import Act
from coder_app.models import Dyad, Sequence, TreatmentSession
from coder_app.services import key
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.frames import PrimaryRatings, list_primary_ratings
from coder_app.services.plan import find_plan

CONTRASTS = (("pre", "central"), ("central", "post"))


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the frozen sequences, the primary coders' subscale sums by session, and the plan."""
    actor.check_can(Act.SEE_LINKAGE)
    session_of = _name_sessions(db, actor)
    plan = find_plan(db, actor)
    if plan is None:
        raise Refused("There is no analysis plan.")
    return {
        "plan": plan.content,
        "plan_sha256": plan.sha256,
        "sequences": _sequences(db, actor),
        "subscales": [
            subscale
            for ratings in list_primary_ratings(db, actor)
            for subscale in _subscale_sums(ratings, session_of, plan.content["subscales"])
        ],
    }


def compute(inputs: dict[str, Any], settings: dict[str, Any], progress: Callable[[int, int], None]) -> dict:
    """Return, by informant and subscale, means by position and the plan's tests."""
    informants = sorted({sequence["informant"] for sequence in inputs["sequences"]})
    parts = [(informant, subscale) for informant in informants for subscale in inputs["subscales"]]
    results = []
    for done, (informant, subscale) in enumerate(parts):
        progress(done, len(parts))
        results.append(_compute_part(inputs, informant, subscale))
    return {"plan": inputs["plan"], "plan_sha256": inputs["plan_sha256"], "results": results}


def _name_sessions(db: Session, actor: Actor) -> dict[int, tuple[str, int]]:
    """Return dyad and session number of each recording."""
    named = {
        row.id: (row.code, row.number)
        for row in db.execute(
            select(TreatmentSession.id, Dyad.code, TreatmentSession.number)
            .join(Dyad, Dyad.id == TreatmentSession.dyad_id)
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
    ratings: PrimaryRatings, session_of: dict[int, tuple[str, int]], planned: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Sum each subscale's planned items by recording; one item without a score and the sum is missing."""
    given: dict[int, dict[str, int | None]] = defaultdict(dict)
    for recording, _, item, score in ratings.rows:
        given[recording][item] = score
    instrument = ratings.instrument
    items_of = {
        entry["subscale"]: entry["items"]
        for entry in planned
        if entry["instrument"] == f"{instrument.name} {instrument.version}"
    }
    sums = []
    for subscale in instrument.subscales:
        items = items_of[subscale.code]
        codes = [
            [*session_of[recording], _sum([scores.get(item) for item in items])]
            for recording, scores in given.items()
        ]
        sums.append(
            {
                "code": subscale.code,
                "name": subscale.name,
                "instrument": instrument.name,
                "items": items,
                "lowest": instrument.lowest * len(items),
                "highest": instrument.highest * len(items),
                "codes": sorted(codes),
            }
        )
    return sums


def _sum(scores: list[int | None]) -> int | None:
    return None if None in scores else sum(scores)


def _compute_part(inputs: dict[str, Any], informant: str, subscale: dict[str, Any]) -> dict[str, Any]:
    import pandas as pd

    from coder_app.analysis.linkage import POSITIONS, link_codes, select_contrast, summarise_positions

    own = [sequence for sequence in inputs["sequences"] if sequence["informant"] == informant]
    codes = pd.DataFrame(subscale["codes"], columns=["dyad", "session", "score"]).astype({"score": float})
    linked = link_codes(codes, pd.DataFrame(own))
    everything = select_contrast(linked.long, informant, POSITIONS)
    by_type = select_contrast(linked.long, informant, POSITIONS, by_type=True)
    described = {
        name: subscale[name] for name in ("code", "name", "instrument", "items", "lowest", "highest")
    }
    return {
        "informant": informant,
        "subscale": described,
        "n_sequences": linked.n_sequences,
        "n_positions": linked.n_positions,
        "n_recordings": linked.n_recordings,
        "incomplete": [asdict(sequence) for sequence in linked.incomplete],
        "warnings": list(linked.warnings),
        "rows": linked.long.astype(object).where(linked.long.notna(), None).to_dict("records"),
        "positions": [asdict(summary) for summary in summarise_positions(everything)],
        "positions_by_type": [asdict(summary) for summary in summarise_positions(by_type)],
        "tests": [_test(inputs["plan"], linked.long, informant, contrast) for contrast in CONTRASTS],
    }


def _test(plan: dict[str, Any], long, informant: str, contrast: tuple[str, str]) -> dict[str, Any]:
    from coder_app.analysis.linkage import select_contrast
    from coder_app.analysis.permutation import permutation_test
    from coder_app.analysis.results import StatsError

    by_type = contrast == ("central", "post")
    name = " vs ".join(contrast) + (" by rupture type" if by_type else "")
    frame = select_contrast(long, informant, contrast, by_type)
    try:
        result = permutation_test(frame, plan["permutations"], plan["seed"], plan["method"])
    except StatsError as error:
        return {"name": name, "reason": str(error), "effects": [], "warnings": []}
    return {
        "name": name,
        "reason": None,
        "design": result.design,
        "effects": [asdict(effect) for effect in result.effects],
        "paired": asdict(result.paired) if result.paired else None,
        "warnings": list(result.warnings),
    }
