"""The one transaction that imports rows that wait: a few statements over all of them, or nothing."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, insert, literal, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from coder_app.models import Answers, Dyad, ImportAnswers, ImportPlace, ImportScore, Score, TreatmentSession
from coder_app.services.errors import Refused
from coder_app.services.import_changes import DETAILS, differs, is_changed
from coder_app.services.import_compare import CHANGED, NEW, SETTLED
from coder_app.services.import_rows import Run

HAS_CHANGED = (
    "What is stored has changed since this file was checked. Open the import again; nothing was imported."
)
_QUICK = {"synchronize_session": False}


@dataclass(frozen=True)
class Found:
    """How many waiting rows had something stored beside them when they were compared, and how many wait."""

    places: int
    answers: int
    scores: int
    waiting: int


def count_found(db: Session, run: Run) -> Found:
    """Count the rows beside which something is stored, by what the comparison noted."""
    places = select(func.count()).where(run.of(ImportPlace), ImportPlace.session_key.is_not(None))
    answers = select(func.count()).where(run.of(ImportAnswers), ImportAnswers.answers_key.is_not(None))
    scores = select(func.count()).where(run.of(ImportScore), ImportScore.score_key.is_not(None))
    return _found(db, run, places, answers, scores)


def store(db: Session, run: Run, found: Found) -> None:
    """Write everything, or raise Refused if anything stored is not as it was when it was compared."""
    if _count_unmoved(db, run) != found:
        raise Refused(HAS_CHANGED)
    try:
        _add_dyads(db, run)
        _look_again(db, Dyad)
        _store_sessions(db, run)
        _look_again(db, TreatmentSession)
        _store_answers(db, run)
        _store_scores(db, run)
    except IntegrityError:
        # Somebody has just stored what was new here.
        raise Refused(HAS_CHANGED) from None


def _count_unmoved(db: Session, run: Run) -> Found:
    """Count the rows beside which there still is what was there when they were compared."""
    same_place = _same(TreatmentSession.held_on, ImportPlace.old_held_on) & _same(
        TreatmentSession.attendance, ImportPlace.old_attendance
    )
    places = (
        select(func.count())
        .select_from(ImportPlace)
        .join(TreatmentSession, TreatmentSession.id == ImportPlace.session_key)
        .where(run.of(ImportPlace), TreatmentSession.study_id == run.study_id, same_place)
    )
    answers = (
        select(func.count())
        .select_from(ImportAnswers)
        .join(Answers, Answers.id == ImportAnswers.answers_key)
        .where(run.of(ImportAnswers), Answers.answers == ImportAnswers.old_answers)
    )
    scores = (
        select(func.count())
        .select_from(ImportScore)
        .join(Score, Score.id == ImportScore.score_key)
        .where(
            run.of(ImportScore),
            Score.score == ImportScore.old_score,
            Score.source == ImportScore.old_source,
            Score.n_imputed == ImportScore.old_n_imputed,
        )
    )
    return _found(db, run, places, answers, scores)


def _found(db: Session, run: Run, *queries: Select) -> Found:
    tables = (ImportPlace, ImportAnswers, ImportScore)
    waiting = sum(db.scalars(select(func.count()).where(run.of(table))).one() for table in tables)
    return Found(*(db.scalars(query).one() for query in queries), waiting)


def _look_again(db: Session, table: type[Dyad] | type[TreatmentSession]) -> None:
    """Have PostgreSQL count a table that has just grown: the check of each key would read all of it."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text(f"ANALYZE {table.__tablename__}"))


def _add_dyads(db: Session, run: Run) -> None:
    new = (
        select(literal(run.study_id), ImportPlace.dyad, literal({}, Dyad.covariates.type))
        .where(run.of(ImportPlace), ImportPlace.dyad_key.is_(None))
        .group_by(ImportPlace.dyad)
        .order_by(func.min(ImportPlace.id))
    )
    db.execute(insert(Dyad.__table__).from_select(["study_id", "code", "covariates"], new))


def _store_sessions(db: Session, run: Run) -> None:
    for name in DETAILS:
        changing = and_(run.of(ImportPlace), differs(name), TreatmentSession.id == ImportPlace.session_key)
        db.execute(
            update(TreatmentSession)
            .where(TreatmentSession.study_id == run.study_id, changing)
            .values({name: getattr(ImportPlace, name)})
            .execution_options(**_QUICK)
        )
    new = (
        select(
            literal(run.study_id),
            Dyad.id,
            ImportPlace.number,
            ImportPlace.held_on,
            ImportPlace.attendance,
            literal(False),
        )
        .join(Dyad, and_(Dyad.study_id == run.study_id, Dyad.code == ImportPlace.dyad))
        .where(run.of(ImportPlace), ImportPlace.session_key.is_(None))
        .order_by(ImportPlace.place)
    )
    columns = ["study_id", "dyad_id", "number", "held_on", "attendance", "recorded"]
    db.execute(insert(TreatmentSession.__table__).from_select(columns, new))


def _store_answers(db: Session, run: Run) -> None:
    db.execute(
        update(Answers)
        .where(
            Answers.study_id == run.study_id,
            run.of(ImportAnswers),
            Answers.id == ImportAnswers.answers_key,
            is_changed(),
        )
        .values(answers=ImportAnswers.merged, import_id=run.import_id)
        .execution_options(**_QUICK)
    )
    _add(db, run, ImportAnswers, ImportAnswers.answers_key.is_(None), Answers, ("answers",))


def _store_scores(db: Session, run: Run) -> None:
    written = ("score", "n_imputed", "source")
    db.execute(
        update(Score)
        .where(
            Score.study_id == run.study_id,
            run.of(ImportScore),
            Score.id == ImportScore.score_key,
            ImportScore.state.in_((CHANGED, SETTLED)),
        )
        .values({name: getattr(ImportScore, name) for name in written} | {"import_id": run.import_id})
        .execution_options(**_QUICK)
    )
    _add(db, run, ImportScore, ImportScore.state == NEW, Score, ("subscale", *written))


def _add(
    db: Session,
    run: Run,
    waiting: type[ImportAnswers] | type[ImportScore],
    is_new: ColumnElement[bool],
    target: type[Answers] | type[Score],
    written: tuple[str, ...],
) -> None:
    """Insert what is new, of treatment sessions that are all stored by now."""
    in_dyad = and_(Dyad.study_id == run.study_id, Dyad.code == ImportPlace.dyad)
    in_session = and_(
        TreatmentSession.study_id == run.study_id,
        TreatmentSession.dyad_id == Dyad.id,
        TreatmentSession.number == ImportPlace.number,
    )
    new = (
        select(
            literal(run.study_id),
            TreatmentSession.id,
            waiting.informant,
            waiting.measure_key,
            literal(run.import_id),
            *(getattr(waiting, name) for name in written),
        )
        .join(ImportPlace, run.with_place(waiting))
        .join(Dyad, in_dyad)
        .join(TreatmentSession, in_session)
        .where(run.of(waiting), is_new)
        .order_by(waiting.place)
    )
    columns = ["study_id", "treatment_session_id", "informant", "measure_id", "import_id", *written]
    db.execute(insert(target.__table__).from_select(columns, new))


def _same(one: Any, other: Any) -> ColumnElement[bool]:
    return one.is_not_distinct_from(other)
