"""Choosing a sample in Chromium: untick one sequence, be asked why, say why, freeze."""

import re

import pytest
from playwright.sync_api import Error

from coder_app.services import study
from tests.browser.conftest import PATIENCE, Server
from tests.makers.room import make_room
from tests.makers.scores import add_scores

pytestmark = pytest.mark.browser

FALL = (40, 41, 40, 41, 31, 40, 41, 40)
DYADS = [f"D{number:02d}" for number in range(1, 13)]
ROWS = [
    (dyad, session, "child", "TASC", score + place % 3)
    for place, dyad in enumerate(DYADS)
    for session, score in enumerate(FALL, 1)
]
WITH_ALL = {(dyad, session) for dyad in DYADS[:-1] for session in range(1, 9)}
WHY = "The child asked not to be recorded for research."


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A served study in set-up, with twelve ruptures of which one lacks its recordings."""
    folder = tmp_path_factory.mktemp("sample")
    made = make_room(folder)
    with made.database.write() as db:
        made.lead = study.create_study(db, made.tools, made.lead.viewer, "Sample", ["CIRS", "TASC"])
        add_scores(db, made.lead, DYADS, ROWS, recorded=WITH_ALL)
    server = Server(folder)
    made.address = server.address
    yield made
    server.end()


@pytest.fixture
def lead(room, chromium):
    """The lead's window on the sample of the room."""
    complaints = []
    with chromium.new_context(base_url=room.address, viewport={"width": 1366, "height": 900}) as window:
        window.add_cookies([room.cookie(room.lead, room.address)])
        page = window.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(error.stack))
        page.goto(f"/studies/{room.lead.study_public_id}/sample")
        page.get_by_text("What would be frozen").wait_for()
        yield page
    assert complaints == []


def test_a_lead_leaves_one_out_with_a_reason_freezes_and_sees_the_course(lead, look):
    assert "12 ruptures, 11 complete with recordings, 11 taken" in lead.locator("main").inner_text()
    look(lead, "sample-choice")
    why = lead.get_by_label("Why is D01, child, session 5 left out?")
    assert not why.is_visible()
    lead.get_by_label("Take D01, child, session 5").uncheck()
    assert why.is_visible()
    lead.get_by_role("button", name="Count again").click()
    lead.get_by_text("30 (pre, central and post of each)").wait_for()
    assert not lead.get_by_label("Take D01, child, session 5").is_checked()
    lead.get_by_role("button", name="Freeze this sample").click()
    lead.get_by_text("one sequence is left out without a reason").wait_for()
    look(lead, "sample-reason-wanted")
    # Enter in the reason counts and does not freeze.
    why.fill(WHY)
    why.press("Enter")
    lead.get_by_text("What would be frozen").wait_for()
    assert why.input_value() == WHY
    lead.get_by_role("button", name="Freeze this sample").click()
    lead.get_by_text("Frozen sample").wait_for()
    said = lead.locator("main").inner_text()
    assert WHY in said and "by choice" in said and "10 child" in said
    look(lead, "sample-chosen")
    lead.get_by_role("link", name="Alliance course").click()
    _wait_for(lead, "Growth of the Alliance Over Treatment")
    assert re.search(r"12 dyads, 96 scores", lead.locator("main").inner_text())
    look(lead, "course")


def _wait_for(page, words: str) -> None:
    """A page that waits for the worker loads itself anew."""
    for _ in range(20):
        try:
            page.get_by_text(words).first.wait_for()
            return
        except Error:
            page.wait_for_load_state()
    raise AssertionError(f"the page never says {words}")
