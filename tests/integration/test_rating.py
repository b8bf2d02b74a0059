"""Saving ratings: nothing acknowledged is lost, nothing late overwrites, nothing foreign is reached."""

import pytest
from sqlalchemy import event, func, select, update

from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.models import Assignment, Audit, AuditPayload, Rating
from coder_app.services import assignment as assignments
from coder_app.services import queue, rating, submission
from coder_app.services.errors import NotFound, Refused
from tests.makers.coding import add_assignment, add_recording, add_round

ITEMS = [f"cirs_{number:02d}" for number in range(1, 7)]


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


def change(item=ITEMS[0], score=3, reason=None, page="a", sequence=1, base=0) -> Change:
    return Change(item=item, score=score, reason=reason, page=page, sequence=sequence, base=base)


@pytest.fixture
def save(database, coder, assignment):
    def saver(sent: Change):
        with database.write() as db:
            return rating.save(db, coder, assignment, sent)

    return saver


@pytest.fixture
def stored(database, coder, assignment):
    def reader() -> dict:
        with database.read() as db:
            ratings = assignments.get_form(db, coder, assignment).segments[0].ratings
        return {item: (given.score, given.reason) for item, given in ratings.items() if given.stands}

    return reader


def test_a_score_of_zero_is_an_answer_and_unanswered_is_none(save, stored):
    assert save(change(score=0)).answered == 1
    assert stored() == {ITEMS[0]: (0, None)}


def test_not_codable_is_stored_with_its_reason_and_never_as_zero(save, stored):
    save(change(score=None, reason="inaudible"))
    assert stored() == {ITEMS[0]: (None, "inaudible")}


def test_a_cleared_item_is_unanswered_again(save, stored):
    save(change())
    assert save(change(score=None, sequence=2)).answered == 0
    assert stored() == {}


def test_a_late_or_repeated_save_of_the_same_page_changes_nothing(save, stored):
    first = save(change(score=3, sequence=2))
    assert save(change(score=1, sequence=1)).revision == first.revision
    assert save(change(score=3, sequence=2)).revision == first.revision
    assert stored() == {ITEMS[0]: (3, None)}


def test_a_late_save_does_not_bring_back_what_was_cleared(save, stored):
    save(change(score=3, sequence=1))
    save(change(score=None, sequence=2))
    save(change(score=3, sequence=1))
    assert stored() == {}


def test_a_second_page_with_an_old_base_gets_both_values_and_changes_nothing(save, stored):
    revision = save(change(score=3, page="a")).revision
    conflict = save(change(score=5, page="b", base=0))
    assert (conflict.score, conflict.reason, conflict.revision) == (3, None, revision)
    assert stored() == {ITEMS[0]: (3, None)}
    assert save(change(score=5, page="b", sequence=2, base=revision)).answered == 1
    assert stored() == {ITEMS[0]: (5, None)}


def test_a_page_that_does_not_know_of_a_clearing_gets_a_conflict(save, stored):
    revision = save(change(score=3, page="a")).revision
    save(change(score=None, page="b", base=revision))
    conflict = save(change(score=4, page="c", base=revision))
    assert (conflict.score, conflict.reason) == (None, None)
    assert stored() == {}


@pytest.mark.parametrize(
    "wrong",
    [change(score=6), change(score=-1), change(item="tabbs_01"), change(score=None, reason="bored")],
)
def test_what_is_not_on_the_scale_is_refused_recorded_and_changes_nothing(
    wrong, save, stored, database, lead
):
    refusal = save(wrong)
    assert isinstance(refusal, rating.Refusal)
    assert stored() == {}
    with database.read() as db:
        acts = db.scalars(select(Audit.act).where(Audit.study_id == lead.study_id).order_by(Audit.seq))
        assert list(acts)[-1] == "refuse rating"


def test_another_coders_assignment_is_not_found(database, world, lead, assignment):
    other = world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    with pytest.raises(NotFound), database.write() as db:
        rating.save(db, other, assignment, change())


def test_submitting_needs_every_item(database, coder, assignment, save):
    for item in ITEMS[:-1]:
        save(change(item=item))
    with pytest.raises(Refused, match="Inhibition"), database.write() as db:
        submission.submit(db, coder, assignment, "Heard before this test.")


def test_a_save_after_submission_is_refused_with_a_clear_message(database, coder, assignment, save, stored):
    for item in ITEMS:
        save(change(item=item, score=2))
    with database.write() as db:
        submission.submit(db, coder, assignment, "Heard before this test.")
    refusal = save(change(score=5, sequence=2))
    assert "submitted" in refusal.message
    assert stored()[ITEMS[0]] == (2, None)


def test_every_save_is_in_the_trail_with_the_value_before(database, save, lead):
    save(change(score=3))
    save(change(score=4, sequence=2))
    with database.read() as db:
        payload = db.scalars(
            select(AuditPayload.payload)
            .where(AuditPayload.study_id == lead.study_id)
            .order_by(AuditPayload.seq.desc())
        ).first()
    assert payload["before"] == {"score": 3, "reason": None}
    assert payload["score"] == 4


def test_a_score_with_a_reason_cannot_be_stored_even_past_the_service(database, save, stored):
    save(change(score=3))
    with pytest.raises(Exception, match="score_or_reason"), database.write() as db:
        db.execute(update(Rating).values(reason="inaudible"))
    assert stored() == {ITEMS[0]: (3, None)}


def test_saving_one_rating_takes_at_most_seven_statements(database, coder, assignment, save):
    save(change(score=3))
    with Statements(database) as statements:
        save(change(score=4, sequence=2))
    assert len(statements.seen) <= 7, statements.seen


def test_a_queue_of_a_hundred_takes_at_most_six_queries(database, lead, coder, browser_of):
    with database.write() as db:
        round_id = add_round(db, lead)
        for number in range(100):
            recording = add_recording(db, lead, f"code-{number:03d}")
            add_assignment(db, coder, round_id, recording, "CIRS", f"mask-{number:03d}", 100 + number)
    browser = browser_of(coder.viewer)
    with Statements(database) as statements:
        page = browser.get(f"/studies/{lead.study_public_id}/coding")
    assert page.get_data(as_text=True).count("mask-0") >= 100
    assert len(statements.seen) <= 6, statements.seen


def test_the_order_of_the_queue_is_the_stored_one_and_the_coders_own(database, lead, coder, assignment):
    with database.write() as db:
        db.execute(update(Assignment).values(place=2))
        recording = add_recording(db, lead, "arno-pilu")
        add_assignment(db, coder, add_second_round(db, lead), recording, "CIRS", "sunno-vira", 1)
    with database.read() as db:
        assert [entry.mask for entry in queue.list_queue(db, coder)] == ["sunno-vira", "velid-moru"]


def add_second_round(db, lead) -> int:
    from coder_app.models import Round

    return db.scalars(select(func.min(Round.id)).where(Round.study_id == lead.study_id)).one()


class Statements:
    """Counts the SQL statements of a with block, BEGIN and COMMIT aside."""

    def __init__(self, database) -> None:
        self.engine = database.engine
        self.seen: list[str] = []

    def __enter__(self):
        event.listen(self.engine, "before_cursor_execute", self._see)
        return self

    def __exit__(self, *_):
        event.remove(self.engine, "before_cursor_execute", self._see)

    def _see(self, _connection, _cursor, statement, *_rest):
        if not statement.startswith("BEGIN"):
            self.seen.append(statement.split("\n")[0])
