"""One listening for two forms: made at allotment where the lead allows it, and no trace of it elsewhere."""

import csv
import io
import re
from collections import Counter

import pytest
from sqlalchemy import select, update

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.models import Assignment, Audit, AuditPayload, Listening, Recording, Study
from coder_app.services import export, queue, rating, submission
from coder_app.services import round as rounds
from coder_app.services.assignment import get_form
from coder_app.services.queue import QueuedAssignment
from tests.makers.sample import add_frozen_sample

WHY = "Heard before this test."


@pytest.fixture
def allot(world, database):
    """Return a function that allots six recordings: Mara on both scales, Jon on CIRS, Kaya on TABBS."""

    def run(*, one_listening: bool):
        lead = world.study()
        mara = world.member(lead, "Mara", Role.CODER, instruments=("CIRS", "TABBS"))
        world.member(lead, "Jon", Role.CODER, instruments=("CIRS",))
        world.member(lead, "Kaya", Role.CODER, instruments=("TABBS",))
        settings = CodingSettings(one_listening=one_listening).to_mapping()
        with database.write() as db:
            db.execute(update(Study).values(coding_settings=settings))
            add_frozen_sample(db, lead, 2)
        with database.write() as db:
            rounds.allot_sample(db, world.again(lead), "Main coding", 0.5, 7)
        return world.again(lead), world.again(lead, mara.viewer)

    return run


def list_queue(database, coder) -> list[QueuedAssignment]:
    with database.read() as db:
        return queue.list_queue(db, coder)


def rate_all(database, coder, public_id: str) -> None:
    with database.write() as db:
        items = get_form(db, coder, public_id).instrument.items
        for number, item in enumerate(items, start=1):
            rating.save(db, coder, public_id, Change(item.code, 1, None, "page", number, 0))


def submit(database, coder, public_id: str) -> None:
    rate_all(database, coder, public_id)
    with database.write() as db:
        submission.submit(db, coder, public_id, WHY)


def find_payload(database, lead, act: str) -> dict:
    with database.read() as db:
        return db.scalars(
            select(AuditPayload.payload)
            .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
            .where(Audit.study_id == lead.study_id, Audit.act == act)
        ).one()


def test_two_forms_of_one_coder_and_recording_share_a_listening_where_the_lead_allows_it(allot, database):
    _, mara = allot(one_listening=True)
    with database.read() as db:
        forms = db.scalars(select(Assignment)).all()
        listenings = {one.id: one for one in db.scalars(select(Listening))}
    shared = Counter(form.listening_id for form in forms if form.listening_id is not None)
    own = [form for form in forms if form.user_id == mara.user_id]
    assert set(shared.values()) == {2}
    assert sum(shared.values()) == len(own)
    assert {form.listening_id for form in forms if form.user_id != mara.user_id} == {None}
    for form in own:
        listening = listenings[form.listening_id]
        assert (listening.recording_id, listening.user_id) == (form.recording_id, mara.user_id)
        assert listening.together
        assert listening.stretches == []


def test_the_trail_says_whether_forms_share_a_listening(allot, database):
    lead, mara = allot(one_listening=True)
    payload = find_payload(database, lead, "allot recordings")
    assert payload["one_listening"] is True
    assert payload["listened_together"] == len(list_queue(database, mara))


def test_without_the_leads_leave_every_form_has_a_listening_of_its_own(allot, database):
    lead, mara = allot(one_listening=False)
    with database.read() as db:
        assert db.scalars(select(Listening)).all() == []
        assert set(db.scalars(select(Assignment.listening_id))) == {None}
    payload = find_payload(database, lead, "allot recordings")
    assert (payload["one_listening"], payload["listened_together"]) == (False, 0)
    entries = list_queue(database, mara)
    assert {entry.with_masks for entry in entries} == {()}
    with database.read() as db:
        places = db.execute(
            select(Assignment.mask).where(Assignment.user_id == mara.user_id).order_by(Assignment.place)
        )
        assert [entry.mask for entry in entries] == [mask for (mask,) in places]


def test_allowing_it_later_does_not_join_what_was_allotted_apart(allot, database):
    _, mara = allot(one_listening=False)
    with database.write() as db:
        db.execute(update(Study).values(coding_settings=CodingSettings(one_listening=True).to_mapping()))
    with database.read() as db:
        assert all(get_form(db, mara, one.public_id).others == () for one in queue.list_queue(db, mara))


def test_the_queue_has_forms_of_one_listening_side_by_side_at_the_place_of_the_first(allot, database):
    _, mara = allot(one_listening=True)
    entries = list_queue(database, mara)
    for first, second in zip(entries[::2], entries[1::2], strict=True):
        assert (first.with_masks, second.with_masks) == ((second.mask,), (first.mask,))
        assert {first.instrument, second.instrument} == {"CIRS", "TABBS"}
    with database.read() as db:
        place = dict(db.execute(select(Assignment.mask, Assignment.place)).all())
    assert [place[one.mask] for one in entries[::2]] == sorted(place[one.mask] for one in entries[::2])
    assert all(
        place[one.mask] < place[two.mask] for one, two in zip(entries[::2], entries[1::2], strict=True)
    )


def test_a_form_leads_to_the_other_and_says_how_far_both_are(allot, database, browser_of):
    _, mara = allot(one_listening=True)
    first, second = list_queue(database, mara)[:2]
    with database.write() as db:
        item = get_form(db, mara, second.public_id).instrument.items[0].code
        rating.save(db, mara, second.public_id, Change(item, 1, None, "page", 1, 0))
    browser = browser_of(mara.viewer)
    for path in ("", "/check"):
        page = browser.get(f"/coding/{first.public_id}{path}").get_data(as_text=True)
        assert f'href="/coding/{second.public_id}"' in page
        assert second.mask in page
        assert f"1 of {second.n_items}" in page
        assert f"0 of {first.n_items}" in page
    others = [entry.mask for entry in list_queue(database, mara)[2:]]
    assert not any(mask in page for mask in others)


def test_after_submitting_one_the_other_is_offered(allot, database, browser_of):
    _, mara = allot(one_listening=True)
    first, second = list_queue(database, mara)[:2]
    submit(database, mara, first.public_id)
    browser = browser_of(mara.viewer)
    offer = f"Go on with {second.instrument}, 0 of {second.n_items} rated"
    assert offer in browser.get(f"/coding/{first.public_id}").get_data(as_text=True)
    submit(database, mara, second.public_id)
    for one in (first, second):
        assert "Go on with" not in browser.get(f"/coding/{one.public_id}").get_data(as_text=True)


def test_what_is_heard_for_one_form_is_heard_for_the_other(allot, database, browser_of):
    _, mara = allot(one_listening=True)
    first, second = list_queue(database, mara)[:2]
    browser = browser_of(mara.viewer)
    address = f"/coding/{first.public_id}"
    report = {"stretches": [[0, 30_000]], "position_ms": 30_000, "speed": 1.0, "ago_ms": 0}
    assert browser.post_json(f"{address}/heard", report, page=address).status_code == 200
    page = browser.get(f"/coding/{second.public_id}").get_data(as_text=True)
    assert '"position": 30000' in page
    assert "[[0, 30000]]" in page


def test_without_leave_no_page_joins_two_forms_of_one_coder(allot, database, browser_of):
    _, mara = allot(one_listening=False)
    entries = list_queue(database, mara)
    submit(database, mara, entries[0].public_id)
    browser = browser_of(mara.viewer)
    for entry in entries:
        others = [one for one in entries if one is not entry]
        for path in ("", "/check", "/ratings", "/heard"):
            page = browser.get(f"/coding/{entry.public_id}{path}").get_data(as_text=True)
            assert not any(one.mask in page or one.public_id in page for one in others), path


def test_without_leave_no_page_depends_on_which_two_forms_are_of_one_recording(allot, database, browser_of):
    """Two worlds: in the second, two of the coder's TABBS forms have exchanged their recordings."""
    lead, mara = allot(one_listening=False)
    entries = list_queue(database, mara)
    submit(database, mara, entries[0].public_id)
    browser = browser_of(mara.viewer)
    paths = [
        f"/studies/{lead.study_public_id}/coding",
        *(f"/coding/{entry.public_id}{path}" for entry in entries for path in ("", "/check")),
    ]
    before = [without_draws(browser.get(path).get_data(as_text=True)) for path in paths]
    tabbs = [entry.public_id for entry in entries[1:] if entry.instrument == "TABBS"][:2]
    exchange_recordings(database, *tabbs)
    assert [without_draws(browser.get(path).get_data(as_text=True)) for path in paths] == before


def without_draws(page: str) -> str:
    """Leave out the id for a note not written yet, which every page draws anew."""
    return re.sub(r'(name="note" value=")[0-9a-f]+', r"\1", page)


def exchange_recordings(database, one: str, other: str) -> None:
    """Exchange the recordings of two forms, by way of a recording that the coder does not have."""
    with database.write() as db:
        first, second = (
            db.scalars(select(Assignment).where(Assignment.public_id == id_)).one() for id_ in (one, other)
        )
        theirs = select(Assignment.recording_id).where(Assignment.user_id == first.user_id)
        spare = db.scalars(select(Recording.id).where(Recording.id.not_in(theirs))).first()
        before = (first.recording_id, second.recording_id)
        for form, recording in ((first, spare), (second, before[0]), (first, before[1])):
            form.recording_id = recording
            db.flush()


def test_the_export_says_which_forms_were_listened_to_together(allot, database):
    lead, mara = allot(one_listening=True)
    for entry in list_queue(database, mara)[:2]:
        submit(database, mara, entry.public_id)
    with database.write() as db:
        db.execute(
            update(Assignment)
            .where(Assignment.user_id != mara.user_id)
            .values(state="submitted", submitted_at=lead.now())
        )
    with database.read() as db:
        rows = list(csv.DictReader(io.StringIO(export.get_forms_file(db, lead).text)))
    together = [row for row in rows if row["listened_together"] == "true"]
    assert {row["instrument"] for row in together} == {"CIRS", "TABBS"}
    assert len({(row["target"], row["rater"]) for row in together}) == 1
    assert len(together) == 2
    assert len(rows) > 2
    assert {row["segments"] for row in rows} == {"1"}
