"""Control charts: gaps break lines, sequences are named, nothing leaves the plot."""

import re
from itertools import pairwise
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.web import charts

SCORES = [39, 40, 41, 38, 40, 41, 41, 33, 39, 40, None, 41, 42, 40]
SERIES = list(enumerate(SCORES, start=1))
LIMITS = [
    charts.Limit(40, "Median", "median"),
    charts.Limit(39, "Lower half", "half"),
    charts.Limit(37, "Lower limit", "limit"),
]
RUPTURES = [charts.Rupture(7, 8, 9, "repaired")]


def places_in(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", path)]


def inside(chart) -> bool:
    places = [(point.x, point.y) for point in chart.points]
    places += [place for line in chart.lines for place in places_in(line)]
    places += [(chart.right, limit.y) for limit in chart.limits]
    places += [(stretch.x, chart.top) for stretch in chart.stretches]
    places += [(stretch.x + stretch.width, chart.top) for stretch in chart.stretches]
    return all(
        chart.left - 0.01 <= x <= chart.right + 0.01 and chart.top - 0.01 <= y <= chart.bottom + 0.01
        for x, y in places
    )


class TestControlChart:
    def test_a_missing_score_breaks_the_line(self):
        chart = charts.control_chart("D-041, child", SERIES, LIMITS, RUPTURES)
        assert [len(places_in(line)) for line in chart.lines] == [10, 3]
        assert len(chart.points) == 13

    def test_a_session_that_is_not_listed_breaks_the_line_too(self):
        chart = charts.control_chart("D", [(1, 40), (2, 41), (4, 39), (5, 40)])
        assert [len(places_in(line)) for line in chart.lines] == [2, 2]

    def test_a_score_between_two_gaps_is_a_point_without_a_line(self):
        chart = charts.control_chart("D", [(1, 40), (2, None), (3, 39), (4, nan), (5, 40)])
        assert chart.lines == ()
        assert len(chart.points) == 3

    def test_each_part_of_a_sequence_has_its_own_shape_and_word(self):
        chart = charts.control_chart("D-041", SERIES, LIMITS, RUPTURES)
        shapes = {point.label.split(":")[0]: point.shape for point in chart.points}
        assert [shapes[f"session {n}"] for n in (6, 7, 8, 9)] == ["dot", "square", "diamond", "triangle"]
        assert [word.text for word in chart.words] == ["pre", "central", "post, repaired", "no score"]

    def test_a_session_that_ends_one_sequence_and_begins_another_keeps_one_shape(self):
        ruptures = [charts.Rupture(2, 3, 4, "repaired"), charts.Rupture(4, 5, 6, "unrepaired")]
        chart = charts.control_chart(
            "D", list(enumerate([41, 40, 33, 39, 32, 34, 40], start=1)), (), ruptures
        )
        shapes = [point.shape for point in chart.points]
        assert shapes == ["dot", "square", "diamond", "triangle", "diamond", "triangle", "dot"]

    def test_a_rupture_at_the_last_session_has_no_third_point_and_stays_inside(self):
        scores = list(enumerate([41, 40, 41, 33], start=1))
        chart = charts.control_chart("D", scores, LIMITS, [charts.Rupture(3, 4, None, None)])
        assert [word.text for word in chart.words] == ["pre", "central"]
        assert inside(chart)

    def test_close_limits_keep_their_lines_and_move_their_labels_apart(self):
        chart = charts.control_chart(
            "D",
            [(1, 20), (2, 60)],
            [charts.Limit(40, "Median", "median"), charts.Limit(39.9, "Half", "half")],
        )
        median, half = chart.limits
        assert half.y - median.y < 1
        assert half.label_y - median.label_y == pytest.approx(16, abs=0.02)

    def test_a_limit_that_could_not_be_computed_is_not_drawn(self):
        chart = charts.control_chart("D", SERIES, [charts.Limit(None, "Lower limit", "limit")])
        assert chart.limits == ()

    @given(
        st.lists(st.one_of(st.none(), st.floats(0, 100)), min_size=1, max_size=40),
        st.floats(-20, 120),
    )
    def test_nothing_lies_outside_the_plot(self, scores, limit):
        series = list(enumerate(scores, start=1))
        ruptures = [charts.Rupture(1, 2, 3, "repaired")] if len(scores) > 2 else []
        chart = charts.control_chart("D", series, [charts.Limit(limit, "Limit", "limit")], ruptures)
        assert inside(chart)
        assert all(0 <= word.x <= chart.width and 0 <= word.y <= chart.height for word in chart.words)
        assert (chart.reason is None) == bool(chart.points)

    def test_a_higher_score_lies_higher(self):
        chart = charts.control_chart("D", [(1, 10), (2, 30), (3, 20)])
        first, second, third = (point.y for point in chart.points)
        assert second < third < first

    @pytest.mark.parametrize("scores", [[], [(1, None), (2, None)], [(1, nan)]])
    def test_without_scores_there_is_a_reason_and_no_picture(self, scores):
        chart = charts.control_chart("D", scores)
        assert chart.reason == "no scores"
        assert (chart.lines, chart.points, chart.x_ticks) == ((), (), ())

    def test_a_series_that_is_too_short_says_so_in_the_words_given(self):
        chart = charts.small_chart("D-036", SERIES, reason="5 scores in a row, 7 are needed")
        assert chart.reason == "5 scores in a row, 7 are needed"
        assert chart.points == ()

    def test_a_small_chart_marks_the_central_session_only_and_has_no_words(self):
        chart = charts.small_chart("D-041", SERIES, LIMITS, RUPTURES)
        assert [point.shape for point in chart.points].count("diamond") == 1
        assert {point.shape for point in chart.points} == {"dot", "diamond"}
        assert (chart.words, chart.x_ticks, chart.y_ticks) == ((), (), ())
        assert inside(chart)

    def test_one_single_score_is_drawn_in_the_middle(self):
        chart = charts.control_chart("D", [(4, 30)])
        assert len(chart.points) == 1
        assert inside(chart)

    def test_a_long_treatment_has_fewer_session_numbers_than_sessions(self):
        chart = charts.control_chart("D", [(session, 40) for session in range(1, 61)])
        places = [tick.at for tick in chart.x_ticks]
        assert all(b - a >= 20 for a, b in pairwise(places))

    def test_the_label_says_what_the_picture_shows(self):
        chart = charts.control_chart("D-041, child", SERIES, LIMITS, RUPTURES)
        assert chart.label == "D-041, child: 13 scores from 33 to 42; rupture at session 8, repaired"


class TestSessionsThatDoNotCount:
    def test_the_line_goes_on_over_a_session_that_was_left_out_and_says_so(self):
        scores = [(1, 40), (2, 41), (4, 39), (5, None), (6, 40)]
        chart = charts.control_chart("D", scores, left_out=[3])
        assert [line.count("L") for line in chart.lines] == [2]
        words = {word.text: word for word in chart.words}
        assert set(words) == {"parent alone", "no score"}
        # On lines of their own: neighbours would run into each other.
        assert words["parent alone"].y < words["no score"].y

    def test_a_series_that_is_too_short_is_drawn_and_says_why_it_is_not_analysed(self):
        for chart in (
            charts.control_chart("D", [(1, 40), (2, 41)], not_analysed="2 scores in a row, 7 are needed"),
            charts.small_chart("D", [(1, 40), (2, 41)], not_analysed="2 scores in a row, 7 are needed"),
        ):
            assert len(chart.points) == 2 and len(chart.lines) == 1
            assert chart.label.endswith("not analysed: 2 scores in a row, 7 are needed")

    def test_a_series_of_one_value_is_drawn_with_its_limits_apart(self):
        limits = [charts.Limit(40, word, "half") for word in ("Median", "Lower fourth", "Lower limit")]
        chart = charts.control_chart("D", [(n, 40) for n in range(1, 8)], limits)
        assert len({limit.y for limit in chart.limits}) == 1
        assert len({limit.label_y for limit in chart.limits}) == 3
