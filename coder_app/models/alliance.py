"""Dyads, their treatment sessions, and the alliance scores given after them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, public_id_column, to_study, within_study


class Dyad(InStudy, Base):
    """One child and one therapist in one treatment."""

    __tablename__ = "dyad"
    __table_args__ = (to_study(), UniqueConstraint("study_id", "id"), UniqueConstraint("study_id", "code"))

    code: Mapped[str] = mapped_column(String(64))
    covariates: Mapped[dict[str, Any]]


class TreatmentSession(InStudy, Base):
    """One meeting of a dyad, numbered from 1."""

    __tablename__ = "treatment_session"
    __table_args__ = (
        to_study(),
        within_study("dyad", "dyad_id"),
        UniqueConstraint("study_id", "id"),
        UniqueConstraint("study_id", "dyad_id", "number"),
        CheckConstraint("number >= 1", name="number_from_one"),
    )

    dyad_id: Mapped[int]
    number: Mapped[int]
    held_on: Mapped[date | None]
    attendance: Mapped[str | None] = mapped_column(String(100))
    recorded: Mapped[bool]


class Import(InStudy, Base):
    """A file or folder that was brought in: staged, previewed, then imported whole or not at all."""

    __tablename__ = "import"
    __table_args__ = (
        to_study(),
        UniqueConstraint("study_id", "id"),
        CheckConstraint("kind IN ('participants', 'scores', 'recordings')", name="kind_known"),
        CheckConstraint("state IN ('staged', 'running', 'done', 'failed', 'discarded')", name="state_known"),
    )

    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    file_name: Mapped[str] = mapped_column(String(200))
    summary: Mapped[dict[str, Any]]
    # What the columns of a waiting file mean, where somebody said so.
    mapping: Mapped[dict[str, Any] | None]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class ImportMapping(InStudy, Base):
    """What the columns of a lab's files mean, kept under a name for the next file."""

    __tablename__ = "import_mapping"
    __table_args__ = (to_study(), UniqueConstraint("study_id", "name"))

    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(120))
    content: Mapped[dict[str, Any]]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class Score(InStudy, Base):
    """One informant's alliance score after one treatment session."""

    __tablename__ = "score"
    __table_args__ = (
        to_study(),
        within_study("treatment_session", "treatment_session_id"),
        within_study("instrument_version", "measure_id"),
        within_study("import", "import_id"),
        # Named here: from its columns the name would be too long for PostgreSQL.
        UniqueConstraint(
            "study_id",
            "treatment_session_id",
            "informant",
            "measure_id",
            "subscale",
            name="uq_score_session_informant_measure_subscale",
        ),
        CheckConstraint("informant IN ('child', 'therapist', 'parent')", name="informant_known"),
        CheckConstraint("source IN ('file', 'answers')", name="source_known"),
    )

    treatment_session_id: Mapped[int]
    informant: Mapped[str] = mapped_column(String(10))
    measure_id: Mapped[int]
    # The code of a subscale; empty for the total.
    subscale: Mapped[str] = mapped_column(String(40), default="")
    score: Mapped[float]
    # How many missing answers were filled in for it.
    n_imputed: Mapped[int] = mapped_column(default=0)
    # As a file had it, or computed from the answers to the items.
    source: Mapped[str] = mapped_column(String(10), default="file")
    import_id: Mapped[int]


class Answers(InStudy, Base):
    """One informant's answers to the single items of a measure after one treatment session, as they came."""

    __tablename__ = "answers"
    __table_args__ = (
        to_study(),
        within_study("treatment_session", "treatment_session_id"),
        within_study("instrument_version", "measure_id"),
        within_study("import", "import_id"),
        UniqueConstraint("study_id", "treatment_session_id", "informant", "measure_id"),
        CheckConstraint("informant IN ('child', 'therapist', 'parent')", name="informant_known"),
    )

    treatment_session_id: Mapped[int]
    informant: Mapped[str] = mapped_column(String(10))
    measure_id: Mapped[int]
    # By item code; a missing answer is not there.
    answers: Mapped[dict[str, Any]]
    import_id: Mapped[int]


class Scoring(InStudy, Base):
    """How a study scores the answers to a measure; without a row, as its file and the defaults say."""

    __tablename__ = "scoring"
    __table_args__ = (
        to_study(),
        within_study("instrument_version", "measure_id"),
        UniqueConstraint("study_id", "measure_id"),
        CheckConstraint("missing IN ('none', 'person mean', 'item mean', 'prorate')", name="missing_known"),
    )

    measure_id: Mapped[int]
    missing: Mapped[str] = mapped_column(String(20))
    least_answered: Mapped[float]
    # Codes of the items whose answers are turned round.
    reversed: Mapped[list[Any]]
    changed_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    changed_at: Mapped[datetime]


class RuptureSettings(InStudy, Base):
    """A definition of ruptures, kept under a name to be compared with others."""

    __tablename__ = "rupture_settings"
    __table_args__ = (to_study(), UniqueConstraint("study_id", "name"))

    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(String(120))
    settings: Mapped[dict[str, Any]]
    created_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    created_at: Mapped[datetime]


class Sample(InStudy, Base):
    """The frozen list of sequences that are coded, with the settings that found them."""

    __tablename__ = "sample"
    __table_args__ = (to_study(), UniqueConstraint("study_id", "id"), UniqueConstraint("study_id"))

    settings: Mapped[dict[str, Any]]
    data_hash: Mapped[str] = mapped_column(String(64))
    # Every rupture that was found and not taken, with the reason; None where an older program froze.
    left_out: Mapped[list[Any] | None]
    frozen_by: Mapped[int] = mapped_column(ForeignKey("user.id"))
    frozen_at: Mapped[datetime]


class Sequence(InStudy, Base):
    """Pre, central and post treatment session of one dyad and informant."""

    __tablename__ = "sequence"
    __table_args__ = (
        to_study(),
        within_study("sample", "sample_id"),
        within_study("dyad", "dyad_id"),
        within_study("treatment_session", "pre_id"),
        within_study("treatment_session", "central_id"),
        within_study("treatment_session", "post_id"),
        UniqueConstraint("study_id", "sample_id", "informant", "central_id"),
        CheckConstraint("type IN ('repaired', 'unrepaired')", name="type_known"),
    )

    sample_id: Mapped[int]
    dyad_id: Mapped[int]
    informant: Mapped[str] = mapped_column(String(10))
    pre_id: Mapped[int]
    central_id: Mapped[int]
    post_id: Mapped[int]
    criterion: Mapped[str] = mapped_column(String(20))
    type: Mapped[str] = mapped_column(String(10))
    # What later scores are compared with; None where an older program froze.
    measure: Mapped[str | None] = mapped_column(String(120))
    scores: Mapped[dict[str, Any] | None]
