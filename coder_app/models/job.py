"""Long work that runs outside the request."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, public_id_column, to_study


class Job(InStudy, Base):
    """One piece of long work with its progress."""

    __tablename__ = "job"
    __table_args__ = (
        to_study(),
        CheckConstraint("state IN ('waiting', 'running', 'done', 'failed', 'stopped')", name="state_known"),
    )

    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str] = mapped_column(String(20))
    arguments: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), index=True)
    done: Mapped[int]
    total: Mapped[int]
    message: Mapped[str | None] = mapped_column(String(500))
    stop_asked: Mapped[bool]
    attempts: Mapped[int]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
