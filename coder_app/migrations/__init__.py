"""Brings a database to the newest schema, keeping a copy of what was there."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from coder_app.db import Database, sqlite_driver

HERE = Path(__file__).resolve().parent


class MigrationError(Exception):
    """The database could not be brought to the newest schema; nothing was changed."""


def newest_revision() -> str:
    """Return the newest revision's id, read from the file names so that alembic need not be imported."""
    return max(path.name.split("_", 1)[0] for path in (HERE / "versions").glob("[0-9]*.py"))


def current_revision(database: Database) -> str | None:
    """Return the revision that the database is at, None when it is empty."""
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def upgrade(database: Database) -> None:
    """Bring the database to the newest revision; a copy is made first where there is something to lose."""
    current = current_revision(database)
    if current == newest_revision():
        return
    if current is not None and current > newest_revision():
        raise MigrationError(
            f"this database was written by a newer coder_app (schema {current}); update the application"
        )
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            _run(connection, "upgrade", "head")
        return
    if current is not None:
        _copy_sqlite(database, current)
    migrate_sqlite(database, "upgrade", "head")


def migrate_sqlite(database: Database, direction: str, target: str) -> None:
    """Run revisions on SQLite with foreign keys off and checked afterwards: a rebuilt table must lose no row."""
    with database.engine.connect() as connection:
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.execution_options(sqlite_begin="IMMEDIATE").begin():
                _run(connection, direction, target)
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise MigrationError(f"the new schema would break {len(broken)} references")
        finally:
            raw.execute("PRAGMA foreign_keys=ON")


def _run(connection: Connection, direction: str, target: str) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", HERE.as_posix().replace("%", "%%"))
    config.attributes["connection"] = connection
    getattr(command, direction)(config, target)


def _copy_sqlite(database: Database, revision: str) -> Path:
    source = Path(str(database.engine.url.database))
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    target = source.with_name(f"{source.stem}-schema{revision}-{stamp}.bak")
    driver = sqlite_driver()
    with closing(driver.connect(str(source))) as old, closing(driver.connect(str(target))) as new:
        old.backup(new)
    target.chmod(0o600)
    return target
