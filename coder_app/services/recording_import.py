"""Imports of recordings: chosen, checked, then imported whole or discarded."""

from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import update
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.phases import Phase
from coder_app.models import Import
from coder_app.services import audit, job
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound, Refused
from coder_app.services.recording_folder import LEFT_OUT
from coder_app.services.recording_import_view import CHECK, IMPORT, KIND, PREVIEW, find_import, find_preview
from coder_app.services.staging import Announced, StagedFile, Staging


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
    row = find_import(db, actor, public_id)
    if row is None:
        raise NotFound
    if row.state != "staged":
        raise Refused("This import is over. Start another one.")
    return row
