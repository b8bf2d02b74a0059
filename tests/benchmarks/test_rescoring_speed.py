"""A study with many questionnaires is scored by another rule while others save."""

import statistics
import sys

import pytest
from sqlalchemy import func, select

from coder_app.domain.scoring import Rule
from coder_app.models import Job, Score
from coder_app.services import scoring
from tests.benchmarks.speed import find_slowness
from tests.benchmarks.test_score_import_speed import SESSIONS, Saver, find_crowd, work
from tests.makers.answers import add_answers

QUESTIONNAIRES = 100_000
# A total and three subscales of each.
SCORES = 4 * QUESTIONNAIRES

pytestmark = [
    pytest.mark.benchmark,
    pytest.mark.skipif(sys.platform == "win32", reason="memory is measured on POSIX only"),
]


def answers():
    """Go through the answers to WAI-S of as many dyads as are needed."""
    for place in range(QUESTIONNAIRES):
        dyad, number = divmod(place, SESSIONS)
        yield f"D{dyad:06}", number + 1, "therapist", "WAI-S", [1 + (place + 3 * n) % 5 for n in range(12)]


def test_others_save_while_a_large_study_is_scored_by_another_rule(database, world, settings):
    lead = world.study()
    with database.write() as db:
        add_answers(db, lead, answers())
    # SQLite checks the references of each new row within the one transaction that others wait for. It happens
    # only where answers had no scores; another rule changes the values of rows that are there.
    new, changed = (3.0, 1.5) if database.is_sqlite else (1.0, 1.0)
    for what, rule, most_wait in (
        ("new", Rule(missing="none"), new),
        ("changed", Rule(frozenset({"wai_s_04"})), changed),
    ):
        slowness, crowd = find_slowness(), find_crowd()
        with database.write() as db:
            scoring.ask_change(db, lead, "WAI-S", rule)
        with Saver(database, lead) as saver:
            seconds, memory = work(settings)
        slowness, crowd = max(slowness, find_slowness()), max(crowd, find_crowd())
        worst, middle = max(saver.waits), statistics.median(saver.waits)
        with database.read() as db:
            assert db.scalar(select(func.count()).select_from(Score)) == SCORES
            said = db.scalars(select(Job.message).order_by(Job.id.desc())).first()
        print(
            f"{what}: {seconds:.1f} s of processor time at slowness {slowness:.1f} in a crowd of "
            f"{crowd:.1f}, {memory:.0f} MB; {len(saver.waits)} saves waited {middle * 1000:.0f} ms in the "
            f"middle, {worst:.2f} s at most. {said}"
        )
        assert worst / (slowness * crowd) < most_wait
