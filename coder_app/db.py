"""The engine and its transactions: one reader or one writer at a time is asked for, never half of each."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import Session

BUSY_MS = 15_000
# WAL can corrupt a database before these releases (https://sqlite.org/wal.html, "the WAL-reset bug").
_FIXED_BRANCHES = {(3, 44): 6, (3, 50): 7}
_FIXED = (3, 51, 3)


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
    return version[2] >= _FIXED_BRANCHES.get(version[:2], 1_000)


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
            if not self._held and not self._waiting:
                self._held = True
                return
            turn = threading.Event()
            self._waiting.append(turn)
        turn.wait()

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
        self._writer = FairLock()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a database session that cannot leave anything behind."""
        with Session(self.engine) as db:
            try:
                yield db
            finally:
                db.rollback()

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Open a writing transaction, one at a time in this process; commit unless the block raises."""
        if not self.is_sqlite:
            with Session(self.engine) as db, db.begin():
                yield db
            return
        with self._writer.held(), Session(self.engine) as db:
            # Asked for before the first statement: SQLite cannot turn a reader into a writer later.
            db.connection(execution_options={"sqlite_begin": "IMMEDIATE"})
            with _commit_or_rollback(db):
                yield db

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


@contextmanager
def _commit_or_rollback(db: Session) -> Iterator[None]:
    try:
        yield
    except BaseException:
        db.rollback()
        raise
    db.commit()


def _sqlite_engine(url: str) -> Engine:
    driver = sqlite_driver()
    engine = create_engine(url, module=driver, connect_args={"timeout": BUSY_MS / 1000})
    journal = "WAL" if wal_is_safe(driver.sqlite_version_info) else "DELETE"
    event.listen(engine, "connect", _sqlite_pragmas(journal))
    event.listen(engine, "begin", _sqlite_begin)
    return engine


def _sqlite_pragmas(journal: str) -> Callable[[Any, Any], None]:
    def on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions by itself
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout={BUSY_MS}",
            f"journal_mode={journal}",
            "synchronous=FULL",
            "foreign_keys=ON",
            "trusted_schema=OFF",
            "secure_delete=ON",
            "mmap_size=0",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return on_connect


def _sqlite_begin(connection: Connection) -> None:
    kind = connection.get_execution_options().get("sqlite_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {kind}")


def _postgresql_engine(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True)
