"""Stacked columns of ruptures over treatment."""

import pytest

from coder_app.web.charts.columns import BOTTOM, MOST_LABELS, Stack, columns_chart

TITLES = ("Session", "Ruptures")


def stack(place, repaired, unrepaired, beneath=9):
    return Stack(place, (("repaired", repaired), ("unrepaired", unrepaired)), beneath)


def test_parts_stand_on_each_other_as_high_as_their_numbers_and_say_what_they_are():
    chart = columns_chart("Child", [stack(1, 0, 0), stack(2, 2, 1), stack(3, 0, 1)], TITLES)
    below, above, alone = chart.blocks
    assert (below.said, above.said) == ("session 2: 2 repaired", "session 2: 1 unrepaired")
    assert below.y + below.height == pytest.approx(BOTTOM)
    assert above.y + above.height == pytest.approx(below.y)
    assert below.height == pytest.approx(2 * above.height, abs=0.02)
    assert (alone.x > below.x, alone.height) == (True, pytest.approx(above.height, abs=0.02))
    assert [tick.label for tick in chart.beneath] == ["9", "9", "9"]
    assert chart.label == "Child: session 2, 2 repaired and 1 unrepaired; session 3, 1 unrepaired"


def test_panels_with_one_highest_number_have_one_axis():
    one, other = (columns_chart("x", [stack(1, n, 0)], TITLES, highest=7) for n in (7, 1))
    assert one.y_ticks == other.y_ticks
    assert one.blocks[0].height == pytest.approx(7 * other.blocks[0].height, abs=0.1)
    assert all(float(tick.label) == int(tick.label) for tick in one.y_ticks)


def test_long_treatments_have_a_label_at_some_sessions_only_and_none_at_all_a_reason():
    long = columns_chart("x", [stack(place, 1, 0) for place in range(1, 61)], TITLES)
    assert len(long.x_ticks) == len(long.beneath) <= MOST_LABELS
    nothing = columns_chart("x", [], TITLES)
    assert (nothing.blocks, nothing.reason) == ((), "no treatment session of an analysed series")
