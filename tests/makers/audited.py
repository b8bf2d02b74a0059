"""Makes a study being coded, with a telling name on everything around its recordings, for the leak audit."""

import itertools
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert, select, update

from coder_app.audio.clean import clean_recording
from coder_app.audio.store import Store
from coder_app.config import Settings
from coder_app.db import Database
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.allocation import Allotment
from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.instruments import bundled_instruments
from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.leakaudit.audit import Ground, audit_person
from coder_app.leakaudit.installation import prepared
from coder_app.leakaudit.personas import Persona
from coder_app.leakaudit.report import Report
from coder_app.leakaudit.side import Plant
from coder_app.leakaudit.walk import Depth
from coder_app.models import (
    Assignment,
    Dyad,
    Import,
    InstrumentVersion,
    Recording,
    Round,
    RoundRecording,
    Sample,
    Study,
)
from coder_app.services import (
    members,
    rating,
    repeat_making,
    round_settings,
    round_training,
    rupture,
    submission,
)
from coder_app.services import round as rounds
from coder_app.services.actor import Actor, Tools
from coder_app.services.round_making import Order, add_forms, hold_waiting
from coder_app.services.round_settings import RoundSettings
from tests.conftest import World
from tests.makers.coding import add_recording
from tests.makers.sample import add_frozen_sample

FILE = "Winterswijk_canary_scores.csv"
THERAPIST = "Therapist-Canary-T06"
_COUNTED = (
    "bytes", "rows", "missing", "values", "dyads", "new_dyads", "new_sessions", "new", "unchanged", "changed",
    "added", "overwritten_values", "warnings",
)  # fmt: skip
CODER = "Mara Canary-Coder"


@dataclass(frozen=True)
class Audited:
    """A furnished copy of the study, and who is audited on it, by role; of coders the one of both scales."""

    ground: Ground
    personas: tuple[Persona, ...]

    def find(self, role: str, name: str = "") -> Persona:
        """Return who has a role in the study, or whose name begins like this."""
        found = (who for who in self.personas if who.role == role and who.name.startswith(name))
        return next(found)

    def audit(self, who: Persona, plant: Plant | None = None, depth: Depth = Depth.PAGES) -> Report:
        """Audit one person, with a leak where one is planted."""
        return audit_person(replace(self.ground, plant=plant), who, depth)


@contextmanager
def studied(empty_sqlite: Path, folder: Path) -> Iterator[tuple[Settings, Database]]:
    """Yield an installation with the study in a folder."""
    path = folder / "test.sqlite"
    path.write_bytes(empty_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    settings = Settings(folder, f"sqlite:///{path}", secret_key=b"0" * 32)
    seconds = itertools.count(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())
    tools = Tools(
        clock=lambda: datetime.fromtimestamp(next(seconds), UTC),
        token_bytes=random.Random(20260302).randbytes,
    )
    try:
        make_audited_study(World(database, tools), database, settings)
        yield settings, database
    finally:
        database.dispose()


@contextmanager
def audited_study(empty_sqlite: Path, folder: Path) -> Iterator[Audited]:
    """Yield a study that is ready to be audited; many tests can share it, since audits work on copies."""
    with studied(empty_sqlite, folder) as (settings, _):
        (folder / "audits").mkdir()
        with audited(settings, folder / "audits") as ready:
            yield ready


@contextmanager
def audited(settings: Settings, folder: Path) -> Iterator[Audited]:
    """Yield the study of an installation ready to be audited."""
    with prepared(settings, folder) as (ground, personas):
        yield Audited(ground, personas)


def make_audited_study(world, database: Database, settings: Settings) -> Actor:
    """Make a study of three sequences and one recording for training.

    Mara codes on both scales, the study's lead codes too, and three others code.
    """
    lead = world.study(lead="Lena Leadcanary")
    coders = [world.member(lead, CODER, Role.CODER, instruments=("CIRS", "TABBS"))]
    coders += [world.member(lead, name, Role.CODER, instruments=("CIRS",)) for name in ("Nora", "Odo")]
    coders.append(world.member(lead, "Pia", Role.CODER, instruments=("TABBS",)))
    with database.write() as db:
        members.join_team(db, lead, ["TABBS"])
        add_frozen_sample(db, lead, 3)
        db.execute(update(Sample).values(settings=rupture.DEFAULTS))
        db.execute(update(Dyad).values(covariates={"therapist": THERAPIST}))
        _add_import(db, lead)
    with database.write() as db:
        # Mara hears each recording once for both scales; without leave no page knows of pairs.
        together = CodingSettings(one_listening=True).to_mapping()
        db.execute(update(Study).where(Study.id == lead.study_id).values(coding_settings=together))
    with database.write() as db:
        practice = add_recording(db, lead, "practice-canary-code")
        db.execute(update(Recording).where(Recording.id == practice).values(use="practice"))
        round_training.start_training(db, world.again(lead), "Training-Canary")
    with database.write() as db:
        main = rounds.allot_sample(db, world.again(lead), "Main coding", 0.4)
        round_settings.change_round(db, world.again(lead), main, RoundSettings(5, announced=False))
    _put_sounds(database, settings)
    for coder in coders:
        _code(database, world.again(lead, coder.viewer))
    _let_one_come_back(database, world.again(lead), coders[0].user_id)
    return world.again(lead)


def _add_import(db, lead: Actor) -> None:
    row = {
        "public_id": lead.tools.token_hex(),
        "study_id": lead.study_id,
        "kind": "scores",
        "state": "done",
        "file_name": FILE,
        "summary": dict.fromkeys(_COUNTED, 0) | {"sha256": "0" * 64, "layout": "long"},
        "created_by": lead.user_id,
        "created_at": lead.now(),
        "finished_at": lead.now(),
    }
    db.execute(insert(Import), row)


def _let_one_come_back(database: Database, lead: Actor, coder: int) -> None:
    """Give a coder one recording of the main round once more, on each of the coder's scales."""
    with database.write() as db:
        made = repeat_making.set_up(db, lead, 0.1, 14)
        round_id, main = db.execute(select(Round.id, Round.of_round_id).where(Round.public_id == made)).one()
        own = db.scalars(
            select(Assignment)
            .where(Assignment.user_id == coder, Assignment.round_id == main)
            .order_by(Assignment.place)
        ).all()
        again = [form for form in own if form.recording_id == own[-1].recording_id]
        orders = [
            Order(form.instrument_version_id, Allotment(form.recording_id, coder, False)) for form in again
        ]
        add_forms(db, lead, round_id, orders, hold_waiting(db, lead))
        row = {"study_id": lead.study_id, "round_id": round_id, "in_subset": False}
        db.execute(insert(RoundRecording), [row | {"recording_id": own[-1].recording_id}])


def _put_sounds(database: Database, settings: Settings) -> None:
    store = Store(settings.store_dir)
    source, target = settings.data_dir / "source.mp3", settings.data_dir / "clean.m4a"
    write_recording(source, speech(1.0, 1), {"title": "D001", "date": "2018-02-21"})
    result = clean_recording([source], target)
    with database.write() as db:
        for recording in db.scalars(select(Recording)):
            path = store.temporary_path()
            path.write_bytes(target.read_bytes())
            recording.storage_name = store.put(path, result.peaks)
    source.unlink()


def _code(database: Database, coder: Actor) -> None:
    """Submit the first form, begin the second."""
    scores, instruments = random.Random(coder.user_id), bundled_instruments()
    with database.write() as db:
        forms = db.execute(
            select(Assignment.public_id, InstrumentVersion.name)
            .join(InstrumentVersion, InstrumentVersion.id == Assignment.instrument_version_id)
            .where(Assignment.user_id == coder.user_id)
            .order_by(Assignment.place)
            .limit(2)
        ).all()
        for place, form in enumerate(forms):
            items = instruments[form.name].items
            for number, item in enumerate(items if place == 0 else items[:2], start=1):
                change = Change(item.code, scores.randint(0, 3), None, "page", number, 0)
                rating.save(db, coder, form.public_id, change)
        submission.submit(db, coder, forms[0].public_id, "I heard it elsewhere.")
