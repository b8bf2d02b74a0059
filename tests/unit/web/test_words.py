"""Words that several pages put together alike."""

from datetime import datetime

import pytest

from coder_app.web.words import day, in_words, moment


@pytest.mark.parametrize(
    ("items", "said"), [(["a"], "a"), (["a", "b"], "a and b"), (["a", "b", 3], "a, b and 3")]
)
def test_items_are_listed_as_in_a_sentence(items, said):
    assert in_words(items) == said


def test_a_moment_is_written_in_the_servers_time_zone_and_a_day_has_no_leading_zero():
    at = datetime(2026, 3, 2, 9, 5).astimezone()
    assert (day(at), moment(at)) == ("2 Mar 2026", "2 Mar 2026, 09:05")
