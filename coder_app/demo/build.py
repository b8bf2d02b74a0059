"""Builds the demo: two studies, in a new folder that takes the old one's place when it is finished."""

import gc
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import event

from coder_app.config import Settings, load_settings
from coder_app.db import Database
from coder_app.demo.accounts import create_accounts
from coder_app.demo.coding import answer_all, begin_only
from coder_app.demo.office import Office, Tell
from coder_app.demo.results import write_files
from coder_app.demo.scripts import BEING_CODED, FINISHED
from coder_app.demo.stamp import EXPORT, stamp
from coder_app.demo.study import StudyInMaking
from coder_app.migrations import upgrade

BEGINS = datetime(2025, 1, 13, 9, 0, tzinfo=UTC)
# The study being coded ends with yesterday: coders who worked long ago would be shown as having paused.
DAYS_OF_SECOND = 4
WEEKLY_GOAL = 3
SLIP = "ada", "I pressed 5 for the last item where I meant 1: it was hardly there."


def build(settings: Settings, tell: Tell) -> None:
    """Build the demo beside the old one, and put it in the old one's place."""
    base = settings.data_dir.parent
    making, old = base / "demo.new", base / "demo.old"
    shutil.rmtree(making, ignore_errors=True)
    # Everything that the settings name lies in a folder of the same name, one level deeper.
    new = load_settings(demo=True, environ={"CODER_APP_DATA": str(making)})
    build_in(new, tell)
    stamp(new.data_dir)
    shutil.rmtree(old, ignore_errors=True)
    os.replace(settings.data_dir, old)
    os.replace(new.data_dir, settings.data_dir)
    shutil.rmtree(old)
    making.rmdir()


def build_in(settings: Settings, tell: Tell) -> None:
    """Build both studies in an empty installation."""
    database = Database(settings.database_url)
    event.listen(database.engine, "connect", _wait_for_no_disk)
    worker = ThreadPoolExecutor(1)
    # A fifth of the time would go into looking for cycles among rows that are all needed or all gone soon.
    gc.disable()
    try:
        upgrade(database)
        _build(database, settings, worker, tell)
    finally:
        gc.enable()
        worker.shutdown(cancel_futures=True)
        database.dispose()
    with open(database.engine.url.database, "rb+") as file:
        os.fsync(file.fileno())


def _wait_for_no_disk(connection: Any, _record: Any) -> None:
    """A build that is cut short is begun anew, so only its end has to reach the disk."""
    connection.execute("PRAGMA synchronous=OFF")


def _build(database: Database, settings: Settings, worker: ThreadPoolExecutor, tell: Tell) -> None:
    """Take both studies through their steps, so that people work on one while the worker is busy."""
    first = Office(database, settings, worker, BEGINS, "first study", tell)
    lately = datetime.now(UTC).replace(hour=9, minute=0, second=0, microsecond=0)
    second = Office(database, settings, worker, lately - timedelta(days=DAYS_OF_SECOND), "second study", tell)
    finished, being_coded = StudyInMaking(first, FINISHED), StudyInMaking(second, BEING_CODED)
    with database.write() as db:
        viewers = create_accounts(db, first.tools)
    tell("Importing participants and alliance scores")
    for study in (finished, being_coded):
        study.create(viewers)
        study.import_tables()
    ruptures = [finished.begin_ruptures(), being_coded.begin_ruptures()]
    tell("Making recordings")
    finished.make_recordings()
    tell("Importing recordings")
    recordings = finished.begin_recordings()
    being_coded.make_recordings()
    for task in (*ruptures, recordings):
        first.wait(task)
    tell("Allotting the sample")
    finished.allot()
    recordings = being_coded.begin_recordings()
    finished.rate(answer_all)
    finished.code_again()
    reliability = finished.lock()
    finished.guess()
    results = (reliability, *finished.unmask())
    second.wait(recordings)
    being_coded.allot()
    being_coded.rate(begin_only)
    being_coded.ask_to_reopen(*SLIP)
    being_coded.set_goal(WEEKLY_GOAL)
    tell("Computing reliability and linkage")
    for task in results:
        first.wait(task)
    tell("Writing the export")
    write_files(database, first.tools, settings.data_dir / EXPORT)
