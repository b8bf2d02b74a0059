"""The blinding report: who could see what and when in a study, for a reviewer, from what is stored alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing
from coder_app.models import Guess, Plan, Recording
from coder_app.services import audit, blinding, snapshot
from coder_app.services.actor import Actor
from coder_app.services.acts import LOCK, OPEN_ONE, UNMASK
from coder_app.services.audit import ChainState
from coder_app.services.blinding_report_check import Check, Grounds
from coder_app.services.blinding_report_checks import check_all
from coder_app.services.blinding_report_facts import Counts, count_rows, redraw
from coder_app.services.blinding_report_people import Member, list_members
from coder_app.services.blinding_report_trail import ALLOT, CREATE, Step, Trail, read_trail
from coder_app.services.guess_asking import ASK
from coder_app.services.hashing import hash_of

SEEN_AGAIN = "see opened recording"
_DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_BEGINS = {Phase.SETUP: CREATE, Phase.CODING: ALLOT, Phase.LOCKED: LOCK, Phase.UNMASKED: UNMASK}


@dataclass(frozen=True)
class PhaseSpan:
    """When a phase lasted: None where it has not begun, or has not ended."""

    phase: Phase
    begins: datetime | None
    ends: datetime | None
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Opening:
    """One recording that was opened in an emergency, by whom; its code only where the viewer may read it."""

    step: Step
    alias: str
    code: str | None


@dataclass(frozen=True)
class Guesses:
    """That coders were asked what recordings were: answers so far, and the indices once they are computed."""

    asked: Step | None
    drawn: int
    answered: int
    content: dict[str, Any] | None


@dataclass(frozen=True)
class Report:
    """All that the report rests on. `head_at` is the moment of the trail's last act."""

    study: str
    study_public_id: str
    synthetic: bool
    phase: Phase
    database: str
    chain: ChainState
    head_at: datetime | None
    phases: tuple[PhaseSpan, ...]
    members: tuple[Member, ...]
    trail: Trail
    counts: Counts
    openings: tuple[Opening, ...]
    checks: tuple[Check, ...]
    guesses: Guesses

    @property
    def shows(self) -> bool:
        """Whether this viewer may see numbers of the trail, and what was entered."""
        return self.trail.shows

    def alias_of(self, person: str | None) -> str:
        """Return the alias of whoever acted."""
        found = (member.alias for member in self.members if member.public_id == person)
        return next(found, "coder_app" if person is None else "somebody who has no role now")


def get_report(db: Session, actor: Actor) -> Report:
    """Return the report as far as this viewer may know it; a longer trail takes no more queries."""
    actor.check_can(Act.SEE_AUDIT)
    trail = read_trail(db, actor)
    members = list_members(db, actor, trail)
    counts = count_rows(db, actor)
    grounds = Grounds(actor.phase, trail, members, counts, redraw(db, actor), _list_plans(db, actor))
    return Report(
        study=actor.study_name,
        study_public_id=actor.study_public_id,
        synthetic=actor.synthetic,
        phase=actor.phase,
        database=_DATABASES.get(db.get_bind().dialect.name, ""),
        chain=audit.check_chain(db, actor.study_id),
        head_at=max((span.last_at for span in trail.spans.values()), default=None),
        phases=_list_phases(trail),
        members=members,
        trail=trail,
        counts=counts,
        openings=_list_openings(db, actor, trail, members),
        checks=check_all(grounds),
        guesses=_get_guesses(db, actor, trail),
    )


def _list_phases(trail: Trail) -> tuple[PhaseSpan, ...]:
    begun = {phase: trail.last(act) for phase, act in _BEGINS.items()}
    ends = [*list(begun.values())[1:], None]
    return tuple(
        PhaseSpan(phase, step.at if step else None, end.at if end else None, trail.numbers(step, end))
        for (phase, step), end in zip(begun.items(), ends, strict=True)
    )


def _list_plans(db: Session, actor: Actor) -> tuple[tuple[str, str], ...]:
    rows = db.execute(
        select(Plan.sha256, Plan.content).where(Plan.study_id == actor.study_id).order_by(Plan.version)
    )
    return tuple((row.sha256, hash_of(row.content)) for row in rows)


def _list_openings(
    db: Session, actor: Actor, trail: Trail, members: tuple[Member, ...]
) -> tuple[Opening, ...]:
    steps = trail.of(OPEN_ONE)
    codes: dict[str, str] = {}
    if actor.sees(Thing.RECORDINGS):
        wanted = select(Recording.public_id, Recording.code).where(
            Recording.study_id == actor.study_id, Recording.opened_at.is_not(None)
        )
        codes = {row.public_id: row.code for row in db.execute(wanted)}
    aliases = {member.public_id: member.alias for member in members}
    return tuple(
        Opening(step, aliases.get(step.person or "", "somebody"), codes.get(step.subject or ""))
        for step in steps
    )


def _get_guesses(db: Session, actor: Actor, trail: Trail) -> Guesses:
    drawn, answered = db.execute(
        select(func.count(), func.count(Guess.guessed_at)).where(Guess.study_id == actor.study_id)
    ).one()
    found = None
    if drawn and actor.can(Act.SEE_LINKAGE) and actor.sees(Thing.LINKAGE):
        found = snapshot.find(db, actor, blinding.KIND, {})
    return Guesses(trail.last(ASK), drawn, answered, found.content if found else None)
