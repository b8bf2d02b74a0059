"""Recordings, without anything that tells where they came from."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, public_id_column, to_study, within_study


class Recording(InStudy, Base):
    """The cleaned audio of a treatment session under its own random code."""

    __tablename__ = "recording"
    __table_args__ = (
        to_study(),
        UniqueConstraint("study_id", "id"),
        UniqueConstraint("study_id", "code"),
        CheckConstraint("use IN ('study', 'practice')", name="use_known"),
    )

    public_id: Mapped[str] = public_id_column()
    code: Mapped[str] = mapped_column(String(40))
    storage_name: Mapped[str] = mapped_column(String(32), unique=True)
    use: Mapped[str] = mapped_column(String(10))
    duration_ms: Mapped[int]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    imported_at: Mapped[datetime]
    # Since when somebody knows in an emergency which treatment session this is.
    opened_at: Mapped[datetime | None]
    # What a lead should look at before coders get it, as sentences.
    checks: Mapped[list[Any]] = mapped_column(default=list)


class Segment(InStudy, Base):
    """A part of a recording that is rated on its own; number 0 is the whole."""

    __tablename__ = "segment"
    __table_args__ = (
        to_study(),
        within_study("recording", "recording_id"),
        UniqueConstraint("study_id", "id"),
        UniqueConstraint("study_id", "recording_id", "length_ms", "number"),
    )

    recording_id: Mapped[int]
    # 0 for the whole; else the length of stretch that an instrument asks for.
    length_ms: Mapped[int] = mapped_column(default=0)
    number: Mapped[int]
    start_ms: Mapped[int]
    end_ms: Mapped[int]


class Mute(InStudy, Base):
    """A stretch that is silenced before coders hear the recording, because it would tell who or when."""

    __tablename__ = "mute"
    __table_args__ = (to_study(), within_study("recording", "recording_id"))

    public_id: Mapped[str] = public_id_column()
    recording_id: Mapped[int]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
