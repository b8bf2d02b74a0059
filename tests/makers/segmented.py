"""Makes a coding scale that is rated by segments, since none ships with the package, and forms of it."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from coder_app.db import Database
from coder_app.domain.instruments import bundled_instruments, parse_instrument
from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.models import InstrumentVersion
from coder_app.services import rating, submission
from coder_app.services.actor import Actor
from coder_app.services.assignment import CodingForm, get_form
from coder_app.services.segment import add_segments
from tests.makers.coding import add_assignment, add_recording, add_round

NAME = "MIRS"
ITEMS = ("mirs_01", "mirs_02", "mirs_03")
MINUTE = 60_000
WHY = "Heard before this test."


def add_segmented_scale(db: Session, lead: Actor, minutes: int = 5) -> int:
    """Add MIRS, three items of CIRS rated for each stretch of so many minutes; return the version's id."""
    cirs = bundled_instruments()["CIRS"].to_mapping()
    items = [item | {"code": code} for item, code in zip(cirs["items"], ITEMS, strict=False)]
    named = {"name": NAME, "title": "Minute by Minute Rating Scale", "segment_minutes": minutes}
    subscale = {"code": "all_items", "name": "All Items", "items": list(ITEMS)}
    definition = parse_instrument(cirs | named | {"items": items, "subscales": [subscale]}).to_mapping()
    version = InstrumentVersion(
        study_id=lead.study_id,
        name=NAME,
        version="1",
        kind="coding",
        definition=definition,
        created_at=lead.now(),
    )
    db.add(version)
    db.flush()
    return version.id


def drop_other_scales(db: Session, lead: Actor, *kept: str) -> None:
    """Leave only these coding scales in a study that has not been allotted."""
    for version in db.scalars(
        select(InstrumentVersion).where(
            InstrumentVersion.study_id == lead.study_id,
            InstrumentVersion.kind == "coding",
            InstrumentVersion.name.not_in(kept),
        )
    ):
        db.delete(version)
    db.flush()


def change(segment=1, item=ITEMS[0], score=3, reason=None, page="a", sequence=1, base=0) -> Change:
    """Return a change of an item in a segment."""
    return Change(item, score, reason, page, sequence, base, segment)


@dataclass
class SegmentedForm:
    """One coder's form by segments."""

    database: Database
    lead: Actor
    coder: Actor
    public_id: str

    @property
    def address(self) -> str:
        """Where it is rated."""
        return f"/coding/{self.public_id}"

    def save(self, sent: Change) -> rating.Saved | rating.Conflict | rating.Refusal:
        """Send one change."""
        with self.database.write() as db:
            return rating.save(db, self.coder, self.public_id, sent)

    def read(self) -> CodingForm:
        """Return the form as it is now."""
        with self.database.read() as db:
            return get_form(db, self.coder, self.public_id)

    def stored(self) -> dict[tuple[int, str], tuple[int | None, str | None]]:
        """Return score and reason of every answer by segment and item."""
        return {
            (segment.number, item): (given.score, given.reason)
            for segment in self.read().segments
            for item, given in segment.ratings.items()
            if given.stands
        }

    def rate_all(self, score: Callable[[int, str], int | None] = lambda segment, item: 2) -> None:
        """Rate every item of every segment; without a score it is not codable."""
        places = [(segment.number, item) for segment in self.read().segments for item in segment.items]
        for number, (segment, item) in enumerate(places, start=1):
            given = score(segment, item)
            reason = "inaudible" if given is None else None
            self.save(change(segment, item, given, reason, "all", number))

    def submit(self) -> None:
        """Submit it."""
        with self.database.write() as db:
            submission.submit(db, self.coder, self.public_id, WHY)


def make_segmented_form(world, database: Database) -> SegmentedForm:
    """Make a study in which Mara has a form on a recording of 11 minutes, in segments of 5 and of 6."""
    lead = world.study()
    with database.write() as db:
        add_segmented_scale(db, lead)
    coder = world.member(lead, "Mara", Role.CODER, instruments=(NAME,))
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila", duration_ms=11 * MINUTE)
        add_segments(db, lead, [recording], [5 * MINUTE])
        name = add_assignment(db, coder, add_round(db, lead), recording, NAME, "velid-moru", 1)
    return SegmentedForm(database, lead, coder, name)
