"""The finished study's computed results, as its lead's pages have them, and their files."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.config import make_private
from coder_app.db import Database
from coder_app.demo.accounts import LEAD
from coder_app.demo.scripts import FINISHED
from coder_app.demo.stamp import DemoError
from coder_app.models import User
from coder_app.services import (
    agreement,
    blinding,
    course,
    drift,
    export,
    linkage,
    occurrence,
    reliability,
    repeat,
    rupture,
    snapshot,
    study,
)
from coder_app.services.actor import Actor, Tools, get_actor
from coder_app.services.auth import as_viewer
from coder_app.services.snapshot import Snapshot


@dataclass(frozen=True)
class Results:
    """What was computed."""

    ruptures: Snapshot
    occurrence: Snapshot
    course: Snapshot
    reliability: Snapshot
    linkage: Snapshot
    blinding: Snapshot
    agreement: Snapshot
    drift: Snapshot
    repeats: Snapshot


def get_results(db: Session, lead: Actor) -> Results:
    """Return the results with the settings that the pages open with."""
    settings = dict.fromkeys((rupture.KIND, occurrence.KIND), rupture.check_settings({}))
    kinds = (
        *(rupture.KIND, occurrence.KIND, course.KIND, reliability.KIND, linkage.KIND, blinding.KIND),
        *(agreement.KIND, drift.KIND, repeat.KIND),
    )
    found = {kind: snapshot.find(db, lead, kind, settings.get(kind, {})) for kind in kinds}
    lacking = [kind for kind, result in found.items() if result is None]
    if lacking:
        raise DemoError(f"The demo lacks its {' and '.join(lacking)}; build it anew with --fresh.")
    return Results(**found)


def get_lead(db: Session, tools: Tools) -> Actor:
    """Return the lead at work in the finished study."""
    user = db.scalars(select(User).where(User.user_name == LEAD.user_name)).first()
    for entry in study.list_studies(db, as_viewer(user)) if user else ():
        if entry.synthetic and entry.name == FINISHED.name:
            return get_actor(db, tools, as_viewer(user), entry.public_id)
    raise DemoError("The demo lacks its finished study; build it anew with --fresh.")


def write_files(database: Database, tools: Tools, folder: Path) -> None:
    """Write every file that the lead may take away into a folder."""
    with database.read() as db:
        lead = get_lead(db, tools)
        results = vars(get_results(db, lead))
        files = [one for kind, found in results.items() for one in export.list_files(found, kind)]
        files.append(export.get_forms_file(db, lead))
        plan = export.find_plan_file(db, lead)
        files += [plan] if plan else []
        readme = export.describe_files(db, lead, files)
    make_private(folder)
    for name, text in ((export.README, readme), *((one.name, one.text) for one in files)):
        (folder / name).write_text(text, encoding="utf-8", newline="")
