"""The sealed key. Nothing else may read the table that joins recordings to treatment sessions.

Before unmasking, what is asked here is answered without the join. Each use leaves a trace in the audit
trail that holds counts only. After unmasking the join is used once for each result that is computed with
it, not for each look at that result. One recording alone can be opened in an emergency: that is on record
before it is shown, and so is each look at it again.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from coder_app.domain.permissions import Act
from coder_app.domain.visibility import Thing
from coder_app.models import Dyad, Recording, TreatmentSession
from coder_app.models.key import RecordingKey
from coder_app.services import audit, hearing
from coder_app.services.actor import Actor
from coder_app.services.acts import OPEN_ONE
from coder_app.services.errors import Refused

# Databases bound the number of values in one statement.
BATCH = 500


@dataclass(frozen=True)
class Source:
    """Where a recording comes from: its treatment session, and the hash of its sound.

    `part_sha256s` are the hashes of what several files added to it, empty for a recording from one file.
    """

    treatment_session_id: int
    content_sha256: str
    part_sha256s: tuple[str, ...] = ()

    @property
    def sounds(self) -> tuple[str, ...]:
        """The sound of each file in order, and then the whole."""
        return (*self.part_sha256s, self.content_sha256)


class Known(StrEnum):
    """What the study already has of a recording that is brought in."""

    NEW = "new"
    SAME = "the same sound of the same session"
    OTHER_SOUND = "another sound of the same session"
    OTHER_PARTS = "the same session from fewer, more or other parts"
    OTHER_SESSION = "the same sound of another session"


@dataclass(frozen=True)
class Answer:
    """What is known of a source; `place` is that of the file it is known by, from 0."""

    known: Known
    place: int = 0


@dataclass(frozen=True)
class NewKey:
    """The entry of a recording that has just been added."""

    recording_id: int
    source: Source
    is_study: bool


@dataclass(frozen=True)
class Origin:
    """The treatment session that one recording is of."""

    dyad: str
    session: int
    held_on: date | None


def known_content(db: Session, actor: Actor, sources: Sequence[Source]) -> list[Answer]:
    """Say of each source whether the study has it already, without saying under which code."""
    actor.check_can(Act.IMPORT)
    rows = db.execute(
        select(
            RecordingKey.treatment_session_id, RecordingKey.content_sha256, RecordingKey.part_sha256s
        ).where(RecordingKey.study_id == actor.study_id)
    ).all()
    there = {row[0]: Source(row[0], row[1], tuple(row[2])) for row in rows}
    sounds = frozenset(sound for source in there.values() for sound in source.sounds)
    audit.record(db, actor, "compare with the key", recordings=len(sources))
    return [_compare(source, there.get(source.treatment_session_id), sounds) for source in sources]


def add_keys(db: Session, actor: Actor, keys: Sequence[NewKey]) -> None:
    """Add the entries of new recordings; sessions with a recording of the study count as recorded."""
    actor.check_can(Act.IMPORT)
    if keys:
        db.execute(
            insert(RecordingKey),
            [
                {
                    "study_id": actor.study_id,
                    "recording_id": key.recording_id,
                    "treatment_session_id": key.source.treatment_session_id,
                    "content_sha256": key.source.content_sha256,
                    "part_sha256s": list(key.source.part_sha256s),
                }
                for key in keys
            ],
        )
    recorded = {key.source.treatment_session_id for key in keys if key.is_study}
    for batch in _batches(recorded):
        db.execute(
            update(TreatmentSession)
            .where(TreatmentSession.study_id == actor.study_id, TreatmentSession.id.in_(batch))
            .values(recorded=True)
        )
    audit.record(db, actor, "add to the key", recordings=len(keys))


def recordings_of(db: Session, actor: Actor, treatment_session_ids: Collection[int]) -> frozenset[int]:
    """Return the ids of the study's own recordings of these sessions together, not which is of which."""
    actor.check_can(Act.ALLOT)
    found: set[int] = set()
    for batch in _batches(treatment_session_ids):
        found |= set(
            db.scalars(
                select(RecordingKey.recording_id)
                .join(
                    Recording,
                    (Recording.study_id == RecordingKey.study_id)
                    & (Recording.id == RecordingKey.recording_id),
                )
                .where(
                    RecordingKey.study_id == actor.study_id,
                    RecordingKey.treatment_session_id.in_(batch),
                    Recording.use == "study",
                )
            )
        )
    audit.record(
        db,
        actor,
        "look up recordings in the key",
        sessions=len(set(treatment_session_ids)),
        recordings=len(found),
    )
    return frozenset(found)


def get_join(db: Session, actor: Actor, purpose: str) -> dict[int, int]:
    """Return the treatment session of each recording, on record; raise Hidden while the study is blind."""
    actor.check_sees(Thing.KEY)
    rows = db.execute(
        select(RecordingKey.recording_id, RecordingKey.treatment_session_id).where(
            RecordingKey.study_id == actor.study_id
        )
    ).all()
    audit.record(db, actor, "join by the key", purpose=purpose, recordings=len(rows))
    return {row.recording_id: row.treatment_session_id for row in rows}


def take_away(db: Session, actor: Actor, n_files: int) -> None:
    """Put on record that somebody takes away files of results that were computed with the join."""
    actor.check_sees(Thing.KEY)
    audit.record(db, actor, "take away what the key joined", files=n_files)


def open_one(db: Session, actor: Actor, recording_id: int, *, reason: str, concern: str) -> Origin:
    """Return where one recording comes from, marked and on record; the caller has just checked the password.

    `concern` is the public id of the report that makes it necessary.
    """
    actor.check_can(Act.OPEN_RECORDING)
    wanted = select(Recording).where(Recording.study_id == actor.study_id, Recording.id == recording_id)
    recording = db.scalars(wanted.with_for_update()).one()
    audit.record(db, actor, OPEN_ONE, recording.public_id, reason=reason, concern=concern)
    if recording.opened_at is None:
        recording.opened_at = actor.now()
    db.flush()
    return _get_origin(db, actor, recording_id)


def see_opened(db: Session, actor: Actor, recording_id: int) -> Origin | None:
    """Return the origin of a recording again to whoever has opened it, on record; None to anybody else."""
    actor.check_can(Act.OPEN_RECORDING)
    wanted = select(Recording).where(Recording.study_id == actor.study_id, Recording.id == recording_id)
    recording = db.scalars(wanted).one()
    if not hearing.has_opened(db, actor, recording.public_id):
        return None
    audit.record(db, actor, "see opened recording", recording.public_id)
    return _get_origin(db, actor, recording_id)


def _get_origin(db: Session, actor: Actor, recording_id: int) -> Origin:
    row = db.execute(
        select(Dyad.code, TreatmentSession.number, TreatmentSession.held_on)
        .join(TreatmentSession, TreatmentSession.dyad_id == Dyad.id)
        .join(RecordingKey, RecordingKey.treatment_session_id == TreatmentSession.id)
        .where(RecordingKey.study_id == actor.study_id, RecordingKey.recording_id == recording_id)
    ).first()
    if row is None:
        raise Refused("The key does not know this recording.")
    return Origin(row.code, row.number, row.held_on)


def _compare(source: Source, there: Source | None, sounds: frozenset[str]) -> Answer:
    if there is not None:
        if there.content_sha256 == source.content_sha256:
            return Answer(Known.SAME)
        shared = not set(source.sounds).isdisjoint(there.sounds)
        return Answer(Known.OTHER_PARTS if shared else Known.OTHER_SOUND)
    for place, sound in enumerate(source.sounds):
        if sound in sounds:
            # The whole, which is last, is known by its first file.
            return Answer(Known.OTHER_SESSION, place % max(1, len(source.part_sha256s)))
    return Answer(Known.NEW)


def _batches(ids: Collection[int]) -> list[list[int]]:
    ordered = sorted(set(ids))
    return [ordered[start : start + BATCH] for start in range(0, len(ordered), BATCH)]
