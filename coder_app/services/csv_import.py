"""Imports of participants and alliance scores: a file waits, is checked, then imported whole or discarded."""

import io
from collections.abc import Callable
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.domain.permissions import Act
from coder_app.models import Import
from coder_app.services import audit, job, scoring
from coder_app.services.actor import Actor
from coder_app.services.difference import Change
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_changes import iter_changes, record_changes
from coder_app.services.import_check import (
    FILE,
    Check,
    Ground,
    check_file,
    find_check,
    find_ground,
    forget_check,
)
from coder_app.services.import_record import (
    DISCARDED,
    DONE,
    KINDS,
    PARTICIPANTS,
    STAGED,
    get_import,
    lock_import,
    wait_for_scores,
)
from coder_app.services.import_rows import remove_all
from coder_app.services.import_store import HAS_CHANGED, store
from coder_app.services.participant_import import commit_participants
from coder_app.services.staging import Staging

MOST_NAME_CHARACTERS = 200
MOST_BYTES = 60_000_000
# So many overwritten values are gathered before the transaction that imports; more are too much to hold.
MOST_GATHERED = 200_000
HAS_ERRORS = "Nothing was imported: the file has errors."


def stage(
    database: Database, actor: Actor, kind: str, file_name: str, stream: BinaryIO, staging: Staging
) -> str:
    """Keep a file until it is imported or discarded; return the public id of its import."""
    actor.check_can(Act.IMPORT)
    if kind not in KINDS:
        raise NotFound
    public_id = actor.tools.token_hex()
    staging.begin(public_id)
    try:
        size, sha256 = staging.take(public_id, FILE, stream, MOST_BYTES)
        with database.write() as db:
            _add(db, actor, kind, public_id, plain_file_name(file_name), {"sha256": sha256, "bytes": size})
    except BaseException:
        staging.discard(public_id)
        raise
    return public_id


def plain_file_name(name: str) -> str:
    """Return the last part of a path, which some browsers send whole, short enough to be kept."""
    plain = "".join(c for c in name.replace("\\", "/").rsplit("/", 1)[-1] if c.isprintable()).strip()
    return plain[-MOST_NAME_CHARACTERS:] or "file.csv"


def commit(
    database: Database, actor: Actor, public_id: str, staging: Staging, seen: str | None = None
) -> None:
    """Import a file that waits; the same import asked for twice is done once.

    `seen` names the comparison that the person saw: another one is refused.
    """
    actor.check_can(Act.IMPORT)
    with database.read() as db:
        record = get_import(db, actor, public_id)
    if record.state == DONE:
        return
    if record.kind == PARTICIPANTS:
        commit_participants(database, actor, public_id, staging, seen)
        staging.discard(public_id)
        return
    with database.read() as db:
        ground = find_ground(db, actor, public_id)
        check = find_check(staging, ground)
        if check is None or seen not in (None, check.seen):
            raise Refused(HAS_CHANGED)
        if check.reading.n_errors:
            raise Refused(HAS_ERRORS)
        gathered = None
        if check.counts["overwritten_values"] <= MOST_GATHERED:
            gathered = list(iter_changes(db, check.run, ground.names))
    try:
        with database.write_late() as (db, take_turn):
            wait_for_scores(db, actor)
            if get_import(db, actor, public_id).state == DONE:
                return
            if find_ground(db, actor, public_id).known != check.known:
                raise Refused(HAS_CHANGED)
            store(db, check.run, check.found)
            take_turn()
            _end(db, actor, public_id, ground, check, gathered)
    except Refused:
        forget_check(staging, public_id)
        raise
    staging.discard(public_id)
    remove_all(database, ground.import_id)


def discard(database: Database, actor: Actor, public_id: str, staging: Staging) -> None:
    """Give an import up and remove its file and rows. Discarding twice does no harm."""
    actor.check_can(Act.IMPORT)
    with database.write() as db:
        row = lock_import(db, actor, public_id)
        import_id = row.id
        if row.state not in (STAGED, DISCARDED):
            raise Refused("This file has been imported already and cannot be discarded.")
        if row.state == STAGED:
            row.state, row.finished_at = DISCARDED, actor.now()
            db.flush()
            audit.record(db, actor, f"discard {row.kind}", public_id, file_name=row.file_name)
    staging.discard(public_id)
    remove_all(database, import_id)


def import_file(
    database: Database,
    actor: Actor,
    kind: str,
    file_name: str,
    data: bytes,
    staging: Staging,
    look: Callable[[Check], None] | None = None,
) -> str:
    """Bring a file in as the pages do, from choosing it to importing it; return the import's public id."""
    public_id = stage(database, actor, kind, file_name, io.BytesIO(data), staging)
    if kind != PARTICIPANTS:
        check = check_file(database, actor, public_id, staging)
        if look is not None:
            look(check)
    commit(database, actor, public_id, staging)
    return public_id


def _add(
    db: Session, actor: Actor, kind: str, public_id: str, file_name: str, summary: dict[str, Any]
) -> None:
    db.add(
        Import(
            study_id=actor.study_id,
            public_id=public_id,
            kind=kind,
            state=STAGED,
            file_name=file_name,
            summary=summary,
            created_by=actor.user_id,
            created_at=actor.now(),
        )
    )
    db.flush()
    audit.record(db, actor, f"stage {kind}", public_id, file_name=file_name, **summary)


def _end(
    db: Session, actor: Actor, public_id: str, ground: Ground, check: Check, gathered: list[Change] | None
) -> None:
    """Look whether anybody has discarded the file or changed what it is read by, and say what was done."""
    row = lock_import(db, actor, public_id)
    measures = tuple(scoring.list_measures(db, actor))
    if (row.state, row.mapping, measures) != (STAGED, ground.mapping, ground.measures):
        raise Refused(HAS_CHANGED)
    counts = summary_of(ground, check)
    row.state, row.finished_at, row.summary = DONE, actor.now(), row.summary | counts
    db.flush()
    record_changes(
        db,
        actor,
        f"import {row.kind}",
        public_id,
        iter_changes(db, check.run, ground.names) if gathered is None else iter(gathered),
        file_name=row.file_name,
        sha256=row.summary["sha256"],
        **counts,
    )
    _score_others(db, actor, ground, check)


def summary_of(ground: Ground, check: Check) -> dict[str, Any]:
    """Return what an import's record and the trail keep of a check."""
    reading = check.reading
    return {
        "layout": reading.layout,
        "rows": reading.n_rows,
        "missing": reading.n_missing,
        "left_out": reading.n_left_out,
        "dyads": reading.n_dyads,
        "warnings": check.n_warnings,
        "mapping": reading.mapping,
        "rules": {
            one.instrument.name: scoring.rule_as_json(one.rule)
            for one in ground.measures
            if one.instrument.name in reading.scored_measures()
        },
        **check.counts,
    }


def _score_others(db: Session, actor: Actor, ground: Ground, check: Check) -> None:
    """Where missing answers get the mean of what others answered, new answers change the scores of others."""
    measures = check.reading.scored_measures()
    for one in ground.measures:
        if one.instrument.name in measures and scoring.depends_on_others(one.rule):
            asked = {"measure": one.instrument.name, "rule": scoring.rule_as_json(one.rule)}
            job.ask_for(db, actor, scoring.JOB, asked)
