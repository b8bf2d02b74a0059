"""Puts the reference study's dyads, scores and recorded sessions straight into the database."""

import csv

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coder_app.models import Dyad, InstrumentVersion, Score, TreatmentSession
from coder_app.services.actor import Actor
from tests.makers.alliance import RUPTURE_STUDY, add_import


def add_reference_study(db: Session, actor: Actor) -> None:
    """Add all dyads, treatment sessions and scores; sessions with a study recording are recorded."""
    scores = [
        (row["dyad"], int(row["session"]), row["informant"], row["measure"], float(row["score"]))
        for row in _rows("alliance/scores_long.csv")
    ]
    recorded = {
        (row["dyad"], int(row["session"]))
        for row in _rows("recordings/manifest.csv")
        if row["use"] == "study"
    }
    add_scores(db, actor, [row["dyad"] for row in _rows("participants.csv")], scores, recorded)


def add_scores(
    db: Session,
    actor: Actor,
    dyads: list[str],
    scores: list[tuple[str, int, str, str, float]],
    recorded: set[tuple[str, int]] = frozenset(),
    attendance: dict[tuple[str, int], str] | None = None,
) -> None:
    """Add dyads with their scores (dyad, session, informant, measure, score) and the sessions they are of."""
    study = {"study_id": actor.study_id}
    db.execute(insert(Dyad), [{**study, "code": code, "covariates": {}} for code in dyads])
    dyad_ids = dict(db.execute(select(Dyad.code, Dyad.id).filter_by(**study)).all())
    sessions = {(row[0], row[1]) for row in scores} | set(recorded) | set(attendance or {})
    db.execute(
        insert(TreatmentSession),
        [
            {
                **study,
                "dyad_id": dyad_ids[dyad],
                "number": number,
                "held_on": None,
                "attendance": (attendance or {}).get((dyad, number)),
                "recorded": (dyad, number) in recorded,
            }
            for dyad, number in sorted(sessions)
        ],
    )
    places = select(TreatmentSession.dyad_id, TreatmentSession.number, TreatmentSession.id)
    session_ids = {(dyad, number): id_ for dyad, number, id_ in db.execute(places.filter_by(**study))}
    named = select(InstrumentVersion.name, InstrumentVersion.id).filter_by(**study)
    measures = dict(db.execute(named).all())
    import_id = add_import(db, actor)
    db.execute(
        insert(Score),
        [
            {
                **study,
                "treatment_session_id": session_ids[dyad_ids[dyad], number],
                "informant": informant,
                "measure_id": measures[measure],
                "score": score,
                "import_id": import_id,
            }
            for dyad, number, informant, measure, score in scores
        ],
    )


def _rows(name: str) -> list[dict[str, str]]:
    with open(RUPTURE_STUDY / name, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))
