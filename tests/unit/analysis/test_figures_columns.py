"""Ruptures over treatment for print."""

import re

from coder_app.analysis.figures import FORMATS, render

PANEL = {
    "title": "Child (TASC)",
    "places": [1, 2, 3],
    "counts": [[0, 0, 0], [2, 1, 0], [0, 0, 1]],
    "beneath": [0, 50, 47],
}
EMPTY = {"title": "Therapist (WAI-S)", "places": [], "counts": [], "beneath": []}
COLUMNS = {
    "form": "columns",
    "title": "Ruptures over treatment",
    "caption": "Central sessions.",
    "data": {
        "panels": [PANEL, EMPTY],
        "kinds": ["repaired", "unrepaired", "not classifiable"],
        "x": "Treatment session",
        "y": "Ruptures",
        "reason": "no treatment session",
    },
}


def test_each_panel_says_whose_it_is_and_what_is_beneath_each_session_and_files_are_the_same_twice():
    said = re.findall(r"<!-- (.+?) -->", render(COLUMNS, "svg").decode())
    for word in ("Child (TASC)", "Therapist (WAI-S)", "no treatment session", "50", "unrepaired"):
        assert word in said
    for form in FORMATS:
        assert render(COLUMNS, form) == render(COLUMNS, form)


def test_unrepaired_ruptures_are_told_apart_without_colour():
    assert "<pattern" in render(COLUMNS, "svg").decode()
