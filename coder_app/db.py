"""The engine and its transactions: whoever writes says so at once, and writers take turns."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import Session

BUSY_MS = 15_000
# More than the server has threads: a connection beyond the pool is opened anew for each use.
CONNECTIONS = 16
# WAL can corrupt a database before these releases (https://sqlite.org/wal.html, "the WAL-reset bug").
_FIXED_BRANCHES = {(3, 44): 6, (3, 50): 7}
_FIXED = (3, 51, 3)
_WRITERS = 0x636F646572  # the number of the lock that writing transactions share on PostgreSQL
_SCORES = 0x73636F72  # and, with a study's id, of the one that those share which write its scores


def sqlite_driver() -> ModuleType:
    """Return the SQLite driver for this platform: the bundled current one where there is a wheel."""
    try:
        from pysqlite3 import dbapi2
    except ImportError:
        from sqlite3 import dbapi2
    return dbapi2


def wal_is_safe(version: tuple[int, ...]) -> bool:
    """Say whether this SQLite version has the WAL-reset bug fixed."""
    if version >= _FIXED:
        return True
    return version[:2] in _FIXED_BRANCHES and version[2] >= _FIXED_BRANCHES[version[:2]]


class FairLock:
    """A lock that is granted in the order in which it was asked for; SQLite's own waiting is not fair."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock for the length of a with block."""
        self._acquire()
        try:
            yield
        finally:
            self._release()

    def _acquire(self) -> None:
        with self._mutex:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            turn.wait()
        except BaseException:
            self._leave(turn)
            raise

    def _leave(self, turn: threading.Event) -> None:
        # Ctrl+C can come after the lock was handed over: it must then go on, or all wait for ever.
        with self._mutex:
            if not turn.is_set():
                self._waiting.remove(turn)
                return
        self._release()

    def _release(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False


class Database:
    """Hands out database sessions: `read()` is rolled back at its end, `write()` is committed."""

    def __init__(self, url: str) -> None:
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgresql_engine(url)
        # SQLite reads from a snapshot anyway; without this PostgreSQL would take a new one each statement.
        self._reader = self.engine if self.is_sqlite else self.engine.execution_options(**_SNAPSHOT)
        self._writer = FairLock()
        self._open = threading.local()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a database session that sees one moment throughout and leaves nothing behind."""
        with self._opened("read"), Session(self._reader) as db:
            yield db  # closing rolls back

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a writing transaction, one at a time in the installation; commit unless the block raises."""
        self._check_nothing_is_open()
        with self._opened("write"), self._writer.held(), Session(self.engine) as db, db.begin():
            db.connection(execution_options=WRITING)
            yield db

    @contextmanager
    def write_late(self) -> Iterator[tuple[Session, Callable[[], None]]]:
        """Open a long writing transaction that makes others wait only once it has called its second part.

        Before that call it may write rows that no transaction of `write` can want (see `hold_scores`), and
        what it reads can change. On SQLite, which has one writer, it is `write`.
        """
        if self.is_sqlite:
            with self.write() as db:
                yield db, lambda: None
            return
        self._check_nothing_is_open()
        with self._opened("write"), ExitStack() as turn, Session(self.engine) as db, db.begin():

            def take_turn() -> None:
                turn.enter_context(self._writer.held())
                db.execute(text(f"SELECT pg_advisory_xact_lock({_WRITERS})"))

            yield db, take_turn

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()

    @contextmanager
    def _opened(self, kind: str) -> Iterator[None]:
        outer = self._kinds_open()
        self._open.kinds = (*outer, kind)
        try:
            yield
        finally:
            self._open.kinds = outer

    def _kinds_open(self) -> tuple[str, ...]:
        return getattr(self._open, "kinds", ())

    def _check_nothing_is_open(self) -> None:
        # Inside write() the thread would wait for itself for ever; inside read() SQLite without WAL would
        # wait for that reader to end, and what was read is from before the change.
        kinds = self._kinds_open()
        if kinds:
            raise RuntimeError(f"write() inside {kinds[-1]}() in one thread: end the {kinds[-1]}() first")


def hold_scores(db: Session, study_id: int, *, wait: bool) -> bool:
    """Keep others from writing dyads, sessions, answers and scores of a study; return whether that was had.

    Who has the turn to write must not wait here: whoever holds the scores will want that turn.
    """
    if db.get_bind().dialect.name == "sqlite":
        return True
    if not wait:
        return db.scalar(text(f"SELECT pg_try_advisory_xact_lock({_SCORES}, {int(study_id)})"))
    db.execute(text(f"SELECT pg_advisory_xact_lock({_SCORES}, {int(study_id)})"))
    return True


# Asked for when a transaction begins: SQLite cannot turn a reader into a writer later.
WRITING = {"coder_app_writing": True}
_SNAPSHOT = {"isolation_level": "REPEATABLE READ"}


def _is_writing(connection: Connection) -> bool:
    return connection.get_execution_options().get("coder_app_writing", False)


def _sqlite_engine(url: str) -> Engine:
    driver = sqlite_driver()
    engine = create_engine(url, module=driver, connect_args={"timeout": BUSY_MS / 1000}, hide_parameters=True)
    event.listen(engine, "connect", _sqlite_pragmas(wal_is_safe(driver.sqlite_version_info)))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _sqlite_pragmas(wal: bool) -> Callable[[Any, Any], None]:
    # EXTRA also writes the folder: in DELETE mode a commit is a journal that is gone from it.
    journal, synchronous = ("wal", "FULL") if wal else ("delete", "EXTRA")

    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
        found = _set_journal_mode(cursor, journal)
        if found not in (journal, "memory"):
            raise sqlite_driver().OperationalError(f"the journal mode is {found}, not {journal}")
        for pragma in (
            f"synchronous={synchronous}",
            "fullfsync=ON",  # on macOS fsync alone does not reach the disk
            "checkpoint_fullfsync=ON",
            "foreign_keys=ON",
            "recursive_triggers=ON",  # without it INSERT OR REPLACE deletes audit rows past their trigger
            "trusted_schema=OFF",
            "secure_delete=ON",
            "mmap_size=0",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return on_connect


def _set_journal_mode(cursor: Any, journal: str) -> str:
    # Two first starts at once: SQLite does not wait here, whatever the busy timeout says.
    until = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            return cursor.execute(f"PRAGMA journal_mode={journal}").fetchone()[0]
        except sqlite_driver().OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _is_writing(connection) else "BEGIN DEFERRED")


def _postgresql_engine(url: str) -> Engine:
    engine = create_engine(url, pool_size=CONNECTIONS, pool_pre_ping=True, hide_parameters=True)
    event.listen(engine, "connect", _set_up_postgresql)
    event.listen(engine, "begin", _begin_postgresql)
    return engine


def _set_up_postgresql(connection: Any, _record: Any) -> None:
    connection.autocommit = True  # a SET inside a transaction would be rolled back with it
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute(f"SET lock_timeout = {BUSY_MS}")
    connection.autocommit = False


def _begin_postgresql(connection: Connection) -> None:
    # Services look and then write. Row locks do not cover rows that are not there yet, and after waiting for
    # a row lock the rest of the statement is still from before: so writers take turns here as on SQLite.
    if _is_writing(connection):
        with connection.connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_advisory_xact_lock({_WRITERS})")
