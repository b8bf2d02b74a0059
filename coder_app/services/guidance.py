"""The lab's notes on the items of its instruments: written by leads, the same for every coder."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.domain.instruments import CODING
from coder_app.domain.permissions import Act
from coder_app.models import Assignment, Guidance, InstrumentVersion, User
from coder_app.services import audit
from coder_app.services.actor import Actor
from coder_app.services.assignment import own
from coder_app.services.errors import NotFound, Refused
from coder_app.services.hashing import hash_of
from coder_app.services.study import StudyInstrument, list_instruments

LONGEST = 4000


@dataclass(frozen=True)
class ItemGuidance:
    """What the lab has agreed about one item, since when, and who wrote it; empty while there is nothing."""

    code: str
    label: str
    description: str
    text: str = ""
    since: datetime | None = None
    by: str | None = None

    @property
    def mark(self) -> str:
        """What a page sends back to say which text it has shown."""
        return hash_of(self.text)[:16]


@dataclass(frozen=True)
class ScaleGuidance:
    """The notes on one version of an instrument, item by item."""

    instrument: str
    version: str
    title: str
    items: tuple[ItemGuidance, ...]


@dataclass(frozen=True)
class Written:
    """A new text for an item, and the mark of the text that its writer had before them."""

    text: str
    mark: str


@dataclass(frozen=True)
class Outcome:
    """Which items were changed; or, when others have changed some meanwhile, which, and nothing was."""

    changed: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()


def list_guidance(db: Session, actor: Actor) -> list[ScaleGuidance]:
    """Return the notes on every coding instrument of the study."""
    actor.check_can(Act.SET_UP_CODING)
    return [_scale(db, actor, version) for version in list_instruments(db, actor, CODING)]


def save(db: Session, actor: Actor, instrument: str, version: str, written: Mapping[str, Written]) -> Outcome:
    """Write the notes on one instrument's items; each change is audited with the old and the new text."""
    actor.check_can(Act.SET_UP_CODING)
    known = {
        (one.instrument.name, one.instrument.version): one for one in list_instruments(db, actor, CODING)
    }
    if (instrument, version) not in known:
        raise NotFound
    meant = known[instrument, version]
    # Held, so that two leads do not write about the same item at once.
    db.execute(
        select(InstrumentVersion.id).where(InstrumentVersion.id == meant.id).with_for_update(key_share=True)
    )
    changing = [
        item
        for item in _scale(db, actor, meant).items
        if item.code in written and written[item.code].text != item.text
    ]
    for item in changing:
        if len(written[item.code].text) > LONGEST:
            raise Refused(f"The notes on {item.label} are longer than {LONGEST:,} characters.")
    stale = tuple(item.code for item in changing if written[item.code].mark != item.mark)
    if stale:
        return Outcome(stale=stale)
    for item in changing:
        _write(db, actor, meant.id, item, written[item.code].text)
        told = {"item": item.code, "before": item.text, "after": written[item.code].text}
        audit.record(db, actor, "change guidance", None, instrument=instrument, version=version, **told)
    return Outcome(changed=tuple(item.code for item in changing))


def read_guidance(db: Session, actor: Actor, assignment: str) -> dict[str, str]:
    """Return by item what the lab has noted on the instrument of one of the coder's own assignments."""
    actor.check_can(Act.RATE)
    rows = db.execute(
        select(Guidance.item, Guidance.text)
        .join(Assignment, Assignment.instrument_version_id == Guidance.instrument_version_id)
        .where(*own(actor, assignment), Guidance.study_id == actor.study_id, Guidance.text != "")
    )
    return {row.item: row.text for row in rows}


def _scale(db: Session, actor: Actor, version: StudyInstrument) -> ScaleGuidance:
    rows = db.execute(
        select(Guidance.item, Guidance.text, Guidance.changed_at, User.name)
        .join(User, User.id == Guidance.changed_by)
        .where(Guidance.study_id == actor.study_id, Guidance.instrument_version_id == version.id)
    )
    noted = {row.item: (row.text, row.changed_at, row.name) for row in rows}
    instrument = version.instrument
    items = tuple(
        ItemGuidance(item.code, item.label, item.description, *noted.get(item.code, ()))
        for item in instrument.items
    )
    return ScaleGuidance(instrument.name, instrument.version, instrument.title, items)


def _write(db: Session, actor: Actor, version_id: int, item: ItemGuidance, text: str) -> None:
    if item.since is None:
        guidance = Guidance(study_id=actor.study_id, instrument_version_id=version_id, item=item.code)
        db.add(guidance)
    else:
        guidance = db.scalars(
            select(Guidance).where(
                Guidance.study_id == actor.study_id,
                Guidance.instrument_version_id == version_id,
                Guidance.item == item.code,
            )
        ).one()
    guidance.text, guidance.changed_by, guidance.changed_at = text, actor.user_id, actor.now()
    db.flush()
