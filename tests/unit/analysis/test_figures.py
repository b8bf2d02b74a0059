"""Figures as files: the same bytes twice, readable type, the size that a journal prints."""

import re
import xml.etree.ElementTree as ET

import pytest

from coder_app.analysis.figure_paper import DPI, WIDTH
from coder_app.analysis.figures import FORMATS, render

FOREST = {
    "form": "forest",
    "title": "Agreement on the items",
    "caption": "Squares are ICC(A,1).",
    "data": {
        "rows": [
            {"label": "Hope", "estimate": 0.88, "lower": 0.76, "upper": 0.95, "said": ".88 [.76, .95]"},
            {"label": "A long label that needs two lines to be read at all", "estimate": -0.3, "lower": -0.5,
             "upper": 0.2, "said": "−.30 [−.50, .20]"},
            {"label": "No line", "estimate": 0.4, "lower": None, "upper": None, "said": ".40"},
            {"label": "Talk", "estimate": None, "lower": None, "upper": None, "said": "no variation"},
        ],
        "cuts": [0.4, 0.6, 0.75],
        "words": ["poor", "fair", "good", "excellent"],
        "ticks": [[0.0, ".00"], [0.4, ".40"], [1.0, "1.00"]],
        "axis": "ICC(A,1)",
    },
}  # fmt: skip
HEAT = {
    "form": "heat",
    "title": "Deviations",
    "caption": "Mean of a coder minus the mean of all.",
    "data": {
        "rows": ["Hope", "Talk"],
        "columns": ["coder 1", "coder 2"],
        "cells": [[[-0.5, "−0.50"], [0.5, "+0.50"]], [[0.0, "0.00"], [None, "–"]]],
        "full": 0.5,
        "signed": True,
    },
}
DOTS = {
    "form": "dots",
    "title": "Coefficients",
    "caption": "Marks are coefficients.",
    "data": {
        "coefficients": [["ICC", "s"], ["AC2", "o"]],
        "rows": [
            {
                "label": "Hope",
                "marks": [{"estimate": 0.5, "lower": -0.9, "upper": 0.8, "hollow": True}, None],
            }
        ],
        "ticks": [[0.0, ".00"], [1.0, "1.00"]],
        "axis": "Coefficient",
    },
}
LINE = {"label": "EWMA", "x": [1, 2, 3], "y": [0.1, None, 0.4], "look": "line"}
DOTTED = {"label": "deviation", "x": [1, 2, 3], "y": [0.2, 0.1, 0.5], "look": "dots"}
WITH_LIMITS = {"lower": [0.0, None, 0.2], "upper": [0.2, None, 0.6]}
LINES = {
    "form": "lines",
    "title": "Drift",
    "caption": "Deviations over the order of coding.",
    "data": {
        "columns": 2,
        "height": 1.0,
        "x": "Recording",
        "y": "Points",
        "ylim": None,
        "panels": [
            {
                "title": "coder 1",
                "reason": None,
                "levels": [{"y": 0.3, "label": "wanted"}],
                "band": {"x": [1, 2, 3], "lower": [-1, -1, -1], "upper": [1, 1, 1]},
                "series": [LINE | WITH_LIMITS, DOTTED | {"lower": None, "upper": None}],
                "alarms": [{"x": 3, "y": 0.4, "label": "alarm"}],
            },
            {
                "title": "coder 2",
                "reason": "too few",
                "levels": [],
                "band": None,
                "series": [],
                "alarms": [],
            },
        ],
    },
}
CODES = ("s", "o", "line", "dots")
EMPTY = [
    FOREST | {"data": FOREST["data"] | {"rows": []}},
    DOTS | {"data": DOTS["data"] | {"rows": []}},
    LINES | {"data": LINES["data"] | {"panels": []}},
    HEAT | {"data": {"rows": [], "columns": [], "cells": [], "full": 0.0, "signed": True}},
]


@pytest.fixture(scope="module", params=[FOREST, HEAT, DOTS, LINES], ids=lambda one: one["form"])
def drawn(request):
    """A drawing and its files."""
    return request.param, {form: render(request.param, form) for form in FORMATS}


def words_of(svg: bytes) -> list[str]:
    """The texts of an SVG whose letters are shapes: each stands beside them as a comment."""
    return [text.strip() for text in re.findall(r"<!--(.*?)-->", svg.decode(), re.S)]


def texts_of(data) -> list[str]:
    """Every text in the data of a drawing, but the codes of marks and looks."""
    if isinstance(data, str):
        return [] if data in CODES else [data]
    parts = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
    return [text for part in parts for text in texts_of(part)]


def test_the_same_drawing_is_the_same_bytes(drawn):
    drawing, files = drawn
    for form, data in files.items():
        assert render(drawing, form) == data
        assert b"CreationDate" not in data
        assert b"dc:date" not in data


def test_what_is_set_on_the_machine_changes_nothing(drawn):
    import matplotlib

    drawing, files = drawn
    with matplotlib.rc_context({"font.size": 20, "svg.fonttype": "none", "axes.facecolor": "red"}):
        assert render(drawing, "svg") == files["svg"]


def test_the_svg_holds_every_label_its_title_and_its_caption(drawn):
    drawing, files = drawn
    root = ET.fromstring(files["svg"])  # noqa: S314 (our own file)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(WIDTH * 72, abs=0.01)
    assert drawing["title"] in files["svg"].decode()
    assert drawing["caption"] in files["svg"].decode()
    words = " ".join(words_of(files["svg"]))
    for text in texts_of(drawing["data"]):
        assert all(word in words for word in text.split()), text
    assert b"<text" not in files["svg"]  # nothing depends on the fonts of whoever looks


def test_the_png_is_16_cm_wide_at_300_dpi(drawn):
    data = drawn[1]["png"]
    assert data.startswith(b"\x89PNG")
    assert int.from_bytes(data[16:20], "big") == pytest.approx(WIDTH * DPI, abs=1)
    place = data.index(b"pHYs") + 4
    assert int.from_bytes(data[place : place + 4], "big") == pytest.approx(DPI / 0.0254, abs=1)
    assert data[place + 8] == 1  # per metre


def test_the_pdf_carries_its_font(drawn):
    data = drawn[1]["pdf"]
    assert data.startswith(b"%PDF")
    assert b"/FontFile2" in data
    assert b"DejaVuSans" in data


@pytest.mark.parametrize("drawing", EMPTY, ids=lambda one: one["form"])
def test_a_figure_of_nothing_is_still_a_figure(drawing):
    assert ET.fromstring(render(drawing, "svg")) is not None  # noqa: S314


def test_an_unknown_form_or_format_is_refused():
    with pytest.raises(ValueError, match="no figure of the form pie"):
        render(FOREST | {"form": "pie"}, "svg")
    with pytest.raises(ValueError, match="no figures are written as bmp"):
        render(FOREST, "bmp")
