"""How ruptures hang on their definition: the grid says of each what a search of its own says."""

import random
from dataclasses import replace

import pandas as pd
import pytest

from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.rupture_grid import criteria_of, list_definitions, make_grid
from coder_app.analysis.rupture_results import RuptureSettings
from coder_app.analysis.sensitivity import compare_definitions, jaccard
from tests.makers.alliance import SCORES_LONG

MEAN_ITEMS = {"WAI-S": 12}
OWN = RuptureSettings()


@pytest.fixture(scope="module")
def study():
    frame = pd.read_csv(SCORES_LONG)
    return frame, *compare_definitions(frame, OWN, MEAN_ITEMS)


def frame_of(**series):
    rows = [
        (dyad, session, "child", "TASC", score)
        for dyad, scores in series.items()
        for session, score in enumerate(scores, 1)
    ]
    return pd.DataFrame(rows, columns=["dyad", "session", "informant", "measure", "score"])


def test_each_definition_of_the_grid_finds_what_a_search_of_its_own_finds(study):
    frame, definitions, compared = study
    drawn = random.Random(7).sample(range(len(definitions)), 10)
    for number in {*drawn, definitions.index(OWN)}:
        report = find_ruptures(frame, definitions[number], MEAN_ITEMS)
        for expected, found in zip(report.analyses, compared, strict=True):
            outcome = found.outcomes[number]
            assert (outcome.n_series, outcome.n_series_with_rupture) == (
                expected.n_series,
                expected.n_series_with_rupture,
            )
            counts = (outcome.n_ruptures, outcome.n_repaired, outcome.n_unrepaired)
            assert counts == (expected.n_ruptures, expected.n_repaired, expected.n_unrepaired)
            there = {(one.dyad, one.central): one for one in found.ruptures}
            for one in expected.ruptures:
                same = there[one.dyad, one.central]
                assert (same.pre, same.post, same.reason) == (one.pre, one.post, one.reason)
                assert same.types[definitions[number].fourths] == one.type


def test_what_the_own_settings_find_is_marked_and_has_everything_in_common_with_itself(study):
    frame, definitions, compared = study
    report = find_ruptures(frame, OWN, MEAN_ITEMS)
    for expected, found in zip(report.analyses, compared, strict=True):
        own = {(one.dyad, one.central) for one in found.ruptures if one.by_own}
        assert own == {(one.dyad, one.central) for one in expected.ruptures}
        assert found.outcomes[definitions.index(OWN)].in_common == 1.0
        assert all(0 < one.share <= 1 for one in found.ruptures)
        # Counted over definitions or over ruptures, the finds are the same.
        total = sum(one.n_ruptures for one in found.outcomes)
        assert sum(one.share for one in found.ruptures) * len(definitions) == pytest.approx(total)


@pytest.mark.parametrize(
    "own",
    [
        OWN,
        replace(OWN, k=3.0, fourths="type2", min_run=9, absolute=1.0, pooled="within"),
        replace(OWN, absolute=None, pooled="within"),
        replace(OWN, chart=False, k=3.0),
    ],
)
def test_the_own_settings_stand_in_their_grid_once_and_no_definition_twice(own):
    definitions = list_definitions(make_grid(own), own)
    assert definitions.count(own) == 1
    assert len(set(definitions)) == len(definitions)
    assert {criteria_of(one) for one in definitions} == {"chart", "absolute", "both"}


def test_a_k_that_the_own_settings_do_not_use_is_not_compared():
    assert make_grid(replace(OWN, chart=False, k=3.0)).k == (1.0, 1.25, 1.5)
    assert make_grid(replace(OWN, k=3.0)).k == (1.0, 1.25, 1.5, 3.0)


def test_series_of_one_value_and_no_scores_have_no_rupture_and_nothing_in_common():
    definitions, (child,) = compare_definitions(frame_of(D1=[40] * 8, D2=[31] * 8), OWN)
    assert child.ruptures == ()
    assert {one.n_ruptures for one in child.outcomes} == {0}
    assert {one.in_common for one in child.outcomes} == {None}
    assert child.n_series == {5: 2, 6: 2, 7: 2, 8: 2}
    assert compare_definitions(frame_of(), OWN)[1] == ()
    assert definitions[0].min_run == 5


def test_a_series_that_is_too_short_for_the_own_settings_counts_where_a_shorter_run_is_enough():
    _, (child,) = compare_definitions(frame_of(D1=[40, 41, 40, 20, 41], D2=range(30, 44)), OWN)
    (one,) = child.ruptures
    assert (one.dyad, one.central, one.longest_run, one.by_own) == ("D1", 4, 5, False)
    assert 0 < one.share < 0.25


def test_in_common_is_the_jaccard_index():
    assert jaccard({1, 2, 3}, {2, 3, 4}) == 0.5
    assert jaccard(set(), {1}) == 0.0
    assert jaccard(set(), set()) is None
