"""The coder's room through its pages: with the script, without it, and with bad input."""

import pytest

from coder_app.audio.clean import clean_recording
from coder_app.audio.store import Store
from coder_app.demo.speech import speech, write_recording
from coder_app.domain.permissions import Role
from tests.makers.coding import add_assignment, add_recording, add_round


@pytest.fixture(scope="module")
def cleaned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    write_recording(folder / "source.wav", speech(3.0, 1), None)
    return folder / "clean.m4a", clean_recording([folder / "source.wav"], folder / "clean.m4a")


@pytest.fixture
def room(world, database, settings, cleaned, browser_of):
    """A signed-in coder's browser and the address of one assignment."""
    path, result = cleaned
    store = Store(settings.store_dir)
    copy = store.temporary_path()
    copy.write_bytes(path.read_bytes())
    name = store.put(copy, result.peaks)
    lead = world.study()
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila", name)
        assignment = add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)
    return browser_of(coder.viewer), f"/coding/{assignment}", path.read_bytes()


def change(item="cirs_01", score=3, sequence=1, base=0, **more) -> dict:
    return {
        "item": item,
        "score": score,
        "reason": None,
        "page": "p",
        "sequence": sequence,
        "base": base,
    } | more


def test_nothing_is_preselected(room):
    browser, address, _ = room
    page = browser.get(address).get_data(as_text=True)
    assert page.count('type="radio"') == 6 * 7
    assert " checked" not in page


def test_a_save_is_acknowledged_with_its_time_and_counted(room):
    browser, address, _ = room
    reply = browser.post_json(f"{address}/ratings", change(), page=address)
    assert reply.status_code == 200
    assert set(reply.json) == {"saved", "revision", "answered", "total", "form"}
    assert (reply.json["answered"], reply.json["total"]) == (1, 6)
    assert 'value="3" checked' in browser.get(address).get_data(as_text=True)


@pytest.mark.parametrize(
    "wrong",
    [
        change(score=6),
        change(score="3"),
        change(score=2.5),
        change(score=True),
        change(item="cirs_99"),
        change(item=None),
        change(sequence=-1),
        change(base="x"),
        change(page=""),
        change(page="p" * 33),
        change(item="\ud800"),
        change(page="\ud800"),
        change(page="p\x00"),
        change(score=None, reason="\ud800"),
        change(score=2**40),
        change(reason="bored", score=None),
        [1, 2],
        None,
    ],
)
def test_bad_json_is_refused_with_a_message_and_changes_nothing(room, wrong):
    browser, address, _ = room
    reply = browser.post_json(f"{address}/ratings", wrong, page=address)
    assert reply.status_code == 422
    assert reply.json["message"]
    assert " checked" not in browser.get(address).get_data(as_text=True)


def test_a_conflict_tells_the_value_that_stands(room):
    browser, address, _ = room
    browser.post_json(f"{address}/ratings", change(score=3), page=address)
    reply = browser.post_json(f"{address}/ratings", change(score=5, page="q"), page=address)
    assert reply.status_code == 409
    assert reply.json["current"]["score"] == 3


def test_a_page_can_ask_what_is_saved_now_and_under_which_token_to_go_on(room):
    browser, address, _ = room
    browser.post_json(f"{address}/ratings", change(score=0), page=address)
    browser.post_json(f"{address}/ratings", change("cirs_02", 4), page=address)
    browser.post_json(f"{address}/ratings", change("cirs_02", None, sequence=2), page=address)
    note = {"note": "b" * 32, "item": None, "at_ms": 1500, "text": "laughs", "removed": False}
    sent = {"page": "p", "base": 0}
    browser.post_json(f"{address}/notes", note | sent | {"sequence": 1}, page=address)
    removed = {"note": "a" * 32, "item": None, "at_ms": 0, "text": "", "removed": True}
    browser.post_json(f"{address}/notes", removed | sent | {"sequence": 2}, page=address)
    told = browser.get(f"{address}/state/0").json
    assert told["open"] is True
    assert told["count"] == {"answered": 1, "total": 6, "form": {"answered": 1, "total": 6}}
    assert sorted((one["item"], one["score"], one["revision"]) for one in told["ratings"]) == [
        ("cirs_01", 0, 1),
        ("cirs_02", None, 3),
    ]
    assert told["notes"] == [removed | {"revision": 1}, note | {"revision": 1}]
    assert told["token"] in browser.get(address).get_data(as_text=True)
    assert browser.get(f"{address}/state/1").status_code == 404


def test_without_the_script_a_plain_form_saves_every_answer_in_it(room):
    browser, address, _ = room
    data = {"score-cirs_01": "0", "score-cirs_02": "not-codable", "reason-cirs_02": "inaudible"}
    assert browser.post(f"{address}/form", data, page=address).status_code == 303
    page = browser.get(address).get_data(as_text=True)
    assert page.count(" checked") == 2
    assert "2 of 6" in page


def test_without_the_script_not_codable_needs_its_reason_and_the_rest_is_saved(room):
    browser, address, _ = room
    data = {"score-cirs_01": "4", "score-cirs_02": "not-codable", "reason-cirs_02": ""}
    reply = browser.post(f"{address}/form", data, page=address)
    assert reply.status_code == 422
    assert "Choose a reason" in reply.get_data(as_text=True)
    assert "1 of 6" in browser.get(address).get_data(as_text=True)


@pytest.mark.parametrize("score", ["6", "-1", "three", "9" * 400])
def test_without_the_script_a_score_off_the_scale_is_refused(room, score):
    browser, address, _ = room
    assert browser.post(f"{address}/form", {"score-cirs_01": score}, page=address).status_code == 422
    assert "0 of 6" in browser.get(address).get_data(as_text=True)


def test_without_the_script_an_item_can_be_cleared(room):
    browser, address, _ = room
    browser.post(f"{address}/form", {"score-cirs_01": "4"}, page=address)
    page = browser.get(address).get_data(as_text=True)
    revision = page.split('name="revision-cirs_01" value="')[1].split('"')[0]
    data = {"score-cirs_01": "4", "revision-cirs_01": revision, "clear": "cirs_01"}
    assert browser.post(f"{address}/form", data, page=address).status_code == 303
    assert "0 of 6" in browser.get(address).get_data(as_text=True)


def test_the_check_page_names_what_is_missing_and_submitting_is_refused(room):
    browser, address, _ = room
    page = browser.get(f"{address}/check").get_data(as_text=True)
    assert page.count("Select a rating for item") >= 6
    assert browser.post(f"{address}/submit", page=address).status_code == 409


def test_a_submitted_form_is_read_only(room):
    browser, address, _ = room
    data = {f"score-cirs_{number:02d}": "2" for number in range(1, 7)} | {"next": "check"}
    assert browser.post(f"{address}/form", data, page=address).location.endswith("/check")
    why = {"why_less": "I heard it elsewhere."}
    assert browser.post(f"{address}/submit", why, page=address).status_code == 303
    page = browser.get(address).get_data(as_text=True)
    assert "Submitted" in page
    assert "radio" not in page
    late = browser.post_json(f"{address}/ratings", change(sequence=9), page="/sign-in")
    assert late.status_code == 422
    assert "submitted" in late.json["message"]


def test_audio_is_served_in_ranges_that_are_capped_and_add_up(room):
    browser, address, sound = room
    first = browser.get(f"{address}/audio", headers={"Range": "bytes=0-999"})
    assert (first.status_code, first.data) == (206, sound[:1000])
    assert first.headers["Content-Range"] == f"bytes 0-999/{len(sound)}"
    rest = browser.get(f"{address}/audio", headers={"Range": "bytes=1000-"})
    assert first.data + rest.data == sound
    assert browser.get(f"{address}/audio", headers={"Range": f"bytes={len(sound)}-"}).status_code == 416


def test_audio_names_and_dates_nothing(room):
    browser, address, _ = room
    with browser.get(f"{address}/audio") as reply:
        headers = reply.headers
    assert set(headers) & {"ETag", "Last-Modified", "Content-Disposition"} == set()
    assert headers["Content-Type"] == "audio/mp4"


def test_peaks_are_numbers_at_ten_a_second(room):
    browser, address, _ = room
    peaks = browser.get(f"{address}/peaks").json
    assert 28 <= len(peaks) <= 32
    assert all(0 <= peak <= 255 for peak in peaks)


def test_another_coder_gets_404_for_every_address_of_the_room(room, world, browser_of):
    _, address, _ = room
    other = browser_of(world.person("Nora"))
    for page in ("", "/check", "/audio", "/peaks"):
        assert other.get(address + page).status_code == 404
