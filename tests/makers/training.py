"""Makes a study with practice recordings and coders, before anything is allotted."""

from dataclasses import dataclass, field

from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.models import Assignment, Recording
from coder_app.services import rating, round_training, submission
from coder_app.services import round as rounds
from coder_app.services.actor import Actor
from coder_app.services.assignment import get_form
from coder_app.services.queue import QueuedAssignment, list_queue
from tests.makers.coding import add_recording
from tests.makers.sample import add_frozen_sample

TEAMS = {"Mara": "CIRS", "Jon": "CIRS", "Kaya": "TABBS", "Ivan": "TABBS"}
N_PRACTICE = 5
N_SEQUENCES = 4
WHY = "Heard before this test."


@dataclass
class Trained:
    """The study, its lead and its coders by name."""

    world: object
    lead: Actor
    coders: dict[str, Actor] = field(default_factory=dict)
    practice: list[int] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where the lead makes rounds."""
        return f"/studies/{self.lead.study_public_id}/rounds"

    def refresh(self) -> None:
        """Know the study as it is now."""
        self.lead = self.world.again(self.lead)
        self.coders = {name: self.world.again(actor) for name, actor in self.coders.items()}

    def train(self, name: str = "Training 1", chosen: list[str] | None = None) -> str:
        """Start a training round."""
        with self.world.database.write() as db:
            made = round_training.start_training(db, self.lead, name, chosen)
        self.refresh()
        return made

    def allot(self, seed: int = 7) -> str:
        """Allot the sample."""
        with self.world.database.write() as db:
            made = rounds.allot_sample(db, self.lead, "Main coding", 0.25, seed)
        self.refresh()
        return made

    def forms(self, name: str | None = None) -> list[Assignment]:
        """Return all forms, or those of one coder, by place."""
        with self.world.database.read() as db:
            query = select(Assignment).where(Assignment.study_id == self.lead.study_id)
            if name is not None:
                query = query.where(Assignment.user_id == self.coders[name].user_id)
            found = list(db.scalars(query.order_by(Assignment.place)))
            db.expunge_all()
            return found

    def queue(self, name: str) -> list[QueuedAssignment]:
        """Return a coder's queue."""
        with self.world.database.read() as db:
            return list_queue(db, self.coders[name])

    def submit(self, name: str, public_id: str) -> None:
        """Rate every item of a form, and submit it."""
        coder = self.coders[name]
        with self.world.database.write() as db:
            items = get_form(db, coder, public_id).instrument.items
            for number, item in enumerate(items, start=1):
                rating.save(db, coder, public_id, Change(item.code, 1, None, "page", number, 0))
            submission.submit(db, coder, public_id, WHY)

    def submit_all(self) -> None:
        """Have every coder submit every form."""
        for name in self.coders:
            for one in self.queue(name):
                if one.state != "submitted":
                    self.submit(name, one.public_id)
        self.refresh()


def make_study_with_practice(world) -> Trained:
    """Make a study with a sample of 12 recordings, 5 practice recordings, and two coders on each scale."""
    made = Trained(world, world.study())
    for name, scale in TEAMS.items():
        made.coders[name] = world.member(made.lead, name, Role.CODER, instruments=(scale,))
    with world.database.write() as db:
        add_frozen_sample(db, made.lead, N_SEQUENCES)
        made.practice = [add_recording(db, made.lead, f"practice-{number}") for number in range(N_PRACTICE)]
        db.execute(update(Recording).where(Recording.id.in_(made.practice)).values(use="practice"))
    made.refresh()
    return made
