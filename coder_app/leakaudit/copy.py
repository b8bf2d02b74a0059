"""A copy of an installation to audit: the audit rates and submits, and must not do so in the real one."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import make_url

from coder_app.config import ConfigError, Settings, sqlite_url
from coder_app.db import Database, sqlite_driver


@contextmanager
def copied(settings: Settings) -> Iterator[tuple[Settings, Database]]:
    """Yield settings and database of a copy that lives in the data folder and is deleted afterwards.

    The recordings are not copied: they are only read.
    """
    if not settings.is_sqlite:
        raise ConfigError("The audit works on a copy, and only a SQLite database is copied here.")
    source = Path(make_url(settings.database_url).database)
    if not source.exists():
        raise ConfigError(f"There is no database in {settings.data_dir} yet.")
    with TemporaryDirectory(prefix="audit-", dir=settings.data_dir) as folder:
        target = Path(folder) / "copy.sqlite"
        driver = sqlite_driver()
        with closing(driver.connect(str(source))) as old, closing(driver.connect(str(target))) as new:
            old.backup(new)
        url = sqlite_url(target)
        database = Database(url)
        try:
            yield replace(settings, database_url=url), database
        finally:
            database.dispose()
