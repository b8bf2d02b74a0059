import numpy as np
import pandas as pd
import pytest

from coder_app.analysis.omega import omega_total
from coder_app.analysis.results import StatsError
from coder_app.analysis.sums import ENOUGH_ANSWERED, average_raters, sum_scores
from tests.makers.ratings import read_study, to_ratings


def test_sums_keep_every_rater_and_target_with_a_row():
    frame = pd.concat([to_ratings([[1, 2], [3, 4]], "a"), to_ratings([[1, 1], [1, 1]], "b")])
    found = sum_scores(frame, ["a", "b"], "sum").set_index(["target", "rater"])["score"]
    assert found.to_dict() == {("t0", "r0"): 2, ("t0", "r1"): 3, ("t1", "r0"): 4, ("t1", "r1"): 5}


def test_an_item_that_nobody_scored_leaves_every_sum_missing():
    found = sum_scores(to_ratings([[1, 2], [3, 4]], "a"), ["a", "b"], "sum")
    assert len(found) == 4
    assert found["score"].isna().all()


def test_a_sum_of_no_items_and_a_frame_without_items_are_refused():
    with pytest.raises(StatsError, match="no items"):
        sum_scores(to_ratings([[1, 2]], "a"), [], "sum")
    with pytest.raises(StatsError, match="'item'"):
        sum_scores(to_ratings([[1, 2]]), ["a"], "sum")


def test_a_rating_given_twice_is_refused_and_not_added_up():
    frame = to_ratings([[1, 2], [3, 4]], "a")
    with pytest.raises(StatsError, match="target t0, rater r0, item a"):
        sum_scores(pd.concat([frame, frame.iloc[[0]]]), ["a"], "sum")


def test_the_mean_of_all_raters_stands_for_a_target():
    found = average_raters(read_study())
    expected = read_study().groupby(["target", "item"])["score"].mean()
    assert len(found) == 17 * 17
    assert found.set_index(["target", "item"])["score"].to_dict() == pytest.approx(expected.to_dict())


def test_a_target_that_one_rater_left_out_has_no_mean():
    found = average_raters(to_ratings([[1, 2, 3], [1, np.nan, 3]], "a"))
    assert found["score"].tolist()[0] == 2
    assert np.isnan(found["score"].tolist()[1])


def test_raters_who_never_score_an_item_are_not_waited_for():
    frame = pd.concat([to_ratings([[1, 3]], "a"), to_ratings([[5]], "b")])
    assert average_raters(frame)["score"].tolist() == [2, 5]


def test_omega_of_means_has_a_row_for_each_target_and_is_higher_where_raters_err():
    rng = np.random.default_rng(3)
    scores = rng.normal(size=(30, 1, 1)) + rng.normal(size=(30, 3, 4))
    study = pd.concat([to_ratings(scores[:, :, item], f"i{item}") for item in range(4)])
    single, means = (omega_total(frame, bootstrap=0) for frame in (study, average_raters(study)))
    assert (single.n_rows, means.n_rows) == (90, 30)
    by_mean = omega_total(to_ratings(scores.mean(axis=1)).rename(columns={"rater": "item"}), bootstrap=0)
    assert means.omega_total == pytest.approx(by_mean.omega_total, abs=1e-10)
    assert means.omega_total > single.omega_total + 0.1


def test_a_sum_is_prorated_when_enough_items_are_answered_and_only_if_asked():
    frame = pd.concat([to_ratings([[item, item]], f"i{item}") for item in range(1, 6)])
    frame.loc[(frame["item"] == "i5") & (frame["rater"] == "r0"), "score"] = np.nan
    frame = frame[~((frame["item"].isin(["i1", "i2"])) & (frame["rater"] == "r1"))]
    items = [f"i{item}" for item in range(1, 6)]
    plain = sum_scores(frame, items, "sum").set_index("rater")["score"]
    assert plain.isna().all()
    prorated = sum_scores(frame, items, "sum", prorate=ENOUGH_ANSWERED).set_index("rater")["score"]
    # Four of five are enough, three are not.
    assert prorated["r0"] == (1 + 2 + 3 + 4) / 4 * 5
    assert np.isnan(prorated["r1"])


def test_prorating_changes_no_sum_that_is_whole():
    frame = read_study()
    items = [f"item{number:02}" for number in range(1, 5)]
    pd.testing.assert_frame_equal(sum_scores(frame, items, "s"), sum_scores(frame, items, "s", prorate=0.8))
