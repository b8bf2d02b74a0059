"""Rows of scores that wait: read and compared outside the transaction that imports them, then removed.

Each check of a file writes rows under a number of its own, `run`: what a check that was cut short has left
is told apart by it from what the page shows. Keys of stored rows are notes of a comparison, not pointers.
"""

from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from coder_app.models.base import Base, InStudy, to_study, within_study


class _Waiting:
    """What every row that waits is of: an import, a check of its file, a treatment session."""

    import_id: Mapped[int]
    run: Mapped[int]
    # Dyad and number of the treatment session in one number: see services/import_rows.
    place: Mapped[int] = mapped_column(BigInteger)


class _Row(_Waiting):
    """A row of the file that one informant's questionnaire is of."""

    row: Mapped[int]
    informant: Mapped[str] = mapped_column(String(10))
    measure_key: Mapped[int]


class ImportPlace(_Waiting, InStudy, Base):
    """A treatment session that a waiting file tells of, and what was stored of it when they were compared."""

    __tablename__ = "import_place"
    __table_args__ = (
        to_study(),
        within_study("import", "import_id"),
        UniqueConstraint("import_id", "run", "place"),
    )

    dyad: Mapped[str] = mapped_column(String(64))
    number: Mapped[int]
    held_on: Mapped[date | None]
    attendance: Mapped[str | None] = mapped_column(String(100))
    dyad_key: Mapped[int | None]
    session_key: Mapped[int | None]
    old_held_on: Mapped[date | None]
    old_attendance: Mapped[str | None] = mapped_column(String(100))


class ImportAnswers(_Row, InStudy, Base):
    """One questionnaire of a waiting file; `merged` is what would be stored, None where nothing changes."""

    __tablename__ = "import_answers"
    __table_args__ = (
        to_study(),
        within_study("import", "import_id"),
        Index(None, "import_id", "run", "place"),
    )

    answers: Mapped[dict[str, Any]]
    answers_key: Mapped[int | None]
    old_answers: Mapped[dict[str, Any] | None]
    merged: Mapped[dict[str, Any] | None]


class ImportScore(_Row, InStudy, Base):
    """One score of a waiting file, or computed from its answers; `state` says what importing it would do."""

    __tablename__ = "import_score"
    __table_args__ = (
        to_study(),
        within_study("import", "import_id"),
        Index(None, "import_id", "run", "place"),
    )

    subscale: Mapped[str] = mapped_column(String(40))
    score: Mapped[float]
    n_imputed: Mapped[int]
    source: Mapped[str] = mapped_column(String(10))
    state: Mapped[str | None] = mapped_column(String(10))
    score_key: Mapped[int | None]
    old_score: Mapped[float | None]
    old_n_imputed: Mapped[int | None]
    old_source: Mapped[str | None] = mapped_column(String(10))
