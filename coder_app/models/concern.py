"""Worries about a child's safety that a coder passes on without knowing who the child is."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, public_id_column, to_study, within_study


class Concern(InStudy, Base):
    """One report to the study's safeguarding contact, and what became of it."""

    __tablename__ = "concern"
    __table_args__ = (
        to_study(),
        within_study("assignment", "assignment_id"),
        CheckConstraint("state IN ('open', 'closed')", name="state_known"),
    )

    public_id: Mapped[str] = public_id_column()
    assignment_id: Mapped[int]
    text: Mapped[str] = mapped_column(String(4000))
    at_ms: Mapped[int | None]
    raised_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str | None] = mapped_column(String(4000))
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    closed_at: Mapped[datetime | None]
