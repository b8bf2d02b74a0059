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
        within_study("round", "of_round_id"),
        UniqueConstraint("study_id", "id"),
        UniqueConstraint("study_id", "name"),
        CheckConstraint("purpose IN ('training', 'main', 'drift', 'repeat')", name="purpose_known"),
    )

    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(60))
    purpose: Mapped[str] = mapped_column(String(10))
    seed: Mapped[int]
    share: Mapped[float]
    created_at: Mapped[datetime]
    # Forms that each coder should submit in a week; and whether coders read the round's name.
    weekly_goal: Mapped[int | None]
    announced: Mapped[bool] = mapped_column(default=False)
    # Of a round of repeats: the round whose recordings come back, and after how many days at the least.
    of_round_id: Mapped[int | None]
    least_days: Mapped[int | None]


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
        within_study("listening", "listening_id"),
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
    listening_id: Mapped[int | None]
    current_segment: Mapped[int] = mapped_column(default=0)
    current_item: Mapped[str | None] = mapped_column(String(40))
    recognised_at: Mapped[datetime | None]
    recognised_how: Mapped[str | None] = mapped_column(String(20))


class Submission(InStudy, Base):
    """The ratings of an assignment as they stood at one submission; one more row after each reopening."""

    __tablename__ = "submission"
    __table_args__ = (
        to_study(),
        within_study("assignment", "assignment_id"),
        UniqueConstraint("study_id", "assignment_id", "number"),
    )

    assignment_id: Mapped[int]
    number: Mapped[int]
    ratings: Mapped[list[Any]]
    heard_share: Mapped[float | None]
    why_less: Mapped[str | None] = mapped_column(String(500))
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime]


class Reopening(InStudy, Base):
    """A coder's wish to change ratings after submitting them, and what the lead decided."""

    __tablename__ = "reopening"
    __table_args__ = (
        to_study(),
        within_study("assignment", "assignment_id"),
        CheckConstraint("state IN ('open', 'granted', 'declined', 'withdrawn')", name="state_known"),
    )

    public_id: Mapped[str] = public_id_column()
    assignment_id: Mapped[int]
    reason: Mapped[str] = mapped_column(String(1000))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    answer: Mapped[str | None] = mapped_column(String(1000))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]


class Guess(InStudy, Base):
    """What a coder, once coding is locked, takes a drawn recording to have been; unanswered until then."""

    __tablename__ = "guess"
    __table_args__ = (
        to_study(),
        within_study("assignment", "assignment_id"),
        UniqueConstraint("study_id", "assignment_id"),
        CheckConstraint("position IN ('pre', 'central', 'post', 'unknown')", name="position_known"),
        CheckConstraint("rupture_type IN ('repaired', 'unrepaired', 'unknown')", name="type_known"),
    )

    assignment_id: Mapped[int]
    place: Mapped[int]
    position: Mapped[str | None] = mapped_column(String(10))
    rupture_type: Mapped[str | None] = mapped_column(String(10))
    drawn_at: Mapped[datetime]
    guessed_at: Mapped[datetime | None]
