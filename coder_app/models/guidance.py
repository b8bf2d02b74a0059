"""The lab's own notes on an instrument's items, which coders can read while they rate."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, to_study, within_study


class Guidance(InStudy, Base):
    """What the lab has agreed about one item, the same for all coders; every change is in the trail."""

    __tablename__ = "guidance"
    __table_args__ = (
        to_study(),
        within_study("instrument_version", "instrument_version_id"),
        UniqueConstraint("study_id", "instrument_version_id", "item"),
    )

    instrument_version_id: Mapped[int]
    item: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(4000))
    changed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime]
