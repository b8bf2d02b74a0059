"""Writing imported recordings to the database, in one transaction and in an order that tells nothing."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from coder_app.domain.masking import draw_masks, draw_order
from coder_app.models import Import, Recording, Segment, TreatmentSession
from coder_app.services import audit, key
from coder_app.services.actor import Actor
from coder_app.services.errors import Refused
from coder_app.services.known_sessions import KnownSessions, find_known_sessions
from coder_app.services.recording_cleaning import Cleaned
from coder_app.services.recording_codes import draw_anew, taken_names
from coder_app.services.recording_copies import source_of

if TYPE_CHECKING:
    from coder_app.tables.manifest import ManifestRow


@dataclass(frozen=True)
class Stored:
    """A recording whose cleaned sound is in the store under a random name."""

    cleaned: Cleaned
    storage_name: str

    @property
    def row(self) -> "ManifestRow":
        """Its row in the manifest, the first of several."""
        return self.cleaned.wanted.row


def add_recordings(
    db: Session, actor: Actor, import_id: str, stored: list[Stored], n_skipped: int, *, from_server: bool
) -> dict[str, Any]:
    """Add recordings, segments, keys and the import's end; return its summary, which names no source."""
    known = _with_missing_sessions(db, actor, stored)
    order = draw_order(len(stored), actor.tools.token_bytes)
    stored = [stored[place] for place in order]
    codes = draw_masks(len(stored), taken_names(db, actor), actor.tools.token_bytes)
    rows = [_recording(actor, one, code) for one, code in zip(stored, codes, strict=True)]
    db.add_all(rows)
    db.flush()
    db.add_all(_whole(row) for row in rows)
    # With those that were there: comparing the lists before and after must not tell which are the new ones.
    draw_anew(db, actor)
    keys = [
        key.NewKey(row.id, source_of(one.cleaned, known), one.row.use == "study")
        for row, one in zip(rows, stored, strict=True)
    ]
    key.add_keys(db, actor, keys)
    summary = {
        "imported": len(rows),
        "practice": sum(row.use == "practice" for row in rows),
        "skipped": n_skipped,
        "from_server": from_server,
        # A number alone: what is said under a code here would say that the code is of this import.
        "warnings": sum(bool(row.checks) for row in rows),
    }
    _end_import(db, actor, import_id, summary)
    return summary


def _recording(actor: Actor, stored: Stored, code: str) -> Recording:
    result = stored.cleaned.result
    return Recording(
        study_id=actor.study_id,
        public_id=actor.tools.token_hex(),
        code=code,
        storage_name=stored.storage_name,
        use=stored.row.use,
        duration_ms=round(result.duration * 1000),
        size=result.size,
        sha256=result.sha256,
        imported_at=actor.now(),
        # Under a code, so only what the check did not say of a file by name.
        checks=[text for text in result.warnings if text not in stored.cleaned.wanted.warnings],
    )


def _whole(row: Recording) -> Segment:
    return Segment(study_id=row.study_id, recording_id=row.id, number=0, start_ms=0, end_ms=row.duration_ms)


def _with_missing_sessions(db: Session, actor: Actor, stored: list[Stored]) -> KnownSessions:
    """Add the sessions of known dyads that the study does not have yet, and dates that it lacks."""
    known = find_known_sessions(db, actor)
    rows = {(one.row.dyad, one.row.session): one.row for one in stored}
    for (dyad, number), row in sorted(rows.items()):
        held_on = date.fromisoformat(row.date) if row.date else None
        session = known.sessions.get((dyad, number))
        if session is None:
            db.add(
                TreatmentSession(
                    study_id=actor.study_id,
                    dyad_id=known.dyads[dyad],
                    number=number,
                    held_on=held_on,
                    recorded=False,
                )
            )
        elif held_on and session.held_on is None:
            db.execute(
                update(TreatmentSession)
                .where(TreatmentSession.study_id == actor.study_id, TreatmentSession.id == session.id)
                .values(held_on=held_on)
            )
    db.flush()
    return find_known_sessions(db, actor)


def _end_import(db: Session, actor: Actor, import_id: str, summary: dict[str, Any]) -> None:
    ended = db.execute(
        update(Import)
        .where(Import.study_id == actor.study_id, Import.public_id == import_id, Import.state == "staged")
        .values(state="done", finished_at=actor.now(), summary=summary)
    )
    if ended.rowcount != 1:
        raise Refused("This import was ended by somebody else. Nothing was imported.")
    from coder_app.audio.encode import describe_encoding

    counts = {name: summary[name] for name in ("imported", "practice", "skipped")}
    audit.record(db, actor, "import recordings", import_id, **counts, sound=describe_encoding())
