"""The work on an import of recordings that the worker does: checking the folder, and bringing it in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.domain.masking import draw_order
from coder_app.models import Import, Study, User
from coder_app.services import key, recording_import
from coder_app.services.actor import Actor, Tools, get_actor
from coder_app.services.auth import as_viewer
from coder_app.services.errors import Refused
from coder_app.services.job import Progress, Work
from coder_app.services.recording_check import (
    Check,
    KnownSessions,
    Wanted,
    check_folder,
    find_known_sessions,
    report_same_sound,
)
from coder_app.services.recording_leftovers import only_import, open_store, remove_drawn, remove_leftovers
from coder_app.services.recording_rows import Stored, add_recordings, source_of
from coder_app.services.staging import Staging

if TYPE_CHECKING:
    from coder_app.audio.clean import CleanResult
    from coder_app.audio.store import Store

CHILDREN = 2
SECONDS_BETWEEN_REPORTS = 1.0

Cleaned = tuple[Wanted, Path, "CleanResult"]


def run(database: Database, tools: Tools, settings: Settings, work: Work, progress: Progress) -> str:
    """Check or import the folder that the work names; return the sentence that says what was done."""
    staging = Staging(settings.staging_dir, tools.token_bytes)
    with database.read() as db:
        actor = _actor(db, tools, work)
    one = _Import(database, actor, settings, staging, work.arguments["import"], progress)
    if work.arguments["step"] == recording_import.CHECK:
        return one.check()
    with _alone(settings, progress):
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
        self._staging.note(self._public_id, recording_import.PREVIEW, found.as_note())
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
            cleaned = self._clean(found, store)
            new = self._leave_out_known(found, known, cleaned)
            stored = [
                Stored(wanted, result, store.put(target, result.peaks)) for wanted, target, result in new
            ]
            from_server = self._staging.folder_of(self._public_id) is not None
            with self._database.write() as db:
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

    def _look(self, progress: Progress) -> tuple[Check, KnownSessions]:
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

    def _clean(self, found: Check, store: "Store") -> list[Cleaned]:
        """Decode and encode every recording anew, in an order that tells nothing."""
        from coder_app.audio.pool import clean_many
        from coder_app.audio.probe import AudioProblem

        order = draw_order(len(found.wanted), self._actor.tools.token_bytes)
        wanted = [found.wanted[place] for place in order]
        targets = [store.temporary_path() for _ in wanted]
        jobs = [(one.path, target) for one, target in zip(wanted, targets, strict=True)]
        reports = _Reports(self._progress, len(jobs))
        outcomes = clean_many(jobs, CHILDREN, reports.answered, reports.beat)
        cleaned = list(zip(wanted, targets, outcomes, strict=True))
        found.problems += [
            found.problem_of(one, outcome.sentence)
            for one, _, outcome in cleaned
            if isinstance(outcome, AudioProblem)
        ]
        self._refuse(found, "Not every recording could be read.")
        return cleaned

    def _leave_out_known(self, found: Check, known: KnownSessions, cleaned: list[Cleaned]) -> list[Cleaned]:
        """Return what the study does not have; refuse copies, and other sounds of recorded sessions."""
        by_sound: dict[str, list[Wanted]] = {}
        for wanted, _, result in sorted(cleaned, key=lambda one: one[0].row.row):
            by_sound.setdefault(result.content_sha256, []).append(wanted)
        for group in by_sound.values():
            report_same_sound(found, group)
        with self._database.write() as db:
            answers = key.known_content(
                db, self._actor, [source_of(wanted, result, known) for wanted, _, result in cleaned]
            )
        found.problems += [
            found.problem_of(wanted, _CLASHES[answer])
            for (wanted, _, _), answer in zip(cleaned, answers, strict=True)
            if answer in _CLASHES
        ]
        self._refuse(found, "Some recordings clash with each other or with what the study has.")
        return [one for one, answer in zip(cleaned, answers, strict=True) if answer == key.Known.NEW]

    def _refuse(self, found: Check, sentence: str) -> None:
        """Give up if there are errors: the page names each, the job's message none."""
        if not found.has_errors:
            return
        found.sort()
        self._staging.note(self._public_id, recording_import.PREVIEW, found.as_note(from_import=True))
        raise Refused(f"{sentence} Nothing was imported.")


class _Reports:
    """Reports what is done, and in between often enough to hear that the import was stopped."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total = progress, total
        self._done, self._last = 0, time.monotonic()

    def answered(self, done: int, total: int) -> None:
        """Report what is done."""
        self._done, self._last = done, time.monotonic()
        self._progress(done, total)

    def beat(self) -> bool:
        """Report again after a second without news; never asks to cancel, a stop is raised."""
        if time.monotonic() - self._last >= SECONDS_BETWEEN_REPORTS:
            self.answered(self._done, self._total)
        return False


_CLASHES = {
    key.Known.OTHER_SOUND: (
        "The study has another recording of this treatment session. Check dyad and session; if the study's "
        "is right, take this row out."
    ),
    key.Known.OTHER_SESSION: (
        "The study has the same sound as the recording of another treatment session. One of the two "
        "has the wrong dyad or session."
    ),
}


def _actor(db: Session, tools: Tools, work: Work) -> Actor:
    """Return the person who asked for the work, with the roles that the person has now."""
    user = db.scalars(select(User).where(User.id == work.user_id)).one()
    study = db.scalars(select(Study.public_id).where(Study.id == work.study_id)).one()
    return get_actor(db, tools, as_viewer(user), study)


@contextmanager
def _alone(settings: Settings, progress: Progress) -> Iterator[None]:
    """Wait until no other import uses the store."""
    while True:
        with only_import(settings) as alone:
            if alone:
                yield
                return
        progress(0, 0)
        time.sleep(SECONDS_BETWEEN_REPORTS)


def _count(recordings: int) -> str:
    return "1 recording" if recordings == 1 else f"{recordings} recordings"
