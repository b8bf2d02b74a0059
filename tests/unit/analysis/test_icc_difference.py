"""Differences of ICC(A,1) between two sets of recordings."""

import numpy as np
import pandas as pd
import pytest

from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.icc_difference import HOLES, NO_SAMPLES, ONLY_ONE, SHARED, difference_by_item
from tests.makers.ratings import read_study, to_ratings


def make_set(seed: int, n: int, error: float, prefix: str) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 1, (n, 1)) + rng.normal(0, 0.3, (1, 3)) + rng.normal(0, error, (n, 3))
    frame = to_ratings(scores, "a")
    return frame.assign(target=prefix + frame["target"])


def halves() -> tuple[pd.DataFrame, pd.DataFrame]:
    study = read_study()
    early = study["target"].isin(sorted(study["target"].unique())[:9])
    return study[early], study[~early]


def test_the_difference_is_that_of_both_iccs_and_turns_its_sign_with_the_sets():
    first, second = halves()
    icc = [
        {one.item: one.icc["ICC(A,1)"].estimate for one in icc_by_item(frame)} for frame in (first, second)
    ]
    found = difference_by_item(first, second, 400)
    turned = difference_by_item(second, first, 400)
    some = [name for name in found if found[name].estimate is not None]
    assert len(some) >= 12
    for name in some:
        assert found[name].estimate == pytest.approx(icc[0][name] - icc[1][name], abs=1e-12)
        assert turned[name].estimate == pytest.approx(-found[name].estimate, abs=1e-12)
        if found[name].lower is not None:
            assert found[name].lower < found[name].estimate < found[name].upper
    for name in set(found) - set(some):
        assert found[name].reason.startswith("no difference")


def test_the_interval_is_as_wide_as_a_bootstrap_written_out():
    first, second = make_set(1, 40, 0.5, "a"), make_set(2, 60, 0.9, "b")
    found = difference_by_item(first, second, 4000, seed=3)["a"]
    rng = np.random.default_rng(9)
    tables = [
        frame.pivot(index="target", columns="rater", values="score").to_numpy() for frame in (first, second)
    ]

    def icc(table):
        return icc_by_item(to_ratings(table))[0].icc["ICC(A,1)"].estimate

    drawn = [
        icc(tables[0][rng.integers(0, 40, 40)]) - icc(tables[1][rng.integers(0, 60, 60)]) for _ in range(400)
    ]
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert found.upper - found.lower == pytest.approx(high - low, rel=0.2)
    assert found.lower == pytest.approx(low, abs=0.08)


def test_intervals_of_sets_that_agree_alike_hold_zero_in_about_nineteen_of_twenty():
    held = [
        found.lower <= 0 <= found.upper
        for seed in range(120)
        for found in [
            difference_by_item(make_set(seed, 30, 0.6, "a"), make_set(seed + 500, 30, 0.6, "b"), 500)["a"]
        ]
    ]
    assert 0.88 <= np.mean(held) <= 1.0


def test_without_resamples_or_with_shared_recordings_there_is_a_difference_and_no_interval():
    first, second = make_set(1, 12, 0.5, "a"), make_set(2, 12, 0.5, "b")
    none = difference_by_item(first, second, 0)["a"]
    shared = difference_by_item(first, second.assign(target=first["target"]), 200)["a"]
    for found, reason in ((none, NO_SAMPLES), (shared, SHARED)):
        assert found.estimate is not None
        assert (found.lower, found.upper, found.reason) == (None, None, reason)


def test_what_has_no_difference_says_why():
    first, second = make_set(1, 12, 0.5, "a"), make_set(2, 12, 0.5, "b")
    rotating = second.drop(second.groupby("target").sample(1, random_state=1).index[1:])
    assert difference_by_item(first, rotating, 50)["a"].reason == HOLES
    assert difference_by_item(first, second.assign(item="b"), 50)["b"].reason == ONLY_ONE
    constant = difference_by_item(first, second.assign(score=1.0), 50)["a"]
    assert constant.estimate is None
    assert "no variation" in constant.reason


def test_where_ratings_are_missing_the_difference_is_of_complete_recordings_and_says_of_how_many():
    first, second = make_set(1, 12, 0.5, "a"), make_set(2, 12, 0.5, "b")
    holes = second.drop(second.index[[0, 4, 8]])
    found = difference_by_item(first, holes, 200)["a"]
    complete = second[~second["target"].isin(["bt0", "bt1", "bt2"])]
    alone = difference_by_item(first, complete, 200)["a"]
    assert found.reason == "of complete recordings only: 12 and 9"
    for name in ("estimate", "lower", "upper"):
        assert getattr(found, name) == pytest.approx(getattr(alone, name), abs=1e-9)
