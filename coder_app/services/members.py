"""The members of a study: their roles and teams, and the lead who codes too."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act, Role
from coder_app.models import InstrumentVersion, Membership, TeamMember, User
from coder_app.services import audit, people
from coder_app.services.actor import Actor
from coder_app.services.acts import hold_phase
from coder_app.services.errors import Refused


@dataclass(frozen=True)
class Person:
    """A member of a study with the roles and the instruments that the person codes."""

    user_id: int
    public_id: str
    name: str
    user_name: str
    roles: tuple[Role, ...]
    instruments: tuple[str, ...]


def list_people(db: Session, actor: Actor) -> list[Person]:
    """Return the members of the study by name."""
    actor.check_can(Act.INVITE)
    members = db.execute(
        select(User, Membership.role)
        .join(Membership, Membership.user_id == User.id)
        .where(Membership.study_id == actor.study_id)
        .order_by(User.name, User.id, Membership.role)
    ).all()
    teams: dict[int, list[str]] = {}
    for user_id, name in db.execute(
        select(TeamMember.user_id, InstrumentVersion.name)
        .join(InstrumentVersion, InstrumentVersion.id == TeamMember.instrument_version_id)
        .where(TeamMember.study_id == actor.study_id)
        .order_by(InstrumentVersion.id)
    ):
        teams.setdefault(user_id, []).append(name)
    roles: dict[int, list[Role]] = {}
    for user, role in members:
        roles.setdefault(user.id, []).append(Role(role))
    users = {user.id: user for user, _ in members}
    return [
        Person(u.id, u.public_id, u.name, u.user_name, tuple(roles[u.id]), tuple(teams.get(u.id, ())))
        for u in users.values()
    ]


def join_team(db: Session, actor: Actor, instruments: list[str]) -> None:
    """Make the lead a coder too; the lead is blind from then on like any other coder."""
    actor.check_can(Act.INVITE)
    people.check_teams_open(hold_phase(db, actor))
    ids = people.instrument_ids(db, actor.study_id, instruments)
    if not ids:
        raise Refused("Choose at least one scale.")
    people.add_role(db, actor.tools, actor.study_id, actor.viewer, Role.CODER)
    for instrument_id in ids:
        people.add_to_team(db, actor.study_id, actor.viewer, instrument_id)
    audit.record(db, actor, "join team", actor.viewer.public_id, instruments=instruments)


def become_contact(db: Session, actor: Actor) -> None:
    """Make the lead the safeguarding contact too; Refused for a lead who codes."""
    actor.check_can(Act.INVITE)
    if people.add_role(db, actor.tools, actor.study_id, actor.viewer, Role.CONTACT):
        audit.record(db, actor, "become contact", actor.viewer.public_id)
