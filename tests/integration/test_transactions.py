"""Transactions: what was acknowledged stays, what failed leaves nothing, and nobody waits for ever."""

import threading
from collections import Counter
from datetime import UTC, datetime

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError, InvalidRequestError, OperationalError

from coder_app.db import Database
from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Audit, AuditPayload, Rating, User
from coder_app.services import audit
from tests.makers.coding import add_assignment, add_recording, add_round
from tests.makers.savers import ITEMS, Page, SavingProcess, in_threads

THREADS = 16


@pytest.fixture
def second(database) -> Database:
    """The same database as another process has it: without the first one's lock in memory."""
    other = Database(database.engine.url.render_as_string(hide_password=False))
    yield other
    other.dispose()


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def coder(world, lead):
    return world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))


@pytest.fixture
def assignments(database, lead, coder) -> list[str]:
    with database.write() as db:
        round_id = add_round(db, lead)
        return [
            add_assignment(
                db, coder, round_id, add_recording(db, lead, f"code-{n}"), "CIRS", f"mask-{n}", n + 1
            )
            for n in range(THREADS)
        ]


def names_of(database: Database) -> list[str]:
    with database.read() as db:
        return list(db.scalars(select(User.user_name).order_by(User.id)))


def new_user(name: str) -> User:
    return User(
        public_id=name,
        user_name=name,
        name=name,
        password_hash="",
        can_create_studies=False,
        created_at=datetime(2026, 3, 2, 9, tzinfo=UTC),
    )


# Connections


SAFE = {"journal_mode": "wal", "synchronous": 2}
UNSAFE = {"journal_mode": "delete", "synchronous": 3}
ALWAYS = {
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    "secure_delete": 1,
    "fullfsync": 1,
    "checkpoint_fullfsync": 1,
    "busy_timeout": 15_000,
}


@pytest.mark.parametrize(("wal", "expected"), [(True, SAFE), (False, UNSAFE)])
def test_every_pooled_connection_of_sqlite_has_all_pragmas(tmp_path, monkeypatch, wal, expected):
    monkeypatch.setattr("coder_app.db.wal_is_safe", lambda _version: wal)
    database = Database(f"sqlite:///{tmp_path / 'x.sqlite'}")
    connections = [database.engine.connect() for _ in range(8)]
    for connection in connections:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ALWAYS | expected}
        assert found == ALWAYS | expected
        # Without a memory map SQLite has no row to return at all where it was built without one.
        assert not connection.exec_driver_sql("PRAGMA mmap_size").scalar()
        connection.close()
    database.dispose()


def test_a_file_with_a_write_ahead_log_is_turned_back_where_that_is_unsafe(tmp_path, monkeypatch):
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    for wal, mode in ((True, "wal"), (False, "delete")):
        monkeypatch.setattr("coder_app.db.wal_is_safe", lambda _version, wal=wal: wal)
        database = Database(url)
        with database.write() as db:
            assert db.execute(text("PRAGMA journal_mode")).scalar() == mode
            db.execute(text("CREATE TABLE IF NOT EXISTS x (id INTEGER)"))
        database.dispose()


def test_a_write_ahead_log_that_cannot_be_turned_off_is_not_used(tmp_path, monkeypatch):
    """Another process still has the file open with its log."""
    url = f"sqlite:///{tmp_path / 'x.sqlite'}"
    monkeypatch.setattr("coder_app.db.BUSY_MS", 50)
    monkeypatch.setattr("coder_app.db.wal_is_safe", lambda _version: True)
    first = Database(url)
    with first.engine.connect() as open_connection:
        open_connection.exec_driver_sql("SELECT count(*) FROM sqlite_master")
        monkeypatch.setattr("coder_app.db.wal_is_safe", lambda _version: False)
        with pytest.raises(OperationalError), Database(url).read() as db:
            db.execute(text("SELECT 1"))
    first.dispose()


def test_postgresql_commits_to_disk_even_where_its_default_is_otherwise(database):
    if database.is_sqlite:
        pytest.skip("SQLite has its pragmas")
    name = database.engine.url.database
    with database.write() as db:
        db.execute(text(f"ALTER DATABASE {name} SET synchronous_commit = off"))
    other = Database(database.engine.url.render_as_string(hide_password=False))
    connections = [other.engine.connect() for _ in range(3)]
    for connection in connections:
        assert connection.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
        assert connection.exec_driver_sql("SHOW lock_timeout").scalar() == "15s"
        connection.close()
    other.dispose()


# One transaction


def test_a_writing_transaction_begins_as_one_before_its_first_statement(database, second):
    entered = threading.Event()

    def write_too() -> None:
        with second.write():
            entered.set()

    thread = threading.Thread(target=write_too, daemon=True)
    with database.write():
        thread.start()
        assert not entered.wait(0.3)
    assert entered.wait(10)
    thread.join(10)


def test_sqlite_is_asked_for_a_writing_transaction_at_once(database):
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with database.write() as db:
        db.execute(text("SELECT 1"))
    with database.read() as db:
        db.execute(text("SELECT 2"))
    expected = ["BEGIN IMMEDIATE", "SELECT 1", "BEGIN DEFERRED", "SELECT 2"]
    assert seen == (expected if database.is_sqlite else ["SELECT 1", "SELECT 2"])


def test_a_reader_sees_one_moment_throughout(database):
    with database.read() as db:
        assert db.scalar(select(func.count(User.id))) == 0
        in_threads([lambda: add_user(database, "mara")])
        assert db.scalar(select(func.count(User.id))) == 0
    assert names_of(database) == ["mara"]


def add_user(database: Database, name: str) -> list:
    with database.write() as db:
        db.add(new_user(name))
    return []


def test_reading_leaves_nothing_behind_even_when_something_was_flushed(database):
    with database.read() as db:
        db.add(new_user("mara"))
        db.flush()
        assert db.scalar(select(func.count(User.id))) == 1
    assert names_of(database) == []


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_writing_block_that_raises_leaves_nothing_and_the_next_one_works(database, error):
    def add_two_and_fail() -> None:
        with database.write() as db:
            db.add(new_user("mara"))
            db.flush()
            db.add(new_user("nora"))
            raise error

    with pytest.raises(error):
        add_two_and_fail()
    assert names_of(database) == []
    add_user(database, "olga")
    assert names_of(database) == ["olga"]


def test_a_statement_that_fails_takes_the_whole_transaction_along(database):
    def add_one_that_is_there() -> None:
        with database.write() as db:
            db.add(new_user("nora"))
            db.flush()
            db.add(new_user("mara"))

    add_user(database, "mara")
    with pytest.raises(IntegrityError):
        add_one_that_is_there()
    assert names_of(database) == ["mara"]


def test_a_commit_of_ones_own_inside_the_block_is_an_error_and_not_a_second_transaction(database):
    def commit_and_go_on() -> None:
        with database.write() as db:
            db.commit()
            db.execute(text("SELECT 1"))

    with pytest.raises(InvalidRequestError, match="closed transaction"):
        commit_and_go_on()


@pytest.mark.parametrize("outer", ["write", "read"])
def test_writing_inside_another_block_of_the_thread_fails_at_once(database, outer):
    for _ in range(2):
        with (
            pytest.raises(RuntimeError, match=rf"write\(\) inside {outer}\(\) in one thread"),
            getattr(database, outer)(),
            database.write(),
        ):
            raise AssertionError("a second transaction was opened")
    add_user(database, "mara")
    with database.write(), database.read():
        pass
    assert names_of(database) == ["mara"]


# Many at once


def check_nothing_is_lost(database: Database, coder, acknowledged) -> None:
    """Every acknowledged save is in the trail, each knew the one before it, and the last one stands."""
    with database.read() as db:
        chain = audit.check_chain(db, coder.study_id)
        rows = db.execute(
            select(Audit.seq, Audit.act, Audit.subject, AuditPayload.payload)
            .join(AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq))
            .where(Audit.study_id == coder.study_id)
            .order_by(Audit.seq)
        ).all()
        ratings = db.execute(
            select(Assignment.public_id, Rating.item, Rating.score, Rating.revision, Assignment.revision)
            .join(Assignment, Assignment.id == Rating.assignment_id)
            .where(Rating.study_id == coder.study_id)
        ).all()
    assert chain.broken_at is None
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    saves = [(row.subject, row.payload) for row in rows if row.act == "rate"]
    kept = Counter((where, save["item"], save["score"], save["revision"]) for where, save in saves)
    told = Counter((save.assignment, save.item, save.score, save.revision) for save in acknowledged)
    assert not told - kept
    assert max(kept.values()) == 1
    last: dict[tuple[str, str], dict] = {}
    revisions: dict[str, list[int]] = {}
    for where, save in saves:
        before = last.get((where, save["item"]))
        assert save["before"] == (before and {"score": before["score"], "reason": None})
        last[where, save["item"]] = save
        revisions.setdefault(where, []).append(save["revision"])
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in revisions.values())
    assert {(where, item): (score, revision) for where, item, score, revision, _ in ratings} == {
        key: (save["score"], save["revision"]) for key, save in last.items()
    }
    assert all(revision == len(revisions[where]) for where, _, _, _, revision in ratings)


def test_sixteen_threads_that_save_to_assignments_of_their_own_lose_nothing(database, coder, assignments):
    def work(assignment: str):
        page = Page(database, coder, assignment, assignment[:8])
        return [page.save(item, score) for score in (1, 4) for item in ITEMS]

    acknowledged = in_threads([lambda name=name: work(name) for name in assignments])
    assert len(acknowledged) == THREADS * 12
    check_nothing_is_lost(database, coder, acknowledged)


def test_sixteen_threads_that_save_to_one_assignment_lose_nothing(database, coder, assignments):
    def work(number: int):
        page = Page(database, coder, assignments[0], f"page-{number}")
        return [page.save(ITEMS[(number + step) % 3], number % 6) for step in range(4)]

    acknowledged = in_threads([lambda number=number: work(number) for number in range(THREADS)])
    assert len(acknowledged) == THREADS * 4
    check_nothing_is_lost(database, coder, acknowledged)


def test_threads_of_two_processes_that_save_to_one_assignment_lose_nothing(
    database, second, coder, assignments
):
    """Their locks in memory know nothing of each other, so only the database makes them take turns."""

    def work(mine: Database, number: int):
        page = Page(mine, coder, assignments[0], f"page-{number}")
        return [page.save(ITEMS[(number + step) % 2], number % 6) for step in range(6)]

    acknowledged = in_threads(
        [lambda n=n: work(database if n % 2 else second, n) for n in range(8)],
    )
    check_nothing_is_lost(database, coder, acknowledged)


@pytest.mark.parametrize("journal", ["wal", "delete"])
def test_two_processes_that_write_and_read_lose_nothing_and_never_find_the_database_locked(
    database, coder, assignments, monkeypatch, journal
):
    if journal == "delete":
        if not database.is_sqlite:
            pytest.skip("PostgreSQL has one journal")
        database.engine.dispose()
        monkeypatch.setattr("coder_app.db.wal_is_safe", lambda _version: False)
        database = Database(database.engine.url.render_as_string())
    other = SavingProcess(database, coder, assignments[:4], journal)
    try:

        def write(assignment: str):
            page = Page(database, coder, assignment, assignment[:8])
            return [page.save(item, score) for score in (1, 4) for item in ITEMS]

        def read():
            for _ in range(10):
                with database.read() as db:
                    assert audit.check_chain(db, coder.study_id).broken_at is None
            return []

        other.begin()
        acknowledged = other.read(10)
        acknowledged += in_threads([lambda name=name: write(name) for name in assignments[4:8]] + [read] * 2)
        acknowledged += other.read(10) + other.stop()
    finally:
        other.end()
    check_nothing_is_lost(database, coder, acknowledged)
    if journal == "delete":
        database.dispose()


def test_a_process_that_is_killed_has_kept_every_save_that_it_acknowledged(database, coder, assignments):
    acknowledged = []
    for number in range(2):
        process = SavingProcess(database, coder, assignments[4 * number : 4 * number + 4])
        try:
            process.begin()
            acknowledged += process.read(40 + 17 * number)
            process.process.kill()
            acknowledged += process.rest()
        finally:
            process.end()
    assert len(acknowledged) >= 97
    check_nothing_is_lost(database, coder, acknowledged)
    if database.is_sqlite:
        with database.read() as db:
            assert db.execute(text("PRAGMA integrity_check")).fetchall() == [("ok",)]
            assert db.execute(text("PRAGMA foreign_key_check")).fetchall() == []
