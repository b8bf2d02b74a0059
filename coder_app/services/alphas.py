"""Internal consistency of the alliance questionnaires session by session: what it is computed from."""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.scoring import FROM_FILE, TOTAL
from coder_app.domain.visibility import Thing
from coder_app.models import Answers, Dyad, Score, TreatmentSession
from coder_app.services.actor import Actor
from coder_app.services.alphas_content import compute
from coder_app.services.errors import Refused
from coder_app.services.scoring import StudyMeasure, list_measures

__all__ = ["KIND", "SETTINGS", "collect", "compute"]

KIND = "alphas"
SETTINGS: dict[str, Any] = {"confidence": 0.95}
# What no answers are there of: (informant, measure)
Key = tuple[str, int]


def collect(db: Session, actor: Actor, settings: dict[str, Any]) -> dict[str, Any]:
    """Return the answers to single items by informant and measure, and the totals that files brought."""
    actor.check_can(Act.SEE_ALLIANCE)
    actor.check_sees(Thing.ALLIANCE)
    unknown = sorted(set(settings) - set(SETTINGS))
    if unknown:
        raise Refused(f"There is no setting {', '.join(unknown)}; there are {', '.join(SETTINGS)}.")
    measures = {one.id: one for one in list_measures(db, actor)}
    sessions = _sessions(db, actor)
    answers, totals = _answers(db, actor), _totals(db, actor)
    groups = [
        _group(key, measures[key[1]], answers.get(key, {}), totals.get(key, {}), sessions)
        for key in answers.keys() | totals.keys()
    ]
    return {
        "settings": SETTINGS | settings,
        "groups": sorted(groups, key=lambda group: (group["informant"], group["measure"])),
    }


def _group(
    key: Key,
    measure: StudyMeasure,
    answers: dict[int, dict[str, int]],
    totals: dict[int, float],
    sessions: dict[int, tuple[str, int]],
) -> dict[str, Any]:
    instrument = measure.instrument
    codes = [item.code for item in instrument.items]
    rows = [
        [*sessions[place], totals.get(place), [given.get(code) for code in codes]]
        for place, given in answers.items()
    ]
    return {
        "informant": key[0],
        "measure": instrument.name,
        "scoring": instrument.scoring,
        "lowest": instrument.lowest,
        "highest": instrument.highest,
        "items": [
            {"code": item.code, "label": item.label, "reversed": item.code in measure.rule.reversed}
            for item in instrument.items
        ],
        "n_totals": len(totals),
        # Sorted here, because databases order text in different ways and the hash must not.
        "rows": sorted(rows, key=lambda row: row[:2]),
    }


def _answers(db: Session, actor: Actor) -> dict[Key, dict[int, dict[str, int]]]:
    query = select(
        Answers.informant, Answers.measure_id, Answers.treatment_session_id, Answers.answers
    ).where(Answers.study_id == actor.study_id)
    found: dict[Key, dict[int, dict[str, int]]] = {}
    for informant, measure_id, session_id, answers in db.execute(query):
        found.setdefault((informant, measure_id), {})[session_id] = answers
    return found


def _totals(db: Session, actor: Actor) -> dict[Key, dict[int, float]]:
    query = select(Score.informant, Score.measure_id, Score.treatment_session_id, Score.score).where(
        Score.study_id == actor.study_id,
        Score.subscale == TOTAL,
        # A total that was computed from these answers is no second witness.
        Score.source == FROM_FILE,
    )
    found: dict[Key, dict[int, float]] = {}
    for informant, measure_id, session_id, score in db.execute(query):
        found.setdefault((informant, measure_id), {})[session_id] = score
    return found


def _sessions(db: Session, actor: Actor) -> dict[int, tuple[str, int]]:
    query = (
        select(TreatmentSession.id, Dyad.code, TreatmentSession.number)
        .join(Dyad, (Dyad.study_id == TreatmentSession.study_id) & (Dyad.id == TreatmentSession.dyad_id))
        .where(TreatmentSession.study_id == actor.study_id)
    )
    return {session_id: (dyad, number) for session_id, dyad, number in db.execute(query)}
