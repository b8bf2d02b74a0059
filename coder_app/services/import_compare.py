"""Compares rows that wait with what is stored, piece by piece, and notes what importing each would do."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, bindparam, case, exists, insert, null, select, update
from sqlalchemy.orm import Session, aliased

from coder_app.db import Database
from coder_app.models import Answers, Dyad, ImportAnswers, ImportPlace, ImportScore, Score, TreatmentSession
from coder_app.services.import_rows import ANSWERS, FILE, Run, in_chunks, remove, score_values
from coder_app.services.import_scoring import Questionnaire, Scorer

# What importing a waiting score does: SETTLED keeps the value, and notes that answers stand behind it;
# KEPT is a file's total where one computed from answers stays.
NEW, SAME, CHANGED, SETTLED, KEPT = "new", "same", "changed", "settled", "kept"


def compare(database: Database, run: Run, scorer: Scorer, beat: Callable[[], None]) -> Counter[str]:
    """Compare all rows of a run, score its questionnaires, and return counts of what was found in those."""
    found = Counter[str]()
    for piece in in_chunks(database, run, ImportPlace):
        with database.write_late() as (db, _):
            _find_places(db, run, piece)
        beat()
    remove(database, ImportScore, run.of(ImportScore) & (ImportScore.source == ANSWERS))
    for piece in in_chunks(database, run, ImportAnswers):
        with database.write_late() as (db, _):
            _find_answers(db, run, piece)
            _write_merged(db, _merge(_list_answers(db, run, piece), scorer, found))
        beat()
    with database.read() as db:
        scorer.count_others(db, run)
    for piece in in_chunks(database, run, ImportAnswers):
        with database.read() as db:
            rows = _list_answers(db, run, piece)
        scores = _score(rows, run, scorer, found)
        with database.write_late() as (db, _):
            if scores:
                db.execute(insert(ImportScore.__table__), scores)
        beat()
    for piece in in_chunks(database, run, ImportScore):
        with database.write_late() as (db, _):
            _find_scores(db, run, piece)
        beat()
    return found


def _find_places(db: Session, run: Run, piece: ColumnElement[bool]) -> None:
    dyad = select(Dyad.id).where(Dyad.study_id == run.study_id, Dyad.code == ImportPlace.dyad)
    db.execute(_update(ImportPlace, piece, dyad_key=dyad.scalar_subquery()))

    def stored(column: Any) -> Any:
        session = select(column).where(
            TreatmentSession.study_id == run.study_id,
            TreatmentSession.dyad_id == ImportPlace.dyad_key,
            TreatmentSession.number == ImportPlace.number,
        )
        return session.scalar_subquery()

    db.execute(
        _update(
            ImportPlace,
            piece,
            session_key=stored(TreatmentSession.id),
            old_held_on=stored(TreatmentSession.held_on),
            old_attendance=stored(TreatmentSession.attendance),
        )
    )


def _find_answers(db: Session, run: Run, piece: ColumnElement[bool]) -> None:
    db.execute(_update(ImportAnswers, piece, answers_key=null(), old_answers=null(), merged=null()))
    db.execute(
        update(ImportAnswers)
        .where(
            piece,
            run.with_place(ImportAnswers),
            Answers.study_id == run.study_id,
            Answers.treatment_session_id == ImportPlace.session_key,
            Answers.informant == ImportAnswers.informant,
            Answers.measure_id == ImportAnswers.measure_key,
        )
        .values(answers_key=Answers.id, old_answers=Answers.answers)
        .execution_options(synchronize_session=False)
    )


def _list_answers(db: Session, run: Run, piece: ColumnElement[bool]) -> list[Row]:
    query = (
        select(
            ImportAnswers.id,
            ImportAnswers.place,
            ImportAnswers.row,
            ImportAnswers.informant,
            ImportAnswers.measure_key,
            ImportAnswers.answers,
            ImportAnswers.old_answers,
            ImportAnswers.answers_key,
            ImportPlace.number,
        )
        .join(ImportPlace, run.with_place(ImportAnswers))
        .where(piece)
        .order_by(ImportAnswers.id)
    )
    return list(db.execute(query))


def _merge(rows: list[Row], scorer: Scorer, found: Counter[str]) -> list[dict[str, Any]]:
    """An answer that a file lacks stays as it is; return what would be stored where that is another."""
    merged: list[dict[str, Any]] = []
    for row in rows:
        whole, old = _whole(row), row.old_answers or {}
        scorer.count(Questionnaire(row.measure_key, row.informant, row.number, whole))
        if row.answers_key is None:
            found["new"] += 1
        elif whole == old:
            found["same"] += 1
        else:
            found["changed"] += 1
            found["added"] += len(whole) - len(old)
            found["overwritten"] += sum(old[code] != whole[code] for code in old)
            merged.append({"key": row.id, "whole": whole})
    return merged


def _score(rows: list[Row], run: Run, scorer: Scorer, found: Counter[str]) -> list[dict[str, Any]]:
    scores = []
    together = [Questionnaire(row.measure_key, row.informant, row.number, _whole(row)) for row in rows]
    for row, parts in zip(rows, scorer.score(together), strict=True):
        for subscale, score, n_imputed in parts:
            if subscale == "":
                found["unscored"] += score is None
                found["imputed"] += n_imputed if score is not None else 0
                found["imputed_in"] += score is not None and n_imputed > 0
            if score is not None:
                own = {name: getattr(row, name) for name in ("place", "row", "informant", "measure_key")}
                scores.append(run.owner | own | score_values(subscale, score, n_imputed, ANSWERS))
    return scores


def _whole(row: Row) -> dict[str, int]:
    return {**(row.old_answers or {}), **row.answers}


def _write_merged(db: Session, merged: list[dict[str, Any]]) -> None:
    if merged:
        waiting = ImportAnswers.__table__
        changing = update(waiting).where(waiting.c.id == bindparam("key")).values(merged=bindparam("whole"))
        db.connection().execute(changing, merged)


def _find_scores(db: Session, run: Run, piece: ColumnElement[bool]) -> None:
    nothing = {name: null() for name in ("score_key", "old_score", "old_n_imputed", "old_source")}
    db.execute(_update(ImportScore, and_(piece, ImportScore.score_key.is_not(None)), **nothing))
    db.execute(
        update(ImportScore)
        .where(
            piece,
            run.with_place(ImportScore),
            Score.study_id == run.study_id,
            Score.treatment_session_id == ImportPlace.session_key,
            Score.informant == ImportScore.informant,
            Score.measure_id == ImportScore.measure_key,
            Score.subscale == ImportScore.subscale,
        )
        .values(
            score_key=Score.id,
            old_score=Score.score,
            old_n_imputed=Score.n_imputed,
            old_source=Score.source,
        )
        .execution_options(synchronize_session=False)
    )
    twin = aliased(ImportScore)
    computed = exists().where(
        twin.import_id == run.import_id,
        twin.run == run.number,
        twin.place == ImportScore.place,
        twin.informant == ImportScore.informant,
        twin.measure_key == ImportScore.measure_key,
        twin.subscale == ImportScore.subscale,
        twin.source == ANSWERS,
    )
    state = case(
        ((ImportScore.source == FILE) & ((ImportScore.old_source == ANSWERS) | computed), KEPT),
        (ImportScore.score_key.is_(None), NEW),
        (ImportScore.score != ImportScore.old_score, CHANGED),
        (
            (ImportScore.source != ImportScore.old_source)
            | (ImportScore.n_imputed != ImportScore.old_n_imputed),
            SETTLED,
        ),
        else_=SAME,
    )
    db.execute(_update(ImportScore, piece, state=state))


def _update(table: type, piece: ColumnElement[bool], **values: Any) -> Any:
    return update(table).where(piece).values(**values).execution_options(synchronize_session=False)
