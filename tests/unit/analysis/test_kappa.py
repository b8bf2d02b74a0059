import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import ndtri

from coder_app.analysis.kappa import cohen_kappa, pairwise_agreement
from coder_app.analysis.results import StatsError
from coder_app.analysis.weights import agreement_weights
from tests.makers.ratings import read_study, read_table, to_ratings

# Joint ratings of fun by wives and husbands (Agresti 1990, table 2.10; "SexualFun" in R's vcd).
FUN = np.array([[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]])
# Two diagnosticians of 200 patients (Cohen 1968, table 1).
DIAGNOSES = np.array([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
HOLE = np.nan
BOUNDED = settings(max_examples=40, deadline=None)


def error_of(found):
    return (found.estimate - found.lower) / ndtri(0.975)


@pytest.mark.parametrize(
    ("weights", "kappa", "error"), [("identity", 0.1293, 0.06860), ("linear", 0.2374, 0.07832)]
)
def test_the_documented_example_of_vcd_has_its_values(weights, kappa, error):
    found = cohen_kappa(FUN, agreement_weights(range(4), weights))
    assert found.estimate == pytest.approx(kappa, abs=5e-5)
    assert error_of(found) == pytest.approx(error, abs=5e-6)


def test_cohens_own_example_has_its_published_values():
    # Cohen (1968): kappa .492; with disagreement weighted 1, 3 and 6, .348.
    harm = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
    assert cohen_kappa(DIAGNOSES, np.eye(3)).estimate == pytest.approx(0.492, abs=5e-4)
    assert cohen_kappa(DIAGNOSES, 1 - harm / 6).estimate == pytest.approx(0.348, abs=5e-4)


def test_the_example_of_fleiss_cohen_and_everitt_has_its_published_value():
    counts = np.array([[106, 10, 4], [22, 28, 10], [2, 12, 6]])
    assert cohen_kappa(counts, np.eye(3)).estimate == pytest.approx(0.429, abs=5e-4)


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
@pytest.mark.filterwarnings("ignore")
def test_kappa_and_its_standard_error_equal_statsmodels(weights):
    from statsmodels.stats.inter_rater import cohens_kappa

    kinds = {"identity": None, "linear": "linear", "quadratic": "quadratic"}
    for counts in (FUN, DIAGNOSES):
        theirs = cohens_kappa(counts, wt=kinds[weights])
        found = cohen_kappa(counts, agreement_weights(range(len(counts)), weights))
        assert found.estimate == pytest.approx(theirs.kappa, abs=1e-12)
        assert error_of(found) == pytest.approx(theirs.std_kappa, abs=1e-12)


@pytest.mark.parametrize("weights", ["identity", "linear", "quadratic"])
@pytest.mark.filterwarnings("ignore")
def test_every_pair_on_every_item_of_a_study_equals_scikit_learn(weights):
    from sklearn.metrics import cohen_kappa_score

    study = read_study()
    found = pairwise_agreement(study, dict.fromkeys(study["item"].unique(), (0, 5)), weights)
    assert len(found) == 17 * 3
    kind = None if weights == "identity" else weights
    for pair in found:
        wide = study[study["item"] == pair.item].pivot(index="target", columns="rater", values="score")
        if pair.kappa.estimate is not None:
            expected = cohen_kappa_score(wide[pair.first], wide[pair.second], labels=range(6), weights=kind)
            assert pair.kappa.estimate == pytest.approx(expected, abs=1e-12)
        difference = (wide[pair.first] - wide[pair.second]).mean()
        assert pair.difference == pytest.approx(difference, abs=1e-12)


def test_only_targets_that_both_rated_count():
    table = [[1, 2, HOLE], [3, 3, 1], [HOLE, 2, 2], [4, HOLE, 4], [0, 0, 0]]
    found = pairwise_agreement(to_ratings(table, "warmth"), {"warmth": (0, 5)})
    assert [(pair.first, pair.second, pair.n_targets) for pair in found] == [
        ("r0", "r1", 3),
        ("r0", "r2", 3),
        ("r1", "r2", 3),
    ]
    first = found[0]
    assert (first.percent_agreement, first.within_one) == (pytest.approx(2 / 3), 1.0)
    assert first.difference == pytest.approx(-1 / 3)


def test_a_pair_without_a_shared_target_is_listed_with_the_reason():
    (found,) = pairwise_agreement(to_ratings([[1, HOLE], [HOLE, 2]], "x"), {"x": (0, 5)})
    assert (found.n_targets, found.percent_agreement, found.difference) == (0, None, None)
    assert found.kappa.reason == "the two raters share no target"


def test_one_score_for_everything_leaves_nothing_to_exceed_chance():
    (found,) = pairwise_agreement(to_ratings([[2, 2], [2, 2]], "x"), {"x": (0, 5)})
    assert found.percent_agreement == 1
    assert found.kappa.estimate is None
    assert "one and the same score" in found.kappa.reason


def test_a_rater_of_one_score_gives_a_kappa_of_nothing_without_an_interval_of_no_width():
    (found,) = pairwise_agreement(to_ratings([[0, 1], [0, 0], [0, 0], [0, 3]], "x"), {"x": (0, 5)})
    assert found.kappa.estimate == pytest.approx(0, abs=1e-12)
    assert (found.kappa.lower, found.kappa.upper) == (None, None)
    assert "one score only" in found.kappa.reason


def test_perfect_agreement_is_one():
    (found,) = pairwise_agreement(to_ratings([[1, 1], [3, 3], [5, 5]], "x"), {"x": (0, 5)})
    assert (found.kappa.estimate, found.kappa.lower, found.kappa.upper) == pytest.approx((1, 1, 1))


def test_scores_off_the_scale_and_items_without_one_are_refused():
    frame = to_ratings([[1, 6], [2, 3]], "x")
    with pytest.raises(StatsError, match="score 6 is not on the scale 0 to 5"):
        pairwise_agreement(frame, {"x": (0, 5)})
    with pytest.raises(StatsError, match="item x: no scale given"):
        pairwise_agreement(frame, {})


def test_a_rating_given_twice_is_refused():
    frame = to_ratings([[1, 4], [2, 3]], "x")
    with pytest.raises(StatsError, match="target t0, rater r0, item x"):
        pairwise_agreement(pd.concat([frame, frame.iloc[[0]]]), {"x": (0, 5)})


def differentiate(counts: np.ndarray, weights: np.ndarray, step: float = 1e-5) -> float:
    """The standard error by the delta method with numeric derivatives, times the root of the number."""
    p = counts / counts.sum()
    variance = 0.0
    for cell in np.argwhere(p > 0):
        one = np.zeros_like(p)
        one[tuple(cell)] = 1
        ends = [cohen_kappa(p + sign * step * (one - p), weights).estimate for sign in (1, -1)]
        variance += p[tuple(cell)] * ((ends[0] - ends[1]) / (2 * step)) ** 2
    return float(np.sqrt(variance))


@BOUNDED
@given(arrays(int, (4, 4), elements=st.integers(0, 9)), st.sampled_from(["identity", "linear", "quadratic"]))
def test_swapping_the_raters_or_turning_the_scale_changes_nothing(counts, kind):
    weights = agreement_weights(range(4), kind)
    found = cohen_kappa(counts, weights)
    assume(found.estimate is not None)
    for other in (counts.T, counts[::-1, ::-1]):
        again = cohen_kappa(other, weights)
        assert again.estimate == pytest.approx(found.estimate, abs=1e-10)
        assert again.lower == (None if found.lower is None else pytest.approx(found.lower, abs=1e-7))
    error = differentiate(counts, weights)
    if found.lower is None:
        assert found.estimate < 1 and error == pytest.approx(0, abs=1e-4)
        return
    assert found.estimate == pytest.approx(1) or error > 0
    assert -1 <= found.lower <= found.estimate + 1e-12 <= found.upper + 2e-12 <= 1 + 3e-12


def test_quadratic_kappa_is_near_the_icc_of_agreement_for_many_targets():
    # Fleiss & Cohen (1973): the two converge with the number of targets.
    from coder_app.analysis.icc import icc_by_item

    table = np.tile(read_table("icc/ord05_good")[:, :2], (40, 1))
    frame = to_ratings(table, "x")
    (pair,) = pairwise_agreement(frame, {"x": (0, 5)})
    assert pair.kappa.estimate == pytest.approx(icc_by_item(frame)[0].icc["ICC(A,1)"].estimate, abs=1e-3)
