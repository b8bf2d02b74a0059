"""Imports of recordings: chosen, checked, then imported whole or discarded."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.models import Import
from coder_app.services import audit, job
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound, Refused
from coder_app.services.job import JobView
from coder_app.services.recording_check import LEFT_OUT
from coder_app.services.staging import Announced, StagedFile, Staging

KIND = "recordings"
CHECK, IMPORT = "check", "import"
PREVIEW = "preview"


@dataclass(frozen=True)
class Preview:
    """What checking the folder found; `problems` are mappings with the fields of domain.problems.Problem."""

    counts: dict[str, int]
    problems: tuple[dict[str, Any], ...]
    n_errors: int
    n_warnings: int
    from_import: bool


@dataclass(frozen=True)
class ImportView:
    """One import of recordings; `folder` names a folder on the server, None for files that were sent."""

    public_id: str
    state: str
    created_at: datetime
    finished_at: datetime | None
    summary: dict[str, Any]
    folder: str | None
    files: tuple[StagedFile, ...]
    preview: Preview | None
    last_job: JobView | None
    last_step: str

    @property
    def n_missing(self) -> int:
        """How many announced files have not arrived in full."""
        return sum(not file.is_complete for file in self.files)


def list_imports(db: Session, actor: Actor) -> tuple[list[tuple[str, datetime]], list[dict[str, Any]]]:
    """Return the imports that wait (id, begun at) and the counts of those that are done, newest first."""
    actor.check_can(Act.IMPORT)
    rows = db.scalars(
        select(Import)
        .where(Import.study_id == actor.study_id, Import.kind == KIND, Import.state.in_(("staged", "done")))
        .order_by(Import.id.desc())
    ).all()
    waiting = [(row.public_id, row.created_at) for row in rows if row.state == "staged"]
    done = [
        {"public_id": row.public_id, "at": row.finished_at, **row.summary}
        for row in rows
        if row.state == "done"
    ]
    return waiting, done


def start_import(db: Session, actor: Actor, staging: Staging, folder: Path | None = None) -> str:
    """Begin an import of files that will be sent, or of a folder on the server; return its public id."""
    check_open(actor)
    row = Import(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        kind=KIND,
        state="staged",
        file_name=KIND,  # the folder's own name may tell something
        summary={},
        created_by=actor.user_id,
        created_at=actor.now(),
    )
    db.add(row)
    db.flush()
    staging.begin(row.public_id, folder)
    return row.public_id


def announce_files(
    db: Session, actor: Actor, staging: Staging, public_id: str, files: Sequence[Announced]
) -> tuple[StagedFile, ...]:
    """Note which files the chosen folder has and return those to be sent.

    What has arrived of them before is kept. Files in folders within the folder are left out, with a warning.
    """
    from coder_app.tables.file_names import is_system_file

    _check_untouched(db, actor, public_id)
    if staging.folder_of(public_id) is not None:
        raise Refused("This import is of a folder on the server; start another one to send files.")
    files = [file for file in files if not is_system_file(file.name.rsplit("/", 1)[-1])]
    staging.note(public_id, PREVIEW, None)
    staging.note(public_id, LEFT_OUT, [file.name for file in files if "/" in file.name])
    return staging.announce(public_id, [file for file in files if "/" not in file.name], only=True)


def check_takes_files(db: Session, actor: Actor, public_id: str) -> None:
    """Raise NotFound or Refused unless files can be added to the import."""
    check_open(actor)
    _waiting_import(db, actor, public_id)


def ask_check(db: Session, actor: Actor, staging: Staging, public_id: str) -> str:
    """Ask that the folder be checked and return the job's id."""
    _check_untouched(db, actor, public_id)
    if not staging.files(public_id):
        raise Refused("No file has arrived yet. Choose the folder again.")
    return job.ask_for(db, actor, KIND, {"import": public_id, "step": CHECK})


def ask_import(db: Session, actor: Actor, staging: Staging, public_id: str) -> str:
    """Ask that a checked folder without errors be imported and return the job's id."""
    _check_untouched(db, actor, public_id)
    preview = find_preview(staging, public_id)
    if preview is None or preview.n_errors:
        raise Refused("Nothing was imported: the folder has to be checked and free of errors first.")
    return job.ask_for(db, actor, KIND, {"import": public_id, "step": IMPORT})


def discard(db: Session, actor: Actor, staging: Staging, public_id: str) -> None:
    """Give an import up and remove what was sent for it."""
    actor.check_can(Act.IMPORT)
    _check_no_job(db, actor, public_id)
    _waiting_import(db, actor, public_id)
    db.execute(
        update(Import)
        .where(Import.study_id == actor.study_id, Import.public_id == public_id)
        .values(state="discarded", finished_at=actor.now())
    )
    audit.record(db, actor, "discard import", public_id)
    staging.discard(public_id)


def get_import(db: Session, actor: Actor, staging: Staging, public_id: str) -> ImportView:
    """Return how far an import of recordings is; raise NotFound when there is none or it was discarded."""
    actor.check_can(Act.IMPORT)
    row = _find_import(db, actor, public_id)
    if row is None or row.state == "discarded" or (row.state != "done" and not staging.exists(public_id)):
        raise NotFound
    is_done = row.state == "done"
    folder = None if is_done else staging.folder_of(public_id)
    last_job = job.find_last_job(db, actor, KIND, **{"import": public_id})
    import_job = job.find_last_job(db, actor, KIND, **{"import": public_id, "step": IMPORT})
    return ImportView(
        public_id=row.public_id,
        state=row.state,
        created_at=row.created_at,
        finished_at=row.finished_at,
        summary=row.summary,
        folder=folder.name if folder else None,
        files=() if is_done else staging.files(public_id),
        preview=None if is_done else find_preview(staging, public_id),
        last_job=last_job,
        last_step=IMPORT if import_job and last_job and import_job == last_job else CHECK,
    )


def find_preview(staging: Staging, public_id: str) -> Preview | None:
    """Return what the last check of a waiting import found."""
    noted = staging.noted(public_id, PREVIEW)
    if noted is None:
        return None
    problems = tuple(noted["problems"])
    n_errors = sum(problem["severity"] == "error" for problem in problems)
    return Preview(noted["counts"], problems, n_errors, len(problems) - n_errors, noted["from_import"])


def check_open(actor: Actor) -> None:
    """Raise NotAllowed or Refused unless the actor may import recordings now."""
    actor.check_can(Act.IMPORT)
    if actor.phase not in (Phase.SETUP, Phase.CODING):
        raise Refused("Coding is locked; no recording can be added to the study any more.")


def _check_untouched(db: Session, actor: Actor, public_id: str) -> None:
    check_open(actor)
    _waiting_import(db, actor, public_id)
    _check_no_job(db, actor, public_id)


def _check_no_job(db: Session, actor: Actor, public_id: str) -> None:
    last = job.find_last_job(db, actor, KIND, **{"import": public_id})
    if last is not None and last.is_open:
        raise Refused("This import is being worked on. Wait until that is done, or stop it.")


def _waiting_import(db: Session, actor: Actor, public_id: str) -> Import:
    row = _find_import(db, actor, public_id)
    if row is None:
        raise NotFound
    if row.state != "staged":
        raise Refused("This import is over. Start another one.")
    return row


def _find_import(db: Session, actor: Actor, public_id: str) -> Import | None:
    return db.scalars(
        select(Import).where(
            Import.study_id == actor.study_id, Import.public_id == public_id, Import.kind == KIND
        )
    ).first()
