"""Shares with Wilson's interval, and their differences."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.analysis.proportion import NOBODY, share_difference, wilson

R = json.loads((Path(__file__).parents[2] / "reference" / "occurrence.json").read_text())


@pytest.mark.parametrize(("place", "of"), list(enumerate([(13, 70), (0, 12), (18, 56), (5, 5)])))
def test_the_interval_is_that_of_prop_test_in_r(place, of):
    found = wilson(*of)
    assert [found.estimate, found.lower, found.upper] == pytest.approx(R["wilson"][place], abs=1e-12)


def test_the_difference_has_the_interval_of_newcombes_first_example():
    """Newcombe (1998), table II, contrast (a), method 10: 56/70 and 48/80."""
    found = share_difference((56, 70), (48, 80))
    assert found.estimate == pytest.approx(0.2)
    assert (round(found.lower, 4), round(found.upper, 4)) == (0.0524, 0.3339)


def test_of_nothing_there_is_no_share():
    for found in (wilson(0, 0), share_difference((0, 0), (1, 2)), share_difference((1, 2), (0, 0))):
        assert (found.estimate, found.lower, found.upper, found.reason) == (None, None, None, NOBODY)


@given(st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_and_turns_round_with_it(pair):
    number, of = pair
    found, other = wilson(number, of), wilson(of - number, of)
    assert 0 <= found.lower <= found.estimate <= found.upper <= 1
    assert (other.lower, other.upper) == pytest.approx((1 - found.upper, 1 - found.lower), abs=1e-12)
