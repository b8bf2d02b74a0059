"""Makes recordings and assignments directly in the database, for tests of what happens after allotment."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.models import Assignment, InstrumentVersion, Recording, Round, Segment
from coder_app.services.actor import Actor


def add_recording(
    db: Session, actor: Actor, code: str, storage_name: str | None = None, duration_ms: int = 60_000
) -> int:
    """Add a recording, of one minute unless told, with its whole segment and return its id."""
    recording = Recording(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        code=code,
        storage_name=storage_name or actor.tools.token_hex(),
        use="study",
        duration_ms=duration_ms,
        size=1,
        sha256="0" * 64,
        imported_at=actor.now(),
    )
    db.add(recording)
    db.flush()
    db.add(
        Segment(study_id=actor.study_id, recording_id=recording.id, number=0, start_ms=0, end_ms=duration_ms)
    )
    db.flush()
    return recording.id


def add_round(db: Session, actor: Actor) -> int:
    """Add a main round and return its id."""
    made = Round(
        public_id=actor.tools.token_hex(),
        study_id=actor.study_id,
        name="Main coding",
        purpose="main",
        seed=1,
        share=0.25,
        created_at=actor.now(),
    )
    db.add(made)
    db.flush()
    return made.id


def add_assignment(
    db: Session, coder: Actor, round_id: int, recording_id: int, instrument: str, mask: str, place: int
) -> str:
    """Give a coder a recording to code on an instrument and return the assignment's public id."""
    version = db.scalars(
        select(InstrumentVersion.id).where(
            InstrumentVersion.study_id == coder.study_id, InstrumentVersion.name == instrument
        )
    ).one()
    made = Assignment(
        public_id=coder.tools.token_hex(),
        study_id=coder.study_id,
        round_id=round_id,
        recording_id=recording_id,
        instrument_version_id=version,
        user_id=coder.user_id,
        mask=mask,
        place=place,
        is_primary=True,
        state="not started",
        revision=0,
        cleared={},
    )
    db.add(made)
    db.flush()
    return made.public_id
