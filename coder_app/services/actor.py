"""Who acts, in which study, with which clock and which randomness."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from coder_app.domain import permissions, visibility
from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.permissions import Act, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Thing
from coder_app.models import Assignment, Membership, Study
from coder_app.services.errors import NotFound


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Tools:
    """The clock and the source of randomness; tests hand in their own."""

    clock: Callable[[], datetime] = _utc_now
    token_bytes: Callable[[int], bytes] = secrets.token_bytes

    def token_hex(self, count: int = 16) -> str:
        """Return `count` random bytes as hexadecimal text."""
        return self.token_bytes(count).hex()


@dataclass(frozen=True)
class Viewer:
    """A person who is signed in."""

    user_id: int
    public_id: str
    name: str
    user_name: str
    can_create_studies: bool
    language: str | None = None
    theme: str | None = None
    keys: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Actor:
    """A person at work in one study."""

    viewer: Viewer
    study_id: int
    study_public_id: str
    study_name: str
    synthetic: bool
    phase: Phase
    roles: frozenset[Role]
    coding: bool
    tools: Tools
    coding_settings: CodingSettings = field(default_factory=CodingSettings)

    @property
    def user_id(self) -> int:
        """The person's id."""
        return self.viewer.user_id

    def now(self) -> datetime:
        """Return the present moment."""
        return self.tools.clock()

    def can(self, act: Act) -> bool:
        """Say whether this person's roles allow the act."""
        return permissions.can(self.roles, act)

    def check_can(self, act: Act) -> None:
        """Raise NotAllowed unless this person's roles allow the act."""
        permissions.check_can(self.roles, act)

    def sees(self, thing: Thing) -> bool:
        """Say whether this person sees the thing in the study's present phase."""
        return visibility.sees(thing, self.roles, self.phase, coding=self.coding)

    def check_sees(self, thing: Thing) -> None:
        """Raise Hidden unless this person sees the thing in the study's present phase."""
        visibility.check_sees(thing, self.roles, self.phase, coding=self.coding)


def get_actor(db: Session, tools: Tools, viewer: Viewer, study_public_id: str) -> Actor:
    """Return the viewer at work in a study; raise NotFound when the viewer has no role there."""
    return _actor(db, tools, viewer, _of_member(viewer).where(Study.public_id == study_public_id))


def get_assigned_actor(db: Session, tools: Tools, viewer: Viewer, assignment_public_id: str) -> Actor:
    """Return the viewer at work in the study of one of the viewer's own assignments, or raise NotFound."""
    own = select(Assignment.study_id).where(
        Assignment.public_id == assignment_public_id, Assignment.user_id == viewer.user_id
    )
    return _actor(db, tools, viewer, _of_member(viewer).where(Study.id.in_(own)))


def _of_member(viewer: Viewer) -> Select:
    still_coding = exists().where(
        Assignment.study_id == Study.id,
        Assignment.user_id == viewer.user_id,
        Assignment.state != "submitted",
    )
    return (
        select(Study, Membership.role, still_coding)
        .join(Membership, Membership.study_id == Study.id)
        .where(Membership.user_id == viewer.user_id)
    )


def _actor(db: Session, tools: Tools, viewer: Viewer, query: Select) -> Actor:
    rows = db.execute(query).all()
    if not rows:
        raise NotFound
    study, _, coding = rows[0]
    return Actor(
        viewer=viewer,
        study_id=study.id,
        study_public_id=study.public_id,
        study_name=study.name,
        synthetic=study.synthetic,
        phase=Phase(study.phase),
        roles=frozenset(Role(role) for _, role, _ in rows),
        coding=coding,
        tools=tools,
        coding_settings=CodingSettings.from_mapping(study.coding_settings),
    )
