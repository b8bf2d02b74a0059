"""Ruptures: the reference study exactly, the rules one by one, and what must not change a result."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.analysis.results import StatsError
from coder_app.analysis.rupture import find_ruptures
from coder_app.analysis.rupture_results import InformantRuptures, RuptureSettings

REFERENCE = Path(__file__).parents[2] / "reference"
STUDY = REFERENCE / "rupture_study"
EXPECTED = json.loads((STUDY / "expected_ruptures.json").read_text())
TUKEY = json.loads((REFERENCE / "tukey.json").read_text())["cases"]
CHOICES = {
    "default": RuptureSettings(),
    "k1.5": RuptureSettings(k=1.5),
    "within": RuptureSettings(pooled="within"),
    "chart_only": RuptureSettings(absolute=None),
    "exclusive": RuptureSettings(fourths="exclusive"),
}
MEAN_ITEMS = {"WAI-S": 12}
COLUMNS = ["dyad", "session", "informant", "measure", "score"]


def read_long() -> pd.DataFrame:
    return pd.read_csv(STUDY / "alliance" / "scores_long.csv")


def read_excel() -> pd.DataFrame:
    path = STUDY / "alliance" / "scores_long_excel_nl.csv"
    return pd.read_csv(path, sep=";", decimal=",", encoding="utf-8-sig")


def read_wide() -> pd.DataFrame:
    wide = pd.read_csv(STUDY / "alliance" / "scores_wide.csv")
    long = wide.melt(id_vars="dyad", value_name="score").sort_values("dyad", kind="stable")
    child = long["variable"].str.startswith("tasc")
    return long.assign(
        session=long["variable"].str[-2:].astype(int),
        informant=np.where(child, "child", "therapist"),
        measure=np.where(child, "TASC", "WAI-S"),
    )


def series(
    *scores: float | None, dyad: str = "D1", measure: str = "M", informant: str = "child"
) -> pd.DataFrame:
    rows = [(dyad, session, informant, measure, score) for session, score in enumerate(scores, 1)]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"score": float})


def analyse(
    frame: pd.DataFrame, mean_items: dict[str, int] | None = None, **chosen: object
) -> InformantRuptures:
    (analysis,) = find_ruptures(frame, RuptureSettings(**chosen), mean_items).analyses
    return analysis


@pytest.mark.parametrize("informant", ["child", "therapist"])
@pytest.mark.parametrize("choice", CHOICES)
@pytest.mark.parametrize("read", [read_long, read_excel, read_wide])
def test_the_reference_study_is_reproduced_exactly(read: object, choice: str, informant: str) -> None:
    # An independent program with exact comparisons; the two-decimal file gives the same.
    expected = EXPECTED[informant][choice]
    found = find_ruptures(read(), CHOICES[choice], MEAN_ITEMS).informants[informant]
    assert [[r.dyad, r.central, r.criterion, r.type] for r in found.ruptures] == expected["sequences"]
    assert found.pooled_sd == pytest.approx(expected["pooled_sd"], rel=1e-14)
    counts = (
        found.n_series,
        found.n_series_with_rupture,
        found.n_ruptures,
        found.n_repaired,
        found.n_unrepaired,
    )
    assert counts == tuple(expected[k] for k in ("n_series", "series_with", "n", "repaired", "unrepaired"))


@pytest.mark.parametrize(("definition", "halves"), [("hinges", "inclusive"), ("exclusive", "exclusive")])
@pytest.mark.parametrize("case", TUKEY)
def test_the_control_chart_agrees_with_r_on_short_series(case: str, definition: str, halves: str) -> None:
    # R 4.2.2: fivenum, or halves without the median; k 1.
    name = {"hinges": "tukey_hinges_fivenum", "exclusive": "exclusive_halves"}[definition]
    expected = TUKEY[case]["definitions"][name][f"k1_{halves}"]
    found = analyse(series(*TUKEY[case]["x"]), fourths=definition, absolute=None)
    repaired = {"repaired": True, "unrepaired": False, None: None}
    assert [(r.central, repaired[r.type]) for r in found.ruptures] == [
        (r["session"], r["repaired"]) for r in expected["ruptures"]
    ]
    (one,) = found.series
    assert one.lower_limit == pytest.approx(expected["lcl"])
    assert one.lower_half_median == pytest.approx(TUKEY[case]["lower_half_median"][halves])
    assert one.median == pytest.approx(TUKEY[case]["median"])


def test_a_score_on_the_limit_is_no_rupture_and_one_step_below_it_is() -> None:
    # Hinges 10 and 12, so the limit is 8; the lower fourth stays 10 for the lower score.
    on, below = series(12, 12, 11, 8, 10, 12, 10, 12), series(12, 12, 11, 7, 10, 12, 10, 12)
    assert analyse(on, absolute=None).series[0].lower_limit == 8
    assert analyse(on, absolute=None).ruptures == ()
    assert [r.central for r in analyse(below, absolute=None).ruptures] == [4]


def test_a_score_after_one_on_the_lower_half_median_is_no_rupture() -> None:
    assert analyse(series(12, 12, 10, 7, 11, 12, 10, 12), absolute=None).ruptures == ()


def test_a_rounded_mean_of_items_is_compared_as_the_fraction_that_it_stands_for() -> None:
    # As sums of 12 items: hinges 45.5 and 48, so that the limit is 43, the fourth score itself.
    sums = [48, 48, 47, 43, 44, 48, 48]
    two_decimals = series(*[round(total / 12, 2) for total in sums])
    four_decimals = series(*[round(total / 12, 4) for total in sums])
    on_limit = analyse(two_decimals, {"M": 12}, absolute=None)
    assert on_limit.series[0].lower_limit == 43 / 12
    assert on_limit.ruptures == analyse(four_decimals, {"M": 12}, absolute=None).ruptures == ()


def test_a_score_off_the_lattice_is_left_as_it_is() -> None:
    found = analyse(series(4, 4, 4, 3.51, 4, 4, 4), {"M": 12})
    assert found.series[0].scores[3] == 3.51


def test_decimals_that_agree_to_a_billionth_count_as_equal() -> None:
    noise = [12.3, 12.3, 11.3, 8.3 - 4e-10, 10.3, 12.3, 10.3, 12.3]
    assert analyse(series(*noise), absolute=None).ruptures == ()
    noise[3] = 8.3 - 1e-8
    assert [r.central for r in analyse(series(*noise), absolute=None).ruptures] == [4]


@pytest.mark.parametrize(("drop", "n_items"), [(1, None), (7, None), (0.25, 12), (1 / 12, 12)])
def test_a_drop_of_exactly_the_pooled_sds_asked_for_is_a_rupture(drop: float, n_items: int | None) -> None:
    # One of nine scores lies `drop` below the rest, so that SD = drop / 3 and the drop is 3 SD.
    frame = series(4, 4, 4, 4, round(4 - drop, 4), 4, 4, 4, 4)
    items = {"M": n_items} if n_items else None
    assert analyse(frame, items, chart=False, absolute=3).n_ruptures == 1
    assert analyse(frame, items, chart=False, absolute=3.000001).n_ruptures == 0


@pytest.mark.parametrize(
    ("chosen", "criterion"),
    [
        ({}, "both"),
        ({"absolute": None}, "control chart"),
        ({"chart": False}, "absolute"),
        ({"k": 20}, "absolute"),
    ],
)
def test_the_criterion_that_a_rupture_meets_is_named(chosen: dict, criterion: str) -> None:
    # Hinges 10 and 11, so the limit is 9 for k 1; the drop from 11 to 1 is 2.6 SD.
    assert [r.criterion for r in analyse(series(10, 11, 11, 1, 10, 11, 10), **chosen).ruptures] == [criterion]


def test_a_next_score_on_the_lower_half_median_repairs() -> None:
    on, below = series(12, 12, 11, 4, 10, 12, 12, 10), series(12, 12, 11, 4, 9, 12, 12, 10, 10)
    (repaired,) = analyse(on).ruptures
    assert (repaired.pre, repaired.central, repaired.post, repaired.type) == (3, 4, 5, "repaired")
    assert [r.type for r in analyse(below).ruptures] == ["unrepaired"]


def test_a_rupture_without_a_next_score_is_not_classified_and_says_why() -> None:
    (last,) = analyse(series(12, 12, 11, 12, 12, 12, 4)).ruptures
    assert (last.post, last.type, last.reason) == (None, None, "session 7 is the last one")
    (gap,) = analyse(series(12, 12, 11, 12, 12, 12, 12, 4, None, 12)).ruptures
    assert (gap.post, gap.type, gap.reason) == (None, None, "no score at session 9")


def test_an_unanswered_questionnaire_breaks_the_run_whether_its_row_is_there_or_not() -> None:
    frame = series(12, 12, 11, None, 12, 12, 12, 12, 12)
    for rows in (frame, frame.dropna()):
        (one,) = analyse(rows).series
        assert not one.analysed
        assert one.why_not == "longest run is 5 of 7 consecutive scores"
        assert one.scores[3] is None and one.sessions == tuple(range(1, 10))


def test_a_drop_across_a_gap_is_no_rupture() -> None:
    assert analyse(series(12, 12, 12, 12, 12, 12, 12, None, 2, 12)).ruptures == ()


def test_a_rupture_may_lie_outside_the_run_that_lets_the_series_in() -> None:
    found = analyse(series(12, 12, 12, 12, 11, 12, 12, None, 12, 2, 12))
    assert [r.central for r in found.ruptures] == [10]


def test_sessions_with_the_parent_alone_leave_before_numbering_for_every_informant() -> None:
    frame = pd.concat(
        [series(12, 12, 11, None, 12, 4, 12, 12), series(5, 5, 5, 5, 5, 5, 5, 5, informant="therapist")]
    )
    assert analyse(frame[frame["informant"] == "child"]).n_series == 0
    alone = (frame["session"] == 4) & (frame["informant"] == "therapist")
    marked = frame.assign(attendance=np.where(alone, "Parent_alone", "child"))
    child = find_ruptures(marked).informants["child"]
    assert child.n_series == 1
    assert child.series[0].sessions == (1, 2, 3, 5, 6, 7, 8)
    assert [(r.pre, r.central, r.post) for r in child.ruptures] == [(5, 6, 7)]


def test_neighbours_skip_a_session_with_the_parent_alone() -> None:
    frame = series(12, 12, 11, 12, None, 4, None, 12, 12).assign(attendance="child")
    frame.loc[frame["session"].isin([5, 7]), "attendance"] = "parent alone"
    (rupture,) = analyse(frame).ruptures
    assert (rupture.pre, rupture.central, rupture.post, rupture.type) == (4, 6, 8, "repaired")


def test_series_that_are_too_short_leave_nothing_to_pool() -> None:
    found = analyse(series(5, 4, 5))
    assert (found.n_series, found.pooled_sd, found.reason) == (0, None, "no series has 7 consecutive scores")
    assert analyse(series(None, None)).series[0].why_not == "no scores"


def test_constant_series_have_no_rupture_by_any_criterion() -> None:
    for pooled in ("all", "within"):
        found = analyse(series(*[4] * 8), pooled=pooled)
        assert (found.pooled_sd, found.ruptures) == (0, ())


def test_measures_of_one_informant_are_analysed_apart_and_refused_as_one() -> None:
    frame = pd.concat([series(*[5, 4] * 4), series(*[50, 40] * 4, measure="N")])
    report = find_ruptures(frame)
    assert [a.measure for a in report.analyses] == ["M", "N"]
    assert report.analyses[1].pooled_sd == pytest.approx(10 * report.analyses[0].pooled_sd)
    with pytest.raises(StatsError, match=r"child has scores on 2 measures \(M, N\)"):
        _ = report.informants


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("session", 1, "session 1, child, M: two rows"),
        ("session", 1.5, "session 1.5; expected a whole number"),
        ("session", 20260101, "expected a whole number from 0 to 9999"),
        ("session", np.nan, "session nan; expected a whole number"),
        ("score", np.inf, "score inf; expected a number"),
    ],
)
def test_rows_that_make_no_series_are_refused_by_place(column: str, value: float, message: str) -> None:
    frame = series(5, 4, 5).astype({"session": float})
    frame.loc[2, column] = value
    with pytest.raises(StatsError, match=message):
        find_ruptures(frame)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(StatsError, match="missing column measure"):
        find_ruptures(series(5, 4).drop(columns="measure"))


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"k": 0}, "k 0; expected a number above 0"),
        ({"absolute": float("nan")}, "absolute nan"),
        ({"fourths": "quartiles"}, "fourths 'quartiles'"),
        ({"pooled": "some"}, "pooled 'some'"),
        ({"min_run": 1}, "min_run 1"),
        ({"chart": False, "absolute": None}, "no criterion is left"),
    ],
)
def test_settings_that_no_analysis_can_follow_are_refused(chosen: dict, message: str) -> None:
    with pytest.raises(StatsError, match=message):
        RuptureSettings(**chosen)


scores = st.lists(st.one_of(st.integers(12, 48), st.none()), min_size=7, max_size=14)
choices = st.builds(
    RuptureSettings,
    k=st.sampled_from([1, 1.5]),
    fourths=st.sampled_from(["hinges", "exclusive", "type6", "type7"]),
    pooled=st.sampled_from(["all", "within"]),
    absolute=st.sampled_from([None, 2, 1]),
    min_run=st.integers(2, 7),
)


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=4), choices, st.integers(-40, 40))
def test_adding_a_constant_to_all_scores_changes_no_rupture(
    dyads: list[list[int | None]], chosen: RuptureSettings, shift: int
) -> None:
    frame = pd.concat([series(*one, dyad=str(at)) for at, one in enumerate(dyads)])
    (before,) = find_ruptures(frame, chosen).analyses
    (after,) = find_ruptures(frame.assign(score=frame["score"] + shift), chosen).analyses
    assert after.ruptures == before.ruptures
    assert after.pooled_sd == before.pooled_sd


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=4), choices)
def test_totals_and_their_rounded_means_show_the_same_ruptures(
    dyads: list[list[int | None]], chosen: RuptureSettings
) -> None:
    frame = pd.concat([series(*one, dyad=str(at)) for at, one in enumerate(dyads)])
    (totals,) = find_ruptures(frame, chosen).analyses
    (means,) = find_ruptures(frame.assign(score=(frame["score"] / 12).round(2)), chosen, {"M": 12}).analyses
    assert means.ruptures == totals.ruptures


@settings(deadline=None)
@given(st.lists(scores, min_size=1, max_size=4), choices)
def test_every_rupture_obeys_the_rules_read_from_its_own_chart(
    dyads: list[list[int | None]], chosen: RuptureSettings
) -> None:
    frame = pd.concat([series(*one, dyad=str(at)) for at, one in enumerate(dyads)])
    (found,) = find_ruptures(frame, chosen).analyses
    for one in found.series:
        score = dict(zip(one.sessions, one.scores, strict=True))
        for rupture in one.ruptures:
            before, here = score[rupture.pre], score[rupture.central]
            assert here < before and one.analysed
            if rupture.criterion != "absolute":
                assert here < one.lower_limit and before > one.lower_half_median
            if rupture.criterion != "control chart":
                assert before - here >= chosen.absolute * found.pooled_sd * (1 - 1e-12)
            if rupture.type is not None:
                assert (score[rupture.post] >= one.lower_half_median) == (rupture.type == "repaired")
            assert (rupture.type is None) == (rupture.reason is not None)
