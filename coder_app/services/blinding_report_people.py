"""Who was in a study: roles with their days, scales, own forms, and what each came to know."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, InstrumentVersion, Membership, Round, TeamMember, User
from coder_app.services.actor import Actor
from coder_app.services.acts import OPEN_ONE, UNMASK
from coder_app.services.blinding_report_trail import WORK, Trail
from coder_app.services.frames import name_coders
from coder_app.services.hearing import LISTEN

_ORDER = (Role.LEAD, Role.ANALYST, Role.CONTACT, Role.CODER)
# After these a person knows, or may know, whose a recording is.
TELLING = (LISTEN, OPEN_ONE, UNMASK)


@dataclass(frozen=True)
class Forms:
    """A person's own forms.

    What is submitted and when last is None to a viewer who must not know when others submit.
    """

    n: int
    n_submitted: int | None
    given_at: datetime
    last_submitted_at: datetime | None


@dataclass(frozen=True)
class Member:
    """One person of the study, under an alias; `heard` and `opened` count acts of the trail.

    `coded_after` is the number in the trail of an act on an own form after the first telling act.
    """

    public_id: str
    alias: str
    name: str
    roles: tuple[tuple[Role, datetime], ...]
    scales: tuple[str, ...]
    disabled_at: datetime | None
    forms: Forms | None
    heard: int
    opened: int
    coded_after: int | None

    def has(self, role: Role) -> bool:
        """Whether the person has a role."""
        return any(one is role for one, _ in self.roles)


def list_members(db: Session, actor: Actor, trail: Trail) -> tuple[Member, ...]:
    """Return everybody who has a role in the study: leads first, coders last, as they joined."""
    users: dict[int, User] = {}
    roles: dict[int, list[tuple[Role, datetime]]] = defaultdict(list)
    for user, role, since in db.execute(
        select(User, Membership.role, Membership.created_at)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.study_id == actor.study_id)
        .order_by(User.id, Membership.created_at, Membership.id)
    ):
        users[user.id] = user
        roles[user.id].append((Role(role), since))
    coders = {user_id: coder.alias for user_id, coder in name_coders(db, actor).items()}
    aliases = _name_all(roles, coders)
    scales, forms = _list_scales(db, actor), _list_forms(db, actor)
    made = (
        Member(
            public_id=user.public_id,
            alias=aliases[user.id],
            name=user.name,
            roles=tuple(roles[user.id]),
            scales=tuple(scales[user.id]),
            disabled_at=user.disabled_at,
            forms=forms.get(user.id),
            heard=trail.count(LISTEN, person=user.public_id),
            opened=trail.count(OPEN_ONE, person=user.public_id),
            coded_after=_find_coded_after(trail, user.public_id),
        )
        for user in users.values()
    )
    return tuple(sorted(made, key=_place))


def _name_all(
    roles: Mapping[int, Iterable[tuple[Role, datetime]]], coders: Mapping[int, str]
) -> dict[int, str]:
    """Name coders as the exported files do, and everybody else by role and number."""
    aliases, n = dict(coders), defaultdict(int, {Role.CODER: len(coders)})
    for user_id, own in roles.items():
        if user_id not in aliases:
            role = min((role for role, _ in own), key=_ORDER.index)
            n[role] += 1
            aliases[user_id] = f"{role} {n[role]}"
    return aliases


def _place(member: Member) -> tuple[int, str, int]:
    word, _, number = member.alias.rpartition(" ")
    return min(_ORDER.index(role) for role, _ in member.roles), word, int(number)


def _list_scales(db: Session, actor: Actor) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for user_id, name in db.execute(
        select(TeamMember.user_id, InstrumentVersion.name)
        .join(InstrumentVersion, InstrumentVersion.id == TeamMember.instrument_version_id)
        .where(TeamMember.study_id == actor.study_id)
        .order_by(InstrumentVersion.id)
    ):
        found[user_id].append(name)
    return found


def _list_forms(db: Session, actor: Actor) -> dict[int, Forms]:
    rows = db.execute(
        select(
            Assignment.user_id,
            func.count().label("n"),
            func.count(case((Assignment.state == "submitted", 1))).label("n_submitted"),
            func.min(Round.created_at).label("given_at"),
            func.max(Assignment.submitted_at).label("last"),
        )
        .join(Round, Round.id == Assignment.round_id)
        .where(Assignment.study_id == actor.study_id)
        .group_by(Assignment.user_id)
    )
    sees = actor.sees(Thing.RATINGS)
    return {
        row.user_id: Forms(
            row.n,
            row.n_submitted if sees or row.user_id == actor.user_id else None,
            row.given_at,
            row.last if sees and row.n == row.n_submitted else None,
        )
        for row in rows
    }


def _find_coded_after(trail: Trail, person: str) -> int | None:
    told, work = (trail.span(*acts, person=person) for acts in (TELLING, WORK))
    return work.last if told and work and work.last > told.first else None
