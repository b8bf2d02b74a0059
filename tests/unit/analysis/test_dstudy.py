import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.dstudy import GStudy, d_study, g_study, project_reliability
from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.results import StatsError
from tests.makers.ratings import REFERENCE, read_table, read_values, to_ratings

BEYOND = read_values("beyond")["results"]
CASES = read_values("icc")["cases"]
ONE_FACET = BEYOND["dstudy_one_facet_ord05_good"]["by_k"]
HOLE = np.nan


def read_crossed():
    frame = pd.read_csv(REFERENCE / "beyond" / "gtheory_17x3x4_long.csv")
    return frame.rename(columns={"session": "target", "coder": "rater", "y": "score"})


def triple(value):
    return (value.estimate, value.lower, value.upper)


def test_the_mean_of_k_coders_has_the_reliability_that_r_projects():
    found = project_reliability(to_ratings(read_table("icc/ord05_good")))
    assert [projection.raters for projection in found] == [1, 2, 3, 4, 5, 6]
    for projection in found:
        theirs = ONE_FACET[str(projection.raters)]
        assert projection.agreement.estimate == pytest.approx(theirs["Phi_ICC_A_k"], abs=1e-12)
        assert projection.consistency.estimate == pytest.approx(theirs["Erho2_ICC_C_k"], abs=1e-12)


@pytest.mark.parametrize("name", ["ord05_good", "shrout_fleiss_6x4", "ord04_good", "ord04_floor"])
def test_projected_to_the_coders_at_hand_it_is_icc_a_k_and_c_k_with_their_intervals(name):
    frame = to_ratings(read_table(f"icc/{name}"))
    (item,) = icc_by_item(frame)
    (found,) = project_reliability(frame, [item.n_raters])
    assert triple(found.agreement) == pytest.approx(triple(item.icc["ICC(A,k)"]), abs=1e-10)
    assert triple(found.consistency) == pytest.approx(triple(item.icc["ICC(C,k)"]), abs=1e-10)


def test_data_with_holes_are_projected_from_the_components_of_lme4():
    theirs = CASES["rotating_pairs_17x4"]["lme4_REML"]
    frame = to_ratings(read_table("icc/rotating_pairs_17x4"))
    one, four = project_reliability(frame, [1, 4])
    assert one.agreement.estimate == pytest.approx(theirs["ICC(A,1)"], abs=1e-7)
    assert four.agreement.estimate == pytest.approx(theirs["ICC(A,k)"], abs=1e-7)
    assert one.consistency.estimate == pytest.approx(theirs["ICC(C,1)"], abs=1e-7)
    assert four.consistency.estimate == pytest.approx(theirs["ICC(C,k)"], abs=1e-7)
    assert triple(one.agreement)[1:] == pytest.approx(triple(icc_by_item(frame)[0].icc["ICC(A,1)"])[1:])
    # bootMer of lme4, 1,000 samples: a limit is uncertain by about .015.
    boot = BEYOND["bootMer_parametric_1000_seed1"]["rotating_pairs_17x4"]["ICC_C1_percentile95"]
    assert [one.consistency.lower, one.consistency.upper] == pytest.approx(boot, abs=0.045)


def test_a_negative_estimate_stays_negative_for_one_and_has_no_mean_where_undefined():
    low = [[0, 1, 2], [1, 2, 0], [2, 0, 1]]
    one, three = project_reliability(to_ratings(low), [1, 3])
    assert one.consistency.estimate == pytest.approx(-0.5)
    assert three.consistency.estimate is None
    assert "too low" in three.consistency.reason


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ([[1, 2, 3]], "at least 2"),
        ([[2, 2], [2, 2]], "no variation"),
        ([[1, 2, HOLE, HOLE], [3, 3, HOLE, HOLE], [HOLE, HOLE, 2, 4], [HOLE, HOLE, 1, 1]], "not connected"),
    ],
)
def test_what_cannot_be_projected_has_a_reason(table, reason):
    for projection in project_reliability(to_ratings(table), [1, 2]):
        assert projection.agreement.estimate is None
        assert reason in projection.agreement.reason


def test_perfect_agreement_with_holes_is_one_for_any_number_of_coders():
    table = [[1, 1, HOLE], [3, 3, 3], [2, HOLE, 2], [5, 5, 5]]
    for projection in project_reliability(to_ratings(table), [1, 5]):
        assert triple(projection.agreement) == (1, 1, 1)
        assert triple(projection.consistency) == (1, 1, 1)


def test_no_coders_are_refused():
    with pytest.raises(StatsError, match="0 raters"):
        project_reliability(to_ratings([[1, 2], [2, 3]]), [0, 1])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000))
def test_more_coders_are_never_less_reliable_and_a_limit_that_is_not_defined_is_said(seed):
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(10, 1)) + rng.normal(size=3) + rng.normal(size=(10, 3))
    found = project_reliability(to_ratings(table), [1, 2, 4, 8])
    values = [p.agreement.estimate for p in found]
    if values[0] is not None and values[0] > 0:
        assert values == sorted(values)
        for projection in found:
            # A bias of raters that comes out negative puts agreement above consistency; as estimated.
            assert projection.agreement.estimate <= projection.agreement.upper
            if projection.agreement.lower is None:
                assert "too low" in projection.agreement.reason
            else:
                assert projection.agreement.lower <= projection.agreement.estimate


# --- coders and items ----------------------------------------------------------------------------------


def test_components_of_targets_coders_and_items_equal_those_of_r():
    found = g_study(read_crossed())
    theirs = BEYOND["gtheory"]["ems_components"]
    for name in ("p", "r", "i", "pr", "pi", "ri"):
        assert getattr(found, name) == pytest.approx(theirs[name], abs=1e-12)
    assert found.residual == pytest.approx(theirs["pri_e"], abs=1e-12)


@pytest.mark.parametrize("design", BEYOND["gtheory"]["dstudy_from_ems_neg_to_zero"])
def test_coefficients_of_other_designs_equal_those_of_r(design):
    raters, items = (int(part.split()[0]) for part in design.split(", "))
    theirs = BEYOND["gtheory"]["dstudy_from_ems_neg_to_zero"][design]
    found = d_study(g_study(read_crossed()), raters, items)
    assert found == pytest.approx((theirs["Erho2"], theirs["Phi"]), abs=1e-12)


def test_a_negative_component_counts_as_nothing():
    found = GStudy(p=1, r=-0.2, i=0, pr=-0.5, pi=0.5, ri=0, residual=0.5)
    assert d_study(found, 1, 1) == (0.5, 0.5)


def test_where_nothing_varies_there_is_no_coefficient():
    assert d_study(GStudy(0, 0, 0, 0, 0, 0, 0), 2, 2) == (None, None)


def test_a_missing_cell_and_a_single_item_are_refused():
    frame = read_crossed()
    with pytest.raises(StatsError, match="1 scores are missing"):
        g_study(frame.drop(index=5))
    with pytest.raises(StatsError, match="2 or more"):
        g_study(frame[frame["item"] == frame["item"].iloc[0]])
