"""The analysis plan: what will be tested and how, fixed by its hash before the key opens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING, Instrument
from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.models import Plan, Sample, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.errors import NotFound, Refused
from coder_app.services.hashing import canonical, hash_of
from coder_app.services.study import list_instruments

SCORE_RULE = "primary coder"
TESTS = ("pre vs central", "central vs post by rupture type")
MOST_PERMUTATIONS = 1_000_000
SEED_BELOW = 2**31
POST_HOC_BELOW, MARGINAL_BELOW = 0.05, 0.1
METHODS = ("rd", "rde", "freedman_lane", "restricted")


@dataclass(frozen=True)
class PlanChoices:
    """What the lead decides; the rest of the plan follows from the study."""

    permutations: int = 100_000
    seed: int = 1
    dropped_items: tuple[str, ...] = ()
    notes: str = ""
    method: str = "rd"
    # Whether p below .10 is read as marginal, and looked into as the source study did.
    marginal: bool = False


@dataclass(frozen=True)
class PlanView:
    """A recorded plan."""

    version: int
    content: dict[str, Any]
    sha256: str
    recorded_at: datetime
    recorded_by: str

    @property
    def text(self) -> str:
        """The text that the hash is of."""
        return canonical(self.content)


def record_plan(db: Session, actor: Actor, choices: PlanChoices) -> PlanView:
    """Record a version of the plan; the newest one counts, and none is recorded once the key is open."""
    actor.check_can(Act.RECORD_PLAN)
    if hold_phase(db, actor) is Phase.UNMASKED:
        raise Refused("The key is open; a plan can no longer be recorded.")
    content = _content(db, actor, choices)
    before = find_plan(db, actor)
    if before and before.content == content:
        raise Refused(f"This is word for word version {before.version}, which is recorded already.")
    row = Plan(
        study_id=actor.study_id,
        version=before.version + 1 if before else 1,
        content=content,
        sha256=hash_of(content),
        recorded_by=actor.user_id,
        recorded_at=actor.now(),
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, "record plan", f"plan {row.version}", sha256=row.sha256)
    return PlanView(row.version, content, row.sha256, row.recorded_at, actor.viewer.name)


def find_plan(db: Session, actor: Actor, version: int | None = None) -> PlanView | None:
    """Return a version of the plan, the newest one unless a version is named."""
    actor.check_can(Act.SEE_STUDY)
    query = (
        select(Plan, User.name)
        .join(User, User.id == Plan.recorded_by)
        .where(Plan.study_id == actor.study_id)
        .order_by(Plan.version.desc())
    )
    if version is not None:
        query = query.where(Plan.version == version)
    row = db.execute(query.limit(1)).first()
    if row is None:
        return None
    plan, name = row
    return PlanView(plan.version, plan.content, plan.sha256, plan.recorded_at, name)


def get_plan(db: Session, actor: Actor, version: int) -> PlanView:
    """Return a version of the plan, or raise NotFound."""
    plan = find_plan(db, actor, version)
    if plan is None:
        raise NotFound
    return plan


def _content(db: Session, actor: Actor, choices: PlanChoices) -> dict[str, Any]:
    sample = db.scalars(select(Sample).where(Sample.study_id == actor.study_id)).first()
    if sample is None:
        raise Refused("Freeze the sample first: the plan names how its ruptures were found.")
    if not 1 <= choices.permutations <= MOST_PERMUTATIONS:
        raise Refused(f"Choose from 1 to {MOST_PERMUTATIONS:,} permutations.")
    if not 0 <= choices.seed < SEED_BELOW:
        raise Refused(f"Choose a seed from 0 to {SEED_BELOW - 1:,}.")
    if choices.method not in METHODS:
        raise Refused(f"There is no method {choices.method}; choose from {', '.join(METHODS)}.")
    instruments = [entry.instrument for entry in list_instruments(db, actor, CODING)]
    return {
        "study": actor.study_public_id,
        "ruptures": sample.settings,
        "sample_data": sample.data_hash,
        "score_rule": SCORE_RULE,
        "subscales": _subscales(instruments, choices.dropped_items),
        "dropped_items": sorted(set(choices.dropped_items)),
        "tests": list(TESTS),
        "post_hoc_below": MARGINAL_BELOW if choices.marginal else POST_HOC_BELOW,
        "marginal_below": MARGINAL_BELOW if choices.marginal else None,
        "sums_of_squares": "type III",
        "method": choices.method,
        "permutations": choices.permutations,
        "seed": choices.seed,
        # PostgreSQL keeps no NUL in a text.
        "notes": choices.notes.replace("\0", "").strip(),
    }


def _subscales(instruments: list[Instrument], dropped: tuple[str, ...]) -> list[dict[str, Any]]:
    known = {item.code for instrument in instruments for item in instrument.items}
    unknown = sorted(set(dropped) - known)
    if unknown:
        raise Refused(f"No scale of this study has an item {', '.join(unknown)}.")
    planned = []
    for instrument in instruments:
        for subscale in instrument.subscales:
            items = [code for code in subscale.items if code not in dropped]
            if not items:
                raise Refused(f"{subscale.name} would have no item left; keep at least one.")
            name = f"{instrument.name} {instrument.version}"
            planned.append({"instrument": name, "subscale": subscale.code, "items": items})
    return planned
