"""Rounds and who codes what in them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, public_id_column, to_study, within_study


class Round(InStudy, Base):
    """A set of recordings that is coded for one purpose, and the seed by which it was allotted."""

    __tablename__ = "round"
    __table_args__ = (
        to_study(),
        UniqueConstraint("study_id", "id"),
        UniqueConstraint("study_id", "name"),
        CheckConstraint("purpose IN ('training', 'main', 'drift')", name="purpose_known"),
    )

    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(10))
    seed: Mapped[int]
    share: Mapped[float]
    created_at: Mapped[datetime]


class RoundRecording(InStudy, Base):
    """A recording's place in a round: whether every coder of a team codes it."""

    __tablename__ = "round_recording"
    __table_args__ = (
        to_study(),
        within_study("round", "round_id"),
        within_study("recording", "recording_id"),
        UniqueConstraint("study_id", "round_id", "recording_id"),
    )

    round_id: Mapped[int]
    recording_id: Mapped[int]
    in_subset: Mapped[bool]


class Assignment(InStudy, Base):
    """One coder, one recording, one instrument, one round, under a mask that is this coder's alone."""

    __tablename__ = "assignment"
    __table_args__ = (
        to_study(),
        within_study("round", "round_id"),
        within_study("recording", "recording_id"),
        within_study("instrument_version", "instrument_version_id"),
        UniqueConstraint("study_id", "id"),
        UniqueConstraint("study_id", "mask"),
        UniqueConstraint(
            "study_id",
            "round_id",
            "recording_id",
            "instrument_version_id",
            "user_id",
            name="uq_assignment_coder_codes_once",
        ),
        UniqueConstraint("study_id", "user_id", "place"),
        CheckConstraint(
            "state IN ('not started', 'in progress', 'submitted', 'reopened')", name="state_known"
        ),
    )

    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int]
    recording_id: Mapped[int]
    instrument_version_id: Mapped[int]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    mask: Mapped[str] = mapped_column(String(40))
    place: Mapped[int]
    is_primary: Mapped[bool]
    state: Mapped[str] = mapped_column(String(12))
    revision: Mapped[int]
    cleared: Mapped[dict[str, Any]]
    worked_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
