"""Ruptures in all series at once: the same as one series after another, whatever scores and settings."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from coder_app.analysis import series_blocks
from coder_app.analysis.detection import CRITERIA, TYPES, detect
from coder_app.analysis.fourths import DEFINITIONS
from coder_app.analysis.lattice import read_exactly
from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.rupture_results import RuptureSettings
from tests.plain_ruptures import find_plainly, put_back

COLUMNS = ["dyad", "session", "informant", "measure", "score", "attendance", "n_imputed"]
# Narrow ranges, so that ties and scores on a limit are common.
TOTALS = st.integers(36, 48).map(float)
MEANS = st.integers(36, 60).map(lambda total: round(total / 12, 2))
DECIMALS = st.integers(300, 500).map(lambda hundredths: hundredths / 100)
KINDS = {
    "totals": (TOTALS, None),
    "a few values": (st.sampled_from([-2.0, 0.0, 1.0, 2.0, 3.0]), None),
    "means": (MEANS, 12),
    "means, some off": (st.one_of(MEANS, DECIMALS), 12),
    "imputed totals": (st.one_of(TOTALS, st.integers(396, 528).map(lambda total: total / 11)), None),
    "decimals with noise": (
        st.builds(
            lambda score, noise: score + noise, DECIMALS, st.sampled_from([0, 0, 1e-9, -1e-9, 2e-9, 4e-10])
        ),
        None,
    ),
    "any size": (st.sampled_from([0.0, 1e-30, 1e17 + 64, -3e17, 0.1, 2 / 3, 5e-9, -7.0]), None),
    "means of many items": (st.integers(250, 300).map(lambda thousandths: thousandths / 1000), 101),
}
choices = st.builds(
    RuptureSettings,
    k=st.sampled_from([1, 0.5, 1.5, 0.37, 1 / 3, 3]),
    fourths=st.sampled_from(DEFINITIONS),
    pooled=st.sampled_from(["all", "within"]),
    absolute=st.sampled_from([2, 1, 1.5, 0.37, 1e-12, 1e30]),
    min_run=st.integers(2, 8),
) | st.builds(
    RuptureSettings,
    fourths=st.sampled_from(DEFINITIONS),
    absolute=st.one_of(st.none(), st.just(1)),
    min_run=st.integers(2, 5),
)
only_drops = st.builds(
    RuptureSettings, absolute=st.sampled_from([1, 2]), chart=st.just(False), min_run=st.integers(2, 6)
)


@st.composite
def studies(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, int]]:
    """Rows of some dyads, shuffled: gaps as empty scores and as missing rows, parents alone."""
    scores, n_items = KINDS[draw(st.sampled_from(list(KINDS)))]
    # Short lists are what is drawn first; most series should be long enough to be analysed.
    min_size = draw(st.sampled_from([0, 8, 12]))
    gaps = {"empty": st.none(), "no row": st.just("no row")}
    entries = st.sampled_from(["score"] * 15 + list(gaps)).flatmap(lambda kind: gaps.get(kind, scores))
    n_imputed = draw(st.sampled_from([st.just(0), st.sampled_from([0, 0, 0, 1])]))
    attendance = st.sampled_from([None] * 25 + ["child", "parent alone"])
    rows = []
    for dyad in range(draw(st.integers(1, 5))):
        first = draw(st.integers(0, 3))
        for informant, measure in draw(st.sampled_from([("c", "M")]) | st.just(("t", "N"))), ("c", "M"):
            for session, score in enumerate(draw(st.lists(entries, min_size=min_size, max_size=14)), first):
                present = draw(attendance)
                if score != "no row":
                    rows.append((f"D{dyad}", session, informant, measure, score, present, draw(n_imputed)))
    frame = pd.DataFrame(rows, columns=COLUMNS).drop_duplicates(COLUMNS[:4])
    order = np.random.default_rng(draw(st.integers(0, 99))).permutation(len(frame))
    mean_items = {measure: n_items for measure in ("M", "N") if n_items}
    return frame.iloc[order].astype({"score": float}), mean_items


@settings(deadline=None, max_examples=300)
@given(studies(), choices | only_drops, st.sampled_from([1, 9, 2**17]))
def test_all_series_at_once_show_what_one_after_another_shows(
    study: tuple[pd.DataFrame, dict[str, int]], chosen: RuptureSettings, block: int
) -> None:
    frame, mean_items = study
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series_blocks, "BLOCK_SCORES", block)
        found = find_ruptures(frame, chosen, mean_items).analyses
    assert found == find_plainly(frame, chosen, mean_items)


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.floats(allow_nan=False, allow_infinity=False)
        | st.floats(1, 5)
        | st.integers(0, 60_000).map(lambda n: n / 1000)
        | st.sampled_from([4.006, 4.0060000001, 4.005999, 3.506, 3.494, 1e5 / 12, -0.0, 2.5, 0.105, 0.005]),
        max_size=20,
    ),
    st.sampled_from([None, 1, 2, 7, 12, 83, 100, 128, 1000]),
)
@example([0.575, 0.105, 0.005], 100)
@example([2**53 + 2.0, 1e22, 1e-7], 12)
def test_scores_are_read_as_they_were_written_and_means_go_back_on_their_lattice(
    scores: list[float], n_items: int | None
) -> None:
    found = read_exactly(np.array(scores, dtype=float), n_items)
    expected = [put_back(score, n_items) for score in scores]
    exact = [Fraction(int(one), found.denominator) for one in found.numerators]
    assert exact == expected
    assert found.floats.tolist() == [float(one) for one in expected]
    assert found.on_lattice.tolist() == [(one * (n_items or 1)).denominator == 1 for one in expected]


def test_arrays_name_the_series_and_the_score_of_each_rupture() -> None:
    # Lower fourth 10 and limit 9; a drop to 1 at the end, one to 4 before a gap, one to 2 that is repaired.
    series = [
        [10, 11, 11, 10, 11, 10, 11, 1],
        [],
        [5, None, 5],
        [10, 11, 11, 10, 11, 10, 11, 4, None],
        [10, 11, 2, 11, 11, 10, 11, 10],
    ]
    scores = np.array([score for one in series for score in one], dtype=float)
    found = detect(scores, np.array([len(one) for one in series]), RuptureSettings())
    assert found.analysed.tolist() == [True, False, False, True, True]
    assert found.longest_run.tolist() == [8, 0, 1, 8, 8]
    assert found.series.tolist() == [0, 3, 4]
    assert found.central.tolist() == [7, 18, 22]
    assert [CRITERIA[one] for one in found.criterion] == ["both"] * 3
    assert [TYPES[one] for one in found.type] == [None, None, "repaired"]
    assert np.isnan(found.limit[[1, 2]]).all() and found.limit[[0, 3, 4]].tolist() == [9, 9, 9]


def test_a_low_score_with_no_score_just_before_is_named_with_the_reason() -> None:
    scores = [2, 11, 11, 10, 11, 10, 11, 10, None, 2, 11]
    frame = pd.DataFrame(
        [("D1", at, "child", "M", score) for at, score in enumerate(scores, 1)], columns=COLUMNS[:5]
    )
    (one,) = find_ruptures(frame.astype({"score": float})).analyses[0].series
    assert one.ruptures == ()
    assert [(low.session, low.reason) for low in one.not_judged] == [
        (1, "session 1 is the first one"),
        (10, "no score at session 9"),
    ]


def test_nothing_at_all_is_found_in_no_series() -> None:
    found = detect(np.zeros(0), np.zeros(0, dtype=int), RuptureSettings())
    assert found.variance is None
    assert len(found.analysed) == len(found.series) == len(found.low) == 0


@pytest.mark.parametrize("scale", [1, 10**9, 10**20])
def test_the_variance_is_exact_where_64_bits_hold_no_sum_of_squares(scale: int) -> None:
    # The whole numbers from 1 to n have the variance n (n + 1) / 12.
    n = 2100
    scores = np.arange(1, n + 1, dtype=float).reshape(-1, 7) * scale
    found = detect(scores.ravel(), np.full(n // 7, 7), RuptureSettings())
    assert found.variance == Fraction(n * (n + 1), 12) * scale**2
    assert math.sqrt(found.variance) == pytest.approx(scores.std(ddof=1))


def test_a_score_with_answers_filled_in_is_not_taken_for_a_mean_of_all_items() -> None:
    # 39.4 of 11 answers is 3.5818, by chance within .006 of 43/12, the limit; it lies below it.
    sums = [48, 48, 47, 43, 44, 48, 48]
    rows = [("D1", at, "t", "WAI-S", total / 12) for at, total in enumerate(sums, 1)]
    frame = pd.DataFrame(rows, columns=COLUMNS[:5])
    frame.loc[3, "score"] = 39.4 / 11
    chosen = RuptureSettings(absolute=None)
    assert find_ruptures(frame, chosen, {"WAI-S": 12}).analyses[0].n_ruptures == 0
    filled = frame.assign(n_imputed=[0, 0, 0, 1, 0, 0, 0])
    assert [one.central for one in find_ruptures(filled, chosen, {"WAI-S": 12}).analyses[0].ruptures] == [4]
