"""The lab's guidance: leads write it, every coder reads the same words, nobody overwrites another unseen."""

import re

import pytest
from sqlalchemy import select

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.models import Audit, AuditPayload
from coder_app.services import guidance
from coder_app.services.errors import NotFound, Refused
from coder_app.services.guidance import LONGEST, Written
from tests.makers.coding import add_assignment, add_recording, add_round

ITEM, OTHER = "cirs_01", "cirs_02"


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def coder(world, lead):
    return world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))


@pytest.fixture
def assignment(database, lead, coder) -> str:
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila")
        return add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)


@pytest.fixture
def listed(database, lead):
    def reader(instrument="CIRS") -> dict[str, guidance.ItemGuidance]:
        with database.read() as db:
            scales = guidance.list_guidance(db, lead)
        [scale] = [scale for scale in scales if scale.instrument == instrument]
        return {item.code: item for item in scale.items}

    return reader


@pytest.fixture
def write(database, lead, listed):
    """Write texts as a page does that shows what stands now, or what `seen` says."""

    def writer(texts: dict[str, str], who=lead, seen: dict[str, str] | None = None):
        marks = seen or {code: item.mark for code, item in listed().items()}
        with database.read() as db:
            version = guidance.list_guidance(db, lead)[0].version
        written = {code: Written(text, marks[code]) for code, text in texts.items()}
        with database.write() as db:
            return guidance.save(db, who, "CIRS", version, written)

    return writer


def test_every_item_of_every_coding_scale_can_have_guidance_and_has_none_at_first(database, lead):
    with database.read() as db:
        scales = guidance.list_guidance(db, lead)
    assert [(scale.instrument, len(scale.items)) for scale in scales] == [("CIRS", 6), ("TABBS", 11)]
    assert all(item.text == "" and item.since is None for scale in scales for item in scale.items)


def test_a_coder_reads_what_the_lab_has_written_on_the_scale_of_the_recording(
    database, coder, write, assignment
):
    write({ITEM: "Stories about school count.\nGreetings do not."})
    with database.read() as db:
        assert guidance.read_guidance(db, coder, assignment) == {
            ITEM: "Stories about school count.\nGreetings do not."
        }


def test_what_was_emptied_is_no_longer_shown_to_coders(database, coder, write, assignment, listed):
    write({ITEM: "Greetings do not count."})
    write({ITEM: ""})
    with database.read() as db:
        assert guidance.read_guidance(db, coder, assignment) == {}
    assert listed()[ITEM].since is not None


def test_each_change_is_in_the_trail_with_the_old_and_the_new_text_and_nothing_else_is(database, lead, write):
    write({ITEM: "One.", OTHER: ""})
    write({ITEM: "Two.", OTHER: ""})
    write({ITEM: "Two."})
    with database.read() as db:
        payloads = db.scalars(
            select(AuditPayload.payload)
            .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
            .where(Audit.study_id == lead.study_id, Audit.act == "change guidance")
            .order_by(Audit.seq)
        ).all()
    assert [(one["item"], one["before"], one["after"]) for one in payloads] == [
        (ITEM, "", "One."),
        (ITEM, "One.", "Two."),
    ]


def test_it_says_since_when_and_by_whom_a_text_stands(write, listed):
    write({ITEM: "One."})
    assert listed()[ITEM].since is not None
    assert listed()[ITEM].by == "Lead"


def test_who_has_not_seen_the_newest_text_of_an_item_writes_nothing_at_all(world, lead, write, listed):
    before = {code: item.mark for code, item in listed().items()}
    write({ITEM: "The other lead's."})
    second = world.member(lead, "Lena", Role.LEAD)
    outcome = write({ITEM: "Mine.", OTHER: "Mine too."}, second, before)
    assert outcome == guidance.Outcome(stale=(ITEM,))
    assert (listed()[ITEM].text, listed()[OTHER].text) == ("The other lead's.", "")


def test_who_has_the_newest_text_of_the_items_that_change_may_write(write, listed):
    before = {code: item.mark for code, item in listed().items()}
    write({ITEM: "The other lead's."})
    assert write({ITEM: "The other lead's.", OTHER: "Mine."}, seen=before).changed == (OTHER,)


def test_too_long_a_text_is_refused_and_nothing_is_changed(write, listed):
    with pytest.raises(Refused, match="4,000"):
        write({OTHER: "Fine.", ITEM: "x" * (LONGEST + 1)})
    assert listed()[OTHER].text == ""


def test_an_instrument_that_the_study_does_not_have_is_not_found(database, lead):
    with pytest.raises(NotFound), database.write() as db:
        guidance.save(db, lead, "CIRS", "0.0", {})


def test_a_coder_writes_no_guidance_and_reads_none_of_others_assignments(
    database, world, lead, coder, write, assignment
):
    write({ITEM: "One."})
    with pytest.raises(NotAllowed), database.read() as db:
        guidance.list_guidance(db, coder)
    with pytest.raises(NotAllowed), database.write() as db:
        guidance.save(db, coder, "CIRS", "1", {})
    other = world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    with database.read() as db:
        assert guidance.read_guidance(db, other, assignment) == {}


def test_a_lead_writes_on_the_page_and_reads_it_there_again(browser_of, lead):
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/guidance"
    form = _fields(browser.get(address).get_data(as_text=True))
    form |= {f"text-{ITEM}": "Greetings <b>do not</b> count.\r\nStories do."}
    assert browser.post(address, form, page=address).status_code == 303
    page = browser.get(address).get_data(as_text=True)
    assert "Greetings &lt;b&gt;do not&lt;/b&gt; count.\nStories do.</textarea>" in page
    assert "by Lead" in page


def test_a_page_that_has_grown_stale_keeps_what_was_typed_and_shows_what_stands(browser_of, lead):
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/guidance"
    old = _fields(browser.get(address).get_data(as_text=True))
    browser.post(address, old | {f"text-{ITEM}": "Theirs."}, page=address)
    reply = browser.post(address, old | {f"text-{ITEM}": "Mine."}, page=address)
    page = reply.get_data(as_text=True)
    assert reply.status_code == 409
    assert "Mine.</textarea>" in page
    assert "Theirs.</p>" in page
    assert browser.post(address, _fields(page) | {f"text-{ITEM}": "Mine."}, page=address).status_code == 303


def test_too_long_a_text_comes_back_to_be_shortened(browser_of, lead):
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/guidance"
    form = _fields(browser.get(address).get_data(as_text=True)) | {f"text-{ITEM}": "y" * (LONGEST + 1)}
    reply = browser.post(address, form, page=address)
    assert reply.status_code == 422
    assert "y" * (LONGEST + 1) in reply.get_data(as_text=True)


def _fields(page: str) -> dict[str, str]:
    """The hidden fields of the page's first form: its instrument and the marks of what it shows."""
    first = page.split('name="instrument"')[1].split("</form>")[0]
    return dict(re.findall(r'name="([\w-]+)" value="([^"]*)"', 'name="instrument"' + first))
