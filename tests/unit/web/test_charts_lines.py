"""Curves: where they break, what names them, and how far their axes go."""

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from jinja2 import Environment, FileSystemLoader

from coder_app.web.charts.lines import Curve, Level, Value, curves_chart

TEMPLATES = Path(__file__).parents[3] / "templates"
TITLES = ("Recordings", "Width")
FALLING = [Value(n, y) for n, y in ((5, 1.4), (10, 0.9), (20, 0.6), (40, 0.4))]
WITH_BAND = [Value(1, 0.8, 0.7, 0.9), Value(2, None), Value(3, 0.7, 0.6, 0.8), Value(4, 0.75, 0.65, 0.85)]


def draw(chart) -> str:
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True)
    return str(environment.get_template("macros/charts.html").module.curves_chart(chart))


def test_a_value_beyond_the_axis_breaks_the_curve_and_is_not_drawn():
    chart = curves_chart(
        "Width", [Curve("2 coders", FALLING)], TITLES, (0.0, 1.0), [Level(0.2, "wanted: .20")]
    )
    (curve,) = chart.curves
    assert len(curve.dots) == 3
    assert curve.dots == tuple(sorted(curve.dots))
    assert [tick.label for tick in chart.y_ticks][0::5] == ["0", "1"]
    assert chart.levels[0].y == pytest.approx(chart.bottom - 0.2 * (chart.bottom - chart.top))
    assert chart.label == "Width: 2 coders, 0.90 at 10 to 0.40 at 40"


def test_a_missing_value_parts_the_curve_and_its_band():
    beneath = [(value.x, "79") for value in WITH_BAND]
    chart = curves_chart("Alpha", [Curve("", WITH_BAND)], TITLES, (0.0, 1.0), beneath=beneath, whole=True)
    (curve,) = chart.curves
    assert len(curve.dots) == 3
    assert len(curve.paths) == len(curve.bands) == 1
    assert curve.bands[0].endswith("Z")
    assert [tick.label for tick in chart.x_ticks] == ["1", "2", "3", "4"]
    assert [tick.at for tick in chart.beneath] == [tick.at for tick in chart.x_ticks]


def test_names_at_the_ends_do_not_run_into_each_other():
    near = [Curve(f"{k} coders", [Value(0, 1.0), Value(1, 0.5 + k / 1000)]) for k in range(4)]
    places = sorted(curve.label_y for curve in curves_chart("W", near, TITLES).curves)
    assert all(b - a >= 15.9 for a, b in pairwise(places))
    assert {curve.step for curve in curves_chart("W", near, TITLES).curves} == {0, 1, 2, 3}


def test_an_axis_without_fixed_ends_holds_every_limit_also_of_values_that_are_alike():
    chart = curves_chart("A", [Curve("", [Value(3, 0.5, -0.2, 0.9)])], TITLES, (None, 1.0))
    assert float(chart.y_ticks[0].label.replace("−", "-")) <= -0.2
    assert curves_chart("A", [Curve("", [Value(1, 0.5), Value(2, 0.5)])], TITLES).reason is None


def test_what_has_no_value_says_so_in_place_of_a_drawing():
    chart = curves_chart("Alpha", [Curve("x", [Value(1, None)])], TITLES)
    assert chart.reason == "no figure to draw"
    assert "<svg" not in draw(chart)
    assert "no figure to draw" in draw(chart)


def test_the_drawing_is_well_formed_named_and_without_a_style_of_its_own():
    chart = curves_chart(
        "W & A", [Curve("2 <", FALLING), Curve("3", WITH_BAND)], TITLES, (0.0, 1.0), [Level(0.2, "wanted")]
    )
    drawing = draw(chart)
    ElementTree.fromstring(f"<div>{drawing}</div>")  # noqa: S314 (our own markup)
    assert " style=" not in drawing
    assert 'role="img" aria-label="W &amp; A: 2 &lt;' in drawing
