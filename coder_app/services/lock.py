"""Locking the coding: no rating changes afterwards."""

from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.models import Assignment
from coder_app.services import audit, reopening_answer, study
from coder_app.services.actor import Actor
from coder_app.services.acts import LOCK
from coder_app.services.errors import Refused


@dataclass(frozen=True)
class Forms:
    """How many forms there are, and how many were submitted."""

    submitted: int
    total: int

    @property
    def open(self) -> int:
        """How many are not submitted yet."""
        return self.total - self.submitted

    @property
    def complete(self) -> bool:
        """Whether there are forms and all of them were submitted."""
        return 0 < self.total == self.submitted


def count_forms(db: Session, actor: Actor) -> Forms:
    """Return how many forms of the study were submitted."""
    actor.check_can(Act.SEE_PROGRESS)
    submitted, total = db.execute(
        select(func.count(case((Assignment.state == "submitted", 1))), func.count()).where(
            Assignment.study_id == actor.study_id
        )
    ).one()
    return Forms(submitted, total)


def lock_coding(db: Session, actor: Actor) -> None:
    """Lock the coding; raise Refused while a form is open."""
    actor.check_can(Act.LOCK)
    forms = count_forms(db, actor)
    if not forms.total:
        raise Refused("Nothing has been allotted yet, so there is no coding to lock.")
    if not forms.complete and actor.coding:
        raise Refused("You still have recordings to code; coding stays open.")
    if not forms.complete:
        raise Refused(f"{forms.open} of {forms.total} forms are not submitted yet; coding stays open.")
    if reopening_answer.count_open(db, actor):
        raise Refused("A coder asks to reopen a submitted form. Answer first: after the lock none opens.")
    study.move_to(db, actor, Phase.LOCKED)
    audit.record(db, actor, LOCK, actor.study_public_id, forms=forms.total)
