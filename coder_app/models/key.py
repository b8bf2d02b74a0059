"""The sealed key: which treatment session a recording is of. Only services/key.py may import this."""

from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, to_study, within_study


class RecordingKey(InStudy, Base):
    """One recording's treatment session, and the fingerprints by which its source is known again."""

    __tablename__ = "recording_key"
    __table_args__ = (
        to_study(),
        within_study("recording", "recording_id"),
        within_study("treatment_session", "treatment_session_id"),
        UniqueConstraint("study_id", "recording_id"),
        UniqueConstraint("study_id", "treatment_session_id"),
        UniqueConstraint("study_id", "content_sha256"),
    )

    recording_id: Mapped[int]
    treatment_session_id: Mapped[int]
    content_sha256: Mapped[str] = mapped_column(String(64))
    # Of a recording that several files were joined into, what each of them added; empty for all others.
    part_sha256s: Mapped[list[Any]] = mapped_column(default=list)
