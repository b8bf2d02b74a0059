"""The drawing of the alliance course: threads broken at gaps, means faint where few scores lie behind."""

from hypothesis import given
from hypothesis import strategies as st

from coder_app.web.charts.course import MOST_THREADS, Mean, course_chart


def mean(number, value, n=20):
    return Mean(number, value, value - 1, value + 1, n, n >= 10)


def chart(series, means, numbers=(1, 2, 3, 4)):
    counts = {one.number: one.n for one in means}
    return course_chart("Child, TASC", list(numbers), series, [("", means)], counts, "Score")


def test_a_series_breaks_where_a_score_is_missing_and_a_lone_score_is_a_dot():
    drawn = chart([[30, None, 31, 32], [33, None, None, None]], [mean(1, 31)])
    assert drawn.threads[0].count("M") == 2
    lone = drawn.threads[0].split("M")[1]
    assert lone.split("L")[0] == lone.split("L")[1]
    assert drawn.threads[1].count("M") == 1


def test_means_of_few_scores_are_faint_without_a_band_and_a_missing_number_breaks_the_line():
    means = [mean(1, 30), mean(2, 31), mean(3, 32, n=9), mean(5, 33)]
    (line,) = chart([[30, 31, 32, None, 33]], means, numbers=(1, 2, 3, 4, 5)).means
    assert (len(line.paths), len(line.faint), len(line.bands)) == (1, 1, 1)
    assert [enough for _, _, enough in line.dots] == [True, True, False, True]
    # The band spans numbers 1 and 2 alone: there along the upper limits and back.
    assert line.bands[0].count("L") == 3


def test_an_interval_that_is_not_drawn_does_not_stretch_the_axis():
    few = [Mean(1, 30, -200, 260, 2, False), Mean(2, 31, -200, 260, 2, False)]
    labels = [tick.label for tick in chart([[29, 31, None, None], [31, 31, None, None]], few).y_ticks]
    assert all(28 <= float(label) <= 32 for label in labels)


def test_one_session_and_scores_that_are_all_the_same_can_be_drawn():
    drawn = chart([[3.0], [3.0]], [Mean(1, 3.0, None, None, 2, False)], numbers=(1,))
    assert drawn.left < drawn.means[0].dots[0][0] < drawn.right
    assert [one.label for one in drawn.beneath] == ["2"]


def test_more_series_than_can_be_told_apart_are_counted_and_not_drawn():
    drawn = chart([[30, 31, 32, 33]] * (MOST_THREADS + 7), [mean(1, 31)])
    assert (len(drawn.threads), drawn.n_hidden) == (MOST_THREADS, 7)


@given(st.lists(st.lists(st.none() | st.floats(-1e4, 1e4), min_size=4, max_size=4), min_size=1, max_size=5))
def test_everything_stays_within_the_drawing(series):
    given_scores = [score for one in series for score in one if score is not None]
    if not given_scores:
        return
    drawn = chart(series, [mean(1, given_scores[0])])
    for thread in drawn.threads:
        for point in thread.replace("M", "L").split("L")[1:]:
            x, y = map(float, point.split())
            assert drawn.left <= x <= drawn.right and drawn.top <= y <= drawn.bottom
