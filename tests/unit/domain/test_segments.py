"""How a recording is cut into segments."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.segments import WHOLE, Stretch, cut, name_place, read_place

MINUTE = 60_000
durations = st.integers(0, 4 * 60 * MINUTE)
lengths = st.integers(1, 60).map(lambda minutes: minutes * MINUTE)


def places(duration: float, length: int = 5) -> list[tuple[float, float]]:
    """Where segments begin and end, in minutes."""
    return [(s.start_ms / MINUTE, s.end_ms / MINUTE) for s in cut(round(duration * MINUTE), length * MINUTE)]


def test_a_recording_of_whole_segments_is_cut_between_them():
    assert places(15) == [(0, 5), (5, 10), (10, 15)]


def test_a_rest_of_half_a_segment_is_a_segment_of_its_own():
    assert places(12.5) == [(0, 5), (5, 10), (10, 12.5)]


def test_a_rest_shorter_than_half_a_segment_is_joined_to_the_last_one():
    assert places(12.4) == [(0, 5), (5, 12.4)]


@pytest.mark.parametrize("duration", [0, 0.5, 2.4, 2.5, 4.9, 5, 7.4])
def test_a_recording_that_holds_no_second_segment_is_one(duration):
    assert places(duration) == [(0, duration)]


@given(durations, lengths)
def test_the_segments_cover_the_recording_without_gap_or_overlap(duration, length):
    segments = cut(duration, length)
    assert (segments[0].start_ms, segments[-1].end_ms) == (0, duration)
    assert all(one.end_ms == other.start_ms for one, other in pairwise(segments))
    assert [one.number for one in segments] == list(range(1, len(segments) + 1))


@given(durations, lengths)
def test_only_the_last_segment_has_another_length_and_it_is_between_half_and_one_and_a_half(duration, length):
    *others, last = (one.end_ms - one.start_ms for one in cut(duration, length))
    assert set(others) <= {length}
    assert 2 * last < 3 * length
    assert not others or 2 * last >= length


@pytest.mark.parametrize(("duration", "length"), [(-1, MINUTE), (MINUTE, 0), (MINUTE, -1)])
def test_what_is_no_recording_or_no_segment_is_refused(duration, length):
    with pytest.raises(ValueError, match="length"):
        cut(duration, length)


def test_a_segment_knows_its_place():
    assert cut(11 * MINUTE, 5 * MINUTE)[1] == Stretch(2, 5 * MINUTE, 11 * MINUTE)


@given(st.integers(0, 500), st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True))
def test_the_name_of_a_place_in_a_form_leads_back_to_it(segment, item):
    assert read_place(name_place(segment, item)) == (segment, item)


def test_without_segments_the_name_of_a_place_is_the_item():
    assert name_place(WHOLE, "cirs_01") == "cirs_01"
    assert name_place(3, "cirs_01") != name_place(31, "cirs_01")
