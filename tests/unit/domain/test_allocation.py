"""Who codes what, drawn from a seed."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.allocation import allot, draw_subset, subset_size

RECORDINGS = [f"r{number}" for number in range(67)]
CODERS = ["a", "b", "c"]


def allotment(seed=1, coders=CODERS, share=0.25):
    subset = draw_subset(RECORDINGS, share, seed)
    return subset, allot(RECORDINGS, subset, coders, seed, "CIRS")


def test_a_quarter_of_67_recordings_is_17():
    assert subset_size(67, 0.25) == 17
    assert len(draw_subset(RECORDINGS, 0.25, 1)) == 17


def test_a_small_share_still_draws_one_and_none_draws_none():
    assert subset_size(3, 0.1) == 1
    assert subset_size(3, 0) == 0
    assert subset_size(0, 0.25) == 0


def test_a_share_over_one_is_an_error():
    with pytest.raises(ValueError, match="between 0 and 1"):
        subset_size(10, 1.5)


def test_a_team_without_coders_is_an_error():
    with pytest.raises(ValueError, match="at least one coder"):
        allot(RECORDINGS, frozenset(), [], 1, "CIRS")


def test_the_same_seed_draws_the_same_and_another_seed_draws_differently():
    assert allotment(seed=7) == allotment(seed=7)
    assert draw_subset(RECORDINGS, 0.25, 7) != draw_subset(RECORDINGS, 0.25, 8)


def test_two_teams_with_one_seed_share_the_subset_but_not_the_shares():
    subset = draw_subset(RECORDINGS, 0.25, 1)
    assert allot(RECORDINGS, subset, CODERS, 1, "CIRS") != allot(RECORDINGS, subset, CODERS, 1, "TABBS")


@given(
    count=st.integers(0, 60),
    n_coders=st.integers(1, 5),
    share=st.floats(0, 1),
    seed=st.integers(0, 2**31),
)
def test_every_recording_has_one_primary_coder_and_the_subset_has_the_whole_team(
    count, n_coders, share, seed
):
    recordings, coders = list(range(count)), list(range(n_coders))
    subset = draw_subset(recordings, share, seed)
    made = allot(recordings, subset, coders, seed, "CIRS")
    primaries = Counter(a.recording for a in made if a.is_primary)
    assert primaries == Counter(recordings)
    coded = Counter(a.recording for a in made)
    assert all(coded[r] == (n_coders if r in subset else 1) for r in recordings)
    assert len({(a.recording, a.coder) for a in made}) == len(made)
    forms = Counter(dict.fromkeys(coders, 0)) + Counter(a.coder for a in made)
    primary_shares = [
        sum(a.is_primary for a in made if a.coder == c and a.recording in subset) for c in coders
    ]
    if count:
        totals = [forms[coder] for coder in coders]
        assert max(totals) - min(totals) <= 1
        assert max(primary_shares) - min(primary_shares) <= 1
