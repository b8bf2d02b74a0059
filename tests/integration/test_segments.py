"""Rating by segments: saved and cleared one by one, cut alike for all coders, submitted when all is there."""

import pytest
from sqlalchemy import select

from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Audit, AuditPayload, Recording, Segment, Submission
from coder_app.services import queue, rating
from coder_app.services import round as rounds
from coder_app.services.errors import Refused
from coder_app.services.segment import add_segments
from tests.integration.test_rating import Statements
from tests.makers.coding import add_assignment, add_recording, add_round
from tests.makers.sample import add_frozen_sample
from tests.makers.segmented import (
    ITEMS,
    MINUTE,
    NAME,
    add_segmented_scale,
    change,
    drop_other_scales,
    make_segmented_form,
)


@pytest.fixture
def form(world, database):
    """A form on a recording of 11 minutes, which has two segments."""
    return make_segmented_form(world, database)


def test_a_form_has_the_segments_of_its_recording(form):
    assert [(one.number, one.start, one.end) for one in form.read().segments] == [(1, 0, 300), (2, 300, 660)]
    assert form.read().n_items == 6


def test_an_answer_in_one_segment_is_none_in_another(form):
    saved = form.save(change(segment=2))
    assert form.stored() == {(2, ITEMS[0]): (3, None)}
    assert (saved.answered, saved.total) == (1, 3)
    saved = form.save(change(segment=1, sequence=2))
    assert (saved.answered, saved.total) == (1, 3)
    assert (saved.answered_in_form, saved.total_in_form) == (2, 6)


def test_late_saves_and_bases_are_told_apart_by_segment(form):
    revision = form.save(change(segment=1, sequence=5)).revision
    assert form.save(change(segment=2, sequence=1)).answered_in_form == 2
    assert form.save(change(segment=1, score=5, sequence=4)).revision == revision
    assert isinstance(form.save(change(segment=2, score=5, page="b")), rating.Conflict)
    assert isinstance(form.save(change(segment=2, item=ITEMS[1], page="b")), rating.Saved)
    assert form.stored()[1, ITEMS[0]] == form.stored()[2, ITEMS[0]] == (3, None)


def test_clearing_an_item_leaves_the_same_item_of_other_segments(form):
    form.save(change(segment=1))
    form.save(change(segment=2))
    cleared = form.save(change(segment=1, score=None, sequence=2))
    assert (cleared.answered, cleared.answered_in_form) == (0, 1)
    assert form.stored() == {(2, ITEMS[0]): (3, None)}
    revisions = {segment.number: segment.ratings[ITEMS[0]].revision for segment in form.read().segments}
    assert revisions[1] == cleared.revision > revisions[2]


def test_a_late_save_does_not_bring_back_what_was_cleared_in_its_segment(form):
    form.save(change(segment=1, sequence=1))
    form.save(change(segment=1, score=None, sequence=3))
    form.save(change(segment=1, sequence=2))
    assert form.stored() == {}
    conflict = form.save(change(segment=1, page="b"))
    assert (conflict.score, conflict.reason) == (None, None)


@pytest.mark.parametrize("segment", [0, 3, 2**31 - 1])
def test_a_segment_that_the_form_does_not_have_is_refused_and_recorded(segment, form, database):
    refusal = form.save(change(segment=segment))
    assert "no segment" in refusal.message
    assert form.stored() == {}
    with database.read() as db:
        acts = db.scalars(select(Audit.act).where(Audit.study_id == form.lead.study_id).order_by(Audit.seq))
        assert list(acts)[-1] == "refuse rating"


def test_a_form_without_segments_refuses_one(world, database):
    lead = world.study()
    coder = world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        recording = add_recording(db, lead, "arno-pilu", duration_ms=11 * MINUTE)
        add_segments(db, lead, [recording], [5 * MINUTE])
        name = add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "sunno-vira", 1)
    with database.write() as db:
        refusal = rating.save(db, coder, name, change(segment=1, item="cirs_01"))
        saved = rating.save(db, coder, name, change(segment=0, item="cirs_01"))
    assert isinstance(refusal, rating.Refusal)
    assert (saved.answered, saved.total, saved.total_in_form) == (1, 6, 6)


def test_a_save_is_in_the_trail_with_its_segment(form, database):
    form.save(change(segment=2))
    with database.read() as db:
        payload = db.scalars(
            select(AuditPayload.payload)
            .where(AuditPayload.study_id == form.lead.study_id)
            .order_by(AuditPayload.seq.desc())
        ).first()
    assert (payload["segment"], payload["item"]) == (2, ITEMS[0])


def test_saving_in_a_segment_takes_no_more_statements_than_in_a_whole_recording(form, database):
    form.save(change(segment=2))
    with Statements(database) as statements:
        form.save(change(segment=2, score=4, sequence=2))
    assert len(statements.seen) <= 7, statements.seen


def test_work_goes_on_at_the_first_open_item_after_the_newest_answer(form):
    assert form.read().go_on_at == (1, ITEMS[0])
    form.save(change(segment=1, item=ITEMS[1]))
    assert form.read().go_on_at == (1, ITEMS[2])
    form.save(change(segment=1, item=ITEMS[2], sequence=2))
    assert form.read().go_on_at == (2, ITEMS[0])
    for number, item in enumerate(ITEMS, start=3):
        form.save(change(segment=2, item=item, sequence=number))
    assert form.read().go_on_at == (1, ITEMS[0])


def test_when_all_is_rated_work_goes_on_at_the_newest_answer(database, form):
    form.rate_all()
    base = form.read().segments[0].ratings[ITEMS[1]].revision
    assert isinstance(form.save(change(segment=1, item=ITEMS[1], score=5, base=base)), rating.Saved)
    assert form.read().go_on_at == (1, ITEMS[1])


def test_submitting_needs_every_item_of_every_segment(database, form):
    form.rate_all()
    form.save(change(2, ITEMS[2], None, None, "all", 7))
    with pytest.raises(Refused, match=r"segment 2 \(1\)"):
        form.submit()
    form.save(change(2, ITEMS[2], 0, None, "all", 8))
    form.submit()
    with database.read() as db:
        kept = db.scalars(select(Submission)).one().ratings
    assert [(one["segment"], one["item"]) for one in kept] == [(n, item) for n in (1, 2) for item in ITEMS]
    assert kept[-1]["score"] == 0


def test_the_queue_counts_an_item_once_for_each_segment(database, form):
    form.save(change(segment=2))
    with database.read() as db:
        (entry,) = queue.list_queue(db, form.coder)
    assert (entry.answered, entry.n_items, entry.n_segments) == (1, 6, 2)


@pytest.fixture
def allotted(world, database):
    """Two coders of MIRS share recordings of 4 to 19 minutes."""
    lead = world.study()
    with database.write() as db:
        add_segmented_scale(db, lead)
        drop_other_scales(db, lead, NAME)
    for name in ("Mara", "Jon"):
        world.member(lead, name, Role.CODER, instruments=(NAME,))
    with database.write() as db:
        add_frozen_sample(db, lead, 2)
        for number, recording in enumerate(db.scalars(select(Recording).order_by(Recording.id))):
            recording.duration_ms = (4 + 3 * number) * MINUTE
    with database.write() as db:
        rounds.allot_sample(db, lead, "Main coding", 1.0, 7)
    return world.again(lead)


def test_every_recording_is_cut_once_and_alike_for_all_coders(allotted, database):
    with database.read() as db:
        cut = {
            duration // MINUTE: list(
                db.scalars(
                    select(Segment.end_ms // MINUTE)
                    .where(Segment.recording_id == recording, Segment.length_ms > 0)
                    .order_by(Segment.number)
                )
            )
            for recording, duration in db.execute(select(Recording.id, Recording.duration_ms))
        }
        assert len(db.scalars(select(Assignment.id)).all()) == 12
    assert cut == {
        4: [4],
        7: [7],
        10: [5, 10],
        13: [5, 10, 13],
        16: [5, 10, 16],
        19: [5, 10, 15, 19],
    }


def test_cutting_again_adds_nothing(allotted, database):
    with database.write() as db:
        before = len(db.scalars(select(Segment.id)).all())
        add_segments(db, allotted, db.scalars(select(Recording.id)).all(), [0, 5 * MINUTE])
        assert len(db.scalars(select(Segment.id)).all()) == before
        add_segments(db, allotted, db.scalars(select(Recording.id)).all(), [10 * MINUTE])
        assert len(db.scalars(select(Segment.id)).all()) > before
