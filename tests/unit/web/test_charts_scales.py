"""Values become places on an axis, and labels keep their distance."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.web.charts.scales import Scale, nice_step, number, padded_range, spread, ticks_between

values = st.floats(-1000, 1000, allow_nan=False)


class TestScales:
    @given(st.lists(values, min_size=2, max_size=20))
    def test_a_larger_value_never_lies_before_a_smaller_one(self, several):
        scale = Scale(-1000, 1000, 20, 400)
        placed = [scale.at(value) for value in sorted(several)]
        assert placed == sorted(placed)
        assert all(20 <= place <= 400 for place in placed)

    def test_a_value_off_the_scale_stops_at_its_end(self):
        assert Scale(0, 10, 0, 100).at(12) == 100
        assert Scale(0, 10, 100, 0).at(-3) == 100

    def test_a_scale_without_extent_is_refused(self):
        with pytest.raises(ValueError, match="two different ends"):
            Scale(3, 3, 0, 100)

    @given(st.lists(values, min_size=1, max_size=20))
    def test_an_axis_holds_all_values_and_ends_on_ticks(self, several):
        low, high, step = padded_range(several)
        assert low <= min(several) + step * 1e-6
        assert high >= max(several) - step * 1e-6
        assert low / step == pytest.approx(round(low / step), abs=1e-6)
        assert high / step == pytest.approx(round(high / step), abs=1e-6)

    @given(st.floats(0.001, 10_000), st.integers(1, 12))
    def test_a_step_cuts_into_no_more_parts_than_wanted(self, span, wanted):
        assert span / nice_step(span, wanted) <= wanted + 1e-6

    def test_ticks_are_the_multiples_of_the_step(self):
        ticks = ticks_between(Scale(28, 46, 300, 0), 4)
        assert [tick.label for tick in ticks] == ["28", "32", "36", "40", "44"]

    def test_numbers_have_a_true_minus_and_no_trailing_zeros(self):
        assert [number(value) for value in (-1.5, 2.0, -0.0, 0.25)] == ["−1.5", "2", "0", "0.25"]

    @given(st.lists(st.floats(0, 300), min_size=1, max_size=8))
    def test_labels_keep_their_distance_and_their_order(self, wanted):
        moved = spread(wanted, 16, 0, 300)
        assert all(-0.01 <= place <= 300.01 for place in moved)
        order = sorted(range(len(wanted)), key=lambda i: wanted[i])
        for before, after in pairwise(order):
            assert moved[after] - moved[before] >= 16 - 0.02

    def test_labels_without_enough_room_are_set_evenly(self):
        assert spread([5, 5, 5], 16, 0, 20) == (0, 10, 20)
