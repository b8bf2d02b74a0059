"""The worker's part of muting: a new file, then the row that names it, and only then the old file goes."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.services import mute
from coder_app.services.actor import Tools
from coder_app.services.errors import NotFound, Refused
from coder_app.services.job import Progress, Work
from coder_app.services.recording_cleaning import SECONDS_BETWEEN_REPORTS
from coder_app.services.recording_job import actor_of
from coder_app.services.recording_leftovers import (
    NO_IMPORT,
    hold_store,
    open_store,
    remove_drawn,
    remove_leftovers,
    write_down,
)
from coder_app.services.staging import Staging

if TYPE_CHECKING:
    from coder_app.audio.clean import CleanResult

STILL_THERE = (
    " The file with the old sound is in use and could not be removed yet; that happens before the next "
    "recording is imported or muted, or when the server starts."
)

RENAMED = (
    "The recordings have got new codes since this was asked for; its stretches still wait. "
    "Ask for it once more."
)


def run(database: Database, tools: Tools, settings: Settings, work: Work, progress: Progress) -> str:
    """Mute the waiting stretches of one recording; return the sentence that says what was done."""
    staging = Staging(settings.staging_dir, tools.token_bytes)
    public_id = work.arguments["recording"]
    with hold_store(settings, progress):
        remove_leftovers(database, settings, staging)
        with database.read() as db:
            actor = actor_of(db, tools, work)
            try:
                order = mute.get_order(db, actor, public_id)
            except NotFound:
                raise Refused(RENAMED) from None
        staged_id = tools.token_hex()
        staging.begin(staged_id)
        staging.note(staged_id, NO_IMPORT, True)
        try:
            store = open_store(settings, tools, staging, staged_id)
            target = store.temporary_path()
            result = _mute(store.path_of(order.storage_name), target, order, progress)
            name = store.put(target, result.peaks)
            # From the moment that the row names the new file, the old one is a leftover like any other.
            write_down(staging, staged_id, order.storage_name)
            with database.write() as db:
                mute.replace_sound(db, actor, public_id, order, name, result.size, result.sha256)
        finally:
            removed = _tidy(database, settings, staging, staged_id)
    count = len(order.stretches)
    return f"Muted {count} stretch{'es' if count > 1 else ''}." + ("" if removed else STILL_THERE)


def _mute(source: Path, target: Path, order: mute.Order, progress: Progress) -> "CleanResult":
    from coder_app.audio.mute import MuteSettings
    from coder_app.audio.pool import clean_many
    from coder_app.audio.probe import AudioProblem

    last = time.monotonic()

    def beat() -> bool:
        nonlocal last
        if time.monotonic() - last >= SECONDS_BETWEEN_REPORTS:
            last = time.monotonic()
            progress(0, 0)
        return False

    stretches = MuteSettings([(one.start_ms, one.end_ms) for one in order.stretches])
    (outcome,) = clean_many([([source], target)], 1, cancelled=beat, settings=stretches)
    if isinstance(outcome, AudioProblem):
        raise Refused(f"{outcome.sentence} Nothing was muted.")
    return outcome


def _tidy(database: Database, settings: Settings, staging: Staging, staged_id: str) -> bool:
    """Remove what no row names; False when the system does not let a file go that somebody reads."""
    try:
        remove_drawn(database, settings, staging, staged_id)
    except OSError:
        return False
    staging.discard(staged_id)
    return True
