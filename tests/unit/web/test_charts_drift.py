"""Panels of drift: what is drawn, where marks stand, and what a listener is told."""

import pytest

from coder_app.web.charts.drift import PANEL, drift_panel, find_span, icc_panel
from coder_app.web.lead.drift_panels import thin

DEVIATIONS = [0.0, 1.0, -1.0, 2.0]
EWMA = [0.0, 0.2, 0.0, 0.4]
LIMITS = ([-0.3] * 4, [0.3] * 4)


def panel(**more):
    return drift_panel("Ben, Warmth", DEVIATIONS, numbers=range(11, 15), ewma=EWMA, limits=LIMITS, **more)


def test_a_panel_has_a_dot_a_recording_a_line_and_a_band_between_its_limits():
    drawn = panel(alarm_at=14, signals=[13], centre=0.1)
    assert [dot.label for dot in drawn.dots][:2] == ["recording 11: 0", "recording 12: 1"]
    assert len(drawn.lines) == len(drawn.bands) == 1 and len(drawn.edges) == 2
    assert drawn.lines[0].count("L") == 3 and drawn.bands[0].endswith("Z")
    assert drawn.alarm.x == drawn.dots[3].x and drawn.signals[0].x == drawn.dots[2].x
    assert drawn.box.top <= drawn.centre <= drawn.box.bottom
    assert drawn.label == (
        "Ben, Warmth: deviations from −1 to 2; alarm at recording 14; CUSUM signal from recording 13"
    )


def test_higher_is_further_up_and_later_further_right():
    drawn = panel()
    assert drawn.dots[3].y < drawn.dots[0].y < drawn.dots[2].y
    assert [dot.x for dot in drawn.dots] == sorted(dot.x for dot in drawn.dots)
    assert all(
        PANEL.left <= dot.x <= PANEL.right and PANEL.top <= dot.y <= PANEL.bottom for dot in drawn.dots
    )
    assert drawn.label.endswith("no alarm") and drawn.alarm is None


def test_panels_of_one_span_share_their_axis():
    span = find_span([DEVIATIONS, None, [7.0, None]])
    assert span == (-1.0, 7.0)
    low, high = (drift_panel("a", values, span=span) for values in ([0.0, 1.0], [6.0, 7.0]))
    assert low.y_ticks == high.y_ticks


def test_without_anything_to_draw_the_reason_stands_there():
    assert drift_panel("Ben", [], reason=None).reason == "no recordings"
    assert (
        drift_panel("Ben", DEVIATIONS, reason="no spread in the baseline").reason
        == "no spread in the baseline"
    )
    assert icc_panel("Warmth", [], 10).reason == "nothing to draw"


def test_a_single_recording_stands_in_the_middle_and_has_no_band():
    drawn = drift_panel("Ben", [1.0], ewma=[0.2], limits=([-1.0], [1.0]))
    assert drawn.dots[0].x == pytest.approx((PANEL.left + PANEL.right) / 2)
    assert drawn.bands == ()


def test_the_line_of_an_icc_breaks_where_there_is_none():
    points = [(0.5, 0.2, 0.8), (None, None, None), (0.6, 0.3, 0.9), (0.7, 0.4, 0.95)]
    drawn = icc_panel("Warmth", points, 10)
    assert len(drawn.lines) == 2 and len(drawn.dots) == 3
    assert len(drawn.bands) == 1
    assert drawn.dots[-1].label == "to recording 13: ICC 0.7"
    assert drawn.label == ("Warmth: ICC 0.5 in the first window and 0.7 in the last, lowest 0.5, highest 0.7")
    assert icc_panel("Warmth", [(None, None, None)], 10).label == "Warmth: no ICC in any window"


def test_a_long_study_is_drawn_in_as_many_points_as_can_be_seen():
    assert thin(5, 10) == [0, 1, 2, 3, 4]
    places = thin(7000, 240, {3})
    assert len(places) <= 241 and places[0] == 0 and places[-1] == 6999 and 3 in places
    assert places == sorted(set(places))
