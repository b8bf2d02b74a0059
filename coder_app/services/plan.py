"""The analysis plan: what will be tested and how, fixed by its hash before the key opens."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.models import Plan, Sample
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.study import list_instruments

SCORE_RULE = "primary coder"
TESTS = ("pre vs central", "central vs post by rupture type")
MOST_PERMUTATIONS = 1_000_000


@dataclass(frozen=True)
class PlanChoices:
    """What the lead decides; the rest of the plan follows from the study."""

    permutations: int = 100_000
    seed: int = 1
    dropped_items: tuple[str, ...] = ()
    notes: str = ""


@dataclass(frozen=True)
class PlanView:
    """A recorded plan."""

    version: int
    content: dict[str, Any]
    sha256: str
    recorded_at: datetime


def record_plan(db: Session, actor: Actor, choices: PlanChoices) -> PlanView:
    """Record a version of the plan; the newest one counts, and none is recorded once the key is open."""
    actor.check_can(Act.RECORD_PLAN)
    if actor.phase is Phase.UNMASKED:
        raise Refused("The key is open; a plan can no longer be recorded.")
    content = _content(db, actor, choices)
    sha256 = hash_content(content)
    newest = db.scalars(select(func.max(Plan.version)).where(Plan.study_id == actor.study_id)).one() or 0
    row = Plan(
        study_id=actor.study_id,
        version=newest + 1,
        content=content,
        sha256=sha256,
        recorded_by=actor.user_id,
        recorded_at=actor.now(),
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, "record plan", f"plan {row.version}", sha256=sha256)
    return PlanView(row.version, content, sha256, row.recorded_at)


def find_plan(db: Session, actor: Actor) -> PlanView | None:
    """Return the newest version of the plan."""
    actor.check_can(Act.SEE_STUDY)
    row = db.scalars(
        select(Plan).where(Plan.study_id == actor.study_id).order_by(Plan.version.desc())
    ).first()
    return PlanView(row.version, row.content, row.sha256, row.recorded_at) if row else None


def hash_content(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a plan, over its canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _content(db: Session, actor: Actor, choices: PlanChoices) -> dict[str, Any]:
    sample = db.scalars(select(Sample).where(Sample.study_id == actor.study_id)).first()
    if sample is None:
        raise Refused("Freeze the sample first: the plan names how its ruptures were found.")
    if not 1 <= choices.permutations <= MOST_PERMUTATIONS:
        raise Refused(f"Choose from 1 to {MOST_PERMUTATIONS:,} permutations.")
    instruments = [entry.instrument for entry in list_instruments(db, actor, "coding")]
    known = {item.code for instrument in instruments for item in instrument.items}
    unknown = sorted(set(choices.dropped_items) - known)
    if unknown:
        raise Refused(f"No scale of this study has an item {', '.join(unknown)}.")
    return {
        "study": actor.study_public_id,
        "ruptures": sample.settings,
        "sample_data": sample.data_hash,
        "score_rule": SCORE_RULE,
        "subscales": [
            {
                "instrument": f"{instrument.name} {instrument.version}",
                "subscale": subscale.code,
                "items": [code for code in subscale.items if code not in choices.dropped_items],
            }
            for instrument in instruments
            for subscale in instrument.subscales
        ],
        "dropped_items": sorted(choices.dropped_items),
        "tests": list(TESTS),
        "sums_of_squares": "type III",
        "method": "rd",
        "permutations": choices.permutations,
        "seed": choices.seed,
        "notes": choices.notes.strip(),
    }
