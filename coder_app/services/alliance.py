"""Which dyads, treatment sessions and alliance scores a study has."""

import math
from dataclasses import dataclass

from sqlalchemy import Row, case, func, select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import ALLIANCE, Instrument
from coder_app.domain.permissions import Act
from coder_app.domain.scoring import FROM_ANSWERS, TOTAL
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, Score, TreatmentSession
from coder_app.services import study
from coder_app.services.actor import Actor

MOST_DYADS_SHOWN = 400
MOST_SESSIONS_SHOWN = 40


@dataclass(frozen=True)
class SubscaleScores:
    """The scores of one subscale by one informant."""

    name: str
    n: int
    n_imputed: int
    mean: float


@dataclass(frozen=True)
class ScoreGroup:
    """The scores of one informant on one measure; `sd` (n - 1) is None for a single score."""

    informant: str
    instrument: Instrument
    n: int
    n_dyads: int
    mean: float
    sd: float | None
    lowest: float
    highest: float
    n_from_answers: int
    # How many of the scores have answers that were filled in, and how many those are.
    n_imputed: int
    n_imputed_answers: int
    subscales: tuple[SubscaleScores, ...]


@dataclass(frozen=True)
class Coverage:
    """Who scored which treatment session: for each dyad the informants of each session."""

    sessions: tuple[int, ...]
    rows: tuple[tuple[str, tuple[frozenset[str], ...]], ...]
    n_hidden_sessions: int
    n_hidden_dyads: int


@dataclass(frozen=True)
class AllianceOverview:
    """What is there before ruptures are looked for."""

    n_dyads: int
    covariates: tuple[str, ...]
    n_sessions: int
    groups: tuple[ScoreGroup, ...]
    coverage: Coverage


def get_overview(db: Session, actor: Actor) -> AllianceOverview:
    """Return what the study has of dyads, treatment sessions and scores."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    dyads = db.execute(
        select(Dyad.code, Dyad.covariates).where(Dyad.study_id == actor.study_id).order_by(Dyad.code)
    ).all()
    sessions = select(func.count()).where(TreatmentSession.study_id == actor.study_id)
    scores = _find_scores(db, actor)
    return AllianceOverview(
        n_dyads=len(dyads),
        covariates=tuple(sorted({name for _, covariates in dyads for name in covariates})),
        n_sessions=db.scalars(sessions).one(),
        groups=_groups(db, actor, scores),
        coverage=_coverage([code for code, _ in dyads], scores),
    )


def _find_scores(db: Session, actor: Actor) -> list[Row]:
    query = (
        select(Dyad.code, TreatmentSession.number, Score.informant, Score.measure_id, Score.score)
        .join(TreatmentSession, _same(TreatmentSession, Score, "treatment_session_id"))
        .join(Dyad, _same(Dyad, TreatmentSession, "dyad_id"))
        .where(Score.study_id == actor.study_id, Score.subscale == TOTAL)
        .order_by(Dyad.code, TreatmentSession.number, Score.id)
    )
    return list(db.execute(query))


def _same(target: type, source: type, column: str):
    return (target.study_id == source.study_id) & (target.id == getattr(source, column))


def _groups(db: Session, actor: Actor, scores: list[Row]) -> tuple[ScoreGroup, ...]:
    measures = {measure.id: measure.instrument for measure in study.list_instruments(db, actor, ALLIANCE)}
    values: dict[tuple[int, str], list[float]] = {}
    dyads: dict[tuple[int, str], set[str]] = {}
    for code, _, informant, measure_id, score in scores:
        values.setdefault((measure_id, informant), []).append(score)
        dyads.setdefault((measure_id, informant), set()).add(code)
    counts = _counts(db, actor)
    return tuple(
        _group(key[1], measures[key[0]], values[key], len(who), counts[key])
        for key, who in sorted(dyads.items())
    )


def _counts(db: Session, actor: Actor) -> dict[tuple[int, str], dict[str, Row]]:
    """By measure and informant, for total and subscales: scores, where from, and what was filled in."""
    query = (
        select(
            Score.measure_id,
            Score.informant,
            Score.subscale,
            func.count().label("n"),
            func.sum(case((Score.source == FROM_ANSWERS, 1), else_=0)).label("n_from_answers"),
            func.sum(case((Score.n_imputed > 0, 1), else_=0)).label("n_imputed"),
            func.sum(Score.n_imputed).label("n_answers"),
            func.avg(Score.score).label("mean"),
        )
        .where(Score.study_id == actor.study_id)
        .group_by(Score.measure_id, Score.informant, Score.subscale)
    )
    found: dict[tuple[int, str], dict[str, Row]] = {}
    for row in db.execute(query):
        found.setdefault((row.measure_id, row.informant), {})[row.subscale] = row
    return found


def _group(
    informant: str, instrument: Instrument, values: list[float], n_dyads: int, counts: dict[str, Row]
) -> ScoreGroup:
    n = len(values)
    mean = math.fsum(values) / n
    squares = math.fsum((value - mean) ** 2 for value in values)
    return ScoreGroup(
        informant=informant,
        instrument=instrument,
        n=n,
        n_dyads=n_dyads,
        mean=mean,
        sd=math.sqrt(squares / (n - 1)) if n > 1 else None,
        lowest=min(values),
        highest=max(values),
        n_from_answers=counts[TOTAL].n_from_answers,
        n_imputed=counts[TOTAL].n_imputed,
        n_imputed_answers=counts[TOTAL].n_answers,
        subscales=tuple(
            SubscaleScores(one.name, row.n, row.n_imputed, row.mean)
            for one in instrument.subscales
            if (row := counts.get(one.code)) is not None
        ),
    )


def _coverage(dyads: list[str], scores: list[Row]) -> Coverage:
    informants: dict[tuple[str, int], set[str]] = {}
    for code, number, informant, _, _ in scores:
        informants.setdefault((code, number), set()).add(informant)
    numbers = sorted({number for _, number in informants})
    shown = numbers[:MOST_SESSIONS_SHOWN]
    rows = tuple(
        (code, tuple(frozenset(informants.get((code, number), ())) for number in shown))
        for code in dyads[:MOST_DYADS_SHOWN]
    )
    return Coverage(tuple(shown), rows, len(numbers) - len(shown), max(0, len(dyads) - MOST_DYADS_SHOWN))
