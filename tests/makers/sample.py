"""Makes a frozen sample with recordings directly in the database."""

from sqlalchemy.orm import Session

from coder_app.models import Dyad, Sample, Sequence, TreatmentSession
from coder_app.services import key
from coder_app.services.actor import Actor
from tests.makers.coding import add_recording


def add_frozen_sample(db: Session, lead: Actor, n_sequences: int) -> None:
    """Freeze child sequences of sessions 1 to 3, each of a dyad of its own, all with recordings."""
    sample = Sample(
        study_id=lead.study_id, settings={}, data_hash="0" * 64, frozen_by=lead.user_id, frozen_at=lead.now()
    )
    db.add(sample)
    db.flush()
    for number in range(1, n_sequences + 1):
        dyad, sessions = _add_dyad(db, lead, f"D{number:03d}", 3)
        db.add(
            Sequence(
                study_id=lead.study_id,
                sample_id=sample.id,
                dyad_id=dyad,
                informant="child",
                pre_id=sessions[0],
                central_id=sessions[1],
                post_id=sessions[2],
                criterion="both",
                type="repaired",
            )
        )
        for session in sessions:
            add_keyed_recording(db, lead, session)
    db.flush()


def add_dyad(db: Session, lead: Actor, code: str, n_sessions: int) -> list[int]:
    """Add a dyad with treatment sessions and return the sessions' ids."""
    return _add_dyad(db, lead, code, n_sessions)[1]


def _add_dyad(db: Session, lead: Actor, code: str, n_sessions: int) -> tuple[int, list[int]]:
    dyad = Dyad(study_id=lead.study_id, code=code, covariates={})
    db.add(dyad)
    db.flush()
    sessions = [
        TreatmentSession(study_id=lead.study_id, dyad_id=dyad.id, number=number, recorded=False)
        for number in range(1, n_sessions + 1)
    ]
    db.add_all(sessions)
    db.flush()
    return dyad.id, [session.id for session in sessions]


def add_keyed_recording(db: Session, lead: Actor, session: int) -> int:
    """Add a recording of a treatment session under a random code and return its id."""
    recording = add_recording(db, lead, lead.tools.token_hex(8))
    source = key.Source(session, lead.tools.token_hex(32))
    key.add_keys(db, lead, [key.NewKey(recording, source, is_study=True)])
    return recording
