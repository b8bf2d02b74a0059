"""What has been heard: the union of stretches in any order, and reports that cannot be true."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.heard import JOINED_MS, Fault, Report, find_fault, share_heard, unite

LENGTH = 60_000

times = st.integers(0, LENGTH)
stretches = st.lists(st.tuples(times, times).map(lambda two: (min(two), max(two))), max_size=12)


@given(stretches, st.randoms())
def test_the_order_of_reports_makes_no_difference(heard, random):
    shuffled = random.sample(heard, len(heard))
    assert unite(shuffled, LENGTH) == unite(heard, LENGTH)


@given(stretches)
def test_a_report_that_comes_again_adds_nothing(heard):
    once = unite(heard, LENGTH)
    assert unite([*once, *heard], LENGTH) == unite(once, LENGTH) == once


@given(stretches, stretches)
def test_putting_together_bit_by_bit_is_putting_together_at_once(first, second):
    assert unite([*unite(first, LENGTH), *second], LENGTH) == unite([*first, *second], LENGTH)


@given(stretches)
def test_stretches_lie_in_order_apart_and_in_the_recording(heard):
    united = unite(heard, LENGTH)
    assert all(0 <= start <= end <= LENGTH for start, end in united)
    assert all(later[0] - earlier[1] > JOINED_MS for earlier, later in pairwise(united))


@given(stretches)
def test_a_moment_counts_when_it_was_played_or_lies_within_a_second_of_what_was_on_both_sides(heard):
    united = unite(heard, LENGTH)
    for moment in range(0, LENGTH, 500):
        played_before = [end for start, end in heard if start <= moment]
        played_after = [start for start, end in heard if end >= moment]
        before = max(played_before, default=-LENGTH)
        after = min(played_after, default=2 * LENGTH)
        if heard:
            # What is outside the recording needs no hearing.
            before, after = max(before, 0), min(after, LENGTH)
        counts = any(start <= moment <= end for start, end in united)
        assert counts == (bool(heard) and after - before <= JOINED_MS)


def test_gaps_longer_than_a_second_stay():
    assert unite([(0, 10_000), (11_001, 20_000)], LENGTH) == ((0, 10_000), (11_001, 20_000))
    assert unite([(0, 10_000), (11_000, 20_000)], LENGTH) == ((0, 20_000),)


def test_the_first_and_the_last_second_need_not_be_met_exactly():
    assert unite([(900, 59_100)], LENGTH) == ((0, LENGTH),)
    assert unite([(1001, 58_999)], LENGTH) == ((1001, 58_999),)


def test_nothing_heard_stays_nothing():
    assert unite([], LENGTH) == ()
    assert share_heard((), 0, LENGTH) == 0


@given(stretches)
def test_the_share_is_the_part_of_the_time_that_was_heard(heard):
    united = unite(heard, LENGTH)
    whole = share_heard(united, 0, LENGTH)
    halves = share_heard(united, 0, LENGTH // 2), share_heard(united, LENGTH // 2, LENGTH)
    assert 0 <= whole <= 1
    assert whole == pytest.approx(sum(halves) / 2)


def test_the_share_of_a_part_counts_that_part_alone():
    assert share_heard([(0, 10_000), (20_000, 30_000)], 5_000, 25_000) == 0.5


@pytest.mark.parametrize(
    ("report", "fault"),
    [
        (Report(((0, LENGTH),), LENGTH, 1.25, 0), None),
        (Report((), 0, 0.75, 0), None),
        (Report(((0, LENGTH + 1),), 0, 1.0, 0), Fault.OUTSIDE),
        (Report(((-1, 5),), 0, 1.0, 0), Fault.OUTSIDE),
        (Report((), LENGTH + 1, 1.0, 0), Fault.OUTSIDE),
        (Report((), -1, 1.0, 0), Fault.OUTSIDE),
        (Report(((0, 5), (9, 8)), 0, 1.0, 0), Fault.REVERSED),
        (Report(((0, 5),), 0, 1.5, 0), Fault.TOO_FAST),
        (Report((), 0, 1.5, 0), Fault.TOO_FAST),
    ],
)
def test_a_report_that_cannot_be_true_is_told_from_one_that_can(report, fault):
    assert find_fault(report, LENGTH, 1.25) is fault
