"""Imports of CSV files: staged, compared with what is stored, then imported whole or discarded.

A file is read outside transactions (`read_staged`), since reading a large one takes seconds; `commit`
compares it again with what is stored and writes in the caller's transaction.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.problems import has_errors
from coder_app.models import Import, Sample
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.answers import AnswersComparison, compare_answers, store_answers
from coder_app.services.csv_reading import ReadFile, read_file
from coder_app.services.difference import Change, Difference
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_record import (
    DISCARDED,
    DONE,
    KINDS,
    PARTICIPANTS,
    STAGED,
    StagedImport,
    get_staged,
    lock_import,
)
from coder_app.services.participant import ParticipantComparison, compare_participants, store_participants
from coder_app.services.score import ScoreComparison, compare_scores, store_scores
from coder_app.services.staging import Staging

MOST_NAME_CHARACTERS = 200
_FILE = "table"
_CHANGED = (
    "What is stored has changed since this file was checked. Open the import again; nothing was imported."
)


Comparison = ParticipantComparison | ScoreComparison | AnswersComparison


@dataclass(frozen=True)
class ImportPreview:
    """What a waiting file holds and what importing it would change."""

    read: ReadFile
    difference: Difference
    frozen_at: datetime | None

    @property
    def can_commit(self) -> bool:
        """Whether nothing in the file keeps it out."""
        return not has_errors(self.read.problems)


def stage(db: Session, actor: Actor, kind: str, file_name: str, data: bytes, staging: Staging) -> str:
    """Keep a file until it is imported or discarded; return the public id of its import."""
    actor.check_can(Act.IMPORT)
    if kind not in KINDS:
        raise NotFound
    row = Import(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        kind=kind,
        state=STAGED,
        file_name=plain_file_name(file_name),
        summary={"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)},
        created_by=actor.user_id,
        created_at=actor.now(),
    )
    db.add(row)
    db.flush()
    audit.record(db, actor, f"stage {kind}", row.public_id, file_name=row.file_name, **row.summary)
    staging.begin(row.public_id)
    staging.add(row.public_id, _FILE, data)
    return row.public_id


def plain_file_name(name: str) -> str:
    """Return the last part of a path, which some browsers send whole, short enough to be kept."""
    plain = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    return plain[-MOST_NAME_CHARACTERS:] or "file.csv"


def read_staged(staged: StagedImport, staging: Staging) -> ReadFile:
    """Read a file that waits; needs no database. Raise NotFound when the file is gone."""
    return read_file(staged, staging.read(staged.record.public_id, _FILE))


def preview(db: Session, actor: Actor, read: ReadFile) -> ImportPreview:
    """Compare a file that was read with what is stored; rows with an error are left out."""
    actor.check_can(Act.IMPORT)
    frozen_at = db.scalars(select(Sample.frozen_at).where(Sample.study_id == actor.study_id)).first()
    return ImportPreview(read, _compare(db, actor, read).difference, frozen_at)


def commit(db: Session, actor: Actor, read: ReadFile, seen: str | None = None) -> None:
    """Import a file that was read; the same import asked for twice is done once.

    `seen` is the fingerprint of the difference that the person saw: another one is refused.
    """
    actor.check_can(Act.IMPORT)
    row = lock_import(db, actor, read.staged.record.public_id)
    if row.state == DONE:
        return
    if get_staged(db, actor, row.public_id) != read.staged:
        raise Refused(_CHANGED)
    if has_errors(read.problems):
        raise Refused("Nothing was imported: the file has errors.")
    comparison = _compare(db, actor, read)
    difference = comparison.difference
    if seen is not None and seen != difference.fingerprint:
        raise Refused(_CHANGED)
    if row.kind == PARTICIPANTS:
        store_participants(db, actor, comparison)
    elif read.holds_answers:
        store_answers(db, actor, comparison, _measure_ids(read), row.id)
    else:
        store_scores(db, actor, comparison, _measure_ids(read), row.id)
    counts = _counts(read, difference)
    row.state, row.finished_at, row.summary = DONE, actor.now(), row.summary | counts
    db.flush()
    audit.record(
        db,
        actor,
        f"import {row.kind}",
        row.public_id,
        file_name=row.file_name,
        sha256=row.summary["sha256"],
        **counts,
        overwritten=[_as_list(change) for change in difference.changes],
    )


def discard(db: Session, actor: Actor, public_id: str) -> None:
    """Give an import up; the caller removes its file. Discarding twice does no harm."""
    actor.check_can(Act.IMPORT)
    row = lock_import(db, actor, public_id)
    if row.state == DISCARDED:
        return
    if row.state != STAGED:
        raise Refused("This file has been imported already and cannot be discarded.")
    row.state, row.finished_at = DISCARDED, actor.now()
    db.flush()
    audit.record(db, actor, f"discard {row.kind}", public_id, file_name=row.file_name)


def _compare(db: Session, actor: Actor, read: ReadFile) -> Comparison:
    if read.staged.record.kind == PARTICIPANTS:
        return compare_participants(db, actor, read.rows)
    compare = compare_answers if read.holds_answers else compare_scores
    return compare(db, actor, read.rows, _measure_ids(read))


def _measure_ids(read: ReadFile) -> dict[str, int]:
    return {name: measure.id for name, measure in read.staged.measures.items()}


def _counts(read: ReadFile, difference: Difference) -> dict[str, Any]:
    return {
        "layout": read.layout,
        "rows": read.text.n_rows if read.text else 0,
        "missing": read.n_missing,
        "values": len(read.rows),
        "dyads": read.n_dyads,
        "new_dyads": len(difference.new_dyads),
        "new_sessions": difference.n_new_sessions,
        "new": difference.n_new,
        "unchanged": difference.n_unchanged,
        "changed": difference.n_changed,
        "added": difference.n_added,
        "overwritten_values": len(difference.changes),
        "warnings": len(read.problems),
    }


def _as_list(change: Change) -> list[Any]:
    return [change.dyad, change.session, change.what, change.old, change.new]
