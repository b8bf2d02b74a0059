"""Makes a study of one scale whose three coders have coded the same recordings, directly in the database.

One of them rates two items higher from the middle on.
"""

import random
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import insert, select, update

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.models import (
    Assignment,
    InstrumentVersion,
    Recording,
    Round,
    RoundRecording,
    Study,
    Submission,
)
from coder_app.services.actor import Actor
from coder_app.worker import run_next
from tests.makers.coding import add_recording

NAMES = ("Ada", "Ben", "Cleo")
ITEMS = tuple(f"cirs_0{number}" for number in range(1, 7))
MAIN, TRAINING = "main", "training"


@dataclass
class Drifting:
    """The study, its lead and its coders."""

    world: object
    settings: object
    lead: Actor
    coders: dict[str, Actor]
    rng: random.Random = field(default_factory=lambda: random.Random(11))

    @property
    def address(self) -> str:
        """Where the study's pages begin."""
        return f"/studies/{self.lead.study_public_id}"

    def work(self) -> None:
        """Run waiting work until there is none."""
        while run_next(self.world.database, self.world.tools, self.settings):
            pass

    def opened(self, browser, path: str):
        """Open a page that rests on a computed result, computing it when it is not there yet."""
        if browser.get(self.address + path).status_code == 202:
            self.work()
        return browser.get(self.address + path)

    def add_round(self, purpose: str, n_recordings: int, drifts: str | None = None, names=NAMES) -> None:
        """Add a round that all have submitted; who drifts rates two items higher in its second half."""
        lead = self.lead
        with self.world.database.write() as db:
            version = db.scalars(
                select(InstrumentVersion.id).where(
                    InstrumentVersion.study_id == lead.study_id, InstrumentVersion.name == "CIRS"
                )
            ).one()
            made = Round(
                **{"public_id": lead.tools.token_hex(), "study_id": lead.study_id, "name": purpose},
                **{"purpose": purpose, "seed": 1, "share": 1.0, "created_at": lead.now()},
            )
            db.add(made)
            db.flush()
            places = range(n_recordings)
            codes = [add_recording(db, lead, f"{purpose}-{place:02}") for place in places]
            flags = {"study_id": lead.study_id, "round_id": made.id, "in_subset": True}
            db.execute(insert(RoundRecording), [flags | {"recording_id": one} for one in codes])
            if purpose == TRAINING:
                db.execute(update(Recording).where(Recording.id.in_(codes)).values(use="practice"))
            for place, recording in zip(places, codes, strict=True):
                level = self.rng.gauss(2.5, 1)
                for name in names:
                    late = name == drifts and place >= n_recordings // 2
                    self._add_form(db, made.id, version, recording, name, level, late)

    def _add_form(self, db, round_id, version, recording, name, level, late) -> None:
        at = self.lead.now() + timedelta(hours=1)
        self.world.tools.clock.now = at
        study_id = self.lead.study_id
        scores = [
            min(5, max(0, round(level + self.rng.gauss(0, 0.5)) + (2 if late and number < 2 else 0)))
            for number in range(len(ITEMS))
        ]
        form = Assignment(
            **{"public_id": self.lead.tools.token_hex(), "study_id": study_id, "round_id": round_id},
            **{"recording_id": recording, "instrument_version_id": version, "is_primary": False},
            **{"user_id": self.coders[name].user_id, "mask": self.lead.tools.token_hex(8)},
            **{"place": int(at.timestamp()), "state": "submitted", "revision": 6, "cleared": {}},
            **{"worked_at": at, "submitted_at": at},
        )
        db.add(form)
        db.flush()
        given = [
            {"segment": 0, "item": item, "score": score, "reason": None}
            for item, score in zip(ITEMS, scores, strict=True)
        ]
        kept = {"number": 1, "ratings": given, "started_at": None, "submitted_at": at}
        db.add(Submission(study_id=study_id, assignment_id=form.id, heard_share=1.0, why_less=None, **kept))


def make_drifting(world, settings) -> Drifting:
    """Make the study in its coding phase, with nothing coded yet."""
    lead = world.study()
    coders = {name: world.member(lead, name, Role.CODER, instruments=("CIRS",)) for name in NAMES}
    with world.database.write() as db:
        db.execute(update(Study).where(Study.id == lead.study_id).values(phase=Phase.CODING))
    return Drifting(world, settings, world.again(lead), coders)
