"""Scoring again what is stored of a measure: computed outside any transaction, written in one."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.domain.permissions import Act
from coder_app.models import Scoring
from coder_app.services.actor import Actor, Tools
from coder_app.services.difference import Change
from coder_app.services.errors import NotFound, Refused
from coder_app.services.import_changes import record_changes
from coder_app.services.import_record import wait_for_scores
from coder_app.services.job import Progress, Work
from coder_app.services.recording_job import actor_of
from coder_app.services.rescoring_plan import Rescoring, plan_rescoring, read_stamp
from coder_app.services.scoring import get_measure, is_sample_frozen, rule_as_json, rule_from_json

CHANGE = "change scoring"
# What goes, what changes, what comes of another import, what is new. The import is set apart: it has the
# reference checked in every row.
_WRITING = (
    "DELETE FROM score WHERE id = ? AND study_id = ?",
    "UPDATE score SET score = ?, n_imputed = ?, source = ? WHERE id = ? AND study_id = ?",
    "UPDATE score SET import_id = ? WHERE id = ? AND study_id = ?",
    "INSERT INTO score (study_id, measure_id, treatment_session_id, informant, subscale, import_id, score, "
    "n_imputed, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
)
_MEANWHILE = "Scores were imported while this was computed. Nothing was changed; ask for it once more."


def run(database: Database, tools: Tools, settings: object, work: Work, progress: Progress) -> str:
    """Score a measure by the rule that the job names; the worker's handler."""
    rule = rule_from_json(work.arguments["rule"])
    with database.read() as db:
        actor = actor_of(db, tools, work)
        try:
            found = plan_rescoring(db, actor, work.arguments["measure"], rule)
        except NotFound:
            raise Refused("The study no longer has this measure.") from None
    progress(found.n, found.n)
    with database.write_late() as (db, take_turn):
        wait_for_scores(db, actor)
        is_frozen = store(db, actor, found, take_turn)
    return _sentence(found, is_frozen)


def store(db: Session, actor: Actor, found: Rescoring, take_turn: Callable[[], None] = lambda: None) -> bool:
    """Write rule and scores, the old ones in the trail; return whether a sample is frozen, which stays."""
    actor.check_can(Act.IMPORT)
    old = get_measure(db, actor, found.measure.instrument.name).rule
    if read_stamp(db, actor) != found.stamp:
        raise Refused(_MEANWHILE)
    _store_rule(db, actor, found)
    for statement, rows in zip(_WRITING, (found.gone, found.updates, found.moved, found.new), strict=True):
        _write(db, statement, rows)
    take_turn()
    is_frozen = is_sample_frozen(db, actor)
    record_changes(
        db,
        actor,
        CHANGE,
        actor.study_public_id,
        (Change(*one) for one in found.overwritten),
        measure=found.measure.instrument.name,
        old=rule_as_json(old),
        new=rule_as_json(found.rule),
        sample_is_frozen=is_frozen,
        **{f"n_{name}": value for name, value in found.counts.items()},
    )
    return is_frozen


def _store_rule(db: Session, actor: Actor, found: Rescoring) -> None:
    row = db.scalars(
        select(Scoring).where(Scoring.study_id == actor.study_id, Scoring.measure_id == found.measure.id)
    ).first()
    if row is None:
        row = Scoring(study_id=actor.study_id, measure_id=found.measure.id)
        db.add(row)
    row.missing, row.least_answered = found.rule.missing, found.rule.least_answered
    row.reversed = sorted(found.rule.reversed)
    row.changed_by, row.changed_at = actor.user_id, actor.now()
    db.flush()


def _write(db: Session, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Write hundreds of thousands of rows; SQLAlchemy would take longer over their values than SQLite."""
    if rows:
        mark = "?" if db.get_bind().dialect.name == "sqlite" else "%s"
        db.connection().exec_driver_sql(statement.replace("?", mark), rows)


def _sentence(found: Rescoring, is_frozen: bool) -> str:
    name = found.measure.instrument.name
    if not found.n:
        return f"The rule for {name} holds for the answers that are imported from now on."
    answers = "1 answer" if found.n_answers_imputed == 1 else f"{found.n_answers_imputed:,} answers"
    filled = (
        f"{found.n_imputed:,} of them with {answers} filled in"
        if found.n_imputed
        else "none with answers filled in"
    )
    said = (
        f"{name}: {found.n_scored:,} of {found.n:,} questionnaires scored, {filled}. "
        f"Totals: {found.n_new:,} new, {found.n_changed:,} changed, {found.n_removed:,} removed."
    )
    frozen = " The frozen sample stays as it is; its page shows what the new scores would change."
    return said + (frozen if is_frozen else "")
