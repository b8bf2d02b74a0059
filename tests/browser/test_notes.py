"""Notes and guidance in Chromium: stamped while it plays on, never lost, never taken for ratings."""

import time

import pytest

from coder_app.audio.clean import clean_recording
from coder_app.demo.speech import speech, write_recording
from coder_app.services import assignment, guidance, note
from coder_app.services.guidance import Written
from tests.browser.conftest import PATIENCE, Server
from tests.browser.desk import sitting_at
from tests.makers.room import make_room

pytestmark = pytest.mark.browser

SECONDS = 180
WORDS = "Greetings count only\nwhen the child begins them."
TOP = "document.activeElement.getBoundingClientRect().top"


@pytest.fixture(scope="module")
def room(tmp_path_factory):
    """A recording of three minutes in a room that is served, with guidance on its first item."""
    folder = tmp_path_factory.mktemp("room")
    write_recording(folder / "sound.wav", speech(SECONDS, 1))
    result = clean_recording([folder / "sound.wav"], folder / "clean.m4a")
    made = make_room(folder / "data")
    made.recording_id = made.recording("zora-mila", folder / "clean.m4a", result)
    with made.database.write() as db:
        scale = guidance.list_guidance(db, made.lead)[0]
        first = scale.items[0]
        guidance.save(db, made.lead, "CIRS", scale.version, {first.code: Written(WORDS, first.mark)})
    server = Server(folder / "data")
    made.address = server.address
    yield made
    server.end()


@pytest.fixture
def desk(room, chromium):
    """A desk of a coder of the test's own."""
    with sitting_at(room, chromium, room.address, room.recording_id) as made:
        yield made


def kept(desk) -> list[tuple[str, str | None, int]]:
    """Return the words, item and second of every note that the server has."""
    with desk.room.database.read() as db:
        notes = note.list_notes(db, desk.coder, desk.page_address.rpartition("/")[2])
    return [(one.text, one.item, one.at_ms // 1000) for one in notes]


def rated(desk) -> int:
    """Return how many ratings the server has."""
    with desk.room.database.read() as db:
        return assignment.get_form(db, desk.coder, desk.page_address.rpartition("/")[2]).answered


def until(question, seconds: float = PATIENCE / 1000):
    """Ask until the answer is true, and return it."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := question():
            return found
        time.sleep(0.05)
    raise AssertionError("it never became true")


def state(page) -> str:
    return page.locator("[data-save-state]").inner_text()


def now(page) -> float:
    return page.evaluate("document.querySelector('audio').currentTime")


def go_to(page, seconds: float) -> None:
    page.evaluate("seconds => { document.querySelector('audio').currentTime = seconds; }", seconds)
    page.wait_for_timeout(150)


def stamp(page, text: str, key: str = "Enter") -> None:
    page.keyboard.press("Alt+n")
    page.keyboard.type(text)
    if key:
        page.keyboard.press(key)


def test_one_key_stamps_the_time_while_the_recording_plays_on_and_the_focus_comes_back(desk):
    page = desk.open()
    radio = page.locator("#item-cirs_02 input[type=radio]").first
    radio.focus()
    page.keyboard.press("Escape")
    until(lambda: now(page) > 0.5)
    at = now(page)
    page.keyboard.press("Alt+n")
    assert page.evaluate("document.activeElement.tagName") == "TEXTAREA"
    page.keyboard.type("tells of the trip")
    assert page.evaluate("document.querySelector('audio').paused") is False
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "score-cirs_02"
    assert until(lambda: kept(desk)) == [("tells of the trip", "cirs_02", int(at))]
    before = now(page)
    until(lambda: now(page) > before + 0.3)


def test_what_is_typed_in_a_note_rates_nothing_and_moves_nothing(desk):
    page = desk.open()
    page.locator("#item-cirs_01 input[type=radio]").first.focus()
    go_to(page, 60)
    page.keyboard.press("Alt+n")
    typed = "5 3 1 jlnbg? 0"
    page.keyboard.type(typed)
    for key in ("Alt+j", "Alt+l", "Alt+n", "Alt+g", "Alt+b", "ArrowDown", "Home", "End"):
        page.keyboard.press(key)
    page.keyboard.press("Escape")
    assert until(lambda: kept(desk)) == [(typed, "cirs_01", 60)]
    assert now(page) == pytest.approx(60, abs=0.01)
    assert page.evaluate("document.querySelector('audio').paused") is True
    assert page.locator("input:checked").count() == 0
    assert rated(desk) == 0
    assert page.locator("dialog[open]").count() == 0


def test_a_click_on_its_time_plays_from_three_seconds_before(desk):
    page = desk.open()
    go_to(page, 90)
    stamp(page, "laughs")
    go_to(page, 10)
    page.locator(".note-time").click()
    until(lambda: not page.evaluate("document.querySelector('audio').paused"))
    assert 87 <= now(page) < 88.5


def test_notes_are_saved_while_they_are_typed_and_stand_by_their_time_after_opening_the_page_again(desk):
    page = desk.open()
    go_to(page, 100)
    stamp(page, "later")
    go_to(page, 50)
    stamp(page, "earlier", key="")
    until(lambda: len(kept(desk)) == 2)
    until(lambda: state(page).startswith("Saved"))
    page.goto(desk.page_address)
    assert page.locator(".notes .note-text").all_inner_texts() == ["earlier", "later"]
    assert page.locator(".notes .note-time").all_inner_texts() == ["00:50", "01:40"]


def test_a_note_can_be_changed_in_words_item_and_time(desk):
    page = desk.open()
    go_to(page, 30)
    stamp(page, "laughs")
    until(lambda: kept(desk))
    page.get_by_role("button", name="Edit the note at 00:30").click()
    page.keyboard.type(" out loud")
    page.get_by_role("button", name="One second later").click()
    page.get_by_label("Belongs to").select_option("cirs_03")
    page.get_by_role("button", name="Done").click()
    until(lambda: kept(desk) == [("laughs out loud", "cirs_03", 31)])
    assert page.locator(".notes .tag").inner_text() == "Self-disclosure"
    assert page.evaluate("document.activeElement.matches('.note-edit')")


def test_a_removed_note_is_gone_from_the_server_and_can_be_brought_back(desk):
    page = desk.open()
    go_to(page, 30)
    stamp(page, "calls her Anna")
    until(lambda: kept(desk))
    page.locator(".note-edit").click()
    page.get_by_role("button", name="Remove").click()
    until(lambda: kept(desk) == [])
    assert page.locator(".notes .note").count() == 0
    page.get_by_role("button", name="Undo").click()
    until(lambda: kept(desk) == [("calls her Anna", None, 30)])


def test_leaving_an_empty_stamp_by_esc_drops_it_and_enter_keeps_it(desk):
    page = desk.open()
    go_to(page, 20)
    page.keyboard.press("Alt+n")
    page.keyboard.press("Escape")
    assert page.locator(".notes .note").count() == 0
    page.keyboard.press("Alt+n")
    page.keyboard.press("Enter")
    until(lambda: kept(desk) == [("", None, 20)])


def test_notes_and_ratings_made_while_the_connection_is_away_are_sent_when_it_is_back(desk):
    page = desk.open()
    page.context.set_offline(True)
    stamp(page, "first")
    stamp(page, "second")
    page.locator("#item-cirs_01 input[value='4']").check()
    until(lambda: "Not saved" in state(page))
    alert = page.locator("[data-save-alert]")
    assert "2 notes" in until(lambda: "2 notes" in alert.inner_text() and alert.inner_text())
    assert page.locator(".notes [data-unsaved]:visible").count() == 2
    assert kept(desk) == []
    page.context.set_offline(False)
    until(lambda: [text for text, _, _ in kept(desk)] == ["first", "second"])
    until(lambda: rated(desk) == 1)
    until(lambda: state(page).startswith("Saved"))
    assert alert.is_hidden()


def test_leaving_with_a_note_that_is_not_saved_warns(desk):
    page = desk.open()
    page.route("**/notes", lambda route: route.abort())
    stamp(page, "not yet", key="")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("about:blank")
    assert asked == ["beforeunload"]


def test_two_tabs_that_change_one_note_both_keep_their_words_until_the_coder_chooses(desk):
    page = desk.open()
    go_to(page, 40)
    stamp(page, "laughs")
    until(lambda: kept(desk))
    other = page.context.new_page()
    other.goto(desk.page_address)
    for tab, more in ((page, " there"), (other, " here")):
        tab.bring_to_front()
        tab.locator(".note-edit").click()
        tab.keyboard.type(more)
        tab.keyboard.press("Enter")
        until(lambda: [text for text, _, _ in kept(desk)] == ["laughs there"])
    torn = other.locator(".note-torn")
    torn.wait_for()
    assert "laughs there" in torn.inner_text()
    assert "laughs here" in torn.inner_text()
    assert "choose one of two" in state(other)
    assert [text for text, _, _ in kept(desk)] == ["laughs there"]
    # Typing on must not decide it.
    other.locator(".note-edit").click()
    other.keyboard.type(" now")
    other.wait_for_timeout(1500)
    assert [text for text, _, _ in kept(desk)] == ["laughs there"]
    torn.get_by_role("button", name="Save what is written here").click()
    until(lambda: [text for text, _, _ in kept(desk)] == ["laughs here now"])


def test_the_other_tabs_note_can_be_kept_instead(desk):
    page = desk.open()
    stamp(page, "laughs")
    until(lambda: kept(desk))
    other = page.context.new_page()
    other.goto(desk.page_address)
    page.locator(".note-edit").click()
    page.get_by_role("button", name="Remove").click()
    until(lambda: kept(desk) == [])
    other.locator(".note-edit").click()
    other.keyboard.type(" here")
    torn = other.locator(".note-torn")
    torn.wait_for()
    torn.get_by_role("button", name="Keep what is saved").click()
    assert other.locator(".notes .note").count() == 0
    assert other.locator("[data-note-editor]").is_hidden()
    assert kept(desk) == []


def test_one_key_shows_and_hides_the_guidance_of_the_item_and_leaves_the_focus(desk):
    page = desk.open()
    page.locator("#item-cirs_01 input[type=radio]").first.focus()
    words = page.locator("#item-cirs_01 [data-words]")
    assert words.is_hidden()
    page.keyboard.press("Alt+g")
    assert words.inner_text() == WORDS
    assert page.evaluate("document.activeElement.name") == "score-cirs_01"
    page.keyboard.press("Alt+g")
    assert words.is_hidden()


def test_on_a_narrow_screen_the_field_lies_under_the_player_wherever_one_is(desk):
    page = desk.open(viewport={"width": 390, "height": 844})
    page.locator("#item-cirs_05 input[type=radio]").first.focus()
    page.locator("#item-cirs_05").scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    page.keyboard.press("Alt+n")
    page.keyboard.type("falls silent")
    page.wait_for_timeout(100)
    assert page.evaluate("window.scrollY") == before
    editor, player = (page.locator(one).bounding_box() for one in ("[data-note-editor]", ".player"))
    assert player["y"] + player["height"] <= editor["y"] <= player["y"] + player["height"] + 20
    assert editor["y"] + editor["height"] < 844 * 0.6
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    # It makes way for the item that is turned to, and what was typed is kept.
    page.locator("#item-cirs_05 input[value='3']").focus()
    assert page.locator("[data-note-editor]").is_hidden()
    assert page.evaluate("document.activeElement.value") == "3"
    assert until(lambda: kept(desk)) == [("falls silent", "cirs_05", 0)]


def test_zoomed_in_to_a_few_lines_the_field_is_seen_and_then_the_item_again(desk):
    page = desk.open(viewport={"width": 320, "height": 256})
    page.locator("#item-cirs_03 input[type=radio]").first.focus()
    # The field first, then the item again.
    for key in ("Alt+n", "Escape"):
        page.keyboard.press(key)
        until(lambda: 0 <= page.evaluate(TOP) < 240)
    assert page.evaluate("document.activeElement.name") == "score-cirs_03"
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_without_scripts_notes_are_added_and_removed_by_plain_forms(desk):
    page = desk.open(java_script_enabled=False)
    page.get_by_label("Time, as 31:07").fill("1:30")
    page.locator("#plain-item").select_option("cirs_02")
    page.locator("#plain-text").fill("laughs")
    page.get_by_role("button", name="Save note").click()
    assert kept(desk) == [("laughs", "cirs_02", 90)]
    page.get_by_label("Time, as 31:07").fill("59:00")
    page.locator("#plain-text").fill("too late")
    page.get_by_role("button", name="Save note").click()
    assert "not within the recording" in page.locator("#plain-error").inner_text()
    assert page.locator("#plain-text").input_value() == "too late"
    page.get_by_role("button", name="Remove the note at 01:30").click()
    assert kept(desk) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_with_notes_has_no_fault_that_axe_finds(desk, look, scheme):
    page = desk.open(color_scheme=scheme)
    page.locator("#item-cirs_01 input[type=radio]").first.focus()
    page.keyboard.press("Alt+g")
    for at, text in (
        (20, "Brings up the school trip unprompted, long story"),
        (70, "“I never told anyone that”"),
    ):
        go_to(page, at)
        stamp(page, text)
    go_to(page, 120)
    page.keyboard.press("Alt+n")
    page.keyboard.type("Short answers from here")
    until(lambda: len(kept(desk)) == 3)
    look(page, f"notes-{scheme}")
