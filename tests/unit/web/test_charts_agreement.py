"""Coefficients side by side, and a matrix of pairs: what is missing is said, what is withheld looks so."""

import pytest

from coder_app.web.charts.dots import LANE, Dot, dots_axis, dots_row
from coder_app.web.charts.pairs import pair_cells

AXIS = dots_axis(2)


def row(*dots):
    return dots_row(AXIS, "Formality", dots)


def test_each_coefficient_has_its_lane_and_its_place_on_the_axis():
    first, second = row(Dot("ICC", "square", 0.4, 0.1, 0.7), Dot("AC2", "circle", 0.99, 0.97, 1.0)).lanes
    assert second.y - first.y == LANE
    assert first.lower < first.estimate < first.upper < second.estimate <= second.upper
    assert first.estimate == pytest.approx(97 * 0.6 / 1.2, abs=0.01)
    assert AXIS.height > second.y
    assert [tick.label for tick in AXIS.ticks] == ["0", ".2", ".4", ".6", ".8", "1"]


def test_the_label_says_every_figure_and_why_one_is_missing():
    drawn = row(
        Dot("ICC", "square", 0.0, -0.3, 0.3, "the item is rare", withheld=True),
        Dot("κ", "diamond", None, None, None, "no variation"),
        Dot("α", "triangle", 0.1, None, None, "no interval: too few"),
        Dot("AC2", "circle", 0.998, 0.99, 1.0),
    )
    assert drawn.label == (
        "Formality: ICC .00, withheld, the item is rare; κ not computable, no variation; "
        "α .10, no interval: too few; AC2 .998, 95% CI [.99, 1.00]"
    )
    withheld, alone, whole = drawn.lanes
    assert withheld.hollow
    assert (withheld.lower, alone.lower) == (None, None)
    assert whole.y == withheld.y + 3 * LANE


def test_an_interval_below_the_axis_is_cut():
    (lane,) = row(Dot("ICC", "square", -0.1, -0.8, 0.4)).lanes
    assert lane.cut_low
    assert lane.lower == 0


def test_an_item_without_any_figure_says_why_once():
    drawn = row(
        Dot("ICC", "square", None, None, None, "nobody"), Dot("AC2", "circle", None, None, None, "nobody")
    )
    assert (drawn.lanes, drawn.reason) == ((), "nobody")


def test_a_matrix_has_figures_above_and_counts_below_its_diagonal():
    cells = pair_cells(
        ("Ada", "Ben", "Cleo"),
        {("Ada", "Ben"): (0.95, ".95"), ("Ada", "Cleo"): (-0.1, "−.10"), ("Ben", "Cleo"): (None, "–")},
        {("Ada", "Ben"): "17", ("Ada", "Cleo"): "12", ("Ben", "Cleo"): "0"},
    )
    assert [cell.step for cell in cells[0]] == ["self", "s4", "s0"]
    assert [cell.text for cell in cells[2]] == ["12", "0", ""]
    assert [cell.step for cell in cells[1]] == ["count", "self", "missing"]
