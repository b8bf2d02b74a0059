"""What the package says of the study: instruments, plan, what computed it, and the audit trail's head."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import ALLIANCE, CODING
from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Audit
from coder_app.models import Snapshot as SnapshotRow
from coder_app.services.actor import Actor
from coder_app.services.package_wording import Definition, define
from coder_app.services.plan import PlanView, find_plan
from coder_app.services.snapshot import Snapshot
from coder_app.services.study import list_instruments

# Acts that change no data: looking, and taking away. The trail's head in the package is the last entry that
# is none of these, so that who takes a package away does not change the next one.
LOOKING = (
    "take away what the key joined",
    "join by the key",
    "see opened recording",
    "read concern",
    "compare with the key",
    "look up recordings in the key",
)


@dataclass(frozen=True)
class Options:
    """What goes into the package beside what always does."""

    unmasked: bool = False
    figures: bool = False
    wordings: bool = False


@dataclass(frozen=True)
class Head:
    """The last entry of the audit trail that is no looking and no taking away."""

    seq: int
    hash: str
    at: datetime


@dataclass(frozen=True)
class Computed:
    """What a result was computed with: asked settings, those in force, seeds, versions, hash of its rows."""

    settings: dict[str, Any]
    in_force: dict[str, Any]
    seeds: dict[str, int]
    versions: dict[str, str]
    input_sha256: str


@dataclass(frozen=True)
class Facts:
    """What is known of the study for its package, as far as this person may know it."""

    study: str
    synthetic: bool
    phase: str
    options: Options
    scales: tuple[Definition, ...]
    measures: tuple[Definition, ...]
    plan: PlanView | None
    head: Head | None
    computed: dict[str, Computed]

    @property
    def withheld(self) -> tuple[str, ...]:
        """The names of scales and measures whose words stay with the lab."""
        return tuple(one.instrument.name for one in (*self.scales, *self.measures) if not one.with_words)

    @property
    def withholds_scales(self) -> bool:
        """Whether files that show items of scales by name must stay away."""
        return any(not one.with_words for one in self.scales)


def get_facts(
    db: Session, actor: Actor, results: Mapping[str, tuple[Snapshot, dict[str, Any]]], options: Options
) -> Facts:
    """Return the facts; `results` are the computed results in the package with the settings asked for."""
    actor.check_can(Act.SEE_STUDY)
    if options.unmasked:
        actor.check_sees(Thing.LINKAGE)
    scales, measures = (
        tuple(define(one.instrument, options.wordings) for one in list_instruments(db, actor, kind))
        for kind in (CODING, ALLIANCE)
    )
    return Facts(
        study=actor.study_name,
        synthetic=actor.synthetic,
        phase=str(actor.phase),
        options=options,
        scales=scales,
        measures=measures,
        plan=find_plan(db, actor),
        # How long the trail is tells a lead who codes when others rate.
        head=find_head(db, actor) if actor.sees(Thing.RATINGS) else None,
        computed={
            kind: _computed(db, found, settings) for kind, (found, settings) in sorted(results.items())
        },
    )


def find_head(db: Session, actor: Actor) -> Head | None:
    """Return the trail's last entry that changed something."""
    row = db.execute(
        select(Audit.seq, Audit.hash, Audit.at)
        .where(Audit.study_id == actor.study_id, Audit.act.not_in(LOOKING))
        .order_by(Audit.seq.desc())
        .limit(1)
    ).first()
    return Head(row.seq, row.hash, row.at) if row else None


def _computed(db: Session, found: Snapshot, settings: dict[str, Any]) -> Computed:
    versions = db.scalar(select(SnapshotRow.versions).where(SnapshotRow.public_id == found.public_id))
    in_force = found.content.get("settings") or found.inputs.get("settings")
    return Computed(
        settings,
        in_force if isinstance(in_force, dict) else {},
        dict(sorted(seed for part in (found.inputs, found.content) for seed in _seeds(part))),
        versions or {},
        found.input_hash,
    )


def _seeds(part: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, int]]:
    for name, value in part.items():
        if isinstance(value, Mapping):
            yield from _seeds(value, f"{where}{name}.")
        elif (name == "seed" or name.endswith("_seed")) and isinstance(value, int):
            yield f"{where}{name}", value
