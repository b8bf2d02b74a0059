"""Ratings: one item of one segment of one assignment."""

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, to_study, within_study


class Rating(InStudy, Base):
    """A score, or the reason why the item could not be coded; unanswered is the absence of a rating."""

    __tablename__ = "rating"
    __table_args__ = (
        to_study(),
        within_study("assignment", "assignment_id"),
        within_study("segment", "segment_id"),
        UniqueConstraint("study_id", "assignment_id", "segment_id", "item"),
        CheckConstraint("(score IS NULL) <> (reason IS NULL)", name="score_or_reason"),
    )

    assignment_id: Mapped[int]
    segment_id: Mapped[int]
    item: Mapped[str] = mapped_column(String(40))
    score: Mapped[int | None]
    reason: Mapped[str | None] = mapped_column(String(40))
    revision: Mapped[int]
    page: Mapped[str] = mapped_column(String(32))
    sequence: Mapped[int]
    rated_at: Mapped[datetime]
