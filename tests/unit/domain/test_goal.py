"""A coder's week: what counts, what is asked for, and that neither tells the round of a form."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.goal import CountedForm, Week, count_week, find_monday

WEDNESDAY = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MONDAY = find_monday(WEDNESDAY)
LAST_WEEK = MONDAY - timedelta(hours=1)
THIS_WEEK = MONDAY + timedelta(hours=1)


def forms(round_: int, goal: int | None, *submitted: datetime | None) -> list[CountedForm]:
    return [CountedForm(round_, goal, at) for at in submitted]


@pytest.fixture
def _amsterdam(monkeypatch):
    if not hasattr(time, "tzset"):
        pytest.skip("the time zone cannot be changed here")
    monkeypatch.setenv("TZ", "Europe/Amsterdam")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("_amsterdam")
def test_the_week_begins_on_monday_at_midnight_local_time():
    # 23:30 on Sunday in London is 00:30 on Monday in Amsterdam.
    sunday_evening = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert find_monday(sunday_evening) == datetime(2026, 3, 1, 23, 0, tzinfo=UTC)
    assert find_monday(sunday_evening - timedelta(hours=1)) == datetime(2026, 2, 22, 23, 0, tzinfo=UTC)


@pytest.mark.usefixtures("_amsterdam")
def test_the_week_in_which_clocks_change_begins_at_midnight_too():
    # Summer time begins on Sunday 29 March 2026.
    assert find_monday(datetime(2026, 3, 29, 12, 0, tzinfo=UTC)) == datetime(2026, 3, 22, 23, 0, tzinfo=UTC)
    assert find_monday(datetime(2026, 3, 30, 12, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 22, 0, tzinfo=UTC)


def test_forms_of_this_week_count_and_earlier_ones_do_not():
    own = forms(1, 5, LAST_WEEK, THIS_WEEK, THIS_WEEK, *[None] * 10)
    assert count_week(own, WEDNESDAY) == Week(2, 5)


def test_a_form_submitted_at_the_first_moment_of_monday_is_of_this_week():
    assert count_week(forms(1, 5, MONDAY, *[None] * 10), WEDNESDAY) == Week(1, 5)


def test_without_a_goal_there_is_no_week():
    assert count_week(forms(1, None, None, THIS_WEEK), WEDNESDAY) is None
    assert count_week([], WEDNESDAY) is None


def test_goals_of_several_rounds_are_one_figure_and_forms_of_all_count():
    own = forms(1, 3, THIS_WEEK, *[None] * 9) + forms(2, 2, THIS_WEEK, *[None] * 9)
    assert count_week(own, WEDNESDAY) == Week(2, 5)
    own = forms(1, None, THIS_WEEK, *[None] * 9) + forms(2, 2, *[None] * 9)
    assert count_week(own, WEDNESDAY) == Week(1, 2)


def test_no_more_is_asked_for_than_there_is():
    assert count_week(forms(1, 5, THIS_WEEK, None), WEDNESDAY) == Week(1, 2)


def test_the_goal_of_a_round_that_ended_before_this_week_is_over():
    ended = forms(1, 5, *[LAST_WEEK] * 3)
    assert count_week(ended + forms(2, 2, *[None] * 9), WEDNESDAY) == Week(0, 2)
    assert count_week(ended, WEDNESDAY) is None


def test_a_goal_does_not_end_before_the_forms_do():
    """Else forms that are left without one would be known to be of another round."""
    ended = forms(1, 5, *[LAST_WEEK] * 3)
    assert count_week(ended + forms(2, None, *[None] * 9), WEDNESDAY) == Week(0, 5)


@given(
    goals=st.tuples(*[st.none() | st.integers(1, 9)] * 2),
    rounds=st.lists(st.integers(0, 1), min_size=1, max_size=12),
    data=st.data(),
)
def test_which_form_is_submitted_makes_no_difference(goals, rounds, data):
    """Submitting any form, of whatever round, leads to the same line."""
    before = [CountedForm(number, goals[number], None) for number in rounds]
    chosen = data.draw(st.lists(st.sampled_from(range(len(before))), min_size=2, max_size=2))
    after = []
    for one in chosen:
        own = list(before)
        own[one] = CountedForm(own[one].round, own[one].weekly_goal, THIS_WEEK)
        after.append(count_week(own, WEDNESDAY))
    assert after[0] == after[1]
    week = count_week(before, WEDNESDAY)
    assert after[0] == (week and Week(1, week.goal))
