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
