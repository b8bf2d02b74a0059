"""Notes: never lost, never late, never anybody else's, and their words never in the trail."""

import json

import pytest
from sqlalchemy import select, update

from coder_app.domain.note import LONGEST, NoteChange
from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Audit, AuditPayload, Note
from coder_app.services import note as notes
from coder_app.services.errors import NotFound
from tests.makers.coding import add_assignment, add_recording, add_round

ID, OTHER_ID = "a" * 32, "b" * 32
LENGTH = 60_000


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


def change(
    text="laughs", item="cirs_01", at_ms=5000, removed=False, note=ID, page="a", sequence=1, base=0
) -> NoteChange:
    return NoteChange(note, item, at_ms, text, removed, page, sequence, base)


@pytest.fixture
def save(database, coder, assignment):
    def saver(sent: NoteChange):
        with database.write() as db:
            return notes.save(db, coder, assignment, sent)

    return saver


@pytest.fixture
def stored(database, coder, assignment):
    def reader() -> list[tuple]:
        with database.read() as db:
            return [(note.at_ms, note.item, note.text) for note in notes.list_notes(db, coder, assignment)]

    return reader


@pytest.fixture
def trail(database, lead):
    def reader() -> list[tuple[str, dict]]:
        with database.read() as db:
            rows = db.execute(
                select(Audit.act, AuditPayload.payload)
                .join(
                    AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq)
                )
                .where(Audit.study_id == lead.study_id, Audit.act.like("%note%"))
                .order_by(Audit.seq)
            )
            return [(act, payload) for act, payload in rows]

    return reader


def test_notes_are_listed_by_their_time_with_item_and_words(save, stored):
    save(change(at_ms=9000, note=ID))
    save(change("hums", None, 2000, note=OTHER_ID, sequence=2))
    assert stored() == [(2000, None, "hums"), (9000, "cirs_01", "laughs")]


def test_a_note_sent_twice_is_one_note(save, stored):
    first = save(change())
    assert save(change()).revision == first.revision
    assert len(stored()) == 1


def test_what_comes_late_from_the_same_page_does_not_undo_what_came_after(save, stored):
    save(change("laughs out loud", sequence=2))
    save(change("laughs", sequence=1))
    assert stored() == [(5000, "cirs_01", "laughs out loud")]


def test_a_late_save_does_not_bring_a_removed_note_back(save, stored):
    save(change(sequence=1))
    save(change(removed=True, sequence=3))
    save(change("laughs out", sequence=2))
    assert stored() == []


def test_a_removal_that_overtakes_the_note_it_removes_still_holds(save, stored):
    save(change(removed=True, sequence=2))
    save(change(sequence=1))
    assert stored() == []


def test_the_words_of_a_removed_note_are_erased(save, database):
    save(change("calls her Anna"))
    save(change(removed=True, text="calls her Anna", sequence=2))
    with database.read() as db:
        assert db.scalars(select(Note.text)).all() == [""]


def test_a_removed_note_can_be_brought_back_by_the_page_that_still_has_its_words(save, stored, trail):
    save(change())
    save(change(removed=True, sequence=2))
    save(change(sequence=3))
    assert stored() == [(5000, "cirs_01", "laughs")]
    assert [act for act, _ in trail()] == ["add note", "remove note", "add note"]


def test_a_second_page_with_an_old_base_gets_the_note_that_stands_and_changes_nothing(save, stored):
    revision = save(change(page="a")).revision
    conflict = save(change("cries", page="b", base=0))
    assert conflict.note == notes.KeptNote(ID, "cirs_01", 5000, "laughs", revision)
    assert stored() == [(5000, "cirs_01", "laughs")]
    save(change("cries", page="b", base=conflict.revision, sequence=2))
    assert stored() == [(5000, "cirs_01", "cries")]


def test_a_second_page_learns_that_the_note_was_removed(save, stored):
    revision = save(change(page="a")).revision
    save(change(removed=True, page="a", sequence=2))
    conflict = save(change("cries", page="b", base=revision))
    assert conflict.note is None
    assert stored() == []
    save(change("cries", page="b", base=conflict.revision, sequence=2))
    assert stored() == [(5000, "cirs_01", "cries")]


@pytest.mark.parametrize(
    "wrong",
    [
        change(at_ms=LENGTH + 1),
        change(at_ms=-1),
        change(item="tabbs_01"),
        change(text="x" * (LONGEST + 1)),
        change(note="short"),
    ],
)
def test_what_cannot_stand_is_refused_recorded_without_its_words_and_changes_nothing(
    wrong, save, stored, trail
):
    refusal = save(wrong)
    assert isinstance(refusal, notes.Refusal)
    assert stored() == []
    [(act, payload)] = trail()
    assert act == "refuse note"
    assert set(payload) == {"note", "item", "at_ms", "why"}
    assert payload["why"] == refusal.message


def test_a_note_may_lie_at_the_very_end_and_be_as_long_as_it_may(save, stored):
    save(change("x" * LONGEST, at_ms=LENGTH))
    assert stored() == [(LENGTH, "cirs_01", "x" * LONGEST)]


def test_every_change_is_in_the_trail_with_item_and_time_and_never_with_its_words(save, trail):
    save(change("calls her Anna"))
    save(change("calls her Anna twice", "cirs_02", 6000, sequence=2))
    save(change("", removed=True, sequence=3))
    save(change("calls her Anna", page="b"))
    acts = trail()
    assert [act for act, _ in acts] == ["add note", "change note", "remove note", "find note conflict"]
    assert (acts[1][1]["item"], acts[1][1]["at_ms"]) == ("cirs_02", 6000)
    assert acts[1][1]["before"] == {"item": "cirs_01", "at_ms": 5000}
    assert "Anna" not in json.dumps(acts)


@pytest.mark.parametrize("who", ["another coder", "the lead who codes"])
def test_nobody_but_its_author_is_given_a_note_or_may_write_one_there(
    who, database, world, lead, save, assignment
):
    save(change())
    if who == "another coder":
        other = world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    else:
        other = world.member(lead, "Lena", Role.LEAD, Role.CODER, instruments=("CIRS",))
    with database.read() as db:
        assert notes.list_notes(db, other, assignment) == []
    with pytest.raises(NotFound), database.write() as db:
        notes.save(db, other, assignment, change(note=OTHER_ID))


def test_after_submission_notes_can_be_read_and_no_longer_changed(database, save, stored, assignment):
    save(change())
    with database.write() as db:
        db.execute(update(Assignment).values(state="submitted"))
    for late in (change("cries", sequence=2), change(removed=True, sequence=3), change(note=OTHER_ID)):
        assert "submitted" in save(late).message
    assert stored() == [(5000, "cirs_01", "laughs")]


def test_a_first_note_begins_the_work_on_a_recording_and_leaves_a_reopened_one_reopened(save, database):
    save(change())
    with database.write() as db:
        assert db.scalars(select(Assignment.state)).one() == "in progress"
        db.execute(update(Assignment).values(state="reopened"))
    save(change("cries", sequence=2))
    with database.read() as db:
        assert db.scalars(select(Assignment.state)).one() == "reopened"
