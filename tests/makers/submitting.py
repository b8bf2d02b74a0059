"""Rates whole forms and lets coders listen, in a few words."""

from coder_app.db import Database
from coder_app.domain.heard import Report
from coder_app.domain.rating import Change
from coder_app.services import listening, rating, submission
from coder_app.services.actor import Actor
from coder_app.services.assignment import get_form

HEARD_ELSEWHERE = "I heard it elsewhere."


def rate_all(database: Database, coder: Actor, assignment: str, score: int = 2, page: str = "a") -> None:
    """Give every item of a form the same score, as one page that knows what stands there."""
    with database.write() as db:
        form = get_form(db, coder, assignment)
        for segment in form.segments:
            for number, item in enumerate(segment.items, start=1):
                given = segment.ratings.get(item)
                base = given.revision if given else 0
                change = Change(item, score, None, page, number, base, segment=segment.number)
                assert isinstance(rating.save(db, coder, assignment, change), rating.Saved)


def hear(database: Database, coder: Actor, assignment: str, *stretches: tuple[int, int]) -> None:
    """Let a coder listen to stretches, in milliseconds."""
    with database.write() as db:
        report = Report(stretches=stretches, position_ms=stretches[-1][1], speed=1.0, ago_ms=0)
        listening.record(db, coder, assignment, report)


def submit(database: Database, coder: Actor, assignment: str, why_less: str = HEARD_ELSEWHERE) -> None:
    """Submit a form."""
    with database.write() as db:
        submission.submit(db, coder, assignment, why_less)
