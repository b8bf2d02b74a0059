"""Schemas: one way up and down, the same as the models, and nothing of what was there is lost."""

import os
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import CheckConstraint, inspect, select, text

from coder_app import migrations
from coder_app.db import Database, sqlite_driver
from coder_app.domain.permissions import Role
from coder_app.migrations import MigrationError, current_revision, migrating, newest_revision, upgrade
from coder_app.models import Assignment, Base, Submission
from tests.makers.coding import add_assignment, add_recording, add_round
from tests.makers.submitting import rate_all

NEWEST, NEXT = newest_revision(), "9998"
UPGRADE = """
import sys, time
from coder_app.db import Database
from coder_app.migrations import upgrade
database = Database(sys.argv[1])
import alembic.command, coder_app.models
print("ready", flush=True)
sys.stdin.readline()
upgrade(database)
"""


@pytest.fixture
def empty(database) -> Database:
    """A database without any table."""
    with migrating(database) as connection:
        migrations._run(connection, "downgrade", "base")
        connection.execute(text("DROP TABLE alembic_version"))
    return database


def tables_of(database: Database) -> set[str]:
    with database.engine.connect() as connection:
        return set(inspect(connection).get_table_names())


def copies_beside(database: Database) -> list[Path]:
    return sorted(Path(database.engine.url.database).parent.glob("*.bak*"))


def mark_as(database: Database, revision: str) -> None:
    with database.write() as db:
        db.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})


def test_an_empty_database_gets_every_table_and_can_be_upgraded_twice(empty):
    assert current_revision(empty) is None
    upgrade(empty)
    upgrade(empty)
    assert current_revision(empty) == newest_revision()
    assert tables_of(empty) == set(Base.metadata.tables) | {"alembic_version"}


def test_the_migrated_schema_is_the_models_schema(database):
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        for table in Base.metadata.sorted_tables:
            found = {check["name"] for check in inspect(connection).get_check_constraints(table.name)}
            wanted = {str(c.name) for c in table.constraints if isinstance(c, CheckConstraint)}
            assert found == wanted, table.name


def test_a_schema_can_be_taken_down_to_nothing_and_built_again(database, world):
    with migrating(database) as connection:
        migrations._run(connection, "downgrade", "base")
    assert tables_of(database) == {"alembic_version"}
    upgrade(database)
    world.study()


def test_what_was_submitted_before_submissions_were_kept_is_the_first_submission(database, world):
    lead = world.study()
    mara = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    forms = add_forms(database, lead, mara, ("submitted", "in progress"))
    for assignment in forms.values():
        rate_all(database, mara, assignment, score=3)
    with migrating(database) as connection:
        migrations._run(connection, "downgrade", "0001")
    assert "submission" not in tables_of(database)
    with database.write() as db:
        submit = "UPDATE assignment SET state = 'submitted', submitted_at = worked_at WHERE public_id = :form"
        db.execute(text(submit), {"form": forms["submitted"]})
        db.execute(text("UPDATE rating SET score = NULL, reason = 'inaudible' WHERE item = 'cirs_06'"))
    upgrade(database)
    with database.read() as db:
        (kept,) = db.scalars(select(Submission)).all()
        form = db.get_one(Assignment, kept.assignment_id)
        assert form.public_id == forms["submitted"] and kept.study_id == form.study_id
        assert kept.number == 1 and kept.submitted_at == form.submitted_at
        assert (kept.heard_share, kept.why_less, kept.started_at) == (None, None, None)
        items = [f"cirs_{number:02d}" for number in range(1, 6)]
        scores = [{"segment": 0, "item": item, "score": 3, "reason": None} for item in items]
        missing = {"segment": 0, "item": "cirs_06", "score": None, "reason": "inaudible"}
        assert kept.ratings == [*scores, missing]


def add_forms(database, lead, coder, names) -> dict[str, str]:
    """Add one form for each name and return their public ids."""
    with database.write() as db:
        round_id = add_round(db, lead)
        return {
            name: add_assignment(
                db, coder, round_id, add_recording(db, lead, f"code-{place}"), "CIRS", f"mask-{place}", place
            )
            for place, name in enumerate(names, start=1)
        }


def test_a_database_of_a_newer_version_is_refused_in_one_line_and_left_alone(database):
    mark_as(database, "9999")
    with pytest.raises(MigrationError, match=r"newer coder_app .*9999.*update the application") as caught:
        upgrade(database)
    assert "\n" not in str(caught.value)
    assert current_revision(database) == "9999"


def test_a_database_of_another_program_is_refused_and_left_alone(empty):
    with empty.write() as db:
        db.execute(text("CREATE TABLE wine (id INTEGER PRIMARY KEY)"))
    with pytest.raises(MigrationError, match="not coder_app's"):
        upgrade(empty)
    assert tables_of(empty) == {"wine"}


@pytest.mark.parametrize(
    "url", ["sqlite:////no/such/folder/x.sqlite", "postgresql+psycopg://coder:hush@127.0.0.1:1/coder_app"]
)
def test_a_database_that_cannot_be_opened_is_one_line_without_the_password(url):
    with pytest.raises(MigrationError, match="cannot be opened") as caught:
        upgrade(Database(url))
    assert "\n" not in str(caught.value) and "hush" not in str(caught.value)


class NextSchema:
    """Pretends that there is one more schema, which does what a test tells it to."""

    def __init__(self, monkeypatch, work) -> None:
        self.runs = 0
        self.work = work
        monkeypatch.setattr(migrations, "newest_revision", lambda: NEXT)
        monkeypatch.setattr(migrations, "_run", self._run)

    def _run(self, connection, _direction, _target) -> None:
        self.runs += 1
        self.work(Operations(MigrationContext.configure(connection)))
        connection.execute(text("UPDATE alembic_version SET version_num = '9998'"))


def add_a_column(op: Operations) -> None:
    op.execute("ALTER TABLE study ADD COLUMN colour VARCHAR(9)")


def test_an_upgrade_of_a_database_with_data_leaves_a_private_copy_of_what_was(database, world, monkeypatch):
    world.study("Kept")
    before = os.umask(0)
    try:
        NextSchema(monkeypatch, add_a_column)
        upgrade(database)
    finally:
        os.umask(before)
    assert migrations.current_revision(database) == NEXT
    if not database.is_sqlite:
        return
    (copy,) = copies_beside(database)
    assert f"schema{NEWEST}" in copy.name
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite_driver().connect(str(copy))) as old:
        assert old.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert old.execute("SELECT name FROM study").fetchall() == [("Kept",)]
        assert old.execute("SELECT version_num FROM alembic_version").fetchall() == [(NEWEST,)]
    assert list(copy.parent.glob("*.part*")) == []


def test_an_empty_database_needs_no_copy(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite'}")
    upgrade(database)
    database.dispose()
    assert copies_beside(database) == []


def test_without_room_for_the_copy_nothing_is_migrated(database, world, monkeypatch):
    if not database.is_sqlite:
        pytest.skip("only a SQLite database is copied")
    world.study()
    schema = NextSchema(monkeypatch, add_a_column)
    monkeypatch.setattr(migrations.os, "open", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(MigrationError, match=r"copy .* could not be made: .*No space left"):
        upgrade(database)
    assert schema.runs == 0 and migrations.current_revision(database) == NEWEST


def drop_rows(op: Operations) -> None:
    op.execute("DELETE FROM membership")


def drop_triggers(op: Operations) -> None:
    if op.get_bind().dialect.name == "sqlite":
        with op.batch_alter_table("audit", recreate="always") as table:
            table.alter_column("act", type_=Base.metadata.tables["audit"].c.hash.type)
    else:
        op.execute("DROP TRIGGER audit_append_only ON audit")


def fail_half_way(op: Operations) -> None:
    add_a_column(op)
    op.execute("CREATE TABLE half (id INTEGER PRIMARY KEY)")
    raise MigrationError("half way")


@pytest.mark.parametrize(
    ("work", "why"),
    [(drop_rows, "lose 1 rows of membership"), (drop_triggers, "lose audit_"), (fail_half_way, "half way")],
)
def test_a_migration_that_would_lose_something_changes_nothing(database, world, monkeypatch, work, why):
    lead = world.study()
    NextSchema(monkeypatch, work)
    with pytest.raises(MigrationError, match=why):
        upgrade(database)
    assert migrations.current_revision(database) == NEWEST
    assert tables_of(database) == set(Base.metadata.tables) | {"alembic_version"}
    assert world.again(lead).roles == lead.roles
    with database.engine.connect() as connection:
        assert "colour" not in {column["name"] for column in inspect(connection).get_columns("study")}


def test_a_migration_that_breaks_a_reference_changes_nothing(database, world, monkeypatch):
    lead = world.study()

    def point_nowhere(op: Operations) -> None:
        op.execute("UPDATE membership SET user_id = 999")

    NextSchema(monkeypatch, point_nowhere)
    with pytest.raises(Exception, match=r"break 1 references|fk_membership_user_id"):
        upgrade(database)
    assert world.again(lead).roles == lead.roles


def test_rebuilding_a_table_keeps_its_rows_and_those_that_point_to_it(database, world, monkeypatch):
    lead = world.study()

    def rebuild(op: Operations) -> None:
        with op.batch_alter_table("study", recreate="always") as table:
            table.alter_column("name", type_=Base.metadata.tables["audit"].c.hash.type)

    if not database.is_sqlite:
        pytest.skip("PostgreSQL changes tables in place")
    NextSchema(monkeypatch, rebuild)
    upgrade(database)
    assert world.again(lead).roles == lead.roles
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_starts_at_the_same_time_migrate_once(empty):
    if empty.is_sqlite:
        path = Path(empty.engine.url.database)
        empty.dispose()
        for leftover in path.parent.glob(path.name + "*"):
            leftover.unlink()
    url = empty.engine.url.render_as_string(hide_password=False)
    starts = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, url],
            cwd=migrations.HERE.parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        assert [start.stdout.readline() for start in starts] == ["ready\n"] * 3
        for start in starts:
            start.stdin.write("\n")
            start.stdin.flush()
        ends = [(start.communicate(timeout=30)[1], start.returncode) for start in starts]
    finally:
        for start in starts:
            start.kill()
    assert ends == [("", 0)] * 3
    assert current_revision(empty) == newest_revision()


def test_a_start_that_waited_for_another_finds_the_work_done_and_makes_no_copy(database, world, monkeypatch):
    """Both have seen the old schema; the second one comes to its turn when the first has ended."""
    world.study()
    schema = NextSchema(monkeypatch, add_a_column)
    upgrade(database)
    monkeypatch.setattr(migrations, "current_revision", lambda _database: "0001")
    upgrade(database)
    assert schema.runs == 1
    if database.is_sqlite:
        assert len(copies_beside(database)) == 1
