"""Rating by segments in Chromium, by keyboard alone, and two forms of one listening."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from coder_app.audio.clean import clean_recording
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.coding_settings import CodingSettings
from coder_app.models import Assignment, Study
from coder_app.services.segment import add_segments
from coder_app.services.together import share_listenings
from tests.browser.conftest import PATIENCE, Server
from tests.browser.desk import TIME, click_at, until
from tests.makers.coding import add_assignment
from tests.makers.room import make_room
from tests.makers.segmented import ITEMS, MINUTE, NAME, add_segmented_scale

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.name ?? ''"
SEGMENTS = 3
SHOWN = 'link.querySelector("[data-segment-state]:not([hidden])").dataset.segmentState'
MARKS = f"[...document.querySelectorAll('.segment')].map(link => {SHOWN})"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A served room with a recording of three minutes; coders need not have heard all of it."""
    folder = tmp_path_factory.mktemp("room")
    write_recording(folder / "minute.wav", speech(60.0, 1))
    result = clean_recording([folder / "minute.wav"] * SEGMENTS, folder / "clean.m4a")
    made = make_room(folder / "data")
    made.recording_id = made.recording("zora-mila", folder / "clean.m4a", result)
    with made.database.write() as db:
        add_segmented_scale(db, made.lead, minutes=1)
        add_segments(db, made.lead, [made.recording_id], [MINUTE])
        db.execute(update(Study).values(coding_settings=CodingSettings(minimum_heard=0.0).to_mapping()))
    server = Server(folder / "data")
    made.address = server.address
    yield made
    server.end()


@pytest.fixture
def visit(room, chromium):
    """Return a function that opens an address of the room as a coder."""
    contexts, complaints = [], []

    def open_page(coder, path: str, **options):
        options = {"viewport": {"width": 1366, "height": 900}} | options
        context = chromium.new_context(base_url=room.address, **options)
        contexts.append(context)
        context.add_cookies([room.cookie(coder, room.address)])
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(error.stack))
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def give(room, name: str, *scales: str) -> tuple:
    """Return a coder and the address of a form on each scale; several are of one listening."""
    coder = room.coder(name)
    with room.database.write() as db:
        made = [
            add_assignment(db, coder, room.round_id, room.recording_id, scale, f"{name}-{scale}", place)
            for place, scale in enumerate(scales, start=1)
        ]
        lead = replace(room.lead, coding_settings=CodingSettings(one_listening=True))
        pairs = [(coder.user_id, room.recording_id)] * len(made)
        for public_id, listening in zip(made, share_listenings(db, lead, pairs), strict=True):
            db.execute(
                update(Assignment).where(Assignment.public_id == public_id).values(listening_id=listening)
            )
    return coder, *(f"/coding/{public_id}" for public_id in made)


def tab_to(page, wanted: str, asked: str = FOCUSED) -> None:
    """Press Tab until something of that name, or that other trait, has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(asked) == wanted:
            return
    raise AssertionError(f"Tab never comes to {wanted}")


def saved(page, count: str) -> None:
    until(page, f"document.querySelector('[data-form-count]').textContent === '{count}'")


def test_a_recording_is_rated_segment_by_segment_to_its_submission_by_keyboard_alone(room, visit):
    coder, address = give(room, "Keys", NAME)
    page = visit(coder, address)
    page.wait_for_url(f"**{address}/segments/1")
    tab_to(page, f"score-{ITEMS[0]}")
    for number in range(1, SEGMENTS + 1):
        assert page.locator("h2", has_text=f"Segment {number} of {SEGMENTS}").is_visible()
        # From the second segment on the focus is there already.
        assert page.evaluate(FOCUSED) == f"score-{ITEMS[0]}"
        for digit in ("0", "3", "5"):
            page.keyboard.press(digit)
        saved(page, f"{3 * number} of 9")
        assert page.evaluate(FOCUSED) == "next"
        page.keyboard.press("Enter")
        page.wait_for_url(f"**{address}/check" if number == SEGMENTS else f"**/segments/{number + 1}")
    assert page.locator(".segment-table td").all_inner_texts()[0].startswith("0")
    tab_to(page, "Submit ratings", "document.activeElement.textContent.trim()")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Submitted ratings").wait_for()


def test_keys_go_to_the_segments_beside_this_one_and_lose_nothing(room, visit):
    coder, address = give(room, "Steps", NAME)
    page = visit(coder, f"{address}/segments/2")
    page.locator(f"#item-{ITEMS[0]} input[type=radio]").first.focus()
    page.keyboard.press("4")
    page.keyboard.press("Alt+KeyK")
    page.wait_for_url("**/segments/3")
    page.keyboard.press("Alt+KeyK")
    page.keyboard.press("Alt+KeyI")
    page.wait_for_url("**/segments/2")
    assert page.locator(f"#item-{ITEMS[0]} input[value='4']").is_checked()
    saved(page, "1 of 9")
    page.keyboard.press("Alt+KeyI")
    page.wait_for_url("**/segments/1")


def test_work_goes_on_in_another_browser_at_the_item_after_the_newest_answer(room, visit):
    coder, address = give(room, "Resumer", NAME)
    page = visit(coder, f"{address}/segments/2")
    page.locator(f"#item-{ITEMS[0]} input[type=radio]").first.focus()
    page.keyboard.press("4")
    saved(page, "1 of 9")
    other = visit(coder, address)
    other.wait_for_url("**/segments/2")
    assert other.evaluate(FOCUSED) == f"score-{ITEMS[1]}"


def test_the_player_stays_within_the_segment(room, visit):
    coder, address = give(room, "Player", NAME)
    page = visit(coder, f"{address}/segments/2")
    until(page, f"Math.abs({TIME} - 60) < 0.2")
    page.keyboard.press("Alt+KeyJ")
    assert page.evaluate(TIME) == pytest.approx(60, abs=0.2)
    for _ in range(5):
        page.keyboard.press("Alt+Shift+KeyL")
    until(page, f"Math.abs({TIME} - 120) < 0.2")


def test_the_mark_of_the_segment_follows_what_is_saved(room, visit):
    coder, address = give(room, "Marks", NAME)
    page = visit(coder, f"{address}/segments/2")
    assert page.evaluate(MARKS) == ["open", "open", "open"]
    page.locator(f"#item-{ITEMS[0]} input[type=radio]").first.focus()
    page.keyboard.press("1")
    until(page, f'JSON.stringify({MARKS}) === \'["open","in progress","open"]\'')
    page.keyboard.press("1")
    page.keyboard.press("1")
    until(page, f'JSON.stringify({MARKS}) === \'["open","done","open"]\'')
    assert "done" in page.locator("[data-segment-words]").inner_text()


def test_segments_look_as_they_should_and_axe_finds_nothing(room, visit, look):
    coder, address = give(room, "Looker", NAME)
    page = visit(coder, f"{address}/segments/1")
    page.locator(f"#item-{ITEMS[0]} input[type=radio]").first.focus()
    for digit in ("0", "3", "5"):
        page.keyboard.press(digit)
    saved(page, "3 of 9")
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments/2")
    page.keyboard.press("2")
    saved(page, "4 of 9")
    look(page, "segments")
    page.goto(f"{address}/check")
    look(page, "segments-check")


def test_two_forms_of_one_listening_are_switched_and_the_second_goes_on_where_the_first_was(
    room, visit, look
):
    coder, cirs, tabbs = give(room, "Pair", "CIRS", "TABBS")
    page = visit(coder, cirs)
    tabs = page.get_by_role("navigation", name="Forms for this listening")
    assert tabs.locator("a").all_inner_texts() == [
        "CIRS\n0 of 6\n, Pair-CIRS",
        "TABBS\n0 of 11\n, Pair-TABBS",
    ]
    page.locator("#item-cirs_01 input[type=radio]").first.focus()
    page.keyboard.press("3")
    saved(page, "1 of 6")
    click_at(page, 100)
    look(page, "together")
    tabs.get_by_role("link", name="TABBS").click()
    page.wait_for_url(f"**{tabbs}")
    # The player begins a little before the place where it was left.
    until(page, f"Math.abs({TIME} - 95) < 3")
    assert tabs.locator("a").first.inner_text().startswith("CIRS\n1 of 6")
    page.goto(f"/studies/{room.lead.study_public_id}/coding")
    queued = page.locator(".card-current").inner_text()
    assert "heard together with" in queued
    assert all(mask in queued for mask in ("Pair-CIRS", "Pair-TABBS"))
    look(page, "together-queue")


def test_without_scripts_a_segment_is_rated_and_the_next_one_opens(room, visit):
    coder, address = give(room, "Plain", NAME)
    page = visit(coder, address, java_script_enabled=False)
    page.wait_for_url("**/segments/1")
    for item in ITEMS:
        page.locator(f"#item-{item} input[value='2']").check()
    page.get_by_role("button", name="Next segment").click()
    page.wait_for_url("**/segments/2")
    assert "3 of 9" in page.locator("aside").first.inner_text()
