import numpy as np
import pandas as pd
import pytest

from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.kappa import pairwise_agreement
from coder_app.analysis.pairs import pairwise_icc
from coder_app.analysis.results import StatsError
from tests.makers.ratings import read_study, read_table, to_ratings

HOLE = np.nan


def test_two_raters_have_the_icc_of_r():
    """R 4.2.2, psych 2.2.9 and irr 0.84.1 agree on two_raters; ours is checked against both elsewhere."""
    frame = to_ratings(read_table("icc/two_raters"), "x")
    (found,) = pairwise_icc(frame)
    expected = icc_by_item(frame)[0].icc["ICC(A,1)"]
    assert found.icc.estimate == pytest.approx(expected.estimate, abs=1e-12)
    assert (found.icc.lower, found.icc.upper) == pytest.approx((expected.lower, expected.upper), abs=1e-12)


def test_every_pair_has_the_icc_of_its_two_raters_alone_in_the_order_of_the_other_figures():
    study = read_study()
    study.loc[[3, 40, 41, 100], "score"] = HOLE
    found = pairwise_icc(study)
    others = pairwise_agreement(study, dict.fromkeys(study["item"].unique(), (0, 5)))
    assert [(one.item, one.first, one.second, one.n_targets) for one in found] == [
        (one.item, one.first, one.second, one.n_targets) for one in others
    ]
    for pair in found:
        own = study[(study["item"] == pair.item) & study["rater"].isin((pair.first, pair.second))]
        wide = own.pivot(index="target", columns="rater", values="score").dropna()
        alone = wide.reset_index().melt("target", value_name="score")
        expected = icc_by_item(alone)[0].icc["ICC(A,1)"]
        if expected.estimate is None:
            assert pair.icc.reason
        else:
            assert pair.icc.estimate == pytest.approx(expected.estimate, abs=1e-12)
            assert pair.icc.upper == pytest.approx(expected.upper, abs=1e-12)


@pytest.mark.parametrize(
    ("table", "n", "reason"),
    [
        ([[2, 2], [2, 2]], 2, "no variation"),
        ([[1, 2], [3, HOLE]], 1, "at least 2 are needed"),
        ([[1, HOLE], [HOLE, 3]], 0, "at least 2 are needed"),
    ],
)
def test_what_cannot_be_computed_has_a_reason(table, n, reason):
    (found,) = pairwise_icc(to_ratings(table, "x"))
    assert (found.n_targets, found.icc.estimate, found.icc.lower) == (n, None, None)
    assert reason in found.icc.reason


def test_one_rater_has_no_pairs():
    assert pairwise_icc(to_ratings([[1], [2]], "x")) == ()


def test_a_rating_given_twice_is_refused():
    frame = to_ratings([[1, 4], [2, 3]], "x")
    with pytest.raises(StatsError, match="target t0, rater r0, item x"):
        pairwise_icc(pd.concat([frame, frame.iloc[[0]]]))
