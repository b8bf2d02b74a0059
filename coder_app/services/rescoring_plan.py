"""What a rule makes of everything that is stored of a measure, compared with the scores that are there."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.scoring import FROM_ANSWERS, TOTAL, Rule, part_name
from coder_app.models import Answers, Dyad, Import, Score, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.import_record import DONE, SCORES
from coder_app.services.scoring import StudyMeasure, get_measure, score_questionnaires

if TYPE_CHECKING:
    from coder_app.analysis.scoring_parts import Part

# What is a score of: (treatment session's id, informant, subscale)
Key = tuple[int, str, str]
# Score, number of answers filled in, and where it comes from.
Values = tuple[float, int, str]


@dataclass(frozen=True)
class Questionnaire:
    """What one informant answered after one treatment session."""

    session_id: int
    dyad: str
    number: int
    informant: str
    import_id: int
    answers: dict[str, int]


@dataclass(frozen=True)
class _Stored:
    id: int
    import_id: int
    score: float
    n_imputed: int
    source: str


@dataclass
class Rescoring:
    """What a rule makes of everything that is stored of a measure; counts are of totals."""

    study_id: int
    measure: StudyMeasure
    rule: Rule
    stamp: tuple[int, str]
    n: int = 0
    n_scored: int = 0
    n_imputed: int = 0
    n_answers_imputed: int = 0
    n_new: int = 0
    n_changed: int = 0
    n_removed: int = 0
    n_from_file: int = 0
    # Rows as they are written, so that nothing is made of them while others wait.
    new: list[tuple[int, int, int, str, str, int, float, int, str]] = field(default_factory=list)
    updates: list[tuple[float, int, str, int, int]] = field(default_factory=list)
    moved: list[tuple[int, int, int]] = field(default_factory=list)
    gone: list[tuple[int, int]] = field(default_factory=list)
    overwritten: list[list[Any]] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        """What the trail keeps of it as numbers."""
        return {
            "questionnaires": self.n,
            "scored": self.n_scored,
            "imputed": self.n_imputed,
            "imputed_answers": self.n_answers_imputed,
            "without_score": self.n - self.n_scored,
            "new": self.n_new,
            "changed": self.n_changed,
            "removed": self.n_removed,
            "of_files_replaced": self.n_from_file,
        }


def plan_rescoring(db: Session, actor: Actor, name: str, rule: Rule) -> Rescoring:
    """Return what the rule makes of all stored answers of the measure."""
    actor.check_can(Act.IMPORT)
    measure = get_measure(db, actor, name)
    found = Rescoring(actor.study_id, measure, rule, read_stamp(db, actor))
    stored = _find_stored(db, actor, measure.id)
    by_informant: dict[str, list[Questionnaire]] = {}
    for one in list_questionnaires(db, actor, measure.id):
        by_informant.setdefault(one.informant, []).append(one)
    for group in by_informant.values():
        given = [one.answers for one in group]
        scored = score_questionnaires(measure.instrument, rule, given, [one.number for one in group])
        for one, result in zip(group, scored, strict=True):
            found.n += 1
            found.n_scored += result.score is not None
            found.n_imputed += result.n_imputed > 0
            found.n_answers_imputed += result.n_imputed
            for subscale, part in result.list_parts():
                old = stored.get((one.session_id, one.informant, subscale))
                _compare(found, one, subscale, part, old)
    return found


def list_questionnaires(db: Session, actor: Actor, measure_id: int) -> Iterator[Questionnaire]:
    """Return all stored answers to the items of a measure."""
    query = (
        select(
            Answers.treatment_session_id,
            Dyad.code,
            TreatmentSession.number,
            Answers.informant,
            Answers.import_id,
            Answers.answers,
        )
        .join(
            TreatmentSession,
            (TreatmentSession.study_id == Answers.study_id)
            & (TreatmentSession.id == Answers.treatment_session_id),
        )
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(Answers.study_id == actor.study_id, Answers.measure_id == measure_id)
        .order_by(Answers.id)
    )
    return (Questionnaire(*row) for row in db.execute(query))


def _compare(found: Rescoring, one: Questionnaire, subscale: str, part: "Part", old: _Stored | None) -> None:
    """Note what is to be written for one score; a total that a file brought stays where answers give none."""
    is_total = subscale == TOTAL
    if part.score is None:
        if old is not None and old.source == FROM_ANSWERS:
            found.gone.append((old.id, found.study_id))
            found.n_removed += is_total
            _note(found, one, subscale, old.score, None)
        return
    values: Values = (part.score, part.n_imputed, FROM_ANSWERS)
    if old is None:
        found.n_new += is_total
        own = (found.study_id, found.measure.id)
        found.new.append((*own, one.session_id, one.informant, subscale, one.import_id, *values))
    elif (old.score, old.n_imputed, old.source) != values:
        found.updates.append((*values, old.id, found.study_id))
        if old.import_id != one.import_id:
            found.moved.append((one.import_id, old.id, found.study_id))
        if old.score != part.score:
            found.n_changed += is_total
            found.n_from_file += is_total and old.source != FROM_ANSWERS
            _note(found, one, subscale, old.score, part.score)


def _note(found: Rescoring, one: Questionnaire, subscale: str, old: float, new: float | None) -> None:
    what = f"{part_name(found.measure.instrument, subscale)}, {one.informant}"
    found.overwritten.append([one.dyad, one.number, what, old, new])


def _find_stored(db: Session, actor: Actor, measure_id: int) -> dict[Key, _Stored]:
    query = select(
        Score.treatment_session_id,
        Score.informant,
        Score.subscale,
        Score.id,
        Score.import_id,
        Score.score,
        Score.n_imputed,
        Score.source,
    ).where(Score.study_id == actor.study_id, Score.measure_id == measure_id)
    return {tuple(row[:3]): _Stored(*row[3:]) for row in db.execute(query)}


def read_stamp(db: Session, actor: Actor) -> tuple[int, str]:
    """What changes whenever answers or scores come in."""
    n, last = db.execute(
        select(func.count(Import.id), func.max(Import.finished_at)).where(
            Import.study_id == actor.study_id, Import.kind == SCORES, Import.state == DONE
        )
    ).one()
    return n, str(last)
