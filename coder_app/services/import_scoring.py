"""Scores the questionnaires of a waiting file by the study's rules, some thousands at a time."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.models import Answers, ImportAnswers, TreatmentSession
from coder_app.services.import_rows import Run
from coder_app.services.scoring import StudyMeasure, depends_on_others

Parts = list[tuple[str, float | None, int]]


@dataclass(frozen=True)
class Questionnaire:
    """All answers of one informant to one measure after one treatment session, stored ones among them."""

    measure_id: int
    informant: str
    session: int
    answers: Mapping[str, int]


class Scorer:
    """Computes totals and subscale scores.

    Where a rule fills in the mean of what others answered, those are first counted: the questionnaires of the
    file with `count`, and the others that are stored with `count_others`.
    """

    def __init__(self, measures: Sequence[StudyMeasure]) -> None:
        self._measures = {measure.id: measure for measure in measures}
        self._sums: dict[tuple[int, str, int], dict[str, list[int]]] = defaultdict(dict)

    def count(self, one: Questionnaire) -> None:
        """Take a questionnaire into the means of its session, if its measure's rule needs them."""
        if not depends_on_others(self._measures[one.measure_id].rule):
            return
        here = self._sums[one.measure_id, one.informant, one.session]
        for code, answer in one.answers.items():
            found = here.setdefault(code, [0, 0])
            found[0] += answer
            found[1] += 1

    def count_others(self, db: Session, run: Run) -> None:
        """Take in the stored questionnaires that the file says nothing of."""
        measures = {measure_id for measure_id, _, _ in self._sums}
        if not measures:
            return
        in_file = select(ImportAnswers.answers_key).where(
            run.of(ImportAnswers), ImportAnswers.answers_key.is_not(None)
        )
        same = (TreatmentSession.study_id == Answers.study_id) & (
            TreatmentSession.id == Answers.treatment_session_id
        )
        query = (
            select(Answers.measure_id, Answers.informant, TreatmentSession.number, Answers.answers)
            .join(TreatmentSession, same)
            .where(
                Answers.study_id == run.study_id,
                Answers.measure_id.in_(measures),
                Answers.id.not_in(in_file),
            )
        )
        for row in db.execute(query.execution_options(yield_per=1000)):
            self.count(Questionnaire(*row))

    def score(self, questionnaires: Sequence[Questionnaire]) -> list[Parts]:
        """Return for each questionnaire its total ("") and subscales: score or None, answers filled in."""
        from coder_app.analysis.scoring import score_answers

        groups: dict[tuple[int, str], list[int]] = defaultdict(list)
        for place, one in enumerate(questionnaires):
            groups[one.measure_id, one.informant].append(place)
        found: list[Parts] = [[] for _ in questionnaires]
        for (measure_id, informant), places in groups.items():
            measure = self._measures[measure_id]
            means = None
            if depends_on_others(measure.rule):
                means = self._means(measure_id, informant, [questionnaires[at].session for at in places])
            answers = [questionnaires[at].answers for at in places]
            scored = score_answers(measure.instrument, measure.rule, answers, means)
            for at, one in zip(places, scored, strict=True):
                found[at] = [(code, part.score, part.n_imputed) for code, part in one.list_parts()]
        return found

    def _means(self, measure_id: int, informant: str, sessions: Sequence[int]) -> list[dict[str, float]]:
        means = {
            session: {
                code: total / n for code, (total, n) in self._sums[measure_id, informant, session].items()
            }
            for session in set(sessions)
        }
        return [means[session] for session in sessions]
