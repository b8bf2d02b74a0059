"""Accounts and invitations: how people come into a study."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import Phase
from coder_app.domain.sentences import say
from coder_app.models import InstrumentVersion, Invitation, Membership, Study, TeamMember, User
from coder_app.services import audit, hearing
from coder_app.services.actor import Actor, Tools, Viewer
from coder_app.services.auth import as_viewer, clean_text, hash_token, plain_user_name
from coder_app.services.errors import NotFound, Refused

INVITATION_LASTS = timedelta(days=14)
LONGEST_USER_NAME = 80


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
    plain, name = plain_user_name(user_name), clean_text(name)
    if not plain or not name:
        raise Refused(say("Give a user name and a name."))
    if len(plain) > LONGEST_USER_NAME:
        raise Refused(say("A user name has at most %(most)s characters.", most=LONGEST_USER_NAME))
    if db.scalars(select(User.id).where(User.user_name == plain)).first() is not None:
        raise Refused(say("This user name is taken; choose another."))
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
    name = clean_text(name)
    if not name or not roles:
        raise Refused("Give a name and choose at least one role.")
    instrument_ids(db, actor.study_id, instruments)
    if (Role.CODER in roles) != bool(instruments):
        raise Refused("A coder needs at least one scale, and only coders are given scales.")
    _check_blind(roles)
    if Role.CODER in roles:
        check_teams_open(actor.phase)
    if any(one.name == name for one in list_invitations(db, actor)):
        raise Refused(
            f"{name} is invited already, and no second invitation was made. The link was shown once; if it "
            "is lost, take that invitation back and make another."
        )
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
    """Return what an open invitation offers, or raise NotFound; Refused when a coder comes too late."""
    invitation, study = _open_invitation(db, tools, token)
    return Welcome(study.name, invitation.name, tuple(Role(role) for role in invitation.roles))


def accept_invitation(db: Session, tools: Tools, token: str, viewer: Viewer) -> None:
    """Give a person the roles and teams that an open invitation offers, once."""
    invitation, study = _open_invitation(db, tools, token, lock=True)
    teams = instrument_ids(db, study.id, invitation.instruments)
    added = [add_role(db, tools, study.id, viewer, Role(role)) for role in invitation.roles]
    added += [add_to_team(db, study.id, viewer, instrument_id) for instrument_id in teams]
    if not any(added):
        raise Refused(
            say(
                "%(name)s has this place in the study already; the link is for somebody else.",
                name=viewer.name,
            )
        )
    invitation.accepted_at = tools.clock()
    audit.record_in(db, tools, study.id, viewer, "accept invitation", invitation.public_id)


def check_teams_open(phase: Phase) -> None:
    """Raise Refused once the recordings are allotted: teams stay as they were then."""
    if phase is not Phase.SETUP:
        raise Refused(say("The recordings are allotted; the teams of coders stay as they are."))


def add_role(db: Session, tools: Tools, study_id: int, viewer: Viewer, role: Role) -> bool:
    """Give a person a role in a study, unless the person has it; say whether it was given."""
    key = {"study_id": study_id, "user_id": viewer.user_id, "role": str(role)}
    if db.scalars(select(Membership.id).filter_by(**key)).first() is not None:
        return False
    has = db.scalars(select(Membership.role).filter_by(study_id=study_id, user_id=viewer.user_id)).all()
    _check_blind([role, *(Role(one) for one in has)])
    if role is Role.CODER and (reason := hearing.why_not_blind(db, study_id, viewer)):
        raise Refused(reason)
    db.add(Membership(**key, created_at=tools.clock()))
    db.flush()
    return True


def _check_blind(roles: list[Role]) -> None:
    """An analyst sees the ruptures, a contact may learn whose a recording is: no coder must know either."""
    if {Role.CODER, Role.ANALYST} <= set(roles):
        raise Refused(say("Nobody can be coder and analyst of one study: an analyst sees the ruptures."))
    if {Role.CODER, Role.CONTACT} <= set(roles):
        raise Refused(
            say(
                "Nobody can be coder and safeguarding contact of one study: the contact reads what coders "
                "report, and may have to find out whose a recording is."
            )
        )


def add_to_team(db: Session, study_id: int, viewer: Viewer, instrument_version_id: int) -> bool:
    """Make a coder a member of the team of one instrument, unless the coder is; say whether it was done."""
    key = {
        "study_id": study_id,
        "user_id": viewer.user_id,
        "instrument_version_id": instrument_version_id,
    }
    if db.scalars(select(TeamMember.id).filter_by(**key)).first() is not None:
        return False
    db.add(TeamMember(**key))
    db.flush()
    return True


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


def _open_invitation(
    db: Session, tools: Tools, token: str, *, lock: bool = False
) -> tuple[Invitation, Study]:
    query = (
        _still_open(select(Invitation, Study), tools.clock())
        .join(Study, Study.id == Invitation.study_id)
        .where(Invitation.token_hash == hash_token(token))
    )
    row = db.execute(query.with_for_update(of=Invitation) if lock else query).first()
    if row is None:
        raise NotFound
    if Role.CODER in row.Invitation.roles:
        check_teams_open(Phase(row.Study.phase))
    return row.Invitation, row.Study


def _still_open(query: Select, now: datetime) -> Select:
    return query.where(
        Invitation.accepted_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now
    )


def instrument_ids(db: Session, study_id: int, names: list[str]) -> list[int]:
    """Return the ids of a study's scales by name; raise Refused naming one that it has not."""
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
