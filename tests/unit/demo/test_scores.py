from collections import Counter
from dataclasses import asdict
from itertools import pairwise

import pandas as pd
import pytest

from coder_app.analysis.rupture import find_ruptures
from coder_app.demo.participants import draw_participants
from coder_app.demo.planting import CHILD, N_SHARED, THERAPIST
from coder_app.demo.scores import SEED, draw_scores

DYADS = [f"D{number:03d}" for number in range(1, 90)]


@pytest.fixture(scope="module")
def scores():
    return draw_scores(DYADS, (CHILD, THERAPIST), N_SHARED, SEED)


@pytest.fixture(scope="module")
def found(scores):
    return find_ruptures(pd.DataFrame(map(asdict, scores.rows)), mean_items={"WAI-S": 12}).informants


def test_the_default_settings_find_as_many_ruptures_as_the_source_study(found):
    """Table 1 of the source study: series, series with a rupture, ruptures, repaired, unrepaired."""
    counts = {
        name: (one.n_series, one.n_series_with_rupture, one.n_ruptures, one.n_repaired, one.n_unrepaired)
        for name, one in found.items()
    }
    assert counts == {"child": (70, 13, 15, 8, 7), "therapist": (56, 18, 20, 16, 4)}


def test_what_is_found_is_what_was_planted_and_nothing_else(scores, found):
    as_found = {
        (one.dyad, one.informant, one.central, one.type == "repaired")
        for analysis in found.values()
        for one in analysis.ruptures
    }
    assert as_found == {(one.dyad, one.informant, one.central, one.is_repaired) for one in scores.planted}


def test_both_criteria_find_something_alone_and_together(found):
    criteria = Counter(one.criterion for analysis in found.values() for one in analysis.ruptures)
    assert set(criteria) == {"control chart", "absolute", "both"}


def test_scores_have_the_spread_of_the_source_study(scores, found):
    """TASC M 38.68, SD 2.75; WAI-S M 3.86, SD 0.31."""
    means = pd.DataFrame(map(asdict, scores.rows)).groupby("measure")["score"].mean()
    assert means["TASC"] == pytest.approx(38.68, abs=0.5)
    assert means["WAI-S"] == pytest.approx(3.86, abs=0.05)
    assert found["child"].pooled_sd == pytest.approx(2.75, abs=0.1)
    assert found["therapist"].pooled_sd == pytest.approx(0.31, abs=0.02)


def test_scores_stay_on_their_scales_and_twelve_sessions(scores):
    for row in scores.rows:
        lowest, highest = {"TASC": (12, 48), "WAI-S": (1, 5)}[row.measure]
        assert lowest <= row.score <= highest
        assert 1 <= row.session <= 12


def test_as_many_sequences_are_to_be_recorded_as_in_the_source_study(scores):
    recorded = [one for one in scores.planted if one.is_recorded]
    assert Counter(one.informant for one in recorded) == {"child": 10, "therapist": 13}
    assert len({(one.dyad, session) for one in recorded for session in one.sessions}) == 67


def test_child_and_therapist_show_a_rupture_in_two_dyads_and_never_in_one_session(scores):
    centrals = {
        informant: {(one.dyad, one.central) for one in scores.planted if one.informant == informant}
        for informant in ("child", "therapist")
    }
    dyads = [{dyad for dyad, _ in places} for places in centrals.values()]
    assert len(dyads[0] & dyads[1]) == 2
    assert not centrals["child"] & centrals["therapist"]


def test_the_same_seed_gives_the_same_scores_and_another_seed_others(scores):
    assert draw_scores(DYADS, (CHILD, THERAPIST), N_SHARED, SEED) == scores
    assert draw_scores(DYADS, (CHILD, THERAPIST), N_SHARED, SEED + 1) != scores


def test_treatment_sessions_of_a_dyad_follow_each_other_in_time(scores):
    for dyad in DYADS:
        days = [day for (of_dyad, _), day in sorted(scores.held_on.items()) if of_dyad == dyad]
        assert all(7 <= (after - before).days <= 14 for before, after in pairwise(days))


def test_every_therapist_treats_somebody_and_is_always_the_same_person():
    participants = draw_participants(89, 19, SEED)
    therapists = {
        (one.therapist, one.therapist_age, one.therapist_gender, one.therapist_experience_years)
        for one in participants
    }
    assert [one.dyad for one in participants] == DYADS
    assert len(therapists) == len({one.therapist for one in participants}) == 19
    assert all(one.therapist_experience_years < one.therapist_age - 24 for one in participants)
    assert draw_participants(89, 19, SEED) == participants
