"""When a note stands, and which times can be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.instruments import bundled_instruments
from coder_app.domain.note import LONGEST, NoteChange, find_fault, read_time
from coder_app.domain.rating import Trace, Verdict, judge

CIRS = bundled_instruments()["CIRS"]
ITEM = CIRS.items[0].code
LENGTH = 60_000
ID = "0123456789abcdef" * 2


def change(item=ITEM, at_ms=1000, text="laughs", removed=False, note=ID, page="a", sequence=1, base=0):
    return NoteChange(note, item, at_ms, text, removed, page, sequence, base)


@pytest.mark.parametrize(
    "right",
    [
        change(),
        change(item=None),
        change(text=""),
        change(at_ms=0),
        change(at_ms=LENGTH),
        change(text="x" * LONGEST),
        change(removed=True, text="", at_ms=LENGTH + 1),
    ],
)
def test_a_note_stands_at_every_moment_of_the_recording_with_or_without_item_and_text(right):
    assert find_fault(CIRS, LENGTH, right) is None


@pytest.mark.parametrize(
    ("wrong", "names"),
    [
        (change(at_ms=LENGTH + 1), "within the recording"),
        (change(at_ms=-1), "within the recording"),
        (change(item="cirs_99"), "cirs_99"),
        (change(item=""), "no item"),
        (change(text="x" * (LONGEST + 1)), "2000"),
        (change(note="../" + ID), "id"),
        (change(note=""), "id"),
    ],
)
def test_what_cannot_stand_is_named(wrong, names):
    assert names in find_fault(CIRS, LENGTH, wrong)


def test_a_note_is_judged_as_a_rating_is():
    last = Trace(revision=4, page="a", sequence=7)
    assert judge(change(sequence=7), last) is Verdict.LATE
    assert judge(change(sequence=8), last) is Verdict.ACCEPT
    assert judge(change(page="b", base=3), last) is Verdict.CONFLICT
    assert judge(change(page="b", base=4), last) is Verdict.ACCEPT


@pytest.mark.parametrize(
    ("text", "at_ms"),
    [
        ("31:07", 1_867_000),
        ("1:31:07", 5_467_000),
        ("0:00", 0),
        (" 00:05 ", 5000),
        ("75:30", 4_530_000),
        ("", None),
        ("31", None),
        ("31:7", None),
        ("31:60", None),
        ("1:60:00", None),
        ("-1:00", None),
        ("٣١:٠٧", None),
        ("1:2:3:04", None),
    ],
)
def test_a_time_is_read_as_minutes_and_seconds_or_with_hours_and_nothing_else(text, at_ms):
    assert read_time(text) == at_ms


@given(st.integers(0, 99 * 3600))
def test_every_time_that_a_page_writes_is_read_again(seconds):
    from coder_app.web.coding.words import clock

    assert read_time(clock(seconds)) == seconds * 1000
