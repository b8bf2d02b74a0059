"""What every table shares: names of constraints, times in UTC, random public ids."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, ForeignKeyConstraint, Integer, MetaData, String, TypeDecorator
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Json = JSON().with_variant(postgresql.JSONB(), "postgresql")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, stored in UTC and always returned with its time zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table; its constraints are named so that migrations can address them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: Json,
        list[Any]: Json,
    }

    id: Mapped[int] = mapped_column(Integer, primary_key=True)


class InStudy:
    """A row of one study; other rows point at it by (study_id, id) and so cannot leave the study."""

    study_id: Mapped[int] = mapped_column(Integer, index=True)


def public_id_column() -> Mapped[str]:
    """Return a column for the random id under which a row appears in addresses."""
    return mapped_column(String(32), unique=True)


def within_study(table: str, column: str) -> ForeignKeyConstraint:
    """Return a foreign key to a row of the same study."""
    return ForeignKeyConstraint(["study_id", column], [f"{table}.study_id", f"{table}.id"])


def to_study() -> ForeignKeyConstraint:
    """Return the foreign key of a study's row to its study."""
    return ForeignKeyConstraint(["study_id"], ["study.id"])
