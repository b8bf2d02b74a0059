"""The study's home: what needs action first, and where the study stands, from counts alone."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Invitation, Snapshot, Study
from coder_app.services import home, lock, members, people, plan
from coder_app.services import round as rounds
from coder_app.services.errors import Refused
from coder_app.services.home import Step
from tests.makers.alliance import add_dyads, add_scores
from tests.makers.sample import add_frozen_sample


@pytest.fixture
def lead(world):
    """The lead of a study that has nothing yet."""
    return world.study()


def text(reply) -> str:
    return reply.get_data(as_text=True)


def open_home(browser_of, actor) -> str:
    reply = browser_of(actor.viewer).get(f"/studies/{actor.study_public_id}")
    assert reply.status_code == 200
    return re.sub(r"\s+", " ", text(reply))


def see(database, actor) -> home.Overview:
    with database.read() as db:
        return home.get_overview(db, actor)


def state_of(page: str, statement: str) -> str:
    """Return the word that screen readers hear before a statement of the checklist."""
    return re.search(
        rf'class="hidden-text">([^<]+): </span><span class="check-title">{statement}<', page
    ).group(1)


@pytest.fixture
def allotted(lead, world, database):
    """The lead once six sequences are allotted to two coders of CIRS and one of TABBS."""
    world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    world.member(lead, "Olga", Role.CODER, instruments=("TABBS",))
    with database.write() as db:
        add_frozen_sample(db, lead, 6)
        rounds.allot_sample(db, lead, "Main coding", 0.25, 1)
    return world.again(lead)


def submit(database, actor, *, tools, only: str | None = None) -> None:
    with database.write() as db:
        query = update(Assignment).where(Assignment.study_id == actor.study_id)
        if only is not None:
            user_id = next(p.user_id for p in members.list_people(db, actor) if p.name == only)
            query = query.where(Assignment.user_id == user_id)
        db.execute(query.values(state="submitted", worked_at=tools.clock()))


def test_a_new_study_asks_for_its_participants_first(lead, browser_of):
    page = open_home(browser_of, lead)
    assert "Import participants" in page
    assert state_of(page, "Alliance scores imported") == "Open"
    assert "Nobody has opened the key" in page


def test_the_next_step_follows_what_is_there(lead, database, world):
    steps = [see(database, lead).next_step]
    with database.write() as db:
        add_dyads(db, lead, ["D1"], 3)
    steps.append(see(database, lead).next_step)
    with database.write() as db:
        add_scores(db, lead, "TASC", "child", {"D1": [1.0, 2.0, 3.0]})
    steps.append(see(database, lead).next_step)
    with database.write() as db:
        add_frozen_sample(db, lead, 3)
    steps.append(see(database, lead).next_step)
    for name, scale in (("Mara", "CIRS"), ("Nora", "TABBS")):
        world.member(lead, name, Role.CODER, instruments=(scale,))
        steps.append(see(database, lead).next_step)
    assert steps == [
        Step.IMPORT_PARTICIPANTS,
        Step.IMPORT_SCORES,
        Step.IMPORT_RECORDINGS,
        Step.INVITE_CODERS,
        Step.INVITE_CODERS,
        Step.ALLOT,
    ]


def test_the_next_step_leads_from_coding_to_the_linkage(allotted, database, world, tools, browser_of):
    assert see(database, allotted).next_step is Step.CODE
    submit(database, allotted, tools=tools)
    assert see(database, allotted).next_step is Step.LOCK
    page = open_home(browser_of, allotted)
    assert "Every form is submitted" in page and "can be locked now" in page
    with database.write() as db:
        lock.lock_coding(db, allotted)
    locked = world.again(allotted)
    assert see(database, locked).next_step is Step.RECORD_PLAN
    with database.write() as db:
        plan.record_plan(db, locked, plan.PlanChoices())
    assert see(database, locked).next_step is Step.UNMASK
    page = open_home(browser_of, locked)
    assert "Ask the coders what recordings were" in page
    assert state_of(page, "Coding locked") == state_of(page, "Analysis plan recorded") == "Done"
    assert state_of(page, "Unmasked") == "Open"
    with database.write() as db:
        row = db.get(Study, locked.study_id)
        row.phase, row.unmasked_at = Phase.UNMASKED, tools.clock()
    unmasked = world.again(locked)
    assert see(database, unmasked).next_step is Step.LINK
    page = open_home(browser_of, unmasked)
    assert "The key is open" in page and "The blind is intact" not in page
    assert state_of(page, "Codes linked to ruptures") == "Open"
    with database.write() as db:
        db.add(
            Snapshot(
                study_id=unmasked.study_id,
                kind="linkage",
                input_hash="0",
                content={},
                computed_at=tools.clock(),
            )
        )
    page = open_home(browser_of, unmasked)
    assert state_of(page, "Codes linked to ruptures") == "Done"
    assert "What the paper needs can be exported." in page


def test_counts_stand_under_every_statement(allotted, database, browser_of, tools):
    submit(database, allotted, tools=tools, only="Mara")
    page = open_home(browser_of, allotted)
    with database.read() as db:
        forms = lock.count_forms(db, allotted)
    assert f"{forms.submitted} of {forms.total} forms submitted" in page
    assert "18 recordings" in page
    assert "6 child sequences, frozen" in page
    assert "2 for CIRS, 1 for TABBS" in page
    assert "0 of 5 recordings coded by every coder" in page
    assert state_of(page, "Main coding") == state_of(page, "Reliability subset") == "Under way"
    submit(database, allotted, tools=tools)
    page = open_home(browser_of, allotted)
    assert "5 of 5 recordings coded by every coder" in page
    assert state_of(page, "Main coding") == state_of(page, "Reliability subset") == "Done"


def test_coders_who_have_not_begun_or_have_paused_are_named_and_others_are_not(
    allotted, database, browser_of, tools
):
    submit(database, allotted, tools=tools, only="Mara")
    with database.write() as db:
        nora = next(p.user_id for p in members.list_people(db, allotted) if p.name == "Nora")
        first = db.scalars(select(Assignment).where(Assignment.user_id == nora)).first()
        first.state, first.worked_at = "in progress", tools.clock()
    page = open_home(browser_of, allotted)
    assert "Olga has not begun" in page
    assert "Nora has" not in page and "Mara has" not in page
    tools.clock.now += home.IDLE_AFTER + timedelta(hours=1)
    later = open_home(browser_of, allotted)
    assert "Nora has paused" in later
    assert "Mara has" not in later


def test_an_invitation_is_named_when_it_is_about_to_run_out(lead, database, browser_of, tools):
    with database.write() as db:
        people.invite(db, lead, "Late Person", [Role.ANALYST], [])
    assert "The invitation of Late Person runs out" not in open_home(browser_of, lead)
    assert "1 invitation open" in open_home(browser_of, lead)
    tools.clock.now += people.INVITATION_LASTS - home.EXPIRES_SOON
    assert "The invitation of Late Person runs out" in open_home(browser_of, lead)
    with database.write() as db:
        db.execute(update(Invitation).values(revoked_at=tools.clock()))
    assert "Late Person" not in open_home(browser_of, lead)


def test_an_analyst_sees_where_the_study_stands_without_what_is_the_leads(
    allotted, world, browser_of, database
):
    analyst = world.member(allotted, "Ana", Role.ANALYST)
    page = open_home(browser_of, analyst)
    assert "6 child sequences, frozen" in page
    assert state_of(page, "Main coding") == "Under way"
    for hidden in (
        "Needs action",
        "Progress by coder",
        "forms submitted",
        "Coders invited",
        "Reliability subset",
        "Mara",
    ):
        assert hidden not in page
    for hidden in ("/audit", "/people", "/rounds", "18 recordings"):
        assert hidden not in page
    seen = see(database, analyst)
    assert seen.standing.forms is seen.standing.subset is seen.standing.teams is seen.standing.trail is None
    assert (seen.next_step, seen.progress, seen.invitations) == (None, (), ())


def test_a_lead_who_codes_learns_nothing_of_the_subset_until_the_own_forms_are_in(
    lead, world, database, browser_of, tools
):
    for name, scale in (("Mara", "CIRS"), ("Olga", "TABBS")):
        world.member(lead, name, Role.CODER, instruments=(scale,))
    with database.write() as db:
        members.join_team(db, lead, ["CIRS"])
        add_frozen_sample(db, lead, 6)
    with database.write() as db:
        rounds.allot_sample(db, lead, "Main coding", 0.25, 1)
    codes = world.again(lead)
    assert codes.coding
    page = open_home(browser_of, codes)
    assert "shown once you have submitted all your own recordings" in page
    assert "coded by every coder" not in page
    assert see(database, codes).standing.subset is None
    submit(database, codes, tools=tools, only="Mara")
    assert open_home(browser_of, codes).count("coded by every coder") == 0
    submit(database, codes, tools=tools, only="Lead")
    assert "of 5 recordings coded by every coder" in open_home(browser_of, codes)


def test_the_home_of_a_coder_is_the_queue(lead, world, browser_of):
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    assert browser_of(coder.viewer).get(f"/studies/{lead.study_public_id}").status_code == 404


def test_two_studies_do_not_count_each_others_rows(allotted, world, database):
    other = world.study("Other", "Other lead")
    standing = see(database, other).standing
    assert (standing.n_dyads, standing.n_recordings, standing.n_allotted) == (0, 0, 0)
    assert standing.forms == lock.Forms(0, 0)
    assert standing.trail.length == 1


def test_the_page_takes_twelve_queries_however_many_rows_there_are(allotted, database):
    statements = []
    event.listen(database.engine, "before_cursor_execute", lambda *of: statements.append(of[2]))
    see(database, allotted)
    assert len([one for one in statements if one.startswith("SELECT")]) == 12


def test_nothing_is_locked_while_a_form_is_open(allotted, database):
    with database.write() as db, pytest.raises(Refused):
        lock.lock_coding(db, allotted)
    assert see(database, allotted).next_step is Step.CODE
