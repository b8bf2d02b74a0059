"""The teams: which coders use which instrument."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.models import InstrumentVersion, TeamMember, User
from coder_app.services.actor import Actor


@dataclass(frozen=True)
class Team:
    """The coders of one instrument."""

    instrument_version_id: int
    instrument: str
    coders: tuple[tuple[int, str], ...]


def list_teams(db: Session, actor: Actor) -> list[Team]:
    """Return the teams of the study's instruments, with their coders by name."""
    actor.check_can(Act.ALLOT)
    rows = db.execute(
        select(InstrumentVersion.id, InstrumentVersion.name, TeamMember.user_id, User.name)
        .outerjoin(TeamMember, TeamMember.instrument_version_id == InstrumentVersion.id)
        .outerjoin(User, User.id == TeamMember.user_id)
        .where(InstrumentVersion.study_id == actor.study_id, InstrumentVersion.kind == "coding")
        .order_by(InstrumentVersion.id, User.name, User.id)
    ).all()
    teams: dict[int, Team] = {}
    for version_id, instrument, user_id, name in rows:
        team = teams.get(version_id, Team(version_id, instrument, ()))
        coders = (*team.coders, (user_id, name)) if user_id is not None else team.coders
        teams[version_id] = Team(version_id, instrument, coders)
    return list(teams.values())
