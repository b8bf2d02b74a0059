import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coder_app.analysis.agreement import gwet_ac2, percent_agreement
from coder_app.analysis.results import StatsError

REFERENCE = Path(__file__).parents[2] / "reference"
AGREEMENT = json.loads((REFERENCE / "beyond.json").read_text())["results"]["agreement"]
SCALES = {
    "krippendorff_12x4": ("beyond", range(1, 6)),
    "ord05_good": ("icc", range(6)),
    "ord04_floor": ("icc", range(5)),
    "coded_once_one_rater": ("icc", range(6)),
    "miss8_of_ord05_fair": ("icc", range(6)),
    "all_zero": ("icc", range(6)),
}
TABLES = st.tuples(st.integers(2, 7), st.integers(2, 4)).flatmap(
    lambda shape: arrays(float, shape, elements=st.sampled_from([0.0, 1.0, 2.0, 3.0, np.nan]))
)
BOUNDED = settings(max_examples=40, deadline=None)


def read_table(name):
    return pd.read_csv(REFERENCE / SCALES[name][0] / f"{name}.csv").to_numpy(dtype=float)


@pytest.mark.parametrize("name", SCALES)
def test_ac2_over_the_whole_scale_equals_irrcac(name):
    expected = AGREEMENT[name]["irrCAC_gwet_quadratic_allcat"]
    found = gwet_ac2(read_table(name), SCALES[name][1])
    assert found == pytest.approx(expected["coeff.val"], abs=5e-6)  # printed with five decimals
    assert found == pytest.approx((expected["pa"] - expected["pe"]) / (1 - expected["pe"]), abs=1e-12)


@pytest.mark.parametrize("name", SCALES)
def test_percent_agreement_equals_the_observed_agreement_of_irrcac(name):
    expected = AGREEMENT[name]["irrCAC_gwet_unweighted_allcat"]["pa"]
    assert percent_agreement(read_table(name)) == pytest.approx(expected, abs=1e-12)


def test_leaving_out_unused_points_of_the_scale_changes_ac2():
    table = read_table("ord05_good")
    expected = AGREEMENT["ord05_good"]["irrCAC_gwet_quadratic_observedcat"]["coeff.val"]
    assert gwet_ac2(table, sorted(set(table.ravel()))) == pytest.approx(expected, abs=5e-6)
    assert gwet_ac2(table, range(6)) > expected + 0.05


def test_a_single_code_in_51_cells_has_no_icc_to_speak_of_but_nearly_full_agreement():
    assert gwet_ac2(read_table("coded_once_one_rater"), range(6)) == pytest.approx(0.998, abs=5e-4)


def test_within_one_point_counts_neighbours_as_agreeing():
    table = np.array([[1.0, 2.0, 4.0], [3.0, 3.0, 3.0]])
    assert percent_agreement(table) == pytest.approx((0 + 1) / 2)
    assert percent_agreement(table, within=1) == pytest.approx((1 / 3 + 1) / 2)


def test_a_target_with_one_rating_counts_nowhere():
    table = np.array([[1.0, np.nan], [2.0, 2.0], [np.nan, 4.0]])
    assert percent_agreement(table) == 1


@pytest.mark.parametrize("table", [np.array([[1.0, np.nan], [np.nan, 2.0]]), np.array([[1.0], [2.0]])])
def test_without_two_ratings_of_any_target_there_is_no_agreement(table):
    assert percent_agreement(table) is None
    assert gwet_ac2(table, range(6)) is None


def test_a_scale_of_one_point_has_no_ac2():
    assert gwet_ac2(np.array([[1.0, 1.0]]), [1]) is None


def test_a_score_off_the_scale_is_refused_by_value():
    with pytest.raises(StatsError, match=r"score 7 is not on the scale 0 to 5"):
        gwet_ac2(np.array([[1.0, 7.0]]), range(6))


@BOUNDED
@given(TABLES, st.randoms(use_true_random=False))
def test_the_order_of_targets_and_raters_does_not_matter(table, random):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    mixed = table[rows][:, columns]
    assert percent_agreement(mixed) == pytest.approx(percent_agreement(table), abs=1e-12)
    assert gwet_ac2(mixed, range(4)) == pytest.approx(gwet_ac2(table, range(4)), abs=1e-12)


@BOUNDED
@given(TABLES)
def test_agreement_is_a_share_and_a_wider_margin_never_lowers_it(table):
    exact, near, any_score = (percent_agreement(table, within=w) for w in (0, 1, 3))
    if exact is not None:
        assert 0 <= exact <= near <= any_score == 1
        assert gwet_ac2(table, range(4)) <= 1


@BOUNDED
@given(TABLES)
def test_reversing_the_scale_leaves_ac2_as_it_is(table):
    assert gwet_ac2(3 - table, range(4)) == pytest.approx(gwet_ac2(table, range(4)), abs=1e-12)
