"""Figures as geometry: values become places in a box, and what is missing is said rather than drawn."""

from itertools import pairwise
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.web import charts
from coder_app.web.charts.heat import signed

MEANS = (
    charts.Mean(15.7, 13.5, 17.8, 9),
    charts.Mean(14.0, 12.4, 15.6, 9),
    charts.Mean(18.2, 15.8, 20.6, 9),
)


class TestForest:
    axis = charts.forest_axis()

    def test_bands_follow_one_another_and_fill_the_axis(self):
        bands = self.axis.bands
        assert [band.word for band in bands] == ["poor", "fair", "good", "excellent"]
        assert bands[0].x == 0
        assert sum(band.width for band in bands) == pytest.approx(100)
        for before, after in pairwise(bands):
            assert before.x + before.width == pytest.approx(after.x, abs=0.02)

    def test_an_estimate_lies_between_the_ends_of_its_interval(self):
        row = charts.forest_row(self.axis, "Being playful", 0.61, 0.34, 0.82)
        assert row.lower < row.estimate < row.upper
        assert row.estimate == pytest.approx(100 * (0.61 + 0.20) / 1.20, abs=0.01)
        assert row.label == "Being playful: ICC .61, 95% CI [.34, .82]"
        assert not (row.cut_low or row.cut_high)

    def test_an_interval_that_runs_off_the_axis_is_cut_and_marked(self):
        row = charts.forest_row(self.axis, "Formality", 0.10, -0.60, 0.50)
        assert row.cut_low
        assert row.lower == 0
        assert "[−.60, .50]" in row.label

    @pytest.mark.parametrize("estimate", [None, nan])
    def test_without_an_estimate_the_row_says_why(self, estimate):
        row = charts.forest_row(
            self.axis, "Not following through", estimate, reason="no variation, so no ICC"
        )
        assert (row.estimate, row.lower, row.upper) == (None, None, None)
        assert row.reason == "no variation, so no ICC"
        assert "no variation" in row.label

    def test_an_estimate_without_an_interval_keeps_its_place(self):
        row = charts.forest_row(self.axis, "Inappropriate talk", 0.0, reason="one score differs")
        assert row.estimate == pytest.approx(16.67, abs=0.01)
        assert row.lower is None

    def test_cuts_and_words_have_to_fit(self):
        with pytest.raises(ValueError, match="one word more"):
            charts.forest_axis(cuts=(0.5,), words=("low",))

    @given(st.lists(st.integers(0, 60), min_size=1, max_size=6).filter(any))
    def test_shares_follow_one_another_and_fill_the_bar(self, counts):
        bar = charts.share_bar("Item", [(str(score), count) for score, count in enumerate(counts)])
        assert sum(part.width for part in bar.parts) == pytest.approx(100, abs=0.05)
        assert [part.step for part in bar.parts] == [i for i, count in enumerate(counts) if count]
        for before, after in zip(bar.parts, bar.parts[1:], strict=False):
            assert before.x + before.width == pytest.approx(after.x, abs=0.02)

    def test_a_scale_with_many_scores_uses_the_steps_from_end_to_end(self):
        bar = charts.share_bar("Item", [(str(score), 1) for score in range(11)])
        steps = [part.step for part in bar.parts]
        assert steps[0] == 0
        assert steps[-1] == 5
        assert steps == sorted(steps)

    def test_without_scores_the_bar_says_so(self):
        assert charts.share_bar("Item", [("0", 0), ("1", 0)]).reason == "no scores yet"


class TestVPattern:
    def panel(self, sequences=((15, 14, 18),), means=None):
        return charts.v_panel("Positive Child Involvement", "repaired", sequences, means or MEANS, 0, 28, 4)

    def test_means_intervals_and_n_stand_at_their_positions(self):
        panel = self.panel()
        assert [mean.printed for mean in panel.means] == ["15.7", "14.0", "18.2"]
        assert all(mean.upper < mean.y < mean.lower for mean in panel.means)
        assert [(p.word, p.n) for p in panel.positions] == [
            ("pre", "n = 9"),
            ("central", "n = 9"),
            ("post", "n = 9"),
        ]

    def test_panels_of_one_subscale_share_their_axis(self):
        other = charts.v_panel("PCI", "unrepaired", [(2, 3, 4)], MEANS, 0, 28, 4)
        assert other.y_ticks == self.panel().y_ticks

    def test_a_missing_position_breaks_a_sequence(self):
        panel = self.panel(sequences=((10, None, 12), (10, 11, None), (1, 2, 3)))
        assert [len(line.split("L")) for line in panel.sequences] == [2, 3]

    def test_a_missing_mean_leaves_its_place_empty_and_is_said(self):
        panel = self.panel(means=(charts.Mean(None, None, None, 0), *MEANS[1:]))
        assert len(panel.means) == 2
        assert [len(line.split("L")) for line in panel.mean_lines] == [2]
        assert "pre no mean (n = 0)" in panel.label

    def test_one_sequence_has_a_mean_without_an_interval(self):
        panel = self.panel(means=(charts.Mean(9, None, None, 1), *MEANS[1:]))
        assert (panel.means[0].lower, panel.means[0].upper) == (None, None)
        assert "no interval (n = 1)" in panel.label

    def test_an_interval_beyond_the_scale_stays_inside(self):
        panel = self.panel(means=(charts.Mean(1, -9, 40, 2), *MEANS[1:]))
        assert all(0 <= y <= panel.height for y in (panel.means[0].lower, panel.means[0].upper))

    def test_without_any_score_there_is_a_reason(self):
        nothing = charts.Mean(None, None, None, 0)
        assert self.panel(sequences=(), means=(nothing,) * 3).reason == "no sequence has a score"

    def test_a_panel_needs_the_three_positions(self):
        with pytest.raises(ValueError, match="one mean a position"):
            self.panel(means=MEANS[:2])


class TestHeatMaps:
    def test_signs_are_told_by_number_and_by_colour(self):
        cells = charts.diverging_cells([[-0.31, 0.0, 0.16, None]])
        assert [(cell.text, cell.step) for cell in cells[0]] == [
            ("−0.31", "n4"),
            ("0.00", ""),
            ("+0.16", "p3"),
            ("–", "missing"),
        ]

    def test_what_rounds_to_nothing_has_no_sign_and_no_colour(self):
        assert signed(-0.004) == "0.00"
        assert charts.diverging_cells([[-0.004, 1.0]])[0][0].step == ""

    @given(st.lists(st.floats(0.01, 3), min_size=2, max_size=10))
    def test_a_larger_difference_is_never_paler(self, differences):
        cells = charts.diverging_cells([sorted(differences)])[0]
        steps = [cell.step for cell in cells]
        assert steps == sorted(steps)
        assert steps[-1] == "p4"

    def test_a_map_of_equal_coders_is_white(self):
        assert {cell.step for cell in charts.diverging_cells([[0.0, 0.0]])[0]} == {""}

    def test_counts_go_from_the_palest_to_the_deepest(self):
        cells = charts.sequential_cells([[8, 13, 23], [None, 10, 23]])
        assert [cell.step for cell in cells[0]] == ["s0", "s1", "s4"]
        assert cells[1][0].text == "–"

    def test_equal_counts_have_one_colour(self):
        assert {cell.step for cell in charts.sequential_cells([[5, 5]])[0]} == {"s0"}
