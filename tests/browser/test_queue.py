"""The queue in Chromium: one key goes on where one stopped, from another browser too."""

import re

import pytest
from sqlalchemy import update

from coder_app.audio.clean import clean_recording
from coder_app.demo.speech import speech, write_recording
from coder_app.models import Recording, Round
from coder_app.services import round_training
from tests.browser.conftest import Server
from tests.browser.desk import TIME, click_at, play, sitting_at, until
from tests.makers.room import make_room

pytestmark = pytest.mark.browser

MINUTES = 6
SAVED = "document.querySelector('[data-save-state]').dataset.state === 'saved'"
FOCUSED = "document.activeElement.closest('[data-item]')?.dataset.number"


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """A cleaned recording of six minutes."""
    folder = tmp_path_factory.mktemp("sound")
    write_recording(folder / "minute.wav", speech(60.0, 1))
    return folder / "clean.m4a", clean_recording([folder / "minute.wav"] * MINUTES, folder / "clean.m4a")


@pytest.fixture(scope="module")
def served(tmp_path_factory, recording):
    """A room, the address at which it is served, and its recording."""
    folder = tmp_path_factory.mktemp("room")
    room = make_room(folder)
    recording_id = room.recording("zora-mila", *recording)
    server = Server(folder)
    yield room, server.address, recording_id
    server.end()


@pytest.fixture
def desk(served, chromium):
    """The desk of a coder who has done nothing yet."""
    room, address, recording_id = served
    with sitting_at(room, chromium, address, recording_id) as made:
        yield made


def queue_of(desk) -> str:
    return f"/studies/{desk.room.lead.study_public_id}/coding"


def stop_at(desk, seconds: float, *, answered: int):
    """Listen around a moment, answer some items by keyboard, and stop."""
    page = desk.open()
    click_at(page, seconds)
    play(page, 1.0)
    page.locator("[data-item] input[type=radio]").first.focus()
    for _ in range(answered):
        page.keyboard.press("2")
    until(page, SAVED)
    return page


def seconds_of(clock: str) -> int:
    minutes, seconds = clock.strip().split(":")
    return 60 * int(minutes) + int(seconds)


def test_one_key_goes_on_in_another_browser_where_sound_and_form_were_left(desk):
    stop_at(desk, 200, answered=3)
    page = desk.open()
    page.goto(queue_of(desk))
    stopped = desk.known().position_ms / 1000
    said = seconds_of(page.locator("[data-starts-at]").inner_text())
    assert said == int(stopped - 5)
    assert "Next is item 4 of 6." in page.locator(".current-text").inner_text()
    page.keyboard.press("Alt+r")
    page.wait_for_url(f"**{desk.page_address}")
    assert until(page, f"{TIME} > 0 && {TIME}") == pytest.approx(stopped - 5, abs=0.3)
    assert until(page, FOCUSED) == "4"


def test_the_key_is_named_and_works_from_the_keyboard_alone(desk):
    page = desk.open()
    page.goto(queue_of(desk))
    link = page.locator("[data-resume]")
    assert link.get_attribute("aria-keyshortcuts") == "Alt+R"
    assert page.locator("[data-resume-keys]").inner_text() == "Alt+R"
    link.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{desk.page_address}")


def test_a_key_that_is_switched_off_is_not_named_and_does_nothing(desk):
    page = desk.open()
    page.goto("/settings")
    page.get_by_label("Go on in the queue where you stopped").fill("")
    page.get_by_role("button", name="Save the keys").last.click()
    page.goto(queue_of(desk))
    assert page.locator("[data-resume-keys]").count() == 0
    page.keyboard.press("Alt+r")
    page.wait_for_timeout(300)
    assert page.url.endswith(queue_of(desk))


def test_opening_a_recording_and_leaving_it_again_does_not_go_back_further(desk):
    page = stop_at(desk, 200, answered=1)
    page.goto(queue_of(desk))
    said = page.locator("[data-starts-at]").inner_text()
    for _ in range(3):
        page.locator("[data-resume-keys]").wait_for()
        page.keyboard.press("Alt+r")
        page.wait_for_url(f"**{desk.page_address}")
        until(page, f"{TIME} > 190")
        page.locator(".back").click()
        page.locator("[data-resume-keys]").wait_for()
        assert page.locator("[data-starts-at]").inner_text() == said


def test_the_queue_says_where_this_browser_stopped_though_the_server_does_not_know_yet(desk):
    page = stop_at(desk, 100, answered=1)
    page.goto(queue_of(desk))
    page.evaluate(
        """() => {
          const key = sessionStorage.key(0), kept = JSON.parse(sessionStorage.getItem(key));
          sessionStorage.setItem(key, JSON.stringify({ ...kept, position: 250, since: Date.now() + 1000 }));
        }"""
    )
    page.reload()
    assert page.locator("[data-position]").inner_text() == "04:10"
    assert page.locator("[data-starts-at]").inner_text() == "04:05"
    page.keyboard.press("Alt+r")
    page.wait_for_url(f"**{desk.page_address}")
    assert until(page, f"{TIME} > 0 && {TIME}") == pytest.approx(245, abs=0.3)


@pytest.fixture
def with_training(desk, recording):
    """A training round of two recordings beside the main round, which has a goal."""
    room = desk.room
    practice = [room.recording(code, *recording) for code in ("practice-one", "practice-two")]
    with room.database.write() as db:
        db.execute(update(Recording).where(Recording.id.in_(practice)).values(use="practice"))
        round_training.start_training(db, room.lead, "Training 1")
        db.execute(update(Round).where(Round.purpose == "main").values(weekly_goal=2))


def without_mask(cells: list[str]) -> list[str]:
    return [re.sub(r"[a-z]+-[a-z]+", "mask", cell) for cell in cells]


@pytest.mark.usefixtures("with_training")
def test_training_looks_like_all_else_and_the_week_is_one_quiet_line(desk, look):
    page = stop_at(desk, 200, answered=3)
    page.goto(queue_of(desk))
    words = page.locator("main").inner_text()
    assert "This week: 0 of the 2 that the lead asks for" in words
    assert "Training" not in words and "Main" not in words
    rows = [row.locator("td").all_inner_texts() for row in page.locator(".entries tbody tr").all()]
    assert len(rows) == 2
    assert without_mask(rows[0]) == without_mask(rows[1])
    look(page, "queue-training")
