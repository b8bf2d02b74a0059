"""What a coder has heard of a recording, and the notes made while listening."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, to_study, within_study


class Listening(InStudy, Base):
    """One coder's listening to one recording: for one form, or together for two where the lead allows it.

    `stretches` are pairs [from, to] in milliseconds, apart from each other and in order.
    """

    __tablename__ = "listening"
    __table_args__ = (
        to_study(),
        within_study("recording", "recording_id"),
        UniqueConstraint("study_id", "id"),
    )

    recording_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    together: Mapped[bool]
    stretches: Mapped[list[Any]]
    position_ms: Mapped[int]
    speed: Mapped[float]
    fastest: Mapped[float]
    heard_at: Mapped[datetime | None]


class Note(InStudy, Base):
    """A coder's private note at a moment of a recording; a removed note keeps its place but not its text."""

    __tablename__ = "note"
    __table_args__ = (
        to_study(),
        within_study("assignment", "assignment_id"),
        UniqueConstraint("study_id", "assignment_id", "public_id"),
        CheckConstraint("at_ms >= 0", name="within_the_audio"),
    )

    # Drawn by the page, so that a note sent twice is one note.
    public_id: Mapped[str] = mapped_column(String(32))
    assignment_id: Mapped[int]
    item: Mapped[str | None] = mapped_column(String(40))
    at_ms: Mapped[int]
    text: Mapped[str] = mapped_column(String(2000))
    revision: Mapped[int]
    page: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
