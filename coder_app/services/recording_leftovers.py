"""What interrupted work leaves in the store and in staging, and how it is found without guessing.

Every name is written down before a file gets it, so only files of an import that did not end are removed:
comparing the store with the database would delete recordings after an older database was put back.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import select

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.models import Import, Recording
from coder_app.services.actor import Tools
from coder_app.services.folder_lock import FolderLock
from coder_app.services.job import Progress
from coder_app.services.staging import Staging

if TYPE_CHECKING:
    from coder_app.audio.store import Store

DRAWN = "drawn.names"
# Noted with a folder in staging that belongs to no import, so that it goes with what was drawn for it.
NO_IMPORT = "no-import"
LOCK = "recordings.lock"
SECONDS_BETWEEN_TRIES = 1.0
OVER = ("done", "discarded", "failed")


@contextmanager
def only_import(settings: Settings) -> Iterator[bool]:
    """Hold the lock on the store if nobody does; tell whether it is held."""
    with FolderLock(settings.data_dir / LOCK) as lock:
        yield lock.acquire()


@contextmanager
def hold_store(settings: Settings, progress: Progress) -> Iterator[None]:
    """Wait until no other work changes the store, and keep others from it."""
    while True:
        with only_import(settings) as alone:
            if alone:
                yield
                return
        progress(0, 0)
        time.sleep(SECONDS_BETWEEN_TRIES)


def open_store(settings: Settings, tools: Tools, staging: Staging, staged_id: str) -> "Store":
    """Return the store; each name that it draws is written down with the import before it is used."""
    from coder_app.audio.store import Store

    def draw(count: int) -> bytes:
        token = tools.token_bytes(count)
        write_down(staging, staged_id, token.hex())
        return token

    return Store(settings.store_dir, draw)


def write_down(staging: Staging, staged_id: str, name: str) -> None:
    """Write down a name whose files are to go unless a recording of the database has it in the end."""
    journal = staging.path_of(staged_id) / DRAWN
    with open(journal, "a", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(f"{name}\n")
        file.flush()
        os.fsync(file.fileno())


def remove_leftovers(database: Database, settings: Settings, staging: Staging) -> None:
    """Remove what interrupted imports left; only while the lock on the store is held."""
    from coder_app.audio.store import Store

    for import_id in staging.ids():
        remove_drawn(database, settings, staging, import_id)
    Store(settings.store_dir).clear_temporary()
    with database.read() as db:
        over = set(
            db.scalars(
                select(Import.public_id).where(Import.public_id.in_(staging.ids()), Import.state.in_(OVER))
            )
        )
    for import_id in over | {one for one in staging.ids() if staging.noted(one, NO_IMPORT)}:
        staging.discard(import_id)


def remove_drawn(database: Database, settings: Settings, staging: Staging, import_id: str) -> None:
    """Remove the files of one import that no recording of the database has."""
    from coder_app.audio.store import Store

    journal = staging.path_of(import_id) / DRAWN
    if not journal.is_file():
        return
    # A last line that was cut off belongs to a name that was not used yet.
    drawn = {line for line in journal.read_text("ascii").splitlines() if len(line) == 32}
    store = Store(settings.store_dir)
    with database.read() as db:
        kept = {name for name in db.scalars(select(Recording.storage_name)) if name in drawn}
    for name in drawn - kept:
        store.delete(name)
        (store.root / "tmp" / f"{name}.m4a").unlink(missing_ok=True)
    journal.unlink()
