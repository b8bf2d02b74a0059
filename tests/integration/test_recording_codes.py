"""Codes are drawn anew: what a lead saw or heard under a code says nothing once coders have the recording."""

import json
import re

import pytest
from sqlalchemy import select

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.domain.rough import rough_minutes, rough_share, write_rough
from coder_app.domain.stretches import Stretch
from coder_app.models import Assignment, Audit, AuditPayload, Import, Mute, Recording, Study
from coder_app.services import mute, recording, round_training
from coder_app.services import round as rounds
from coder_app.services.errors import NotFound, Refused
from coder_app.services.recording_codes import draw_anew
from tests.makers.coding import add_recording
from tests.makers.recording import Imports, add_dyads, make_folder
from tests.makers.sample import add_frozen_sample

PARTS = ("listen", "audio", "peaks")


@pytest.fixture
def lead(world, database):
    """The lead of a study with a frozen sample, a practice recording, and one that is not in the sample."""
    lead = world.study()
    for name, scale in (("Mara", "CIRS"), ("Olga", "TABBS")):
        world.member(lead, name, Role.CODER, instruments=(scale,))
    with database.write() as db:
        add_frozen_sample(db, lead, 6)
        add_recording(db, lead, "left-over", duration_ms=44 * 60_000 + 10)
        db.get(Recording, add_recording(db, lead, "for-practice")).use = "practice"
    return lead


def recordings(database) -> dict[int, tuple[str, str]]:
    with database.read() as db:
        return {row.id: (row.code, row.public_id) for row in db.scalars(select(Recording))}


def names_in(found: dict[int, tuple[str, str]]) -> set[str]:
    return {name for pair in found.values() for name in pair}


def everything_kept(database) -> str:
    """All that a lead could ever be shown of what the database keeps as a whole: trail and imports."""
    with database.read() as db:
        return json.dumps(
            [
                [row.subject for row in db.scalars(select(Audit))],
                [row.payload for row in db.scalars(select(AuditPayload))],
                [row.summary for row in db.scalars(select(Import))],
            ]
        )


def allot(database, world, lead):
    with database.write() as db:
        rounds.allot_sample(db, world.again(lead), "Main coding", 0.25, 1)
    return world.again(lead)


def test_at_the_allotment_every_code_and_address_becomes_another_and_nothing_keeps_the_old_ones(
    lead, world, database, browser_of
):
    before = recordings(database)
    allot(database, world, lead)
    after = recordings(database)
    assert before.keys() == after.keys()
    assert names_in(before).isdisjoint(names_in(after)) and len(names_in(after)) == 2 * len(after)
    kept = everything_kept(database)
    assert not [name for name in names_in(before) | names_in(after) if name in kept]
    with database.read() as db:
        [said] = [
            payload.payload
            for act, payload in db.execute(
                select(Audit, AuditPayload).join(
                    AuditPayload, (AuditPayload.seq == Audit.seq) & (AuditPayload.study_id == Audit.study_id)
                )
            )
            if act.act == "draw codes anew"
        ]
    assert said == {"recordings": len(before)}
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/recordings"
    for _, public_id in before.values():
        assert {browser.get(f"{address}/{public_id}/{part}").status_code for part in PARTS} == {404}


def test_the_order_of_codes_before_says_nothing_of_the_order_after(lead, database):
    """Nor does that of keys or of names in the store: codes are drawn, not dealt along any of them."""
    orders = []
    for _ in range(30):
        with database.write() as db:
            draw_anew(db, lead)
        found = recordings(database)
        orders.append(sorted(found, key=found.get))
    firsts, ids = [order[0] for order in orders], sorted(orders[0])
    assert len({tuple(order) for order in orders}) == len(orders)
    assert len(set(firsts)) > len(ids) / 3


def test_what_coders_have_keeps_its_code_and_what_none_has_gets_another(lead, world, database):
    with database.write() as db:
        round_training.start_training(db, lead, "Training")
    trained = recordings(database)
    allot(database, world, lead)
    with database.read() as db:
        practice = db.scalars(select(Recording.id).where(Recording.use == "practice")).one()
        given = set(db.scalars(select(Assignment.recording_id)))
    first = recordings(database)
    assert {one for one in first if first[one] == trained[one]} == {practice}
    with database.write() as db:
        draw_anew(db, world.again(lead))
    second = recordings(database)
    assert {one for one in second if second[one] == first[one]} == given
    assert len(given) == len(second) - 1


def test_a_lead_sees_no_length_check_or_address_of_what_coders_have_before_unmasking(
    lead, world, database, browser_of
):
    with database.write() as db:
        for row in db.scalars(select(Recording)):
            row.checks = ["The recording is silent from beginning to end."]
    browser, page = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/recordings"
    before = browser.get(page).get_data(as_text=True)
    assert "40–45 min" in before and "under 5 min" in before and "is silent" in before
    assert not re.search(r"44:|1:00<", before)
    now = allot(database, world, lead)
    with database.read() as db:
        listed = recording.list_recordings(db, now)
        given = set(
            db.scalars(select(Recording.code).join(Assignment, Assignment.recording_id == Recording.id))
        )
    assert given == {
        one.code for one in listed if (one.public_id, one.minutes, one.checks) == (None, None, ())
    }
    after, found = browser.get(page).get_data(as_text=True), recordings(database)
    assert after.count("with coders") == len(given)
    assert [public_id for code, public_id in found.values() if code in given and public_id in after] == []
    for code, public_id in found.values():
        statuses = {browser.get(f"{page}/{public_id}/{part}").status_code for part in ("listen", "peaks")}
        assert statuses & {403} == ({403} if code in given else set())
    with database.write() as db:
        db.get(Study, lead.study_id).phase = Phase.UNMASKED
    with database.read() as db:
        assert None not in {one.minutes for one in recording.list_recordings(db, world.again(lead))}


@pytest.mark.parametrize(
    ("milliseconds", "minutes", "words"),
    [
        (0, 0, "under 5 min"),
        (299_999, 0, "under 5 min"),
        (300_000, 5, "5–10 min"),
        (4_499_999, 70, "70–75 min"),
    ],
)
def test_lengths_are_written_in_steps_of_five_minutes(milliseconds, minutes, words):
    assert (rough_minutes(milliseconds), write_rough(minutes)) == (minutes, words)


class TestALateImport:
    @pytest.fixture
    def imports(self, world, database, settings, tmp_path):
        lead = world.study()
        add_dyads(database, lead, {"D001": range(1, 4), "D002": range(1, 4)})
        rows = [("a.wav", "D001", 1), ("b.wav", "D001", 2), ("c.wav", "D002", 1)]
        imports = Imports(database, settings, lead)
        imports.run(make_folder(tmp_path / "first", rows))
        return imports

    def test_nobody_can_tell_the_new_recording_by_comparing_lists(self, imports, tmp_path, browser_of):
        before = recordings(imports.database)
        page = f"/studies/{imports.lead.study_public_id}/recordings"
        imports.run(make_folder(tmp_path / "late", [("d.wav", "D002", 3)], first_seed=9))
        after = recordings(imports.database)
        assert len(after) == len(before) + 1
        assert names_in(before).isdisjoint(names_in(after))
        assert not [
            name for name in names_in(before) | names_in(after) if name in everything_kept(imports.database)
        ]
        browser = browser_of(imports.lead.viewer)
        listed = browser.get(page).get_data(as_text=True)
        for report in set(re.findall(rf"{page}/imports/[0-9a-f]+", listed)):
            told = browser.get(report).get_data(as_text=True)
            assert "Imported" in told
            assert not [name for name in names_in(after) if name in told]

    def test_stretches_that_wait_stay_with_their_recording(self, imports, tmp_path):
        database, lead = imports.database, imports.lead
        [(row_id, (_, public_id)), *_] = recordings(database).items()
        with database.write() as db:
            mute.add_mute(db, lead, public_id, Stretch(100, 400))
            mute.ask_mute(db, lead, public_id)
        with database.write() as db, pytest.raises(Refused, match="being muted"):
            mute.check_at_rest(db, lead)
        with database.write() as db:
            draw_anew(db, lead)
        imports.work()
        with database.read() as db:
            waiting = db.scalars(select(Mute)).one()
            assert (waiting.recording_id, waiting.applied_at) == (row_id, None)
            with pytest.raises(NotFound):
                mute.get_audible(db, lead, public_id)
            found = mute.get_audible(db, lead, recordings(database)[row_id][1])
        assert [one.stretch for one in found.waiting] == [Stretch(100, 400)]


@pytest.mark.parametrize(
    ("share", "rough"),
    [(None, None), (0.0, 0.0), (0.29, 0.29), (2_741_320 / 2_741_321, 0.99), (1.0, 1.0), (0.8999, 0.89)],
)
def test_a_share_of_a_recording_has_no_digits_that_tell_its_length(share, rough):
    assert rough_share(share) == rough
