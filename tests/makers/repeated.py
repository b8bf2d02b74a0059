"""Makes a study whose coders have submitted everything, so that recordings can come back to them."""

from datetime import timedelta

from sqlalchemy import select

from coder_app.domain.rating import Change
from coder_app.models import Assignment, Round
from coder_app.services import rating, repeat_giving, repeat_making, submission
from coder_app.services.assignment import get_form
from tests.makers.kept import keep
from tests.makers.training import WHY, Trained, make_study_with_practice

SHARE, DAYS, SEED = 0.1, 14, 3


class Repeated(Trained):
    """The study, and what is done to its repeats."""

    def set_up(self, share: float = SHARE, days: int = DAYS, seed: int = SEED) -> str:
        """Have the lead set repeats up."""
        with self.world.database.write() as db:
            return repeat_making.set_up(db, self.lead, share, days, seed)

    def wait(self, **by: float) -> None:
        """Let time pass."""
        self.world.tools.clock.now += timedelta(**by)

    def give(self) -> int:
        """Give out what is due."""
        with self.world.database.write() as db:
            given = repeat_giving.give_due(db, self.world.tools, self.lead.study_id)
        self.refresh()
        return given

    def repeats(self, name: str | None = None) -> list[Assignment]:
        """Return the forms that came back, to one coder or to all."""
        with self.world.database.read() as db:
            ids = set(db.scalars(select(Round.id).where(Round.purpose == "repeat")))
        return [form for form in self.forms(name) if form.round_id in ids]

    def rate(self, name: str, public_id: str, score_of) -> None:
        """Give every item of a form the score that its number is given, and submit the form."""
        coder = self.coders[name]
        with self.world.database.write() as db:
            items = get_form(db, coder, public_id).instrument.items
            for number, item in enumerate(items, start=1):
                change = Change(item.code, score_of(number), None, "page", number, 0)
                rating.save(db, coder, public_id, change)
            submission.submit(db, coder, public_id, WHY)


def make_allotted(world) -> Repeated:
    """Make a study with two coders on each scale, its 12 recordings allotted."""
    base = make_study_with_practice(world)
    made = Repeated(base.world, base.lead, base.coders, base.practice)
    made.allot()
    return made


def make_returning(world) -> Repeated:
    """Make a study in which all is submitted, set up for repeats."""
    return keep(world, None, ("returning",), lambda: _make_returning(world))


def _make_returning(world) -> Repeated:
    made = make_allotted(world)
    made.submit_all()
    made.set_up()
    return made
