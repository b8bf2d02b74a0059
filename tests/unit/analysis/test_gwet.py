import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import t as t_distribution

from coder_app.analysis.agreement import agreement_by_item, all_agree, percent_agreement
from coder_app.analysis.gwet import gwet_ac
from coder_app.analysis.results import StatsError
from coder_app.analysis.weights import agreement_weights
from tests.makers.ratings import read_study, read_table, read_values, to_ratings

# R 4.2.2 with irrCAC 1.0: gwet.ac1.raw with all points of the scale as categories.
AGREEMENT = read_values("beyond")["results"]["agreement"]
SCALES = {
    "beyond/krippendorff_12x4": range(1, 6),
    "icc/ord05_good": range(6),
    "icc/ord04_floor": range(5),
    "icc/coded_once_one_rater": range(6),
    "icc/miss8_of_ord05_fair": range(6),
    "icc/all_zero": range(6),
}
KINDS = {"identity": "unweighted", "linear": "linear", "quadratic": "quadratic", "ordinal": "ordinal"}
TABLES = st.tuples(st.integers(2, 7), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]))
)
BOUNDED = settings(max_examples=40, deadline=None)
HOLE = np.nan


@pytest.mark.parametrize("name", SCALES)
@pytest.mark.parametrize("weights", KINDS)
def test_ac1_and_ac2_and_their_standard_errors_equal_irrcac(name, weights):
    table = read_table(name)
    expected = AGREEMENT[name.split("/")[1]][f"irrCAC_gwet_{KINDS[weights]}_allcat"]
    found = gwet_ac(table, SCALES[name], weights)
    exact = (expected["pa"] - expected["pe"]) / (1 - expected["pe"])
    assert found.estimate == pytest.approx(exact, abs=1e-12)
    n = np.isfinite(table).any(axis=1).sum()
    error = (found.estimate - found.lower) / t_distribution.ppf(0.975, n - 1)
    assert error == pytest.approx(expected["coeff.se"], abs=5.1e-6)  # printed with five decimals
    assert found.upper <= 1


def test_the_documented_example_of_irrcac_has_ac1_of_775():
    # cac.raw4raters, which is Krippendorff's table: gwet.ac1.raw gives .77544.
    found = gwet_ac(read_table("beyond/krippendorff_12x4"), range(1, 6), "identity")
    assert found.estimate == pytest.approx(0.77544, abs=5e-6)


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("identity", [1, 0, 0, 0]),
        ("linear", [1, 2 / 3, 1 / 3, 0]),
        ("quadratic", [1, 8 / 9, 5 / 9, 0]),
        ("ordinal", [1, 5 / 6, 1 / 2, 0]),
    ],
)
def test_weights_of_four_points_are_those_of_gwets_book(kind, row):
    found = agreement_weights(range(4), kind)
    assert found[0] == pytest.approx(row)
    assert (found == found.T).all()


def test_the_interval_of_one_target_is_not_there_and_the_reason_is():
    found = gwet_ac(np.array([[1.0, 2.0]]), range(4))
    assert found.estimate is not None
    assert (found.lower, found.upper, found.reason) == (None, None, "no interval from one target")


@pytest.mark.parametrize(
    ("table", "categories", "reason"),
    [
        ([[1, HOLE], [HOLE, 2]], range(4), "no target has two ratings"),
        ([[HOLE, HOLE]], range(4), "no target has two ratings"),
        ([[1, 1]], [1], "the scale has one point"),
    ],
)
def test_what_cannot_be_computed_has_a_reason(table, categories, reason):
    found = gwet_ac(np.array(table, dtype=float), categories)
    assert (found.estimate, found.lower, found.upper, found.reason) == (None, None, None, reason)


def test_a_score_between_the_points_is_refused_by_value():
    with pytest.raises(StatsError, match=r"score 1.5 is not on the scale 0 to 3"):
        gwet_ac(np.array([[1.0, 1.5]]), range(4))


@BOUNDED
@given(TABLES, st.sampled_from(list(KINDS)))
def test_more_weight_for_near_misses_never_lowers_observed_agreement_and_limits_hold_the_estimate(
    table, kind
):
    found = gwet_ac(table, range(4), kind)
    if found.estimate is not None:
        assert found.estimate <= 1 + 1e-12
        if found.lower is not None:
            assert found.lower <= found.estimate + 1e-12
            assert found.upper >= found.estimate - 1e-12


# --- all figures of an item ----------------------------------------------------------------------------


def test_items_come_with_all_their_figures():
    frame = to_ratings(read_table("icc/ord05_good"), "warmth")
    (found,) = agreement_by_item(frame, {"warmth": (0, 5)}, n_samples=200)
    assert (found.item, found.n_targets) == ("warmth", 17)
    assert sum(found.counts) == 51
    assert len(found.counts) == 6
    assert found.percent_agreement == percent_agreement(read_table("icc/ord05_good"))
    assert found.ac1.estimate == pytest.approx(0.33022, abs=5e-6)
    assert found.ac2.estimate == pytest.approx(0.90238, abs=5e-6)
    assert found.alpha.estimate is not None
    assert found.all_agree <= found.percent_agreement <= found.within_one


def test_every_item_of_a_study_is_there():
    study = read_study()
    found = agreement_by_item(study, dict.fromkeys(study["item"].unique(), (0, 5)), n_samples=50)
    assert [item.item for item in found] == list(study["item"].unique())


def test_an_item_without_a_scale_is_refused_by_name():
    with pytest.raises(StatsError, match="item warmth: no scale given"):
        agreement_by_item(to_ratings([[1, 2], [2, 3]], "warmth"), {})


def test_an_item_without_any_score_has_reasons_everywhere():
    frame = to_ratings([[1, 2], [2, 3]], "warmth").assign(score=np.nan)
    (found,) = agreement_by_item(frame, {"warmth": (0, 5)})
    assert (found.percent_agreement, found.within_one, found.all_agree) == (None, None, None)
    assert {value.reason for value in (found.ac1, found.ac2, found.alpha)} == {"no target has two ratings"}


def test_all_raters_agree_on_a_target_only_if_none_differs():
    table = np.array([[1, 1, 1], [2, 2, 3], [4, HOLE, 4], [5, HOLE, HOLE]], dtype=float)
    assert all_agree(table) == pytest.approx(2 / 3)
    assert all_agree(table[3:]) is None
