"""Makes dyads, treatment sessions and scores: directly, or by importing the reference study."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.models import Dyad, Import, InstrumentVersion, Score, TreatmentSession
from coder_app.services import csv_import
from coder_app.services.actor import Actor
from coder_app.services.staging import Staging

RUPTURE_STUDY = Path(__file__).parent.parent / "reference" / "rupture_study"
PARTICIPANTS = RUPTURE_STUDY / "participants.csv"
SCORES_LONG = RUPTURE_STUDY / "alliance" / "scores_long.csv"
SCORES_WIDE = RUPTURE_STUDY / "alliance" / "scores_wide.csv"
SCORES_LONG_NL = RUPTURE_STUDY / "alliance" / "scores_long_excel_nl.csv"


def import_csv(database: Database, actor: Actor, staging: Staging, kind: str, file: Path | bytes) -> str:
    """Bring a file in as the pages do, from choosing it to importing it; return the import's public id."""
    data = file if isinstance(file, bytes) else file.read_bytes()
    name = "file.csv" if isinstance(file, bytes) else file.name
    return csv_import.import_file(database, actor, kind, name, data, staging)


def import_rupture_study(database: Database, actor: Actor, staging: Staging) -> None:
    """Import the participants and the long scores of the reference study."""
    import_csv(database, actor, staging, "participants", PARTICIPANTS)
    import_csv(database, actor, staging, "scores", SCORES_LONG)


def add_dyads(db: Session, actor: Actor, codes: Sequence[str], n_sessions: int = 0) -> None:
    """Add dyads with treatment sessions 1 to `n_sessions` and no scores."""
    db.execute(insert(Dyad), [{"study_id": actor.study_id, "code": code, "covariates": {}} for code in codes])
    if n_sessions:
        ids = select(Dyad.id).where(Dyad.study_id == actor.study_id, Dyad.code.in_(codes))
        db.execute(
            insert(TreatmentSession),
            [
                {"study_id": actor.study_id, "dyad_id": dyad_id, "number": number, "recorded": False}
                for dyad_id in db.scalars(ids)
                for number in range(1, n_sessions + 1)
            ],
        )


def add_scores(
    db: Session,
    actor: Actor,
    measure: str,
    informant: str,
    scores: Mapping[str, Sequence[float | None]],
) -> None:
    """Add scores of sessions 1, 2, ... of dyads that `add_dyads` made with as many treatment sessions."""
    measure_id = db.scalars(
        select(InstrumentVersion.id).where(
            InstrumentVersion.study_id == actor.study_id, InstrumentVersion.name == measure
        )
    ).one()
    sessions = select(Dyad.code, TreatmentSession.number, TreatmentSession.id).join(
        TreatmentSession,
        (TreatmentSession.study_id == Dyad.study_id) & (TreatmentSession.dyad_id == Dyad.id),
    )
    ids = {
        (code, number): session_id
        for code, number, session_id in db.execute(sessions.where(Dyad.study_id == actor.study_id))
    }
    import_id = add_import(db, actor)
    db.execute(
        insert(Score),
        [
            {
                "study_id": actor.study_id,
                "treatment_session_id": ids[code, number],
                "informant": informant,
                "measure_id": measure_id,
                "score": score,
                "import_id": import_id,
            }
            for code, series in scores.items()
            for number, score in enumerate(series, start=1)
            if score is not None
        ],
    )


def add_import(db: Session, actor: Actor) -> int:
    """Add the import that made scores come from and return its id."""
    made = Import(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        kind="scores",
        state="discarded",  # it was never a file, so no page should list it
        file_name="made.csv",
        summary={},
        created_by=actor.user_id,
        created_at=actor.now(),
    )
    db.add(made)
    db.flush()
    return made.id
