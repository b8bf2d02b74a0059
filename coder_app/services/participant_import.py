"""The import of a file of participants: some thousand rows at most, compared in memory."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.domain.permissions import Act
from coder_app.models import Import
from coder_app.services import import_record
from coder_app.services.actor import Actor
from coder_app.services.difference import Difference
from coder_app.services.errors import Refused
from coder_app.services.import_changes import record_changes
from coder_app.services.import_check import FILE
from coder_app.services.import_record import DONE, get_staged, lock_import, wait_for_scores
from coder_app.services.import_store import HAS_CHANGED
from coder_app.services.participant import compare_participants, store_participants
from coder_app.services.participant_reading import ReadParticipants, read_participants_file
from coder_app.services.staging import Staging


@dataclass(frozen=True)
class ParticipantPreview:
    """What a waiting file of participants holds and what importing it would change."""

    read: ReadParticipants
    difference: Difference

    @property
    def can_commit(self) -> bool:
        """Whether nothing in the file keeps it out."""
        return not self.read.reading.n_errors


def read_participants(database: Database, actor: Actor, public_id: str, staging: Staging) -> ReadParticipants:
    """Read a file that waits. Raise NotFound when it is gone, Refused when the import is over."""
    with database.read() as db:
        staged = import_record.get_staged(db, actor, public_id)
        mapping = db.scalars(
            select(Import.mapping).where(Import.study_id == actor.study_id, Import.public_id == public_id)
        ).one()
    return read_participants_file(staged, staging.path_to(public_id, FILE), mapping)


def preview_participants(
    database: Database, actor: Actor, public_id: str, staging: Staging
) -> ParticipantPreview:
    """Compare a file that waits with what is stored; rows with an error are left out."""
    actor.check_can(Act.IMPORT)
    read = read_participants(database, actor, public_id, staging)
    with database.read() as db:
        return ParticipantPreview(read, compare_participants(db, actor, read.rows).difference)


def commit_participants(
    database: Database, actor: Actor, public_id: str, staging: Staging, seen: str | None
) -> None:
    """Import a file that waits, if what it would change is what was seen."""
    read = read_participants(database, actor, public_id, staging)
    with database.write_late() as (db, take_turn):
        wait_for_scores(db, actor)
        take_turn()
        _commit(db, actor, read, seen)


def _commit(db: Session, actor: Actor, read: ReadParticipants, seen: str | None) -> None:
    row = lock_import(db, actor, read.staged.record.public_id)
    if row.state == DONE:
        return
    if get_staged(db, actor, row.public_id) != read.staged:
        raise Refused(HAS_CHANGED)
    if read.reading.n_errors:
        raise Refused("Nothing was imported: the file has errors.")
    comparison = compare_participants(db, actor, read.rows)
    difference = comparison.difference
    if seen not in (None, difference.fingerprint):
        raise Refused(HAS_CHANGED)
    store_participants(db, actor, comparison)
    counts = {
        "layout": None,
        "rows": read.reading.n_rows,
        "values": len(read.rows),
        "dyads": len(read.rows),
        "new_dyads": len(difference.new_dyads),
        "new": difference.n_new,
        "unchanged": difference.n_unchanged,
        "changed": difference.n_changed,
        "added": difference.n_added,
        "overwritten_values": len(difference.changes),
        "warnings": read.reading.n_warnings,
    }
    row.state, row.finished_at, row.summary = DONE, actor.now(), row.summary | counts
    db.flush()
    record_changes(
        db,
        actor,
        f"import {row.kind}",
        row.public_id,
        iter(difference.changes),
        file_name=row.file_name,
        sha256=row.summary["sha256"],
        **counts,
    )
