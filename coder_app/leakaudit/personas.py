"""Who signs in for the audit: all who code, and one person of each role, made on the copy where missing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from coder_app.domain import permissions, visibility
from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Membership, Study, User
from coder_app.services import auth
from coder_app.services.actor import Tools

CODER, CODING_LEAD, STRANGER, VISITOR = "coder", "lead who codes", "signed-in stranger", "visitor"
# A study that the audit makes: whoever has the link of an invitation to it reads its name.
ELSEWHERE = "A study of the audit"
_OF_ROLE = {Role.CODER: CODER, Role.LEAD: "lead who does not code", Role.CONTACT: "safeguarding contact"}


@dataclass(frozen=True)
class Persona:
    """One person as the audit signs in: in a study, signed in without one, or not at all."""

    role: str
    name: str
    user_id: int | None = None
    public_id: str | None = None
    token: str | None = None
    study_id: int | None = None
    study: str | None = None
    study_name: str | None = None
    phase: Phase | None = None
    roles: frozenset[Role] = frozenset()
    coding: bool = False

    @property
    def is_staff(self) -> bool:
        """Whether some pages show this person more than a coder knows."""
        return bool(self.roles - {Role.CODER})

    def can(self, act: Act) -> bool:
        """Say whether one of the roles allows the act."""
        return permissions.can(self.roles, act)

    def sees(self, thing: Thing) -> bool:
        """Say whether this person sees the thing in the study's present phase."""
        return self.phase is not None and visibility.sees(thing, self.roles, self.phase, coding=self.coding)

    def may_read(self, opened_by: tuple[Thing | Act, ...]) -> bool:
        """Say whether one of these things or acts is open to this person."""
        return any(self.sees(one) if isinstance(one, Thing) else self.can(one) for one in opened_by)

    def as_coder(self) -> "Persona":
        """Return the same person as nothing but a coder, which everybody is in the coder's room."""
        return replace(self, roles=self.roles & {Role.CODER}, coding=False)

    @property
    def hidden(self) -> tuple[Thing, ...]:
        """What this person must not see now."""
        return tuple(thing for thing in Thing if not self.sees(thing))


def coder_persona(db: Session, tools: Tools, study_id: int, user_id: int) -> Persona:
    """Return a member of a study, signed in; must be called in a writing transaction."""
    study, user = db.get_one(Study, study_id), db.get_one(User, user_id)
    roles = find_roles(db, study_id, user_id)
    is_open = (
        Assignment.study_id == study_id,
        Assignment.user_id == user_id,
        Assignment.state != "submitted",
    )
    coding = bool(db.scalar(select(exists().where(*is_open))))
    return Persona(
        role=name_roles(roles, coding=coding),
        name=user.name,
        user_id=user_id,
        public_id=user.public_id,
        token=auth.open_login(db, tools, user_id),
        study_id=study_id,
        study=study.public_id,
        study_name=study.name,
        phase=Phase(study.phase),
        roles=roles,
        coding=coding,
    )


def find_roles(db: Session, study_id: int, user_id: int | None) -> frozenset[Role]:
    """Return the roles that somebody has in a study now."""
    is_member = (Membership.study_id == study_id, Membership.user_id == user_id)
    return frozenset(Role(role) for role in db.scalars(select(Membership.role).where(*is_member)))


def stranger_persona(db: Session, tools: Tools, user_id: int) -> Persona:
    """Return somebody who is signed in and belongs to none of the audited studies."""
    user = db.get_one(User, user_id)
    token = auth.open_login(db, tools, user_id)
    return Persona(STRANGER, user.name, user_id=user_id, public_id=user.public_id, token=token)


def visitor_persona() -> Persona:
    """Return nobody: a browser that is not signed in."""
    return Persona(VISITOR, "nobody")


def name_roles(roles: frozenset[Role], *, coding: bool) -> str:
    """Return the audit's name of what somebody is in a study."""
    if Role.LEAD in roles and coding:
        return CODING_LEAD
    first = next(
        (role for role in (Role.LEAD, Role.ANALYST, Role.CONTACT, Role.CODER) if role in roles), None
    )
    return _OF_ROLE.get(first, str(first))


def list_members(db: Session, study_id: int) -> Iterator[int]:
    """Yield who is audited in a study: all who have recordings to code, and one of each other role."""
    rows = db.execute(
        select(Membership.user_id, Membership.role)
        .join(User, User.id == Membership.user_id)
        .where(Membership.study_id == study_id, User.disabled_at.is_(None))
        .order_by(Membership.user_id)
    ).all()
    coding = set(db.scalars(select(Assignment.user_id).where(Assignment.study_id == study_id)))
    roles: dict[int, set[Role]] = {}
    for user_id, role in rows:
        roles.setdefault(user_id, set()).add(Role(role))
    taken: set[frozenset[Role]] = set()
    for user_id, own in roles.items():
        if user_id in coding or frozenset(own) not in taken:
            taken.add(frozenset(own))
            yield user_id
