"""The analysis plan that is recorded before the key opens, and results kept with what they rest on."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, to_study


class Plan(InStudy, Base):
    """Criteria, score rule, tests and seed, fixed by their hash."""

    __tablename__ = "plan"
    __table_args__ = (to_study(), UniqueConstraint("study_id", "id"), UniqueConstraint("study_id", "version"))

    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str] = mapped_column(String(64))
    recorded_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    recorded_at: Mapped[datetime]


class Snapshot(InStudy, Base):
    """A computed result together with the hash of the rows and settings it was computed from."""

    __tablename__ = "snapshot"
    __table_args__ = (to_study(), UniqueConstraint("study_id", "kind", "input_hash"))

    kind: Mapped[str] = mapped_column(String(20))
    input_hash: Mapped[str] = mapped_column(String(64))
    content: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]
    # What is needed to show the result again as it was; inputs are compressed JSON, None where none are kept.
    public_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    inputs: Mapped[bytes | None]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    # A result that somebody has named, such as what a paper reports, is never dropped.
    name: Mapped[str | None] = mapped_column(String(120))
    named_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    named_at: Mapped[datetime | None]
