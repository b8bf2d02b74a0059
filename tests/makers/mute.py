"""Makes a study with a recording that can be heard, marked and muted, for tests."""

import re
from pathlib import Path

import numpy as np
from sqlalchemy import select

from coder_app.audio.clean import clean_recording
from coder_app.audio.store import Store
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.stretches import Stretch
from coder_app.models import Mute, Recording, Segment
from coder_app.services import job, mute
from coder_app.services.actor import Actor
from coder_app.services.job import JobView
from coder_app.worker import run_next

SECONDS = 6


class Heard:
    """A recording of six seconds in the store, and what a lead does with it."""

    def __init__(self, database: Database, settings: Settings, lead: Actor, folder: Path) -> None:
        self.database, self.settings, self.lead = database, settings, lead
        self.store = Store(settings.store_dir, lead.tools.token_bytes)
        self.public_id = self._add(folder)

    def _add(self, folder: Path) -> str:
        write_recording(folder / "source.wav", speech(SECONDS, seed=3), {})
        target = self.store.temporary_path()
        result = clean_recording([folder / "source.wav"], target)
        name = self.store.put(target, result.peaks)
        with self.database.write() as db:
            row = Recording(
                study_id=self.lead.study_id,
                public_id=self.lead.tools.token_hex(),
                code="zora-mila",
                storage_name=name,
                use="study",
                duration_ms=round(result.duration * 1000),
                size=result.size,
                sha256=result.sha256,
                imported_at=self.lead.now(),
            )
            db.add(row)
            db.flush()
            end = row.duration_ms
            db.add(Segment(study_id=row.study_id, recording_id=row.id, number=0, start_ms=0, end_ms=end))
            return row.public_id

    @property
    def row(self) -> Recording:
        """The recording as the database has it now."""
        with self.database.read() as db:
            row = db.scalars(select(Recording).where(Recording.public_id == self.public_id)).one()
            db.expunge(row)
        return row

    @property
    def mutes(self) -> list[Mute]:
        """All stretches, in order."""
        with self.database.read() as db:
            rows = list(db.scalars(select(Mute).order_by(Mute.start_ms)))
            db.expunge_all()
        return rows

    def add(self, start_ms: int, end_ms: int) -> None:
        """Add a stretch."""
        with self.database.write() as db:
            mute.add_mute(db, self.lead, self.public_id, Stretch(start_ms, end_ms))

    def ask(self) -> None:
        """Ask that the waiting stretches be muted."""
        with self.database.write() as db:
            mute.ask_mute(db, self.lead, self.public_id)

    def work(self) -> JobView:
        """Run waiting work to its end and return how the last muting ended."""
        while run_next(self.database, self.lead.tools, self.settings):
            pass
        with self.database.read() as db:
            return job.find_last_job(db, self.lead, mute.KIND, recording=self.public_id)

    def mute(self, *stretches: tuple[int, int]) -> JobView:
        """Add stretches and have them muted."""
        for stretch in stretches:
            self.add(*stretch)
        self.ask()
        return self.work()

    def files(self) -> list[str]:
        """Everything in the store, by path."""
        root = self.settings.store_dir
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def sound(self) -> np.ndarray:
        """The stored sound, decoded."""
        from tests.unit.audio.sounds import decoded

        return decoded(self.store.path_of(self.row.storage_name))

    def peaks(self) -> bytes:
        """The stored peaks."""
        return self.store.peaks(self.row.storage_name)


def removal_addresses(page: str) -> list[str]:
    """Return where the page's Remove buttons lead."""
    return re.findall(r'action="(/studies/[^"]+/remove)"', page)
