"""A concern in Chromium: reported while the recording plays, read, heard and closed by the contact."""

import re

import pytest

from coder_app.audio.clean import clean_recording
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.permissions import Role
from coder_app.models import Study
from coder_app.services import people
from coder_app.services.actor import get_actor
from tests.browser.conftest import Server
from tests.browser.desk import TIME, move_to, sitting_at, until
from tests.makers.room import make_room

pytestmark = pytest.mark.browser

SECONDS = 90
SAID = "Towards the end the child says that it is hit at home."


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A room with a contact who can be called, the address at which it is served, and a recording."""
    folder = tmp_path_factory.mktemp("room")
    write_recording(folder / "sound.wav", speech(float(SECONDS), 1))
    result = clean_recording([folder / "sound.wav"], folder / "clean.m4a")
    room = make_room(folder / "data")
    recording_id = room.recording("zora-mila", folder / "clean.m4a", result)
    settings = CodingSettings(contact_name="Cora Vos", contact_reached="+31 6 5550 1234, day and night")
    with room.database.write() as db:
        db.get(Study, room.lead.study_id).coding_settings = settings.to_mapping()
        viewer = people.create_user(db, room.tools, "cora", "Cora Vos", "none", can_create_studies=False)
        people.add_role(db, room.tools, room.lead.study_id, viewer, Role.CONTACT)
    with room.database.read() as db:
        room.contact = get_actor(db, room.tools, viewer, room.lead.study_public_id)
    server = Server(folder / "data")
    yield room, server.address, recording_id
    server.end()


@pytest.fixture
def desk(served, chromium):
    room, address, recording_id = served
    with sitting_at(room, chromium, address, recording_id) as made:
        yield made


def open_as(desk, actor, path: str):
    context = desk.chromium.new_context(base_url=desk.server_address, viewport={"width": 1366, "height": 900})
    desk.contexts.append(context)
    context.add_cookies([desk.room.cookie(actor, desk.server_address)])
    page = context.new_page()
    page.on("pageerror", lambda error: desk.complaints.append(error.stack))
    page.goto(path)
    return page


def seconds_of(clock: str) -> int:
    minutes, seconds = clock.split(":")
    return 60 * int(minutes) + int(seconds)


def look_in_both_palettes(page, look, name: str) -> None:
    look(page, name)
    page.emulate_media(color_scheme="dark")
    look(page, f"{name}-dark")
    page.emulate_media(color_scheme="light")


def test_a_concern_is_reported_read_heard_and_closed(desk, look):
    coder = desk.open()
    move_to(coder, 60)
    coder.click("[data-play]")
    until(coder, f"{TIME} > 61")
    look_in_both_palettes(coder, look, "concern-rate")
    coder.click("[data-concern-link]")
    coder.wait_for_url("**/concern")
    # Half a minute may pass while the page before is photographed.
    preset = coder.input_value("#concern-time")
    assert 50 <= seconds_of(preset) <= SECONDS
    assert "Call Cora Vos: +31 6 5550 1234, day and night" in coder.inner_text("#main")
    move_to(coder, 70)
    coder.click("[data-take-time]")
    assert 62 <= seconds_of(coder.input_value("#concern-time")) <= 78
    coder.fill("#concern-time", "01:10")
    coder.fill("#concern-text", SAID)
    look_in_both_palettes(coder, look, "concern-report")
    coder.click("text=Send the report")
    coder.wait_for_url("**/concern#reports")
    reference = re.search(r"[0-9A-F]{4}-[0-9A-F]{4}", coder.inner_text("#reports"))[0]
    look_in_both_palettes(coder, look, "concern-sent")
    coder.click("#reports >> text=Back to the recording")
    # A walk that has begun says which item is next: from then on the page saves.
    coder.wait_for_selector("[data-progress] [data-value]:text('now')")
    coder.click("fieldset[data-item] >> nth=0 >> input[type=radio] >> nth=1")
    until(coder, "/Saved/.test(document.querySelector('[data-save-state]').textContent)")

    contact = open_as(desk, desk.room.contact, "/studies")
    look_in_both_palettes(contact, look, "concerns")
    contact.click(f"tr:has-text('{reference}') >> text=Read")
    assert SAID in contact.inner_text("#main")
    contact.evaluate("document.querySelector('audio').play()")
    until(contact, f"{TIME} > 40 && {TIME} < 60")
    contact.evaluate("document.querySelector('audio').pause()")
    look_in_both_palettes(contact, look, "concern-read")
    contact.fill("#outcome", "Talked with the clinic, which acts.")
    contact.click("button:has-text('Close the concern')")
    contact.wait_for_load_state()
    assert "Talked with the clinic" in contact.inner_text("#main")
    look(contact, "concern-closed")

    coder.goto(f"{desk.page_address}/concern")
    assert "Closed" in coder.inner_text("#reports")
    assert "clinic" not in coder.inner_text("#main")


def test_what_is_half_written_about_the_rating_is_not_lost_by_going_to_report(desk):
    page = desk.open()
    page.click("fieldset[data-item] >> nth=0 >> input[type=radio] >> nth=1")
    page.click("[data-concern-link]")
    page.wait_for_url("**/concern")
    page.click("text=Back without sending")
    page.wait_for_url("**" + desk.page_address)
    assert page.locator("fieldset[data-item] >> nth=0 >> input[type=radio] >> nth=1").is_checked()


def test_recognising_a_recording_is_one_click_and_rating_goes_on(desk, look):
    page = desk.open()
    page.click("text=I recognised this recording")
    page.select_option("#recognised-how", "voice")
    look(page, "recognise")
    page.click("button:has-text('I recognised it')")
    page.wait_for_url("**#about")
    assert "you recognised this recording" in page.inner_text("#about")
    look(page, "recognised")
    page.click("text=Take it back")
    page.wait_for_load_state()
    assert "I recognised this recording" in page.inner_text("#about")


def test_a_report_is_sent_without_javascript(desk):
    page = desk.open(java_script_enabled=False)
    page.click("[data-concern-link]")
    assert not page.locator("[data-take-time]").is_visible()
    page.fill("#concern-text", SAID)
    page.click("text=Send the report")
    assert page.locator("#reports").is_visible()


def test_a_lead_reads_the_numbers_and_what_opening_means(desk, look):
    page = desk.open(java_script_enabled=False)
    page.goto(f"{desk.page_address}/concern")
    page.fill("#concern-text", SAID)
    page.click("text=Send the report")
    study = f"/studies/{desk.room.lead.study_public_id}"
    lead = open_as(desk, desk.room.lead, study)
    look(lead, "concern-home")
    lead.goto(f"{study}/emergency")
    assert SAID not in lead.inner_text("#main")
    look_in_both_palettes(lead, look, "emergency")
    lead.goto(f"{study}/people")
    look(lead, "concern-people")
