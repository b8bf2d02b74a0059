"""Computed results: asked for once, computed by the worker, found again while their rows are the same."""

import re

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.models import Job, Membership, Score, User
from coder_app.models import Snapshot as SnapshotRow
from coder_app.services import job, rupture, snapshot
from coder_app.worker import run_next
from tests.makers.scores import add_scores

SETTINGS = rupture.DEFAULTS
SERIES = [("D1", session, "child", "TASC", 40.0 - (session == 5) * 9) for session in range(1, 9)]


@pytest.fixture
def lead(world, database):
    lead = world.study()
    with database.write() as db:
        add_scores(db, lead, ["D1"], SERIES)
    return lead


@pytest.fixture
def ask(database):
    def ask(actor, settings=SETTINGS):
        with database.write() as db:
            return snapshot.ask(db, actor, "ruptures", settings)

    return ask


@pytest.fixture
def find(database):
    def find(actor, settings=SETTINGS):
        with database.read() as db:
            return snapshot.find(db, actor, "ruptures", settings)

    return find


def test_a_result_is_there_once_the_worker_has_computed_it(lead, ask, find, database, tools, settings):
    assert find(lead) is None
    public_id = ask(lead)
    assert run_next(database, tools, settings)
    with database.read() as db:
        done = job.get_job(db, lead, public_id)
    assert (done.state, done.message) == ("done", "Computed.")
    found = find(lead)
    (analysis,) = found.content["analyses"]
    assert [one["central"] for one in analysis["series"][0]["ruptures"]] == [5]
    assert found.inputs["scores"][4] == ["D1", 5, "child", "TASC", 31.0]


def test_the_same_result_is_asked_for_once_and_other_settings_apart(lead, ask):
    assert ask(lead) == ask(lead)
    assert ask(lead, SETTINGS | {"k": 1.5}) != ask(lead)


def test_a_changed_score_makes_the_result_one_that_is_not_computed_yet(
    lead, ask, find, database, tools, settings
):
    ask(lead)
    run_next(database, tools, settings)
    with database.write() as db:
        db.execute(update(Score).where(Score.score == 31.0).values(score=32.0))
    assert find(lead) is None
    ask(lead)
    run_next(database, tools, settings)
    first, second = (row for row in _stored(database))
    assert first.input_hash != second.input_hash
    with database.write() as db:
        db.execute(update(Score).where(Score.score == 32.0).values(score=31.0))
    assert find(lead).input_hash == first.input_hash


def test_a_job_that_is_run_twice_keeps_one_result(lead, ask, database, tools, settings):
    ask(lead)
    run_next(database, tools, settings)
    ask(lead)
    run_next(database, tools, settings)
    assert len(_stored(database)) == 1


def test_a_person_who_has_left_gets_nothing_computed(lead, world, ask, find, database, tools, settings):
    analyst = world.member(lead, "Ana", Role.ANALYST)
    ask(analyst)
    with database.write() as db:
        db.execute(update(Membership).where(Membership.user_id == analyst.user_id).values(role="coder"))
    run_next(database, tools, settings)
    with database.read() as db:
        (row,) = db.scalars(select(Job))
        assert (row.state, row.message) == ("failed", snapshot.CLOSED)
    assert find(lead) is None


def test_a_disabled_person_gets_nothing_computed(lead, world, ask, find, database, tools, settings):
    analyst = world.member(lead, "Ana", Role.ANALYST)
    ask(analyst)
    with database.write() as db:
        db.execute(update(User).where(User.id == analyst.user_id).values(disabled_at=tools.clock()))
    run_next(database, tools, settings)
    assert find(lead) is None


def test_a_coder_can_neither_ask_for_nor_find_a_result(lead, world, ask, find):
    coder = world.member(lead, "Cora", Role.CODER, instruments=("CIRS",))
    with pytest.raises(NotAllowed):
        ask(coder)
    with pytest.raises(NotAllowed):
        find(coder)


def test_a_study_does_not_find_the_result_of_another(lead, world, ask, find, database, tools, settings):
    ask(lead)
    run_next(database, tools, settings)
    other = world.study("Other", lead="Olga")
    with database.write() as db:
        add_scores(db, other, ["D1"], SERIES)
    assert find(lead) is not None
    assert find(other) is None


def test_a_page_waits_for_its_result_and_then_shows_it(lead, browser_of, database, tools, settings):
    browser = browser_of(lead.viewer)
    address = f"/studies/{lead.study_public_id}/ruptures?k=1.25"
    waiting = browser.get(address)
    assert waiting.status_code == 202
    assert waiting.headers["Refresh"] == f"1; url={address}"
    assert browser.get(address).status_code == 202
    run_next(database, tools, settings)
    assert not run_next(database, tools, settings)
    shown = browser.get(address)
    assert shown.status_code == 200
    assert "Refresh" not in shown.headers
    assert "D1" in shown.get_data(as_text=True)


@pytest.mark.parametrize("name", ["study", "endpoint", "_scheme", "_external", "_anchor", "_method"])
def test_a_page_waits_whatever_else_its_address_says(name, lead, browser_of):
    address = f"/studies/{lead.study_public_id}/ruptures?{name}=x"
    browser = browser_of(lead.viewer)
    waiting = browser.get(address)
    assert (waiting.status_code, waiting.headers["Refresh"]) == (202, f"1; url={address}")
    assert browser.get(f"{address}&again=1").headers["Location"] == address


def test_a_page_says_why_computing_failed_and_offers_to_try_again(
    lead, browser_of, database, tools, settings
):
    browser = browser_of(lead.viewer)
    address = f"/studies/{lead.study_public_id}/ruptures"
    browser.get(address)
    with database.write() as db:
        work = job.take_next(db, tools.clock())
        job.finish(db, work, tools.clock(), "failed", "The disk is full.")
    failed = browser.get(address)
    text = failed.get_data(as_text=True)
    assert failed.status_code == 200
    assert "The disk is full." in text
    assert "Refresh" not in failed.headers
    again = re.search(r'href="([^"]*again=1[^"]*)"', text).group(1).replace("&amp;", "&")
    asked = browser.get(again)
    assert (asked.status_code, asked.headers["Location"]) == (303, address)
    assert run_next(database, tools, settings)
    assert browser.get(address).status_code == 200


def _stored(database):
    with database.read() as db:
        return db.execute(select(SnapshotRow.input_hash).order_by(SnapshotRow.id)).all()


def test_what_an_older_program_computed_is_computed_anew(
    lead, ask, find, database, tools, settings, monkeypatch
):
    ask(lead)
    assert run_next(database, tools, settings)
    assert find(lead) is not None
    monkeypatch.setitem(snapshot.SHAPES, "ruptures", snapshot.SHAPES["ruptures"] + 1)
    assert find(lead) is None
