"""Furnishes the copy: one person of each role, and one of each thing that people make, with telling texts."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coder_app.domain.masking import draw_masks
from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.leakaudit.personas import (
    ELSEWHERE,
    Persona,
    coder_persona,
    list_members,
    name_roles,
    stranger_persona,
    visitor_persona,
)
from coder_app.models import (
    Assignment,
    Concern,
    Listening,
    Membership,
    Mute,
    Note,
    Plan,
    Recording,
    Reopening,
    RuptureSettings,
    Study,
    TeamMember,
    User,
)
from coder_app.services import people, plan, rupture, study
from coder_app.services.actor import Tools, get_actor
from coder_app.services.auth import as_viewer
from coder_app.services.errors import Refused

NO_PASSWORD = "none"  # noqa: S105 - not the hash of any password
FORMS_OF_CODING_LEAD = 3


@dataclass(frozen=True)
class Furnished:
    """Who is audited, and the token of an invitation that is open."""

    personas: tuple[Persona, ...]
    invitation: str


def furnish(db: Session, tools: Tools) -> Furnished:
    """Add to a copy what its studies lack, and sign everybody in."""
    studies = db.execute(select(Study.id, Study.phase).order_by(Study.id)).all()
    for study_id, phase in studies:
        for role in Role:
            _add_member(db, tools, study_id, role)
        if phase == Phase.CODING:
            _add_coding_lead(db, tools, study_id)
        _add_things(db, tools, study_id)
        _add_plan(db, tools, study_id)
    invitation = _add_study_elsewhere(db, tools)
    stranger = people.create_user(
        db, tools, "audit-stranger", "Audit Stranger", NO_PASSWORD, can_create_studies=False
    )
    members = [
        coder_persona(db, tools, study_id, user_id)
        for study_id, _ in studies
        for user_id in list_members(db, study_id)
    ]
    outside = (stranger_persona(db, tools, stranger.user_id), visitor_persona())
    return Furnished((*_one_of_each(members), *outside), invitation)


def _one_of_each(members: list[Persona]) -> Iterator[Persona]:
    """Yield everybody who codes, and the first of each other role in each study."""
    taken = set()
    for who in members:
        key = (who.study_id, who.role)
        if who.role == name_roles(frozenset({Role.CODER}), coding=True) or key not in taken:
            taken.add(key)
            yield who


def _add_member(db: Session, tools: Tools, study_id: int, role: Role) -> None:
    """Add a person with this role alone, where the study has none."""
    there = db.execute(
        select(Membership.user_id, Membership.role).where(Membership.study_id == study_id)
    ).all()
    roles: dict[int, set[str]] = {}
    for user_id, one in there:
        roles.setdefault(user_id, set()).add(one)
    if {str(role)} not in roles.values() and role is not Role.CODER:
        _add_person(db, tools, study_id, role)


def _add_person(db: Session, tools: Tools, study_id: int, *roles: Role) -> int:
    name = f"audit-{'-'.join(roles)}-{study_id}"
    viewer = people.create_user(db, tools, name, name.title(), NO_PASSWORD, can_create_studies=False)
    rows = [
        {"study_id": study_id, "user_id": viewer.user_id, "role": str(role), "created_at": tools.clock()}
        for role in roles
    ]
    db.execute(insert(Membership), rows)
    return viewer.user_id


def _add_coding_lead(db: Session, tools: Tools, study_id: int) -> None:
    """Add a lead who also codes, with recordings of another coder under masks of the lead's own."""
    lead = _add_person(db, tools, study_id, Role.LEAD, Role.CODER)
    theirs = db.scalars(
        select(Assignment)
        .where(Assignment.study_id == study_id)
        .order_by(Assignment.user_id, Assignment.place)
    ).all()
    first = (
        [row for row in theirs if row.user_id == theirs[0].user_id][:FORMS_OF_CODING_LEAD] if theirs else []
    )
    masks = draw_masks(len(first), [row.mask for row in theirs], tools.token_bytes)
    for place, (row, mask) in enumerate(zip(first, masks, strict=True), start=1):
        db.add(
            Assignment(
                study_id=study_id,
                public_id=tools.token_hex(),
                round_id=row.round_id,
                recording_id=row.recording_id,
                instrument_version_id=row.instrument_version_id,
                user_id=lead,
                mask=mask,
                place=place,
                is_primary=False,
                state="not started",
                revision=0,
                cleared={},
            )
        )
    for version in {row.instrument_version_id for row in first}:
        db.add(TeamMember(study_id=study_id, user_id=lead, instrument_version_id=version))
    db.flush()


def _add_things(db: Session, tools: Tools, study_id: int) -> None:
    """Add a note, a concern, a wish and a listening of every coder, a muted stretch and settings."""
    rows = db.scalars(
        select(Assignment)
        .where(Assignment.study_id == study_id)
        .order_by(Assignment.user_id, Assignment.place)
    ).all()
    now, seen = tools.clock(), set()
    for row in rows:
        if row.user_id in seen:
            continue
        seen.add(row.user_id)
        of = {"study_id": study_id, "assignment_id": row.id, "public_id": None}

        def own(of: dict = of) -> dict:
            return of | {"public_id": tools.token_hex()}

        canary = f"canary {tools.token_hex(6)}"
        db.execute(
            insert(Note),
            own()
            | {
                "at_ms": 100,
                "text": f"A note, {canary}",
                "revision": 1,
                "page": tools.token_hex(),
                "sequence": 1,
            }
            | {"created_at": now, "changed_at": now},
        )
        db.execute(
            insert(Concern), own() | {"text": f"A concern, {canary}", "raised_at": now, "state": "open"}
        )
        if row.state == "submitted":
            db.execute(
                insert(Reopening), own() | {"reason": f"A wish, {canary}", "asked_at": now, "state": "open"}
            )
        if row.listening_id is None:
            row.listening_id = _add_listening(db, study_id, row)
    recording = db.scalars(select(Recording.id).where(Recording.study_id == study_id)).first()
    lead = db.scalars(
        select(Membership.user_id).where(Membership.study_id == study_id, Membership.role == Role.LEAD)
    ).first()
    if lead is not None:
        kept = {"study_id": study_id, "public_id": tools.token_hex(), "settings": rupture.DEFAULTS}
        kept |= {"name": f"Settings, canary {tools.token_hex(6)}", "created_by": lead, "created_at": now}
        db.execute(insert(RuptureSettings), kept)
    if recording is not None and lead is not None:
        stretch = {"start_ms": 100, "end_ms": 200, "created_by": lead, "created_at": now, "applied_at": now}
        of = {"study_id": study_id, "recording_id": recording, "public_id": tools.token_hex()}
        db.execute(insert(Mute), of | stretch)
    db.flush()


def _add_listening(db: Session, study_id: int, row: Assignment) -> int:
    made = Listening(
        study_id=study_id,
        recording_id=row.recording_id,
        user_id=row.user_id,
        together=False,
        stretches=[[0, 500]],
        position_ms=500,
        speed=1.0,
        fastest=1.0,
        heard_at=None,
    )
    db.add(made)
    db.flush()
    return made.id


def _add_plan(db: Session, tools: Tools, study_id: int) -> None:
    """Have a lead record a plan, where none is and one can be recorded."""
    if db.scalars(select(Plan.id).where(Plan.study_id == study_id)).first() is not None:
        return
    lead, public_id = db.execute(
        select(User, Study.public_id)
        .join(Membership, Membership.user_id == User.id)
        .join(Study, Study.id == Membership.study_id)
        .where(Membership.study_id == study_id, Membership.role == Role.LEAD)
        .order_by(User.id)
    ).first()
    with suppress(Refused):
        plan.record_plan(db, get_actor(db, tools, as_viewer(lead), public_id), plan.PlanChoices())


def _add_study_elsewhere(db: Session, tools: Tools) -> str:
    """Add a study that none of the audited people belong to, and return the token of an invitation to it."""
    viewer = people.create_user(
        db, tools, "audit-elsewhere", "Audit Elsewhere", NO_PASSWORD, can_create_studies=True
    )
    lead = study.create_study(db, tools, viewer, ELSEWHERE, ["CIRS", "WAI-S"])
    return people.invite(db, lead, "Audit Invited", [Role.ANALYST], [])
