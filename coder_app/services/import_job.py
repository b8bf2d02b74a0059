"""The work on an import of scores that is too long for a request: checking it, and importing it."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from coder_app.config import Settings
from coder_app.db import Database
from coder_app.services import csv_import, import_mapping, import_rows, job
from coder_app.services.actor import Actor, Tools
from coder_app.services.import_check import FILE, Check, check_file, find_ground
from coder_app.services.job import JobView, Progress, Work
from coder_app.services.recording_job import actor_of
from coder_app.services.staging import Staging

KIND = "scores"
LOOK, CHECK, IMPORT = "look", "check", "import"
MOST_VALUES = 20_000
_QUESTION = "question"


def is_small(staging: Staging, public_id: str) -> bool:
    """Whether a waiting file is read within a request. Raise NotFound when it is gone."""
    return import_mapping.is_small(staging.path_to(public_id, FILE))


def is_quick(check: Check) -> bool:
    """Whether a checked file is imported within a request."""
    return check.counts["values"] + check.counts["computed"] <= MOST_VALUES


def ask_look(db: Session, actor: Actor, public_id: str, sheet: str | None) -> JobView:
    """Ask that a large file be opened for the page of its columns; return how far that is."""
    asked = {"import": public_id, "step": LOOK, "sheet": sheet or ""}
    last = job.find_last_job(db, actor, KIND, **asked)
    if last is not None and last.state in ("failed", "stopped"):
        return last
    return job.get_job(db, actor, job.ask_for(db, actor, KIND, asked))


def ask_check(db: Session, actor: Actor, public_id: str) -> str:
    """Ask that a waiting file be checked and return the job's public id."""
    return job.ask_for(db, actor, KIND, {"import": public_id, "step": CHECK})


def ask_import(db: Session, actor: Actor, public_id: str, seen: str) -> str:
    """Ask that a checked file be imported as it was seen and return the job's public id."""
    return job.ask_for(db, actor, KIND, {"import": public_id, "step": IMPORT, "seen": seen})


def find_job(db: Session, actor: Actor, public_id: str) -> JobView | None:
    """Return the newest work on an import."""
    return job.find_last_job(db, actor, KIND, **{"import": public_id})


def has_question(staging: Staging, public_id: str) -> bool:
    """Whether the worker found that a person should say what the columns mean; told once."""
    if not staging.noted(public_id, _QUESTION):
        return False
    staging.note(public_id, _QUESTION, None)
    return True


def run(database: Database, tools: Tools, settings: Settings, work: Work, progress: Progress) -> str:
    """Check or import the file that the work names; return the sentence that says what was done."""
    staging = Staging(settings.staging_dir, tools.token_bytes)
    with database.read() as db:
        actor = actor_of(db, tools, work)
    asked: Mapping[str, Any] = work.arguments
    if asked["step"] == LOOK:
        import_mapping.look_for_page(database, actor, asked["import"], staging, asked["sheet"])
        return "Looked at the columns."
    import_rows.tidy(database)
    if asked["step"] == CHECK:
        if _is_first_look(database, actor, asked["import"]):
            is_unsure = import_mapping.begin(database, actor, asked["import"], staging)
            staging.note(asked["import"], _QUESTION, is_unsure)
        check = check_file(database, actor, asked["import"], staging, progress)
        return f"Checked {check.reading.n_rows:,} rows."
    csv_import.commit(database, actor, asked["import"], staging, asked["seen"])
    return "Imported."


def _is_first_look(database: Database, actor: Actor, public_id: str) -> bool:
    with database.read() as db:
        return find_ground(db, actor, public_id).mapping is None
