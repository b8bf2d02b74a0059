"""A throw-away copy of an installation: the audit rates, submits and uploads, but never in the real one."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

from sqlalchemy.engine import make_url

from coder_app.config import ConfigError, Settings, sqlite_url
from coder_app.db import Database, sqlite_driver
from coder_app.migrations import upgrade
from coder_app.services.folder_lock import FolderLock

PREFIX = "audit-"
LOCK = "audit.lock"
DATABASE = "copy.sqlite"
LEFT_SECONDS = 3600.0


@contextmanager
def workshop(settings: Settings) -> Iterator[Path]:
    """Yield a private folder in the data folder; what a killed audit left behind is removed first."""
    with FolderLock(settings.data_dir / LOCK) as lock:
        if not lock.acquire():
            raise ConfigError(f"Another audit of {settings.data_dir} is running.")
        _remove_left(settings, older_than=0.0)
        folder = Path(mkdtemp(prefix=PREFIX, dir=settings.data_dir))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_leftovers(settings: Settings) -> None:
    """Remove what killed audits left behind, unless one is running or may just be beginning."""
    with FolderLock(settings.data_dir / LOCK) as lock:
        if lock.acquire():
            _remove_left(settings, older_than=LEFT_SECONDS)


def _remove_left(settings: Settings, older_than: float) -> None:
    for left in settings.data_dir.glob(f"{PREFIX}*/"):
        with suppress(FileNotFoundError):
            if time.time() - left.stat().st_mtime >= older_than:
                shutil.rmtree(left, ignore_errors=True)


@contextmanager
def copied(settings: Settings) -> Iterator[tuple[Settings, Database]]:
    """Yield settings and database of a copy that lives in the data folder and is deleted afterwards."""
    with workshop(settings) as folder:
        copy = copy_installation(settings, folder / "copy")
        database = Database(copy.database_url)
        try:
            upgrade(database)
            yield copy, database
        finally:
            database.dispose()


def copy_installation(settings: Settings, folder: Path) -> Settings:
    """Copy the database and the recordings into a new folder and return the settings of the copy.

    Files that were uploaded and wait are left out: they can be large, and nothing here may remove them.
    """
    if not settings.is_sqlite:
        raise ConfigError("The audit works on a copy, and only a SQLite database is copied here.")
    source = Path(make_url(settings.database_url).database)
    if not source.exists():
        hint = " Build the demo first: python3 -m coder_app demo --no-serve" if settings.demo else ""
        raise ConfigError(f"There is no database in {settings.data_dir} yet.{hint}")
    folder.mkdir(mode=0o700)
    copy_database(source, folder / DATABASE)
    copy = replace(settings, data_dir=folder, database_url=sqlite_url(folder / DATABASE))
    _share_files(settings.store_dir, copy.store_dir)
    return copy


def copy_database(source: Path, target: Path) -> None:
    """Copy a database that may be in use, whole."""
    driver = sqlite_driver()
    with closing(driver.connect(str(source))) as old, closing(driver.connect(str(target))) as new:
        # Nothing of a throw-away copy has to reach the disk.
        new.execute("PRAGMA synchronous=OFF")
        old.backup(new)


def _share_files(source: Path, target: Path) -> None:
    """Give the copy the recordings: as further names of the same files, which the store never writes into."""
    for folder, _, names in os.walk(source):
        here = target / Path(folder).relative_to(source)
        here.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in names:
            original = Path(folder) / name
            try:
                os.link(original, here / name)
            except OSError:
                # Recordings that vanish meanwhile were being replaced.
                with suppress(FileNotFoundError):
                    shutil.copyfile(original, here / name)
