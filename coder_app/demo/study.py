"""One study of the demo in the making, step by step through the services, as its lead and coders would."""

import random
import shutil
from collections.abc import Mapping
from dataclasses import astuple, fields, replace
from typing import Any

from coder_app.demo.accounts import LEAD, Role
from coder_app.demo.answers import draw_answers
from coder_app.demo.coding import Room, Share, answer_all
from coder_app.demo.guesses import answer_guesses
from coder_app.demo.listening import Memory
from coder_app.demo.office import Office, Task
from coder_app.demo.participants import Participant, draw_participants
from coder_app.demo.ratings import AGAIN, Coders
from coder_app.demo.recordings import draw_recordings, write_folder
from coder_app.demo.scores import ScoreRow, draw_scores
from coder_app.demo.scripts import Script
from coder_app.demo.stamp import DemoError
from coder_app.domain import permissions
from coder_app.domain.repeating import USUAL_DAYS
from coder_app.services import (
    agreement,
    blinding,
    course,
    csv_import,
    drift,
    guess_asking,
    linkage,
    lock,
    occurrence,
    people,
    plan,
    progress,
    recording_import,
    reliability,
    reopening,
    repeat,
    repeat_giving,
    repeat_making,
    round_settings,
    rupture,
    sample,
    sensitivity,
    snapshot,
    study,
    unmask,
)
from coder_app.services import round as rounds
from coder_app.services.actor import Actor, Viewer
from coder_app.services.import_check import Check
from coder_app.services.import_record import PARTICIPANTS, SCORES
from coder_app.services.queue import list_queue
from coder_app.services.round_settings import RoundSettings
from coder_app.services.staging import Staging

INSTRUMENTS = ["CIRS", "TABBS", "TASC", "WAI-S"]
SHARE = 0.25
# Twice the usual share, so that coders can be told apart.
REPEATED = 0.2
PLAN = plan.PlanChoices(
    permutations=20_000,
    dropped_items=("tabbs_10", "tabbs_11"),
    notes="Items coded only once in the reliability subset leave all further analyses.",
)
REASON = "All forms are submitted and the plan is recorded; the codes can be linked to the sequences."


class StudyInMaking:
    """Takes one study through its phases; each step is what a button of the lead's pages does."""

    def __init__(self, office: Office, script: Script) -> None:
        self._office, self._script = office, script
        self._folder = office.settings.incoming_dir / script.name.replace(",", "").replace(" ", "_").lower()
        self._staging = Staging(office.settings.staging_dir, office.tools.token_bytes)
        self._memory = Memory()
        self._participants = draw_participants(script.n_dyads, script.n_therapists, script.seed)
        dyads = [participant.dyad for participant in self._participants]
        self._scores = draw_scores(dyads, script.shapes, script.n_shared, script.seed)

    @property
    def lead(self) -> Actor:
        """The lead, as the study is now."""
        return self._office.at_work(self._viewers[LEAD], self._public_id)

    def create(self, viewers: Mapping[Role, Viewer]) -> None:
        """Create the study and have the coders accept their invitations."""
        self._viewers = dict(viewers)
        office = self._office
        with office.database.write() as db:
            lead = study.create_study(
                db, office.tools, viewers[LEAD], self._script.name, INSTRUMENTS, synthetic=True
            )
            self._public_id = lead.study_public_id
            for role, viewer in viewers.items():
                if role.scale:
                    token = people.invite(db, lead, role.name, [permissions.Role.CODER], [role.scale])
                    people.accept_invitation(db, office.tools, token, viewer)

    def import_tables(self) -> None:
        """Import participants, alliance scores and the answers behind them from CSV files."""
        from coder_app.tables.writing import write_csv

        for kind, name, of, rows in (
            (PARTICIPANTS, "participants.csv", Participant, self._participants),
            (SCORES, "alliance_scores.csv", ScoreRow, self._scores.rows),
        ):
            text = write_csv([field.name for field in fields(of)], map(astuple, rows))
            self._import_table(kind, name, text.encode())
            self._office.clock.move(minutes=5)
        header, rows = draw_answers(self._scores.rows, self._script.shapes, self._script.seed)
        self._import_table(SCORES, "alliance_items.csv", write_csv(header, rows).encode(), apart=True)

    def begin_ruptures(self) -> Task:
        """Have the ruptures found."""
        return self._begin_snapshot(rupture.KIND, rupture.check_settings({}))

    def make_recordings(self) -> None:
        """Write the lab's folder of recordings and its manifest."""
        recordings = draw_recordings(
            self._participants,
            self._scores.planted,
            self._scores.held_on,
            self._script.seed,
            self._script.long_seconds,
        )
        for recording, sound in write_folder(self._folder, recordings):
            self._memory.remember(recording, sound)

    def begin_recordings(self) -> Task:
        """Have the lab's folder checked, and then imported."""
        lead, office, staging = self.lead, self._office, self._staging
        with office.database.write() as db:
            import_id = recording_import.start_import(db, lead, staging, self._folder)
        check = office.begin(
            "Checking the recordings",
            lead,
            lambda db: recording_import.ask_check(db, lead, staging, import_id),
        )
        office.wait(check)
        preview = recording_import.find_preview(staging, import_id)
        if preview is None or preview.problems:
            raise DemoError(f"The recordings: {preview.problems[0]['message'] if preview else 'no check'}")
        return office.begin(
            "Cleaning the recordings",
            lead,
            lambda db: recording_import.ask_import(db, lead, staging, import_id),
        )

    def allot(self) -> None:
        """Freeze the sample and allot its recordings; the lab's folder is not needed any more."""
        shutil.rmtree(self._folder)
        database, clock, lead = self._office.database, self._office.clock, self.lead
        clock.move(days=1)
        with database.write() as db:
            sample.freeze(db, lead, rupture.check_settings({}))
            rounds.allot_sample(db, lead, "Main coding", SHARE, self._script.round_seed)
        clock.move(days=1)

    def rate(self, share: Share) -> None:
        """Let every coder do a share of the own queue."""
        coders = Coders(self._scores.planted, self._script.ratings_seed)
        Room(self._office, self._memory, coders).work(self._coders(), share)

    def code_again(self) -> None:
        """Let a share of the recordings come back to their coders, who rate them once more."""
        office, database = self._office, self._office.database
        with office.apart("repeats"):
            lead = self.lead
            with database.write() as db:
                repeat_making.set_up(db, lead, REPEATED, USUAL_DAYS, self._script.round_seed)
            office.clock.move(days=USUAL_DAYS)
            with database.write() as db:
                repeat_giving.give_due(db, office.tools, lead.study_id)
            coders = Coders(self._scores.planted, self._script.ratings_seed, AGAIN)
            Room(office, self._memory, coders).work(self._coders(), answer_all)

    def ask_to_reopen(self, coder: str, reason: str) -> None:
        """Let a coder ask the lead to reopen the own form that was submitted last."""
        viewer = next(viewer for role, viewer in self._viewers.items() if role.user_name == coder)
        actor, database = self._office.at_work(viewer, self._public_id), self._office.database
        with database.read() as db:
            submitted = [one for one in list_queue(db, actor) if one.state == "submitted"]
        last = max(submitted, key=lambda one: one.worked_at)
        with database.write() as db:
            reopening.ask(db, actor, last.public_id, reason)

    def set_goal(self, forms: int) -> None:
        """Let the lead ask for so many forms of each coder in a week."""
        lead = self.lead
        with self._office.database.write() as db:
            for made in progress.list_rounds(db, lead):
                round_settings.change_round(
                    db, lead, made.public_id, RoundSettings(weekly_goal=forms, announced=False)
                )

    def lock(self) -> Task:
        """Lock the coding, record the plan, and have the agreement computed."""
        database, clock = self._office.database, self._office.clock
        clock.move(days=3)
        lead = self.lead
        with database.write() as db:
            lock.lock_coding(db, lead)
            clock.move(hours=1)
            plan.record_plan(db, lead, PLAN)
        return self._begin_snapshot(reliability.KIND, {})

    def guess(self) -> None:
        """Ask the coders what they take recordings to have been, and let them answer."""
        database, clock = self._office.database, self._office.clock
        clock.move(hours=1)
        lead = self.lead
        with database.write() as db:
            guess_asking.ask_coders(db, lead)
        clock.move(days=1)
        coders = self._coders()
        with database.write() as db:
            for coder in coders.values():
                answer_guesses(db, coder, clock, self._script.ratings_seed)

    def unmask(self) -> tuple[Task, ...]:
        """Open the key, have the codes linked to the sequences, and what else can be exported computed."""
        self._office.clock.move(days=1)
        lead = self.lead
        with self._office.database.write() as db:
            unmask.unmask(db, lead, REASON)
        kinds = (course.KIND, linkage.KIND, blinding.KIND, agreement.KIND, drift.KIND, repeat.KIND)
        chosen = rupture.check_settings({})
        of_ruptures = [self._begin_snapshot(kind, chosen) for kind in (occurrence.KIND, sensitivity.KIND)]
        return (*of_ruptures, *(self._begin_snapshot(kind, {}) for kind in kinds))

    def _coders(self) -> dict[str, Actor]:
        return {
            role.user_name: self._office.at_work(viewer, self._public_id)
            for role, viewer in self._viewers.items()
            if role.scale
        }

    def _begin_snapshot(self, kind: str, settings: dict[str, Any]) -> Task:
        lead = self.lead
        return self._office.begin(
            f"Computing {kind}", lead, lambda db: snapshot.ask(db, lead, kind, settings)
        )

    def _import_table(self, kind: str, file_name: str, data: bytes, *, apart: bool = False) -> None:
        lead, database, staging = self.lead, self._office.database, self._staging
        if apart:  # with randomness of its own, so that nothing that is drawn later hangs on this file
            draw = random.Random(f"{file_name} {self._script.seed}")
            lead = replace(lead, tools=replace(lead.tools, token_bytes=draw.randbytes))
            staging = Staging(self._office.settings.staging_dir, draw.randbytes)

        def check(found: Check) -> None:
            if found.problems:
                raise DemoError(f"{file_name}, row {found.problems[0].row}: {found.problems[0].message}")

        csv_import.import_file(database, lead, kind, file_name, data, staging, look=check)
