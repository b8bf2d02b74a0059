"""Submitting in Chromium: with gaps, with too little heard, and once more after the lead has reopened it."""

import re

import pytest
from sqlalchemy import select, update

from coder_app.audio.clean import clean_recording
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.phases import Phase
from coder_app.models import Assignment, Study, Submission
from tests.browser.conftest import PATIENCE, Server
from tests.browser.desk import sitting_at, until
from tests.makers.room import make_room

pytestmark = pytest.mark.browser

SECONDS = 8
SLIP = "I pressed 4 for the last item where I meant 0."


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A room, the address at which it is served, and a recording of a few seconds."""
    folder = tmp_path_factory.mktemp("room")
    write_recording(folder / "sound.wav", speech(float(SECONDS), 1))
    result = clean_recording([folder / "sound.wav"], folder / "clean.m4a")
    room = make_room(folder / "data")
    recording_id = room.recording("zora-mila", folder / "clean.m4a", result)
    server = Server(folder / "data")
    yield room, server.address, recording_id
    server.end()


@pytest.fixture
def desk(served, chromium):
    """The desk of a coder in a study that is being coded."""
    room, address, recording_id = served
    put(room, Phase.SETUP)
    with sitting_at(room, chromium, address, recording_id) as made:
        put(room, Phase.CODING)
        yield made


def put(room, phase: Phase) -> None:
    with room.database.write() as db:
        db.execute(update(Study).values(phase=phase))


def submissions(desk) -> list[Submission]:
    with desk.room.database.read() as db:
        rows = db.scalars(
            select(Submission)
            .join(Assignment, Assignment.id == Submission.assignment_id)
            .where(Assignment.public_id == desk.page_address.rpartition("/")[2])
            .order_by(Submission.number)
        ).all()
        db.expunge_all()
        return list(rows)


def rate(page, *, but: int | None = None, digit: str = "2") -> None:
    """Answer the items by digits, all but one, and wait until the server has them."""
    items = page.locator("fieldset[data-item]")
    for number in range(items.count()):
        if number != but:
            items.nth(number).locator("input[type=radio]").first.focus()
            page.keyboard.press(digit)
    page.wait_for_timeout(700)
    until(page, "document.querySelector('[data-save-state]').dataset.state === 'saved'")


def check(page) -> None:
    page.get_by_role("button", name="Check and submit").click()
    page.wait_for_url("**/check")


def hear_all(page) -> None:
    """Play the recording from its beginning to its end."""
    page.evaluate("document.querySelector('audio').currentTime = 0")
    page.click("[data-play]")
    until(page, "document.querySelector('audio').ended", 3 * SECONDS)


def test_gaps_are_listed_and_lead_to_the_item(desk, look):
    page = desk.open()
    rate(page, but=3)
    check(page)
    look(page, "check-gaps")
    assert page.get_by_role("button", name="Submit ratings").count() == 0
    page.get_by_role("link", name=re.compile("^Select a rating for item 4, ")).click()
    page.wait_for_url("**#item-*")
    fourth = page.locator("fieldset[data-item]").nth(3)
    assert page.evaluate("document.activeElement.closest('fieldset')?.dataset.number") == "4"
    fourth.locator("input[type=radio]").nth(1).check()
    until(page, "document.querySelector('[data-save-state]').dataset.state === 'saved'")
    check(page)
    assert page.get_by_text("Select a rating").count() == 0
    assert submissions(desk) == []


def test_with_nothing_heard_a_reason_is_asked_for_once_and_kept(desk, look):
    page = desk.open()
    rate(page)
    check(page)
    page.get_by_role("button", name="Submit ratings").click()
    page.get_by_text("Say in a few words").first.wait_for()
    look(page, "check-unheard")
    assert page.evaluate("document.activeElement.id") == "why-less"
    page.get_by_label("How have you listened?").fill("From the archive's own player.")
    page.get_by_role("button", name="Submit ratings").click()
    page.get_by_role("heading", name="Submitted ratings").wait_for()
    look(page, "submitted-with-reason")
    (kept,) = submissions(desk)
    assert (kept.heard_share, kept.why_less) == (None, "From the archive's own player.")


def test_what_is_heard_on_the_last_page_counts_at_once(desk, look):
    page = desk.open()
    rate(page)
    page.click("[data-play]")
    until(page, "document.querySelector('audio').currentTime > 2")
    page.click("[data-play]")
    check(page)
    reason = page.get_by_label("Why is part of the recording unheard?")
    assert reason.is_visible()
    look(page, "check-little-heard")
    hear_all(page)
    page.get_by_text("so this is enough").wait_for()
    assert not reason.is_visible() and page.locator("[data-missing]").is_hidden()
    page.get_by_role("button", name="Submit ratings").click()
    page.get_by_role("heading", name="Submitted ratings").wait_for()
    (kept,) = submissions(desk)
    assert (kept.heard_share, kept.why_less) == (1.0, None)


def test_what_is_heard_while_pressing_submit_reaches_the_server_first(desk):
    page = desk.open()
    rate(page)
    check(page)
    page.evaluate("document.querySelector('audio').currentTime = 0")
    page.click("[data-play]")
    until(page, f"document.querySelector('audio').currentTime > {0.95 * SECONDS}", 3 * SECONDS)
    page.get_by_role("button", name="Submit ratings").click()
    page.get_by_role("heading", name="Submitted ratings").wait_for()
    (kept,) = submissions(desk)
    assert kept.heard_share >= 0.9


def test_a_form_is_reopened_by_the_lead_changed_and_submitted_again(desk, chromium, look):
    page = desk.open()
    rate(page)
    hear_all(page)
    check(page)
    page.get_by_role("button", name="Submit ratings").click()
    page.get_by_label("What is wrong, and why?").fill(SLIP)
    page.get_by_role("button", name="Ask to change a rating").click()
    page.get_by_text("You asked the lead to reopen it").wait_for()
    look(page, "submitted-asked")

    lead = open_as_lead(desk, chromium)
    lead.get_by_role("link", name=re.compile("^Decide")).click()
    look(lead, "reopenings")
    assert lead.get_by_text(SLIP).is_visible()
    lead.get_by_role("button", name=re.compile("^Decline")).click()
    lead.get_by_text("Say in a few words why").wait_for()
    lead.get_by_label("Your words to the coder").fill("Yes, the last item only.")
    lead.get_by_role("button", name=re.compile("^Reopen the form")).click()
    lead.get_by_text("Nothing waits for an answer").wait_for()
    look(lead, "reopenings-answered")

    page.reload()
    page.get_by_text("Yes, the last item only.").wait_for()
    look(page, "rate-reopened")
    page.get_by_role("link", name="Your recordings").click()
    page.locator("main").get_by_text("Reopened").first.wait_for()
    page.goto(desk.page_address)
    page.locator("fieldset[data-item]").last.locator("input[type=radio]").first.focus()
    page.keyboard.press("0")
    until(page, "document.querySelector('[data-save-state]').dataset.state === 'saved'")
    check(page)
    page.get_by_role("button", name="Submit ratings").click()
    page.get_by_text("submission 2").wait_for()
    first, second = submissions(desk)
    assert first.ratings[-1]["score"] == 2 and second.ratings[-1]["score"] == 0
    assert [rating["score"] for rating in second.ratings[:-1]] == [2] * 5


def test_the_lead_sets_up_the_room_and_sees_what_stands_out(desk, chromium, look):
    lead = open_as_lead(desk, chromium)
    lead.goto(lead.url.rstrip("/") + "/rounds")
    look(lead, "rounds-with-links")
    lead.get_by_role("link", name="The coder’s room").click()
    look(lead, "coding-settings")
    lead.get_by_label("1.5×").check()
    lead.get_by_label("Share of a recording").fill("101")
    lead.get_by_role("button", name="Save the settings").click()
    lead.get_by_text("Nothing was saved").wait_for()
    lead.get_by_label("Share of a recording").fill("0")
    lead.get_by_role("button", name="Save the settings").click()
    lead.get_by_text("Saved", exact=True).wait_for()
    page = desk.open()
    rate(page)
    check(page)
    assert page.get_by_text("What you have heard").count() == 0
    with desk.room.database.write() as db:
        db.execute(update(Study).values(coding_settings=CodingSettings().to_mapping()))
    lead.goto(lead.url.split("/coding-settings")[0] + "/submissions")
    look(lead, "submissions")


def open_as_lead(desk, chromium):
    """Return the study's home in a browser of its lead."""
    context = chromium.new_context(base_url=desk.server_address, viewport={"width": 1366, "height": 900})
    desk.contexts.append(context)
    context.add_cookies([desk.room.cookie(desk.room.lead, desk.server_address)])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: desk.complaints.append(error.stack))
    page.goto(f"/studies/{desk.room.lead.study_public_id}")
    return page
