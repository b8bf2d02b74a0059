"""The macros draw well-formed figures that name themselves and carry no style of their own."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jinja2 import Environment, FileSystemLoader

from coder_app.web import charts

TEMPLATES = Path(__file__).parents[3] / "templates"
MACROS = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True).get_template("macros/charts.html")
MEANS = (
    charts.Mean(15.7, 13.5, 17.8, 9),
    charts.Mean(14.0, 12.4, 15.6, 9),
    charts.Mean(18.2, 15.8, 20.6, 9),
)
SERIES = [(1, 39), (2, 41), (3, 33), (4, 40), (5, None), (6, 41)]
LIMITS = [charts.Limit(40, "Median", "median"), charts.Limit(37, "Lower limit", "limit")]
RUPTURES = [charts.Rupture(2, 3, 4, "repaired")]


class TestDrawing:
    """The macros: well-formed, named for those who cannot see them, and without a style of their own."""

    draw = (
        Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
        .get_template("macros/charts.html")
        .module
    )
    axis = charts.forest_axis()
    drawings = (
        str(draw.control_chart(charts.control_chart("D & D", SERIES, LIMITS, RUPTURES))),
        str(draw.small_chart(charts.small_chart("D-041", SERIES, LIMITS, RUPTURES), "D-041", "repaired")),
        str(draw.forest_head(axis)),
        str(draw.forest_cell(axis, charts.forest_row(axis, "Item <1>", 0.4, -0.5, 0.8))),
        str(draw.forest_cell(axis, charts.forest_row(axis, "Item", None, reason="no variation"))),
        str(draw.share_cell(charts.share_bar("Item", [("0", 3), ("1", 1)]))),
        str(draw.v_panel(charts.v_panel("PCI", "repaired", [(1, 2, 3)], MEANS, 0, 28, 4))),
        str(draw.heat_map("CIRS", ["a"], ["b", "c"], charts.diverging_cells([[0.1, -0.2]]), (0, 0))),
    )

    @pytest.mark.parametrize("drawing", drawings)
    def test_a_drawing_is_well_formed_and_has_no_inline_style(self, drawing):
        ElementTree.fromstring(f"<div>{drawing}</div>")  # noqa: S314 (our own markup)
        assert " style=" not in drawing

    @pytest.mark.parametrize("drawing", drawings[:7])
    def test_a_drawing_says_what_it_shows(self, drawing):
        assert re.search(r'<svg[^>]* role="img" aria-label="[^"]+', drawing)

    def test_what_cannot_be_drawn_is_said_in_its_place(self):
        empty = charts.control_chart("D", [])
        assert "no scores" in str(self.draw.control_chart(empty))
        assert "<svg" not in str(self.draw.control_chart(empty))
        assert "no variation" in self.drawings[4]
