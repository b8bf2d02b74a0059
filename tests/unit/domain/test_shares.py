"""Shares of people on several teams, from which the subset must not be told."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.allocation import allot, draw_subset
from coder_app.domain.shares import TellingTeamsError, allot_teams

RECORDINGS = list(range(67))
SUBSET = draw_subset(RECORDINGS, 0.25, 1)

teams_of_people = st.dictionaries(
    st.sampled_from(["CIRS", "TABBS", "PACS"]),
    st.lists(st.sampled_from("abcdef"), min_size=1, max_size=4, unique=True),
    min_size=1,
)


def coded_by(made, team, coder):
    return {one.recording for one in made[team] if one.coder == coder}


def test_teams_of_different_people_are_dealt_each_on_its_own():
    teams = {"CIRS": ["a", "b", "c"], "TABBS": ["d", "e"]}
    made = allot_teams(RECORDINGS, SUBSET, teams, 7)
    assert made == {name: allot(RECORDINGS, SUBSET, coders, 7, name) for name, coders in teams.items()}


def test_whoever_is_on_both_teams_codes_the_same_recordings_on_both_scales():
    made = allot_teams(RECORDINGS, SUBSET, {"CIRS": ["x", "a", "b"], "TABBS": ["c", "d", "x"]}, 7)
    assert coded_by(made, "CIRS", "x") == coded_by(made, "TABBS", "x")
    for team in made:
        forms = Counter(one.coder for one in made[team])
        assert max(forms.values()) - min(forms.values()) <= 1


def test_in_a_smaller_team_the_others_take_what_is_left_over():
    made = allot_teams(RECORDINGS, SUBSET, {"CIRS": ["x", "a"], "TABBS": ["c", "d", "x"]}, 7)
    assert coded_by(made, "CIRS", "x") == coded_by(made, "TABBS", "x")
    assert len(coded_by(made, "CIRS", "a")) > len(coded_by(made, "CIRS", "x"))


def test_a_team_of_one_is_no_reason_to_change_another_teams_shares():
    made = allot_teams(RECORDINGS, SUBSET, {"CIRS": ["x"], "TABBS": ["c", "d", "x"]}, 7)
    assert made["TABBS"] == allot(RECORDINGS, SUBSET, ["c", "d", "x"], 7, "TABBS")


def test_a_smaller_team_of_people_who_are_all_on_the_larger_one_has_no_deal():
    with pytest.raises(TellingTeamsError) as caught:
        allot_teams(RECORDINGS, SUBSET, {"TABBS": ["x", "y", "z"], "CIRS": ["x", "y"]}, 7)
    assert caught.value.teams == ("CIRS", "TABBS")


def test_the_same_seed_deals_the_same():
    teams = {"CIRS": ["x", "a", "b"], "TABBS": ["c", "d", "x"]}
    assert allot_teams(RECORDINGS, SUBSET, teams, 7) == allot_teams(RECORDINGS, SUBSET, teams, 7)
    assert allot_teams(RECORDINGS, SUBSET, teams, 7) != allot_teams(RECORDINGS, SUBSET, teams, 8)


@given(teams=teams_of_people, share=st.floats(0, 1), seed=st.integers(0, 2**31), count=st.integers(0, 40))
def test_nobody_hears_a_recording_on_one_of_two_shared_scales_alone(teams, share, seed, count):
    recordings = list(range(count))
    subset = draw_subset(recordings, share, seed)
    try:
        made = allot_teams(recordings, subset, teams, seed)
    except TellingTeamsError:
        return
    for name, coders in teams.items():
        primaries = Counter(one.recording for one in made[name] if one.is_primary)
        assert primaries == Counter(recordings)
        coded = Counter(one.recording for one in made[name])
        assert all(coded[r] == (len(coders) if r in subset else 1) for r in recordings)
        for other, others in teams.items():
            for coder in set(coders) & set(others):
                if len(coders) > 1 and len(others) > 1:
                    assert coded_by(made, name, coder) == coded_by(made, other, coder)
