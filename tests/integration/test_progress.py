"""How far others are, as a lead sees it who still has recordings to code."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Round
from coder_app.services import lock, members, progress
from coder_app.services import round as rounds
from coder_app.services.errors import Refused
from tests.makers.sample import add_frozen_sample

PAGES = ("", "/rounds", "/unmask", "/people", "/export", "/export/everything.zip", "/audit")


@pytest.fixture
def coding_lead(world, database):
    """A lead who codes 18 recordings, like Mara."""
    lead = world.study()
    world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    world.member(lead, "Olga", Role.CODER, instruments=("TABBS",))
    with database.write() as db:
        members.join_team(db, lead, ["CIRS"])
        add_frozen_sample(db, lead, 6)
        rounds.allot_sample(db, lead, "Main coding", 1.0, 1)
    return world.again(lead)


def change_forms_of(database, lead, name: str, count: int, **values) -> None:
    with database.write() as db:
        user = next(p.user_id for p in members.list_people(db, lead) if p.name == name)
        forms = db.scalars(select(Assignment.id).where(Assignment.user_id == user).limit(count)).all()
        db.execute(update(Assignment).where(Assignment.id.in_(forms)).values(**values))


def of_mara(database, lead) -> progress.CoderProgress:
    with database.read() as db:
        return next(row for row in progress.list_progress(db, lead) if row.name == "Mara")


def test_what_others_do_today_changes_no_byte_of_that_leads_pages(coding_lead, database, browser_of, tools):
    """Two worlds: one coder has begun three forms, or has submitted nine and begun more; same moment."""

    def seen(browser) -> list[bytes]:
        replies = [browser.get(f"/studies/{coding_lead.study_public_id}{page}") for page in PAGES]
        assert {reply.status_code for reply in replies} <= {200, 202}
        return [reply.data for reply in replies]

    browser = browser_of(coding_lead.viewer)
    change_forms_of(database, coding_lead, "Mara", 3, state="in progress", worked_at=tools.clock())
    one = seen(browser)
    at = tools.clock() - timedelta(minutes=5)
    change_forms_of(database, coding_lead, "Mara", 12, state="in progress", worked_at=tools.clock())
    change_forms_of(database, coding_lead, "Mara", 9, state="submitted", worked_at=at, submitted_at=at)
    assert seen(browser) == one
    tools.clock.now += timedelta(days=1)
    assert b"about 50% of 18" in seen(browser_of(coding_lead.viewer))[0]


def test_others_are_told_in_whole_tenths_and_the_own_work_and_a_lead_who_does_not_code_exactly(
    coding_lead, world, database, tools
):
    other = world.member(coding_lead, "Second lead", Role.LEAD)
    at = tools.clock() - timedelta(days=2)
    for done, tenths in ((1, 0), (3, 1), (17, 9), (18, 10)):
        change_forms_of(database, coding_lead, "Mara", done, state="submitted", worked_at=at, submitted_at=at)
        coarse, exact = of_mara(database, coding_lead), of_mara(database, other)
        assert (coarse.submitted, coarse.started, coarse.last_worked, coarse.flagged) == (None,) * 4
        assert (coarse.tenths, coarse.complete, coarse.begun) == (tenths, done == 18, True)
        assert (exact.submitted, exact.last_worked) == (done, at)
    with database.read() as db:
        own = next(row for row in progress.list_progress(db, coding_lead) if row.name == "Lead")
        assert (own.submitted, own.started, own.total) == (0, 0, 18)
        assert progress.list_rounds(db, coding_lead)[0].n_submitted is None
        assert progress.list_rounds(db, other)[0].n_submitted == 18


def test_who_has_paused_for_long_is_named_with_the_day(coding_lead, database, browser_of, tools):
    at = tools.clock() - progress.IDLE_AFTER - timedelta(days=1)
    change_forms_of(database, coding_lead, "Mara", 2, state="submitted", worked_at=at, submitted_at=at)
    page = (
        browser_of(coding_lead.viewer).get(f"/studies/{coding_lead.study_public_id}").get_data(as_text=True)
    )
    assert "Mara has paused" in page and "about 10% of 18 forms" in page
    assert "Olga has not begun" in page


def test_a_refused_lock_counts_no_forms_to_a_lead_who_codes(coding_lead, database):
    with database.write() as db, pytest.raises(Refused, match=r"^You still have recordings to code"):
        lock.lock_coding(db, coding_lead)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_comes_back_to_others_is_not_counted_for_a_lead_who_codes(coding_lead, world, database, tools):
    other = world.member(coding_lead, "Second lead", Role.LEAD)
    with database.write() as db:
        main = db.scalars(select(Round)).one()
        back = Round(
            study_id=main.study_id,
            public_id=tools.token_hex(),
            name="Recordings that come back",
            purpose="repeat",
            seed=1,
            share=0.1,
            created_at=tools.clock(),
            of_round_id=main.id,
            least_days=14,
        )
        db.add(back)
        db.flush()
        round_id = back.id
    change_forms_of(database, coding_lead, "Mara", 3, round_id=round_id)
    assert (of_mara(database, coding_lead).total, of_mara(database, other).total) == (15, 18)
