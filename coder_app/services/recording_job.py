"""The work on an import of recordings that the worker does: checking the folder, and bringing it in."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.models import Import, Study, User
from coder_app.services import recording_import
from coder_app.services.actor import Actor, Tools, get_actor
from coder_app.services.auth import as_viewer
from coder_app.services.errors import Refused
from coder_app.services.import_record import wait_for_scores
from coder_app.services.job import Progress, Work
from coder_app.services.known_sessions import KnownSessions, find_known_sessions
from coder_app.services.recording_check import check_folder
from coder_app.services.recording_cleaning import Cleaned, clean_all
from coder_app.services.recording_copies import find_new, find_same_sounds
from coder_app.services.recording_found import Found
from coder_app.services.recording_import_view import PREVIEW
from coder_app.services.recording_leftovers import (
    hold_store,
    only_import,
    open_store,
    remove_drawn,
    remove_leftovers,
)
from coder_app.services.recording_rows import Stored, add_recordings
from coder_app.services.staging import Staging


def run(database: Database, tools: Tools, settings: Settings, work: Work, progress: Progress) -> str:
    """Check or import the folder that the work names; return the sentence that says what was done."""
    staging = Staging(settings.staging_dir, tools.token_bytes)
    with database.read() as db:
        actor = actor_of(db, tools, work)
    one = _Import(database, actor, settings, staging, work.arguments["import"], progress)
    if work.arguments["step"] == recording_import.CHECK:
        return one.check()
    with hold_store(settings, progress):
        remove_leftovers(database, settings, staging)
        return one.bring_in()


def tidy(database: Database, settings: Settings) -> None:
    """Remove what interrupted imports left, unless an import is running."""
    with only_import(settings) as alone:
        if alone:
            remove_leftovers(database, settings, Staging(settings.staging_dir))


class _Import:
    """One import on its way from a folder into the study."""

    def __init__(
        self,
        database: Database,
        actor: Actor,
        settings: Settings,
        staging: Staging,
        public_id: str,
        progress: Progress,
    ) -> None:
        self._database, self._actor, self._settings = database, actor, settings
        self._staging, self._public_id, self._progress = staging, public_id, progress

    def check(self) -> str:
        """Check the folder and keep what was found for the page."""
        found, _ = self._look(self._progress)
        self._staging.note(self._public_id, PREVIEW, found.as_note())
        return f"Checked {_count(len(found.wanted))}."

    def bring_in(self) -> str:
        """Bring the folder in: all of it, or nothing."""
        if not self._waits():
            return "This import is over already."
        # The bar is for the recordings; looking once more takes moments.
        found, known = self._look(lambda _, total: self._progress(0, total))
        self._refuse(found, "The folder has changed since it was checked, and has errors now.")
        store = open_store(self._settings, self._actor.tools, self._staging, self._public_id)
        try:
            cleaned = clean_all(found, store, self._actor.tools, self._progress)
            self._refuse(found, "Not every recording could be read.")
            new = self._leave_out_known(found, known, cleaned)
            stored = [Stored(one, store.put(one.target, one.result.peaks)) for one in new]
            from_server = self._staging.folder_of(self._public_id) is not None
            with self._database.write_late() as (db, take_turn):
                wait_for_scores(db, self._actor)  # who write treatment sessions too
                take_turn()
                summary = add_recordings(
                    db,
                    self._actor,
                    self._public_id,
                    stored,
                    len(cleaned) - len(new),
                    from_server=from_server,
                )
        finally:
            remove_drawn(self._database, self._settings, self._staging, self._public_id)
        self._staging.discard(self._public_id)
        skipped = f" {_count(summary['skipped'])} were there already." if summary["skipped"] else ""
        return f"Imported {_count(summary['imported'])}.{skipped}"

    def _look(self, progress: Progress) -> tuple[Found, KnownSessions]:
        recording_import.check_open(self._actor)
        with self._database.read() as db:
            known = find_known_sessions(db, self._actor)
        return check_folder(self._staging, self._public_id, known, progress), known

    def _waits(self) -> bool:
        with self._database.read() as db:
            state = db.scalars(
                select(Import.state).where(
                    Import.study_id == self._actor.study_id, Import.public_id == self._public_id
                )
            ).one()
        return state == "staged"

    def _leave_out_known(self, found: Found, known: KnownSessions, cleaned: list[Cleaned]) -> list[Cleaned]:
        """Return what the study does not have; refuse copies, and other sounds of recorded sessions."""
        find_same_sounds(found, cleaned)
        with self._database.write() as db:
            new = find_new(db, self._actor, found, known, cleaned)
        self._refuse(found, "Some recordings clash with each other or with what the study has.")
        return new

    def _refuse(self, found: Found, sentence: str) -> None:
        """Give up if there are errors: the page names each, the job's message none."""
        if not found.has_errors:
            return
        found.sort()
        self._staging.note(self._public_id, PREVIEW, found.as_note(from_import=True))
        raise Refused(f"{sentence} Nothing was imported.")


def actor_of(db: Session, tools: Tools, work: Work) -> Actor:
    """Return the person who asked for the work, with the roles that the person has now."""
    user = db.scalars(select(User).where(User.id == work.user_id)).one()
    study = db.scalars(select(Study.public_id).where(Study.id == work.study_id)).one()
    return get_actor(db, tools, as_viewer(user), study)


def _count(recordings: int) -> str:
    return "1 recording" if recordings == 1 else f"{recordings} recordings"
