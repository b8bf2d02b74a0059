"""The schema itself keeps studies apart: no row can point into another study, whatever the code does."""

import itertools
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import JSON, Table, insert, inspect, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from coder_app.models import Base
from coder_app.models.base import UtcDateTime

TABLES = Base.metadata.tables
OF_NO_STUDY = {"user", "login", "sign_in_failure"}
# What the check constraints allow where any value of the type would not do.
ALLOWED = {
    ("study", "phase"): "setup",
    ("membership", "role"): "lead",
    ("instrument_version", "kind"): "coding",
    ("import", "kind"): "scores",
    ("import", "state"): "staged",
    ("answers", "informant"): "child",
    ("score", "informant"): "child",
    ("score", "source"): "file",
    ("scoring", "missing"): "none",
    ("sequence", "type"): "repaired",
    ("recording", "use"): "study",
    ("round", "purpose"): "main",
    ("assignment", "state"): "not started",
    ("job", "state"): "waiting",
    ("rating", "reason"): None,
    ("reopening", "state"): "open",
    ("concern", "state"): "open",
    ("guess", "position"): "pre",
    ("guess", "rupture_type"): "repaired",
}
POINTERS = [
    (table.name, key.column_keys[1])
    for table in Base.metadata.sorted_tables
    for key in table.foreign_key_constraints
    if len(key.column_keys) == 2
]


class Rows:
    """Makes a valid row of any table in a study, with all the rows that it points to."""

    numbers = itertools.count(1)

    def __init__(self, db: Session) -> None:
        self.db = db
        self.made: dict[tuple[str, int | None], dict[str, Any]] = {}

    def study(self) -> int:
        """Add a study and return its id."""
        return self._add(TABLES["study"], self._filled(TABLES["study"], None))["id"]

    def one(self, name: str, study_id: int) -> dict[str, Any]:
        """Return a row of a table in a study, always the same one."""
        key = (name, None if name in OF_NO_STUDY else study_id)
        if key not in self.made:
            self.made[key] = self._add(TABLES[name], self.values(name, study_id, to_itself=False))
        return self.made[key]

    def values(self, name: str, study_id: int, *, to_itself: bool = True) -> dict[str, Any]:
        """Return the values of a valid row that is not there yet; `to_itself`: which points to its like."""
        values = self._filled(TABLES[name], study_id)
        for key in TABLES[name].foreign_key_constraints:
            target = key.referred_table.name
            if target == "study":
                continue
            column, there = key.column_keys[-1], key.elements[-1].column.name
            known = to_itself or target != name
            values[column] = self.one(target, study_id)[there] if known else None
        return values

    def _add(self, table: Table, values: dict[str, Any]) -> dict[str, Any]:
        (new_id,) = self.db.execute(insert(table).values(values)).inserted_primary_key
        return dict(self.db.execute(select(table).where(table.c.id == new_id)).mappings().one())

    def _filled(self, table: Table, study_id: int | None) -> dict[str, Any]:
        values = {
            column.name: ALLOWED.get((table.name, column.name), self._value(column.type))
            for column in table.columns
            if column.name != "id"
        }
        return values | ({"study_id": study_id} if "study_id" in values else {})

    def _value(self, type_: TypeEngine) -> Any:
        number = next(self.numbers)
        if isinstance(type_, UtcDateTime):
            return datetime(2026, 3, 2, tzinfo=UTC)
        made = {
            int: number,
            float: float(number),
            str: f"t{number}",
            bool: False,
            date: date(2026, 3, 2),
        }
        return {} if isinstance(type_, JSON) else made[type_.python_type]


def test_every_table_of_a_study_says_of_which(database):
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        for name in set(inspector.get_table_names()) - OF_NO_STUDY - {"study", "alembic_version"}:
            columns = {column["name"]: column for column in inspector.get_columns(name)}
            assert "study_id" in columns, name
            assert not columns["study_id"]["nullable"], name


def test_every_reference_between_rows_of_a_study_carries_the_study(database):
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        for name in set(inspector.get_table_names()) - {"alembic_version"}:
            for key in inspector.get_foreign_keys(name):
                target = key["referred_table"]
                if target in OF_NO_STUDY:
                    continue
                there = "study_id" if target != "study" else "id"
                assert (key["constrained_columns"][0], key["referred_columns"][0]) == ("study_id", there)
                assert not key["options"].get("ondelete"), key


def test_every_column_that_points_to_a_row_is_a_reference():
    """A column called something_id without its foreign key could point anywhere."""
    for table in Base.metadata.sorted_tables:
        pointing = {name for key in table.foreign_key_constraints for name in key.column_keys}
        named = {column.name for column in table.columns if column.name.endswith("_id")} - {"public_id"}
        if table.name == "audit_payload":
            assert pointing == {"study_id", "seq"}
        assert named <= pointing, table.name


def test_no_row_can_point_into_another_study(database):
    def point(table: str, column: str, own: bool) -> None:
        with database.write() as db:
            rows = Rows(db)
            here, there = rows.study(), rows.study()
            values = rows.values(table, here)
            foreign = rows.values(table, there)[column]
            assert foreign != values[column]
            db.execute(insert(TABLES[table]).values(values if own else values | {column: foreign}))

    assert len(POINTERS) >= 20
    for table, column in POINTERS:
        point(table, column, own=True)
        with pytest.raises(IntegrityError) as caught:
            point(table, column, own=False)
        said = str(caught.value.orig).lower()
        assert "foreign key" in said, (table, column)
        assert database.is_sqlite or f"fk_{table}_study_id_{column}" in said


def test_a_row_that_others_point_to_cannot_be_deleted_nor_moved(database):
    def change(verb) -> None:
        with database.write() as db:
            rows = Rows(db)
            here, there = rows.study(), rows.study()
            rows.one("rating", here)
            db.execute(verb(TABLES["assignment"], there))

    with pytest.raises(IntegrityError):
        change(lambda table, _there: table.delete())
    with pytest.raises(IntegrityError):
        change(lambda table, there: table.update().values(study_id=there))


def test_names_of_constraints_and_indexes_fit_into_postgresql(database):
    """PostgreSQL cuts a name at 63 bytes, and a migration that addresses the whole name finds nothing."""
    wanted = [
        str(thing.name)
        for table in Base.metadata.sorted_tables
        for thing in [*table.constraints, *table.indexes]
    ]
    assert len(wanted) > 100
    assert [name for name in wanted if len(name.encode()) > 63] == []
    assert len(set(wanted)) == len(wanted)
    with database.engine.connect() as connection:
        inspector = inspect(connection)
        found = {
            thing["name"]
            for name in TABLES
            for thing in [
                *inspector.get_foreign_keys(name),
                *inspector.get_unique_constraints(name),
                *inspector.get_check_constraints(name),
                *inspector.get_indexes(name),
                inspector.get_pk_constraint(name),
            ]
        }
    assert set(wanted) <= found
