import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.alpha import alpha, alpha_by_session, cronbach_alpha, item_rest_correlations
from coder_app.analysis.results import StatsError

REFERENCE = Path(__file__).parents[2] / "reference"
CASES = json.loads((REFERENCE / "omega.json").read_text())["cases"]
WITHOUT_HOLES = [name for name, case in CASES.items() if case["n"] == case["n_complete"]]


def read_table(name):
    return pd.read_csv(REFERENCE / CASES[name]["file"]).to_numpy(dtype=float)


def to_frame(table):
    rows = [(f"t{i}", f"i{j + 1}", value) for (i, j), value in np.ndenumerate(np.asarray(table, dtype=float))]
    return pd.DataFrame(rows, columns=["target", "item", "score"])


@pytest.mark.parametrize("name", WITHOUT_HOLES)
def test_raw_alpha_and_its_interval_equal_psych(name):
    expected = CASES[name]["psych_alpha"]
    found = alpha(to_frame(read_table(name)))
    assert found.alpha == pytest.approx(expected["raw"], abs=1e-10)
    assert [found.lower, found.upper] == pytest.approx(expected["feldt"], abs=1e-8)


def test_a_constant_item_is_dropped_and_named():
    found = alpha(to_frame(read_table("syn_51x4_constant_item")))
    assert found.dropped_items == ("i4",)
    assert found.n_items == 3


def test_only_complete_cases_count_and_their_number_is_given():
    table = read_table("syn_study_17x3_4items_missing")
    found = alpha(to_frame(table))
    assert found.n == 47
    assert found.alpha == alpha(to_frame(table[np.isfinite(table).all(axis=1)])).alpha


def test_a_row_that_is_absent_counts_as_missing():
    frame = to_frame(read_table("syn_51x7_good"))
    assert alpha(frame.drop(index=5)).n == 50


@pytest.mark.parametrize(("n", "reason"), [(9, "9 complete cases"), (10, None)])
def test_under_ten_complete_cases_nothing_is_computed(n, reason):
    found = alpha(to_frame(read_table("syn_51x7_good")[:n]))
    assert found.n == n
    assert (found.alpha is None) == (reason is not None)
    assert reason is None or reason in found.reason
    assert (found.lower is None) == (found.alpha is None)


def test_one_item_that_varies_is_not_a_scale():
    table = read_table("syn_51x4_constant_item")[:, [0, 3]]
    found = alpha(to_frame(table))
    assert found.alpha is None
    assert found.reason.startswith("1 items that vary")


def test_items_that_cancel_out_have_no_alpha():
    scores = np.arange(12.0)
    found = alpha(to_frame(np.column_stack([scores, -scores])))
    assert found.alpha is None
    assert "sum of the items does not vary" in found.reason


def test_an_empty_frame_gives_a_reason():
    found = alpha(to_frame(np.empty((0, 0))))
    assert found.alpha is None
    assert found.reason


def test_an_item_answered_twice_by_one_target_is_refused_by_name():
    frame = to_frame(read_table("syn_51x7_good"))
    with pytest.raises(StatsError, match="target t0, item i1"):
        alpha(pd.concat([frame, frame.iloc[[0]]]))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(-20, 20), st.sampled_from([0.5, 3]))
def test_shift_scale_and_order_do_not_matter(seed, shift, scale):
    rng = np.random.default_rng(seed)
    table = rng.integers(0, 6, size=(12, 4)).astype(float)
    found = cronbach_alpha(table)
    moved = rng.permutation(rng.permutation(table * scale + shift), axis=1)
    assert cronbach_alpha(moved) == pytest.approx(found, abs=1e-9)


def test_items_that_repeat_each_other_have_an_alpha_of_one():
    found = alpha(to_frame(np.tile(np.arange(12.0)[:, None], 3)))
    assert (found.alpha, found.lower, found.upper) == pytest.approx((1, 1, 1), abs=1e-12)


def test_each_session_has_an_alpha_of_its_own_in_order_of_number():
    first, second = read_table("syn_51x7_good"), read_table("syn_51x4_weak")
    frame = pd.concat([to_frame(second).assign(session=10), to_frame(first).assign(session=2)])
    found = alpha_by_session(frame)
    assert list(found) == [2, 10]
    assert found[2].alpha == pytest.approx(CASES["syn_51x7_good"]["psych_alpha"]["raw"], abs=1e-10)
    assert found[10].alpha == pytest.approx(CASES["syn_51x4_weak"]["psych_alpha"]["raw"], abs=1e-10)
    assert [found[10].lower, found[10].upper] == pytest.approx(
        CASES["syn_51x4_weak"]["psych_alpha"]["feldt"], abs=1e-8
    )


def test_a_session_with_few_answers_is_listed_with_its_number_and_reason():
    table = read_table("syn_51x7_good")
    frame = pd.concat([to_frame(table).assign(session=1), to_frame(table[:9]).assign(session=2)])
    found = alpha_by_session(frame)
    assert (found[2].alpha, found[2].n) == (None, 9)
    assert "9 complete cases" in found[2].reason


def test_an_answer_given_twice_at_one_session_is_refused_but_not_at_two():
    frame = to_frame(read_table("syn_51x7_good")).assign(session=1)
    alpha_by_session(pd.concat([frame, frame.assign(session=2)]))
    with pytest.raises(StatsError, match="session 1, target t0, item i1"):
        alpha_by_session(pd.concat([frame, frame.iloc[[0]]]))


def test_a_frame_without_rows_has_no_sessions():
    assert alpha_by_session(to_frame(np.empty((0, 0))).assign(session=1)) == {}


def test_an_item_that_runs_against_the_others_has_a_negative_correlation_with_their_sum():
    table = read_table("syn_51x4_one_reversed")
    found = item_rest_correlations(to_frame(table))
    # r.drop of psych::alpha is the plain correlation of an item with the sum of the others.
    for index, item in enumerate(found):
        rest = np.delete(table, index, axis=1).sum(axis=1)
        assert found[item] == pytest.approx(np.corrcoef(table[:, index], rest)[0, 1], abs=1e-12)
    assert [item for item, value in found.items() if value < 0] == ["i3"]


def test_a_course_over_time_that_all_items_share_does_not_hide_an_item_that_runs_against_them():
    table = read_table("syn_51x4_one_reversed")
    later = to_frame(table + 100).assign(session=2)
    both = pd.concat([to_frame(table).assign(session=1), later])
    found, once = item_rest_correlations(both), item_rest_correlations(to_frame(table))
    assert found == pytest.approx(once, abs=1e-9)
    assert (
        item_rest_correlations(both.drop(columns="session").assign(target=np.arange(len(both)) // 4))["i3"]
        > 0
    )


def test_an_item_without_variation_has_no_correlation():
    found = item_rest_correlations(to_frame(read_table("syn_51x4_constant_item")))
    assert found["i4"] is None
    assert item_rest_correlations(to_frame([[1.0, 2.0]])) == {"i1": None, "i2": None}
