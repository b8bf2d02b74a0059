"""Makes a small study whose coding is done, directly in the database.

Three coders share both scales. The reliability subset is the 17 recordings of the reference study with its 17
items; the other recordings have scores from a seed, given by one coder each.
"""

import csv
import random
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import insert, select, update

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.models import (
    Assignment,
    Dyad,
    InstrumentVersion,
    Rating,
    Round,
    RoundRecording,
    Sample,
    Segment,
    Sequence,
    Study,
    TreatmentSession,
    User,
)
from coder_app.models.key import RecordingKey
from coder_app.services import auth, lock, plan, trail, unmask
from coder_app.services.actor import Actor
from coder_app.worker import run_next
from tests.makers.coding import add_recording
from tests.makers.kept import keep

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "icc" / "study_17x3x17_long.csv"
PASSWORD = "a password for the key"
CODERS = {"coder1": "Ada", "coder2": "Ben", "coder3": "Cleo"}
ITEMS = {f"item{n:02}": f"cirs_{n:02}" if n <= 6 else f"tabbs_{n - 6:02}" for n in range(1, 18)}
# The reference study rates every item from 0 to 5.
HIGHEST = 5
SCALES = ("CIRS", "TABBS")
# informant: rupture types, one a dyad; each dyad's sequence is sessions 4, 5 and 6
SEQUENCES = {
    "child": ["repaired"] * 4 + ["unrepaired"] * 3,
    "therapist": ["repaired"] * 9 + ["unrepaired"] * 4,
}


@dataclass
class CodedStudy:
    """The study with its people; scores that are (recording code, coder, item code) -> score."""

    world: object
    settings: object
    lead: Actor
    coders: dict[str, Actor]
    round_id: int = 0
    recordings: dict[str, int] = field(default_factory=dict)
    session_of: dict[str, tuple[str, int]] = field(default_factory=dict)
    primary_of: dict[tuple[str, str], str] = field(default_factory=dict)
    scores: dict[tuple[str, str, str], int] = field(default_factory=dict)

    @property
    def address(self) -> str:
        """Where the study's pages begin."""
        return f"/studies/{self.lead.study_public_id}"

    def lock(self) -> None:
        """Lock the coding."""
        with self.world.database.write() as db:
            lock.lock_coding(db, self.lead)
        self.lead = self.world.again(self.lead)

    def plan(self, **choices) -> None:
        """Record a plan, with few permutations unless told."""
        with self.world.database.write() as db:
            plan.record_plan(db, self.lead, plan.PlanChoices(**({"permutations": 500} | choices)))

    def open_key(self, reason: str = "All forms are in.") -> None:
        """Lock if need be, record a plan if there is none, and unmask."""
        if self.lead.phase is Phase.CODING:
            self.lock()
        with self.world.database.read() as db:
            planned = plan.find_plan(db, self.lead)
        if planned is None:
            self.plan()
        with self.world.database.write() as db:
            unmask.unmask(db, self.lead, reason)
        self.lead = self.world.again(self.lead)

    def trail(self) -> tuple[trail.Entry, ...]:
        """Return the study's acts, the newest first."""
        with self.world.database.read() as db:
            return trail.list_entries(db, self.lead, trail.Filter(), limit=None).entries

    def set_password(self) -> None:
        """Give the lead a password."""
        with self.world.database.write() as db:
            db.execute(
                update(User)
                .where(User.id == self.lead.user_id)
                .values(password_hash=auth.hash_password(PASSWORD))
            )

    def work(self) -> None:
        """Run waiting work until there is none."""
        while run_next(self.world.database, self.world.tools, self.settings):
            pass

    def opened(self, browser, path: str):
        """Open a page that rests on a computed result, computing it when it is not there yet."""
        if browser.get(self.address + path).status_code == 202:
            self.work()
        return browser.get(self.address + path)

    def open_again(self, code: str, coder: str, instrument: str) -> None:
        """Put one form back in progress."""
        self._change_form(code, coder, instrument, state="in progress", submitted_at=None)

    def mark_not_codable(self, code: str, coder: str, item: str) -> None:
        """Turn one rating into 'not codable'."""
        with self.world.database.write() as db:
            wanted = select(Assignment.id).where(
                Assignment.recording_id == self.recordings[code],
                Assignment.user_id == self.coders[coder].user_id,
            )
            db.execute(
                update(Rating)
                .where(Rating.assignment_id.in_(wanted), Rating.item == item)
                .values(score=None, reason="inaudible")
            )
        self.scores[code, coder, item] = None

    def _change_form(self, code: str, coder: str, instrument: str, **values) -> None:
        with self.world.database.write() as db:
            version = db.scalars(
                select(InstrumentVersion.id).where(
                    InstrumentVersion.study_id == self.lead.study_id, InstrumentVersion.name == instrument
                )
            ).one()
            db.execute(
                update(Assignment)
                .where(
                    Assignment.recording_id == self.recordings[code],
                    Assignment.user_id == self.coders[coder].user_id,
                    Assignment.instrument_version_id == version,
                )
                .values(**values)
            )


def make_coded_study(world, settings, *, name: str = "Ruptures", twice: bool = False) -> CodedStudy:
    """Make the study in its coding phase with every form submitted; `twice`: one dyad gives two sequences."""
    return keep(world, settings, ("coded", name, twice), lambda: _make(world, settings, name, twice))


def _make(world, settings, name: str, twice: bool) -> CodedStudy:
    lead = world.study(name)
    coders = {
        label: world.member(lead, label, Role.CODER, instruments=("CIRS", "TABBS"))
        for label in CODERS.values()
    }
    made = CodedStudy(world, settings, lead, coders)
    with world.database.write() as db:
        _add_sequences(db, made, twice)
        _add_ratings(db, made)
        db.execute(update(Study).where(Study.id == lead.study_id).values(phase=Phase.CODING))
    made.lead = world.again(lead)
    return made


def _add_sequences(db, made: CodedStudy, twice: bool) -> None:
    study_id, now = made.lead.study_id, made.lead.now()
    sample = Sample(
        study_id=study_id,
        settings={"k": 1.0, "fourths": "hinges", "pooled": "all", "absolute": 2.0, "min_run": 7},
        data_hash="0" * 64,
        frozen_by=made.lead.user_id,
        frozen_at=now,
    )
    db.add(sample)
    db.flush()
    types = [(informant, kind) for informant, kinds in SEQUENCES.items() for kind in kinds]
    for number, (informant, kind) in enumerate(types, start=1):
        code = f"D{number:03}"
        dyad = Dyad(study_id=study_id, code=code, covariates={})
        db.add(dyad)
        db.flush()
        doubled = twice and number == 1
        sessions = {n: _add_session(db, made, dyad, n) for n in ((4, 5, 6, 7, 8) if doubled else (4, 5, 6))}
        for central in (5, 7) if doubled else (5,):
            db.add(
                Sequence(
                    study_id=study_id,
                    sample_id=sample.id,
                    dyad_id=dyad.id,
                    informant=informant,
                    pre_id=sessions[central - 1],
                    central_id=sessions[central],
                    post_id=sessions[central + 1],
                    criterion="control chart",
                    type=kind,
                )
            )
    db.flush()


def _add_session(db, made: CodedStudy, dyad: Dyad, number: int) -> int:
    study_id = made.lead.study_id
    session = TreatmentSession(study_id=study_id, dyad_id=dyad.id, number=number, recorded=True)
    db.add(session)
    db.flush()
    code = f"s{len(made.recordings) + 1:02}"
    made.recordings[code] = add_recording(db, made.lead, code)
    made.session_of[code] = (dyad.code, number)
    db.add(
        RecordingKey(
            study_id=study_id,
            recording_id=made.recordings[code],
            treatment_session_id=session.id,
            content_sha256=f"{made.recordings[code]:064}",
        )
    )
    return session.id


def _add_ratings(db, made: CodedStudy) -> None:
    with REFERENCE.open(newline="") as file:
        given = {
            (row["session"], CODERS[row["coder"]], ITEMS[row["item"]]): int(row["score"])
            for row in csv.DictReader(file)
        }
    subset = {code for code, _, _ in given}
    study_id = made.lead.study_id
    main = Round(
        public_id=made.lead.tools.token_hex(),
        study_id=study_id,
        name="Main coding",
        purpose="main",
        seed=1,
        share=0.25,
        created_at=made.lead.now(),
    )
    db.add(main)
    db.flush()
    made.round_id = main.id
    db.execute(
        insert(RoundRecording),
        [
            {"study_id": study_id, "round_id": main.id, "recording_id": id_, "in_subset": code in subset}
            for code, id_ in made.recordings.items()
        ],
    )
    rng = random.Random(7)
    names = list(CODERS.values())
    place = 0
    for scale in SCALES:
        version = db.scalars(
            select(InstrumentVersion).where(
                InstrumentVersion.study_id == study_id, InstrumentVersion.name == scale
            )
        ).one()
        _widen(version)
        items = [item["code"] for item in version.definition["items"]]
        for code in made.recordings:
            primary = made.primary_of[code, scale] = rng.choice(names)
            for coder in names if code in subset else [primary]:
                place += 1
                for item in items:
                    score = given.get((code, coder, item))
                    made.scores[code, coder, item] = rng.randint(0, HIGHEST) if score is None else score
                _add_form(db, made, version.id, code, coder, place, coder == primary, items)


def _widen(version: InstrumentVersion) -> None:
    anchors = [{"score": score, "label": f"Point {score}"} for score in range(HIGHEST + 1)]
    version.definition = version.definition | {"highest": HIGHEST, "anchors": anchors}


def _add_form(db, made, version_id, code, coder, place, is_primary, items) -> None:
    now = made.lead.now()
    form = Assignment(
        public_id=made.lead.tools.token_hex(),
        study_id=made.lead.study_id,
        round_id=made.round_id,
        recording_id=made.recordings[code],
        instrument_version_id=version_id,
        user_id=made.coders[coder].user_id,
        mask=f"mask-{place:04}",
        place=place,
        is_primary=is_primary,
        state="submitted",
        revision=len(items),
        cleared={},
        worked_at=now,
        submitted_at=now,
    )
    db.add(form)
    db.flush()
    segment = db.scalars(select(Segment.id).where(Segment.recording_id == form.recording_id)).one()
    db.execute(
        insert(Rating),
        [
            {
                "study_id": made.lead.study_id,
                "assignment_id": form.id,
                "segment_id": segment,
                "item": item,
                "score": made.scores[code, coder, item],
                "reason": None,
                "revision": revision,
                "page": "0" * 32,
                "sequence": revision,
                "rated_at": now,
            }
            for revision, item in enumerate(items, start=1)
        ],
    )
