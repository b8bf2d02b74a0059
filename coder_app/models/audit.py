"""The audit trail: one hash chain for each study."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, Json, to_study


class AuditHead(Base):
    """The end of a study's chain; its row is locked while a link is added."""

    __tablename__ = "audit_head"
    __table_args__ = (to_study(), UniqueConstraint("study_id"))

    study_id: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))


class Audit(InStudy, Base):
    """One act, chained to the one before; never changed and never deleted."""

    __tablename__ = "audit"
    __table_args__ = (to_study(), UniqueConstraint("study_id", "seq"))

    seq: Mapped[int]
    at: Mapped[datetime]
    actor: Mapped[str | None] = mapped_column(String(32))
    act: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str | None] = mapped_column(String(64))
    payload_hash: Mapped[str] = mapped_column(String(64))
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditPayload(Base):
    """What an act was about; can be erased without breaking the chain."""

    __tablename__ = "audit_payload"
    __table_args__ = (
        ForeignKeyConstraint(["study_id", "seq"], ["audit.study_id", "audit.seq"]),
        UniqueConstraint("study_id", "seq"),
    )

    study_id: Mapped[int] = mapped_column(Integer)
    seq: Mapped[int]
    salt: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any] | None] = mapped_column(Json)
