"""Unmasking: the recorded, irreversible act after which codes may be joined to treatment sessions."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.services import audit, study
from coder_app.services.actor import Actor
from coder_app.services.acts import LOCK, UNMASK, Done, find_last, hold_phase
from coder_app.services.audit import ChainState
from coder_app.services.errors import Refused
from coder_app.services.guess_asking import Asked, find_asked
from coder_app.services.lock import Forms, count_forms
from coder_app.services.plan import PlanView, find_plan

REFUSED = "refuse unmask"


@dataclass(frozen=True)
class Conditions:
    """What has to be true before the key opens; `asked` need not be, but only now can be."""

    forms: Forms
    locked: Done | None
    asked: Asked | None
    plan: PlanView | None
    chain: ChainState
    coding: bool
    opened: Done | None

    @property
    def missing(self) -> tuple[str, ...]:
        """What is not true yet, as sentences."""
        checks = (
            (self.locked is not None, "Lock the coding first."),
            (self.plan is not None, "Record the analysis plan first."),
            (self.chain.broken_at is None, f"The audit trail is broken at entry {self.chain.broken_at}."),
            (not self.coding, "You still have recordings to code yourself."),
        )
        return tuple(sentence for holds, sentence in checks if not holds)


def get_conditions(db: Session, actor: Actor) -> Conditions:
    """Return what has to be true before the key opens, and whether it is."""
    actor.check_can(Act.UNMASK)
    return Conditions(
        forms=count_forms(db, actor),
        locked=find_last(db, actor, LOCK) if actor.phase in (Phase.LOCKED, Phase.UNMASKED) else None,
        asked=find_asked(db, actor),
        plan=find_plan(db, actor),
        chain=audit.check_chain(db, actor.study_id),
        coding=actor.coding,
        opened=find_last(db, actor, UNMASK) if actor.phase is Phase.UNMASKED else None,
    )


def unmask(db: Session, actor: Actor, reason: str) -> None:
    """Open the key for good; the caller has just checked the lead's password again."""
    actor.check_can(Act.UNMASK)
    if hold_phase(db, actor) is Phase.UNMASKED:
        raise Refused("The key of this study is open already.")
    conditions = get_conditions(db, actor)
    if conditions.missing:
        raise Refused(" ".join(conditions.missing))
    # PostgreSQL keeps no NUL in a text.
    reason = reason.replace("\0", "").strip()
    if not reason:
        raise Refused("Give the reason; it stands in the audit trail word for word.")
    audit.record(
        db,
        actor,
        UNMASK,
        actor.study_public_id,
        plan=conditions.plan.sha256,
        version=conditions.plan.version,
        reason=reason,
    )
    study.move_to(db, actor, Phase.UNMASKED)


def record_refusal(db: Session, actor: Actor, why: str) -> None:
    """Record that somebody tried to open the key and was refused; the caller must commit."""
    actor.check_can(Act.UNMASK)
    audit.record(db, actor, REFUSED, actor.study_public_id, why=why)
