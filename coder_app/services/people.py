"""The people of a study: the first account, invitations, teams."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act, Role
from coder_app.models import InstrumentVersion, Invitation, Membership, Study, TeamMember, User
from coder_app.services import audit
from coder_app.services.actor import Actor, Tools, Viewer
from coder_app.services.auth import as_viewer, hash_token, plain_user_name
from coder_app.services.errors import NotFound, Refused

INVITATION_LASTS = timedelta(days=14)


@dataclass(frozen=True)
class Person:
    """A member of a study with the roles and the instruments that the person codes."""

    user_id: int
    public_id: str
    name: str
    user_name: str
    roles: tuple[Role, ...]
    instruments: tuple[str, ...]


@dataclass(frozen=True)
class OpenInvitation:
    """An invitation that nobody has accepted yet."""

    public_id: str
    name: str
    roles: tuple[Role, ...]
    instruments: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True)
class Welcome:
    """What an invitation link shows before it is accepted."""

    study_name: str
    name: str
    roles: tuple[Role, ...]


def has_users(db: Session) -> bool:
    """Say whether this installation has any account yet."""
    return db.scalar(select(func.count()).select_from(User)) > 0


def create_user(
    db: Session, tools: Tools, user_name: str, name: str, password_hash: str, *, can_create_studies: bool
) -> Viewer:
    """Create an account; raise Refused when the user name is taken or empty."""
    plain, name = plain_user_name(user_name), name.strip()
    if not plain or not name:
        raise Refused("Give a user name and a name.")
    if db.scalars(select(User.id).where(User.user_name == plain)).first() is not None:
        raise Refused("This user name is taken; choose another.")
    user = User(
        public_id=tools.token_hex(),
        user_name=plain,
        name=name,
        password_hash=password_hash,
        can_create_studies=can_create_studies,
        created_at=tools.clock(),
    )
    db.add(user)
    db.flush()
    return as_viewer(user)


def invite(db: Session, actor: Actor, name: str, roles: list[Role], instruments: list[str]) -> str:
    """Invite a person to roles and teams of this study; return the token for the link, shown once."""
    actor.check_can(Act.INVITE)
    name = name.strip()
    if not name or not roles:
        raise Refused("Give a name and choose at least one role.")
    _instrument_ids(db, actor.study_id, instruments)
    if (Role.CODER in roles) != bool(instruments):
        raise Refused("A coder needs at least one scale, and only coders are given scales.")
    token, now = actor.tools.token_hex(32), actor.now()
    invitation = Invitation(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        token_hash=hash_token(token),
        name=name,
        roles=[str(role) for role in roles],
        instruments=list(instruments),
        created_at=now,
        expires_at=now + INVITATION_LASTS,
    )
    db.add(invitation)
    db.flush()
    audit.record(
        db, actor, "invite", invitation.public_id, name=name, roles=invitation.roles, instruments=instruments
    )
    return token


def revoke_invitation(db: Session, actor: Actor, public_id: str) -> None:
    """Make an open invitation worthless."""
    actor.check_can(Act.INVITE)
    revoked = db.execute(
        update(Invitation)
        .where(
            Invitation.study_id == actor.study_id,
            Invitation.public_id == public_id,
            Invitation.accepted_at.is_(None),
            Invitation.revoked_at.is_(None),
        )
        .values(revoked_at=actor.now())
    )
    if revoked.rowcount != 1:
        raise NotFound
    audit.record(db, actor, "revoke invitation", public_id)


def get_welcome(db: Session, tools: Tools, token: str) -> Welcome:
    """Return what an open invitation offers, or raise NotFound."""
    invitation = _open_invitation(db, tools, token)
    study_name = db.scalars(select(Study.name).where(Study.id == invitation.study_id)).one()
    return Welcome(study_name, invitation.name, tuple(Role(role) for role in invitation.roles))


def accept_invitation(db: Session, tools: Tools, token: str, viewer: Viewer) -> None:
    """Give a person the roles and teams that an open invitation offers, once."""
    invitation = _open_invitation(db, tools, token)
    invitation.accepted_at = tools.clock()
    for role in invitation.roles:
        add_role(db, tools, invitation.study_id, viewer, Role(role))
    for instrument_id in _instrument_ids(db, invitation.study_id, invitation.instruments):
        add_to_team(db, invitation.study_id, viewer, instrument_id)
    audit.record_in(db, tools, invitation.study_id, viewer, "accept invitation", invitation.public_id)


def add_role(db: Session, tools: Tools, study_id: int, viewer: Viewer, role: Role) -> None:
    """Give a person a role in a study, unless the person has it."""
    key = {"study_id": study_id, "user_id": viewer.user_id, "role": str(role)}
    if db.scalars(select(Membership.id).filter_by(**key)).first() is None:
        db.add(Membership(**key, created_at=tools.clock()))
        db.flush()


def add_to_team(db: Session, study_id: int, viewer: Viewer, instrument_version_id: int) -> None:
    """Make a coder a member of the team of one instrument, unless the coder is."""
    key = {
        "study_id": study_id,
        "user_id": viewer.user_id,
        "instrument_version_id": instrument_version_id,
    }
    if db.scalars(select(TeamMember.id).filter_by(**key)).first() is None:
        db.add(TeamMember(**key))
        db.flush()


def join_team(db: Session, actor: Actor, instruments: list[str]) -> None:
    """Make the lead a coder too; the lead is blind from then on like any other coder."""
    actor.check_can(Act.INVITE)
    ids = _instrument_ids(db, actor.study_id, instruments)
    if not ids:
        raise Refused("Choose at least one scale.")
    add_role(db, actor.tools, actor.study_id, actor.viewer, Role.CODER)
    for instrument_id in ids:
        add_to_team(db, actor.study_id, actor.viewer, instrument_id)
    audit.record(db, actor, "join team", actor.viewer.public_id, instruments=instruments)


def find_demo_user(db: Session, role: Role) -> int:
    """Return the first person with a role in a synthetic study; the demo opens its pages as that person."""
    user_id = db.scalars(
        select(Membership.user_id)
        .join(Study, Study.id == Membership.study_id)
        .where(Study.synthetic, Membership.role == role)
        .order_by(Membership.user_id)
    ).first()
    if user_id is None:
        raise NotFound
    return user_id


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


def list_invitations(db: Session, actor: Actor) -> list[OpenInvitation]:
    """Return the invitations that can still be accepted, the newest first."""
    actor.check_can(Act.INVITE)
    rows = db.scalars(
        _still_open(select(Invitation), actor.now())
        .where(Invitation.study_id == actor.study_id)
        .order_by(Invitation.id.desc())
    )
    return [
        OpenInvitation(
            row.public_id,
            row.name,
            tuple(Role(role) for role in row.roles),
            tuple(row.instruments),
            row.expires_at,
        )
        for row in rows
    ]


def _open_invitation(db: Session, tools: Tools, token: str) -> Invitation:
    query = _still_open(select(Invitation), tools.clock()).where(Invitation.token_hash == hash_token(token))
    invitation = db.scalars(query.with_for_update()).first()
    if invitation is None:
        raise NotFound
    return invitation


def _still_open(query: Select, now: datetime) -> Select:
    return query.where(
        Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now
    )


def _instrument_ids(db: Session, study_id: int, names: list[str]) -> list[int]:
    rows = db.execute(
        select(InstrumentVersion.name, InstrumentVersion.id).where(
            InstrumentVersion.study_id == study_id, InstrumentVersion.kind == "coding"
        )
    ).all()
    ids = dict(tuple(row) for row in rows)
    unknown = [name for name in names if name not in ids]
    if unknown:
        raise Refused(f"This study has no scale {', '.join(unknown)}.")
    return [ids[name] for name in names]
