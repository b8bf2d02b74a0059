"""Brings a database to the newest schema, keeping a copy of what was there."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import OperationalError

from coder_app.db import WRITING, Database, sqlite_driver

HERE = Path(__file__).resolve().parent


class MigrationError(Exception):
    """The database could not be brought to the newest schema; nothing was changed."""


def newest_revision() -> str:
    """Return the newest revision's id, read from the file names so that alembic need not be imported."""
    return max(path.name.split("_", 1)[0] for path in (HERE / "versions").glob("[0-9]*.py"))


def current_revision(database: Database) -> str | None:
    """Return the revision that the database is at, None when it is empty."""
    try:
        with database.engine.connect() as connection:
            return _revision_of(connection)
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise MigrationError(f"the database cannot be opened: {reason}") from None


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision; a copy is made first where there is something to lose."""
    if not _is_old(current_revision(database)):
        return
    with migrating(database) as connection:
        # Asked again, now that no other start can be at the same work.
        current = _revision_of(connection)
        if not _is_old(current):
            return
        if current is not None and database.is_sqlite:
            _copy_sqlite(database, current)
        _run(connection, "upgrade", "head")


@contextmanager
def migrating(database: Database) -> Iterator[Connection]:
    """Hold a writing transaction in which tables may be rebuilt, and that fails when a row would be lost."""
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        if database.is_sqlite:
            # Not possible once a transaction has begun. On, a rebuilt table would take its children along.
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.execution_options(**WRITING).begin():
                before = _what_must_stay(connection)
                yield connection
                _check_nothing_is_lost(before, _what_must_stay(connection))
                if database.is_sqlite:
                    _check_references(connection)
        finally:
            if database.is_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


def _is_old(revision: str | None) -> bool:
    newest = newest_revision()
    if revision is not None and revision > newest:
        raise MigrationError(
            f"this database was written by a newer coder_app (schema {revision}, known here: {newest}); "
            "update the application"
        )
    return revision != newest


def _revision_of(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    if "alembic_version" in tables:
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if tables:
        raise MigrationError("this database holds tables that are not coder_app's; name an empty one")
    return None


def _run(connection: Connection, direction: str, target: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", HERE.as_posix().replace("%", "%%"))
    config.attributes["connection"] = connection
    getattr(command, direction)(config, target)


def _what_must_stay(connection: Connection) -> dict[str, tuple[int, set[str]]]:
    """Return each table's number of rows and its triggers: rebuilding a table on SQLite drops them."""
    quote = connection.dialect.identifier_preparer.quote
    triggers: dict[str, set[str]] = {}
    for table, name in connection.exec_driver_sql(_TRIGGERS[connection.dialect.name]):
        triggers.setdefault(table, set()).add(name)
    return {
        table: (
            connection.exec_driver_sql(f"SELECT count(*) FROM {quote(table)}").scalar_one(),  # noqa: S608
            triggers.get(table, set()),
        )
        for table in inspect(connection).get_table_names()
        if table != "alembic_version"
    }


_TRIGGERS = {
    "sqlite": "SELECT tbl_name, name FROM sqlite_master WHERE type = 'trigger'",
    "postgresql": "SELECT relname, tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
    "WHERE NOT tgisinternal",
}


def _check_nothing_is_lost(
    before: dict[str, tuple[int, set[str]]], after: dict[str, tuple[int, set[str]]]
) -> None:
    for table in before.keys() & after.keys():
        lost_rows = before[table][0] - after[table][0]
        if lost_rows > 0:
            raise MigrationError(f"the new schema would lose {lost_rows} rows of {table}")
        lost_triggers = before[table][1] - after[table][1]
        if lost_triggers:
            raise MigrationError(f"the new schema would lose {', '.join(sorted(lost_triggers))} of {table}")


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise MigrationError(f"the new schema would break {len(broken)} references")


def _copy_sqlite(database: Database, revision: str) -> Path:
    """Copy the database to a private file beside it, whole or not at all."""
    source = Path(str(database.engine.url.database))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    target = source.with_name(f"{source.stem}-schema{revision}-{stamp}.bak")
    part = target.with_suffix(".part")
    driver = sqlite_driver()
    try:
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(driver.connect(str(source))) as old, closing(driver.connect(str(part))) as new:
            old.backup(new)
        os.replace(part, target)
    except (OSError, driver.Error) as error:
        raise MigrationError(f"the copy {target} could not be made: {error}") from None
    finally:
        part.unlink(missing_ok=True)
    return target
