"""Makes dyads, folders of recordings with their manifest, and imports of them, for tests."""

from collections.abc import Iterable
from pathlib import Path

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.demo.speech import speech, write_recording
from coder_app.models import Dyad, TreatmentSession
from coder_app.services import recording_import, recording_import_view
from coder_app.services.actor import Actor
from coder_app.services.job import JobView
from coder_app.services.staging import Staging
from coder_app.worker import run_next

HEADER = "file,dyad,session,use,part\n"


def add_dyads(database: Database, lead: Actor, sessions: dict[str, Iterable[int]]) -> None:
    """Add dyads by code with the numbers of their treatment sessions."""
    with database.write() as db:
        for code, numbers in sessions.items():
            dyad = Dyad(study_id=lead.study_id, code=code, covariates={})
            db.add(dyad)
            db.flush()
            db.add_all(
                TreatmentSession(study_id=lead.study_id, dyad_id=dyad.id, number=number, recorded=False)
                for number in numbers
            )


def add_sound(folder: Path, name: str, *, seed: int, seconds: float = 1.0, **tags: str) -> Path:
    """Write speech-like sound from a seed into the folder."""
    folder.mkdir(exist_ok=True)
    write_recording(folder / name, speech(seconds, seed=seed), tags)
    return folder / name


def make_folder(folder: Path, rows: Iterable[tuple[str, str, int]], *, first_seed: int = 1) -> Path:
    """Make a folder of different recordings (file, dyad, session) with a manifest."""
    rows = list(rows)
    for seed, (name, _, _) in enumerate(rows, start=first_seed):
        add_sound(folder, name, seed=seed, title=f"canary {name}")
    write_manifest(folder, [f"{name},{dyad},{session},study," for name, dyad, session in rows])
    return folder


def write_manifest(folder: Path, lines: Iterable[str], header: str = HEADER) -> None:
    """Write the manifest with these lines below its header."""
    folder.mkdir(exist_ok=True)
    (folder / "manifest.csv").write_text(header + "".join(f"{line}\n" for line in lines), "utf-8")


class Imports:
    """Takes folders through an import as the lead and the worker do."""

    def __init__(self, database: Database, settings: Settings, lead: Actor) -> None:
        self.database, self.settings, self.lead = database, settings, lead
        self.staging = Staging(settings.staging_dir, lead.tools.token_bytes)

    def start(self, folder: Path) -> str:
        """Begin an import of a folder on the server and return its id."""
        with self.database.write() as db:
            return recording_import.start_import(db, self.lead, self.staging, folder)

    def check(self, public_id: str) -> recording_import_view.Preview:
        """Have the folder checked and return what was found."""
        with self.database.write() as db:
            recording_import.ask_check(db, self.lead, self.staging, public_id)
        self.work()
        preview = recording_import_view.find_preview(self.staging, public_id)
        assert preview is not None
        return preview

    def bring_in(self, public_id: str) -> JobView:
        """Have a checked folder imported and return how the work ended."""
        with self.database.write() as db:
            recording_import.ask_import(db, self.lead, self.staging, public_id)
        self.work()
        return self.job_of(public_id)

    def run(self, folder: Path) -> JobView:
        """Begin, check and import a folder that has no errors."""
        public_id = self.start(folder)
        preview = self.check(public_id)
        assert not preview.n_errors, preview.problems
        return self.bring_in(public_id)

    def job_of(self, public_id: str) -> JobView:
        """Return the last work on the import."""
        with self.database.read() as db:
            return recording_import_view.get_import(db, self.lead, self.staging, public_id).last_job

    def work(self) -> None:
        """Run waiting work until there is none."""
        while run_next(self.database, self.lead.tools, self.settings):
            pass
