"""Studies, the people in them, and the instruments they use."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, public_id_column, to_study, within_study


class Study(Base):
    """One research project."""

    __tablename__ = "study"
    __table_args__ = (
        CheckConstraint("phase IN ('setup', 'coding', 'locked', 'unmasked')", name="phase_known"),
    )

    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(120))
    synthetic: Mapped[bool]
    phase: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    unmasked_at: Mapped[datetime | None]
    coding_settings: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Membership(InStudy, Base):
    """A role that a person has in a study."""

    __tablename__ = "membership"
    __table_args__ = (
        to_study(),
        UniqueConstraint("study_id", "user_id", "role"),
        CheckConstraint("role IN ('lead', 'coder', 'analyst', 'contact')", name="role_known"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str] = mapped_column(String(10))
    created_at: Mapped[datetime]


class InstrumentVersion(InStudy, Base):
    """An instrument or measure as a study uses it; never changed once it has ratings or scores."""

    __tablename__ = "instrument_version"
    __table_args__ = (
        to_study(),
        UniqueConstraint("study_id", "id"),
        UniqueConstraint("study_id", "name", "version"),
        CheckConstraint("kind IN ('coding', 'alliance')", name="kind_known"),
    )

    name: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(10))
    definition: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class TeamMember(InStudy, Base):
    """A coder of the team that uses one instrument."""

    __tablename__ = "team_member"
    __table_args__ = (
        to_study(),
        within_study("instrument_version", "instrument_version_id"),
        UniqueConstraint("study_id", "user_id", "instrument_version_id"),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    instrument_version_id: Mapped[int]


class Invitation(InStudy, Base):
    """A link that lets one person join a study, once."""

    __tablename__ = "invitation"
    __table_args__ = (to_study(),)

    public_id: Mapped[str] = public_id_column()
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    roles: Mapped[list[Any]]
    instruments: Mapped[list[Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
