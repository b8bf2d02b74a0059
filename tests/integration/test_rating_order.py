"""Saves in any order and as often as the network likes: what stands is what the pages' own order says."""

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.services import assignment as assignments
from coder_app.services import rating
from tests.makers.coding import add_assignment, add_recording, add_round

ITEMS = ("cirs_01", "cirs_02", "cirs_03")
ANSWERS = st.sampled_from([(0, None), (3, None), (5, None), (None, "inaudible"), (None, None)])
# The database is shared by all examples of a test; each has a form of its own.
few = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], database=None
)


@pytest.fixture
def open_form(database, world):
    """Return a function that gives a coder an untouched form, as (save, read)."""
    lead = world.study()
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    numbers = count()
    with database.write() as db:
        round_id = add_round(db, lead)

    def opened():
        number = next(numbers)
        with database.write() as db:
            recording = add_recording(db, lead, f"code-{number}")
            name = add_assignment(db, coder, round_id, recording, "CIRS", f"mask-{number}", number + 1)

        def save(change: Change):
            with database.write() as db:
                return rating.save(db, coder, name, change)

        def read() -> dict:
            with database.read() as db:
                given_ratings = assignments.get_form(db, coder, name).segments[0].ratings
            return {item: (one.score, one.reason) for item, one in given_ratings.items() if one.stands}

        return save, read

    return opened


def typed(draw, page: str) -> list[Change]:
    """What one page has sent, in its own order, as it came to know no revision in between."""
    answers = draw(st.lists(st.tuples(st.sampled_from(ITEMS), ANSWERS), min_size=1, max_size=8))
    return [
        Change(item, score, reason, page, sequence, 0)
        for sequence, (item, (score, reason)) in enumerate(answers, start=1)
    ]


@st.composite
def sent_by_one_page(draw) -> tuple[list[Change], list[Change]]:
    """The changes of a page, and how they arrive: in any order, some more than once."""
    changes = typed(draw, "a")
    again = draw(st.lists(st.sampled_from(changes), max_size=4))
    return changes, draw(st.permutations(changes + again))


@st.composite
def sent_by_two_pages(draw) -> list[Change]:
    """The changes of two pages that know nothing of each other, as they arrive."""
    return draw(st.permutations(typed(draw, "a") + typed(draw, "b")))


def last_of_each(changes: list[Change]) -> dict:
    newest = {change.item: (change.score, change.reason) for change in changes}
    return {item: answer for item, answer in newest.items() if answer != (None, None)}


@few
@given(sent=sent_by_one_page())
def test_of_one_page_the_newest_answer_to_each_item_stands_whatever_arrives_when(open_form, sent):
    changes, arriving = sent
    save, read = open_form()
    for change in arriving:
        assert isinstance(save(change), rating.Saved)
    assert read() == last_of_each(changes)


@few
@given(arriving=sent_by_two_pages())
def test_of_two_pages_the_first_at_an_item_stands_and_the_other_is_told_what(open_form, arriving):
    save, read = open_form()
    owner: dict[str, str] = {}
    for change in arriving:
        first = owner.setdefault(change.item, change.page)
        before = read()
        outcome = save(change)
        if first == change.page:
            assert isinstance(outcome, rating.Saved)
        else:
            stands = before.get(change.item, (None, None))
            assert (outcome.score, outcome.reason) == stands
            assert read() == before
    assert read() == {
        item: answer
        for page in "ab"
        for item, answer in last_of_each(
            sorted((one for one in arriving if one.page == page), key=lambda one: one.sequence)
        ).items()
        if owner[item] == page
    }


@few
@given(
    answers=st.lists(st.tuples(st.sampled_from("ab"), ANSWERS), min_size=1, max_size=8),
    lost=st.sets(st.integers(0, 7)),
)
def test_pages_that_choose_their_own_side_of_each_conflict_leave_the_last_choice(open_form, answers, lost):
    """Two pages take turns at one item; some confirmations are lost and the change is sent again."""
    save, read = open_form()
    bases = {"a": 0, "b": 0}
    for sequence, (page, (score, reason)) in enumerate(answers, start=1):
        outcome = save(Change(ITEMS[0], score, reason, page, sequence, bases[page]))
        if isinstance(outcome, rating.Conflict):
            bases[page] = outcome.revision
            outcome = save(Change(ITEMS[0], score, reason, page, sequence, bases[page]))
        if sequence in lost:
            outcome = save(Change(ITEMS[0], score, reason, page, sequence, bases[page]))
        assert isinstance(outcome, rating.Saved)
        bases[page] = outcome.revision
        assert read().get(ITEMS[0], (None, None)) == (score, reason)
