import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.audio.ranges import RANGE_CAP, ByteRange, Unsatisfiable, parse_range

SIZE = 10_000
sizes = st.integers(0, 5_000_000)
positions = st.integers(0, 6_000_000)


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-499", 0, 499),  # the examples of RFC 9110, section 14.1.2
        ("bytes=500-999", 500, 999),
        ("bytes=-500", 9500, 9999),
        ("bytes=9500-", 9500, 9999),
        ("bytes=0-0", 0, 0),
        ("bytes=-1", 9999, 9999),
        ("bytes=0-", 0, 9999),
        ("bytes=9999-20000", 9999, 9999),
        ("bytes=-20000", 0, 9999),
        ("Bytes=1-2", 1, 2),
        ("bytes= 1-2 ", 1, 2),
        ("bytes=0000000000000000000000000000001-2", 1, 2),
    ],
)
def test_a_single_range_is_answered_with_its_bytes(header, start, end):
    found = parse_range(header, SIZE)
    assert found == ByteRange(start, end, SIZE, partial=True)
    assert found.status == 206
    assert found.content_range == f"bytes {start}-{end}/10000"
    assert found.length == end - start + 1


@pytest.mark.parametrize(
    "header", ["bytes=10000-", "bytes=10000-10001", "bytes=-0", "bytes=" + "9" * 5000 + "-"]
)
def test_a_range_without_a_byte_is_unsatisfiable(header):
    found = parse_range(header, SIZE)
    assert found == Unsatisfiable(SIZE)
    assert (found.status, found.content_range) == (416, "bytes */10000")


@pytest.mark.parametrize(
    "header",
    [
        None, "", "bytes", "bytes=", "bytes=-", "bytes=5-2", "bytes=a-b", "bytes=1-2-3", "bytes=0x1-2",
        "bytes=+1-2", "bytes=--5", "items=0-5", "bytes=0-1,5-6", "bytes=0-1,", "bytes 0-5", "bytes=٣-٤",
        "bytes=1 - 2", "bytes=0-1\n",
    ],
)  # fmt: skip
def test_without_a_header_or_with_one_to_be_ignored_the_whole_file_is_the_answer(header):
    found = parse_range(header, SIZE)
    assert found == ByteRange(0, SIZE - 1, SIZE, partial=False)
    assert (found.status, found.length) == (200, SIZE)


def test_a_range_is_cut_at_the_cap_and_the_whole_file_is_not():
    hour = 30_000_000
    assert parse_range("bytes=0-", hour) == ByteRange(0, RANGE_CAP - 1, hour, partial=True)
    assert parse_range("bytes=-2000000", hour).start == hour - 2_000_000
    assert parse_range(None, hour).length == hour
    assert RANGE_CAP == 512 * 1024


def test_of_an_empty_file_no_byte_can_be_had():
    assert parse_range("bytes=0-", 0) == Unsatisfiable(0)
    assert parse_range("bytes=-5", 0) == Unsatisfiable(0)
    assert parse_range(None, 0).length == 0


@given(size=sizes, first=positions, last=st.none() | positions, cap=st.integers(1, RANGE_CAP))
def test_a_player_that_asks_on_from_each_end_gets_every_byte_once(size, first, last, cap):
    header = f"bytes={first}-{'' if last is None else last}"
    found = parse_range(header, size, cap)
    if last is not None and last < first:
        assert found.status == 200
    elif first >= size:
        assert found == Unsatisfiable(size)
    else:
        wanted_end = size - 1 if last is None else min(last, size - 1)
        assert (found.start, found.partial) == (first, True)
        assert found.length == min(cap, wanted_end - first + 1)


@given(size=st.integers(1, 5_000_000), suffix=st.integers(1, 6_000_000), cap=st.integers(1, RANGE_CAP))
def test_a_suffix_begins_that_far_from_the_end(size, suffix, cap):
    found = parse_range(f"bytes=-{suffix}", size, cap)
    assert found.start == max(0, size - suffix)
    assert found.length == min(cap, suffix, size)


@given(header=st.text(max_size=40) | st.from_regex(r"bytes=[0-9,\- ]{0,30}", fullmatch=True), size=sizes)
def test_whatever_a_header_says_the_answer_stays_inside_the_file(header, size):
    found = parse_range(header, size)
    if isinstance(found, ByteRange):
        assert 0 <= found.start <= found.end + 1 <= size
        assert found.partial <= (found.length <= RANGE_CAP)
