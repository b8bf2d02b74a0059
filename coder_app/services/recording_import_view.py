"""Imports of recordings as the pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.models import Import
from coder_app.services import job
from coder_app.services.actor import Actor
from coder_app.services.errors import NotFound
from coder_app.services.job import JobView
from coder_app.services.staging import StagedFile, Staging

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


def get_import(db: Session, actor: Actor, staging: Staging, public_id: str) -> ImportView:
    """Return how far an import of recordings is; raise NotFound when there is none or it was discarded."""
    actor.check_can(Act.IMPORT)
    row = find_import(db, actor, public_id)
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


def find_import(db: Session, actor: Actor, public_id: str) -> Import | None:
    """Return the row of an import of recordings, for the services only."""
    return db.scalars(
        select(Import).where(
            Import.study_id == actor.study_id, Import.public_id == public_id, Import.kind == KIND
        )
    ).first()
