"""Notes as pages send and show them: by script, by plain forms, and to nobody else."""

import re

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Audit
from coder_app.services import guidance
from coder_app.services.guidance import Written
from tests.makers.coding import add_assignment, add_recording, add_round

ID = "a" * 32


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def coder(world, lead):
    return world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))


@pytest.fixture
def room(database, lead, coder, browser_of):
    """A signed-in coder's browser and the address of one assignment of a recording of one minute."""
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila")
        assignment = add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)
    return browser_of(coder.viewer), f"/coding/{assignment}"


def change(**more) -> dict:
    usual = {"note": ID, "item": "cirs_01", "at_ms": 31_500, "text": "laughs", "removed": False}
    return usual | {"page": "p", "sequence": 1, "base": 0} | more


def plain(page: str, **more) -> dict:
    """The fields of the page's form for a note, as a browser without scripts sends them."""
    form = page.split('class="note-plain"')[1]
    note = re.search(r'name="note" value="([0-9a-f]{32})"', form)[1]
    return {"note": note, "segment": "0", "time": "0:31", "item": "", "text": "laughs", "add": "1"} | more


def test_a_save_is_acknowledged_with_its_time_and_shown_when_the_page_is_opened_again(room):
    browser, address = room
    reply = browser.post_json(f"{address}/notes", change(text="<b>laughs</b>\nand ‍ sings"), page=address)
    assert reply.status_code == 200
    assert set(reply.json) == {"saved", "revision"}
    page = browser.get(address).get_data(as_text=True)
    assert "&lt;b&gt;laughs&lt;/b&gt;\nand ‍ sings" in page
    assert f'data-note="{ID}" data-at-ms="31500" data-item-of-note="cirs_01" data-revision="1"' in page


@pytest.mark.parametrize(
    "wrong",
    [
        change(at_ms=60_001),
        change(at_ms=-1),
        change(at_ms=2**40),
        change(at_ms=1.5),
        change(at_ms="31500"),
        change(at_ms=True),
        change(item="cirs_99"),
        change(item=5),
        change(text="x" * 2001),
        change(text=None),
        change(text="\x00"),
        change(text="\ud800"),
        change(removed="no"),
        change(note="A" * 32),
        change(note=None),
        change(page=""),
        change(sequence=-1),
        change(base=None),
        [1],
        None,
    ],
)
def test_bad_json_is_refused_with_a_message_and_changes_nothing(room, wrong):
    browser, address = room
    reply = browser.post_json(f"{address}/notes", wrong, page=address)
    assert reply.status_code == 422
    assert reply.json["message"]
    assert "data-note=" not in browser.get(address).get_data(as_text=True)


def test_a_note_beyond_the_end_is_in_the_trail(room, database, lead):
    browser, address = room
    browser.post_json(f"{address}/notes", change(at_ms=60_001), page=address)
    with database.read() as db:
        acts = db.scalars(select(Audit.act).where(Audit.study_id == lead.study_id).order_by(Audit.seq)).all()
    assert acts[-1] == "refuse note"


def test_a_conflict_tells_what_stands(room):
    browser, address = room
    browser.post_json(f"{address}/notes", change(), page=address)
    reply = browser.post_json(f"{address}/notes", change(text="cries", page="q"), page=address)
    assert reply.status_code == 409
    assert reply.json["current"] == {
        "item": "cirs_01",
        "at_ms": 31_500,
        "text": "laughs",
        "removed": False,
        "revision": 1,
    }
    browser.post_json(f"{address}/notes", change(removed=True, sequence=2), page=address)
    reply = browser.post_json(f"{address}/notes", change(text="cries", page="q"), page=address)
    assert (reply.status_code, reply.json["current"]["removed"]) == (409, True)


def test_a_plain_form_adds_a_note_once_however_often_it_is_sent(room):
    browser, address = room
    form = plain(browser.get(address).get_data(as_text=True), text="laughs\r\nand sings", item="cirs_02")
    for _ in range(2):
        assert browser.post(f"{address}/notes/form", form, page=address).status_code == 303
    page = browser.get(address).get_data(as_text=True)
    assert page.count("data-note=") == 1
    assert "laughs\nand sings</p>" in page


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"time": "half past"}, "Write the time"),
        ({"time": ""}, "Write the time"),
        ({"time": "1:01"}, "not within the recording"),
        ({"item": "cirs_99"}, "cirs_99"),
        ({"text": "x" * 2001}, "2000 characters"),
        ({"note": ""}, "no id"),
    ],
)
def test_a_plain_form_that_cannot_be_saved_comes_back_with_what_was_typed(room, wrong, says):
    browser, address = room
    form = plain(browser.get(address).get_data(as_text=True), text="typed words") | wrong
    reply = browser.post(f"{address}/notes/form", form, page=address)
    page = reply.get_data(as_text=True)
    assert reply.status_code == 422
    assert says in page
    assert form["text"] in page
    assert "data-note=" not in page


def test_a_plain_button_removes_a_note_unless_another_page_has_changed_it(room):
    browser, address = room
    browser.post_json(f"{address}/notes", change(), page=address)
    stale = browser.post(f"{address}/notes/form", {"remove": ID, "revision": "0"}, page=address)
    assert (stale.status_code, "Another page" in stale.get_data(as_text=True)) == (422, True)
    assert (
        browser.post(f"{address}/notes/form", {"remove": ID, "revision": "1"}, page=address).status_code
        == 303
    )
    assert "laughs" not in browser.get(address).get_data(as_text=True)


def test_after_submission_the_coder_reads_the_notes_and_a_late_one_is_given_back(room, database):
    browser, address = room
    form = plain(browser.get(address).get_data(as_text=True), text="too late for this")
    browser.post_json(f"{address}/notes", change(), page=address)
    with database.write() as db:
        db.execute(update(Assignment).values(state="submitted"))
    page = browser.get(address).get_data(as_text=True)
    assert "laughs" in page
    assert "00:31" in page
    assert "data-note-editor" not in page and "plain-text" not in page
    reply = browser.post(f"{address}/notes/form", form, page="/sign-in")
    assert (reply.status_code, "too late for this" in reply.get_data(as_text=True)) == (422, True)
    late = browser.post_json(f"{address}/notes", change(sequence=2), page="/sign-in")
    assert (late.status_code, "submitted" in late.json["message"]) == (422, True)


@pytest.mark.parametrize("path", ["/notes", "/notes/form"])
def test_another_coder_writes_no_notes_there(room, world, lead, browser_of, path):
    _, address = room
    other = browser_of(world.member(lead, "Nora", Role.CODER, instruments=("CIRS",)).viewer)
    assert other.post_json(address + path, change()).status_code == 404


def test_no_page_of_the_lead_and_no_trail_to_take_away_has_a_coders_words(room, lead, browser_of):
    browser, address = room
    browser.post_json(f"{address}/notes", change(text="calls her Winterswijk"), page=address)
    browser.post_json(f"{address}/notes", change(text="calls her Winterswijk!", sequence=2), page=address)
    leads, study = browser_of(lead.viewer), f"/studies/{lead.study_public_id}"
    for path in ("", "/audit", "/audit.csv", "/rounds", "/guidance", "/people"):
        reply = leads.get(study + path)
        assert reply.status_code == 200, path
        assert "Winterswijk" not in reply.get_data(as_text=True), path


def test_a_coder_reads_the_guidance_in_its_item_and_nothing_of_when_it_was_written(room, database, lead):
    browser, address = room
    assert "data-guidance>" not in browser.get(address).get_data(as_text=True)
    with database.write() as db:
        scale = guidance.list_guidance(db, lead)[0]
        item = scale.items[1]
        guidance.save(
            db, lead, "CIRS", scale.version, {item.code: Written("Only <what> is said.", item.mark)}
        )
    page = browser.get(address).get_data(as_text=True)
    field = page.split('id="item-cirs_02"')[1].split("</fieldset>")[0]
    assert "Only &lt;what&gt; is said.</p>" in field
    assert page.count("data-guidance>") == 1
    assert "Lead" not in page
