import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.stretches import (
    MOST_STRETCHES,
    Stretch,
    StretchError,
    check_stretches,
    fit_stretch,
    read_position,
    write_position,
)

MINUTE = 60_000


def test_stretches_come_back_in_order_and_may_touch():
    stretches = [Stretch(5000, 7000), Stretch(0, 2000), Stretch(2000, 5000), Stretch(7000, MINUTE)]
    assert check_stretches(stretches, MINUTE) == tuple(sorted(stretches))


@pytest.mark.parametrize(
    ("stretches", "words"),
    [
        ([], "There is no stretch to mute."),
        ([(2000, 2000)], "The stretch 00:02.0 to 00:02.0 is empty: it has to end after it begins."),
        ([(3000, 2000)], "is empty"),
        ([(-100, 2000)], "leaves the recording"),
        ([(59_000, 60_001)], "leaves the recording, which is 01:00.0 long"),
        ([(1000, 3000), (2999, 4000)], "The stretches 00:01.0 to 00:03.0 and 00:03.0 to 00:04.0 overlap"),
        ([(1000, 9000), (2000, 3000)], "overlap"),
        ([(i * 10, i * 10 + 5) for i in range(MOST_STRETCHES + 1)], "At most 200 stretches"),
    ],
)
def test_stretches_that_cannot_be_muted_are_refused_with_words(stretches, words):
    with pytest.raises(StretchError, match=words):
        check_stretches([Stretch(*one) for one in stretches], MINUTE)


def test_an_end_that_was_rounded_up_is_the_end_of_the_recording():
    assert fit_stretch(Stretch(1000, 59_990), 59_950) == Stretch(1000, 59_950)
    assert fit_stretch(Stretch(1000, 60_100), 59_950) == Stretch(1000, 60_100)
    assert fit_stretch(Stretch(1000, 59_900), 59_950) == Stretch(1000, 59_900)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("0", 0),
        ("83.4", 83_400),
        ("1:23.4", 83_400),
        ("01:23,45", 83_450),
        (" 0:01:23.456 ", 83_456),
        ("75:00", 75 * MINUTE),
        ("1:15:00.0", 75 * MINUTE),
        ("", None),
        ("1:60", None),
        ("1:60:00", None),
        ("-3", None),
        ("1:2:3:4", None),
        ("12.3456", None),
        ("1e3", None),
        ("٣", None),
        ("soon", None),
    ],
)
def test_positions_are_read_as_people_write_them(text, milliseconds):
    assert read_position(text) == milliseconds


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "00:00.0"), (83_449, "01:23.4"), (59_950, "01:00.0"), (75 * MINUTE + 49, "1:15:00.0")],
)
def test_positions_are_written_to_a_tenth(milliseconds, text):
    assert write_position(milliseconds) == text


@given(st.integers(0, 6 * 60 * MINUTE))
def test_what_is_written_is_read_again_within_half_a_tenth(milliseconds):
    assert abs(read_position(write_position(milliseconds)) - milliseconds) <= 50
