import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from coder_app.analysis.imputation import impute_single_mean
from coder_app.analysis.results import StatsError

HOLE = np.nan
# Two people at session 1, one at session 2, five items.
TABLE = {
    ("a", 1): [4, 3, HOLE, 4, 1],
    ("b", 1): [2, HOLE, HOLE, 1, 2],
    ("a", 2): [1, 1, 1, 2, HOLE],
}


def to_frame(table=TABLE):
    return pd.DataFrame(
        [
            (who, session, f"i{n}", score)
            for (who, session), row in table.items()
            for n, score in enumerate(row)
        ],
        columns=["target", "session", "item", "score"],
    )


def rows_of(imputed):
    wide = imputed.frame.pivot(index=["target", "session"], columns="item", values="score")
    return {place: wide.loc[place].tolist() for place in wide.index}


def test_a_persons_mean_fills_what_a_nearly_whole_questionnaire_of_that_session_lacks():
    found = impute_single_mean(to_frame())
    rows = rows_of(found)
    assert rows["a", 1] == [4, 3, 3, 4, 1]  # (4 + 3 + 4 + 1) / 4
    assert rows["a", 2] == [1, 1, 1, 2, 1.25]
    assert rows["b", 1][:2] == pytest.approx([2, HOLE], nan_ok=True)  # three of five answered
    assert (found.n_imputed, found.n_left) == (2, 2)
    assert found.frame[found.filled]["item"].tolist() == ["i2", "i4"]


def test_an_items_mean_is_that_of_the_same_session():
    found = impute_single_mean(to_frame(), "item mean", least_answered=0.6)
    rows = rows_of(found)
    assert rows["b", 1][1] == 3  # only a answered it at session 1
    assert np.isnan(rows["a", 1][2])  # nobody did
    assert np.isnan(rows["a", 2][4])
    assert (found.n_imputed, found.n_left) == (1, 3)


def test_an_item_that_is_no_row_is_missing_and_without_sessions_all_are_one():
    frame = to_frame().dropna()
    assert impute_single_mean(frame).n_imputed == 2
    once = frame[frame["session"] == 1].drop(columns="session")
    found = impute_single_mean(once, "item mean", least_answered=0.5)
    assert list(found.frame.columns) == ["target", "item", "score"]
    assert found.n_imputed == 1


@given(
    arrays(float, (4, 5), elements=st.sampled_from([1.0, 2.0, 3.0, 4.0, HOLE])),
    st.sampled_from(["person mean", "item mean"]),
    st.sampled_from([0.2, 0.8, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_given_answers_stay_and_what_is_filled_in_lies_between_those_given(table, method, least):
    frame = to_frame({(f"t{i}", 1): row for i, row in enumerate(table)})
    found = impute_single_mean(frame, method, least)
    after = found.frame["score"].to_numpy()
    kept = np.isfinite(frame["score"].to_numpy())
    assert after[kept] == pytest.approx(frame["score"].to_numpy()[kept])
    assert ((after[found.filled] >= 1) & (after[found.filled] <= 4)).all()
    assert found.n_imputed + found.n_left == int((~kept).sum())
    assert least < 1 or found.n_imputed == 0


@pytest.mark.parametrize(("method", "least"), [("mode", 0.8), ("person mean", 0), ("item mean", 1.2)])
def test_what_cannot_be_followed_is_refused(method, least):
    with pytest.raises(StatsError, match="expected"):
        impute_single_mean(to_frame(), method, least)
    with pytest.raises(StatsError, match="more than one score"):
        impute_single_mean(pd.concat([to_frame(), to_frame()]))
