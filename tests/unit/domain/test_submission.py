"""What a form needs to be submitted, and which submissions stand out."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.heard import share_heard, unite
from coder_app.domain.submission import Flag, find_flags, find_unheard, is_said, needs_reason, tidy

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR_MS = 3_600_000


@pytest.mark.parametrize(
    ("minimum", "heard", "needed"),
    [
        (0.9, None, True),
        (0.9, 0.8999, True),
        (0.9, 0.9, False),
        (1.0, 0.999, True),
        (0.0, None, False),
        (0.0, 0.0, False),
    ],
)
def test_less_than_the_minimum_or_nothing_known_needs_a_reason(minimum, heard, needed):
    assert needs_reason(CodingSettings(minimum_heard=minimum), heard) is needed


@pytest.mark.parametrize("text", ["", "no", "no time", " \n . \t "])
def test_a_word_or_two_say_nothing(text):
    assert not is_said(text)


def test_three_words_on_any_lines_are_a_reason():
    assert is_said("It\nwas silent")


def test_a_text_is_kept_without_what_databases_refuse():
    assert tidy(" a\r\nb\0 ") == "a\nb"


@given(
    st.lists(st.tuples(st.integers(0, 60_000), st.integers(0, 60_000)).map(sorted).map(tuple), max_size=8),
    st.integers(60_000, 90_000),
)
def test_heard_and_unheard_are_the_whole_and_do_not_overlap(stretches, duration):
    heard = unite(stretches, duration)
    unheard = find_unheard(heard, duration)
    assert all(start < end for start, end in unheard)
    left = share_heard(unheard, 0, duration)
    assert left + share_heard(heard, 0, duration) == pytest.approx(1)


def flags(*, number: int = 1, minutes: float | None = 60, why_less: str | None = None) -> tuple[Flag, ...]:
    started = None if minutes is None else NOON - timedelta(minutes=minutes)
    return find_flags(number=number, why_less=why_less, started=started, submitted=NOON, duration_ms=HOUR_MS)


def test_a_form_is_fast_below_half_of_the_recordings_length():
    assert flags(minutes=29.9) == (Flag.FAST,)
    assert flags(minutes=30) == ()


def test_changing_a_reopened_form_is_not_fast_however_quick():
    assert flags(number=2, minutes=1) == ()


def test_a_form_whose_beginning_is_not_known_is_not_called_fast():
    assert flags(minutes=None) == ()


def test_a_reason_for_less_is_a_flag_of_its_own():
    assert flags(minutes=1, why_less="It hums throughout.") == (Flag.FAST, Flag.LITTLE_HEARD)
    assert flags(number=2, why_less="It hums throughout.") == (Flag.LITTLE_HEARD,)
