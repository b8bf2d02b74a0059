import numpy as np
import pytest

from coder_app.analysis.components import variance_shares
from coder_app.analysis.icc import icc_by_item
from tests.makers.ratings import read_table, read_values, to_ratings


def test_the_components_of_shrout_and_fleiss_are_those_of_their_mean_squares():
    # Shrout & Fleiss (1979), Table 3: BMS 11.24, JMS 32.49, EMS 1.02 for 6 targets and 4 judges.
    (found,) = variance_shares(to_ratings(read_table("icc/shrout_fleiss_6x4")))
    assert found.target == pytest.approx((11.24 - 1.02) / 4, abs=0.01)
    assert found.rater == pytest.approx((32.49 - 1.02) / 6, abs=0.01)
    assert found.residual == pytest.approx(1.02, abs=0.005)
    assert (found.n_targets, found.n_raters, found.complete) == (6, 4, True)
    assert sum(found.shares) == pytest.approx(1)


def test_the_share_of_targets_is_icc_a_1_with_and_without_holes():
    for name in ("ord05_good", "rotating_pairs_17x4"):
        frame = to_ratings(read_table(f"icc/{name}"))
        (found,) = variance_shares(frame)
        assert found.shares[0] == pytest.approx(icc_by_item(frame)[0].icc["ICC(A,1)"].estimate, abs=1e-7)
    theirs = read_values("icc")["cases"]["rotating_pairs_17x4"]["lme4_REML"]
    assert not found.complete
    assert found.target == pytest.approx(theirs["var_session"], abs=1e-5)


def test_a_negative_variance_of_targets_stays_but_its_share_is_nothing():
    (found,) = variance_shares(to_ratings([[0, 1, 2], [1, 2, 0], [2, 0, 1]]))
    assert found.target < 0
    assert found.shares == pytest.approx((0, 0, 1))


def test_what_has_no_components_says_why():
    (found,) = variance_shares(to_ratings(np.full((3, 2), 1.0)))
    assert found.shares is None
    assert "no variation" in found.reason
