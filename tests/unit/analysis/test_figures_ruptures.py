"""Figures of ruptures as files: control charts, small multiples on pages, how much hangs on a definition."""

import re
from dataclasses import asdict

import pandas as pd
import pytest

from coder_app.analysis.figures import render
from coder_app.services import rupture_content, sensitivity_content
from coder_app.services.rupture import DEFAULTS
from coder_app.web.lead.drawings.ruptures import draw_ruptures
from coder_app.web.lead.drawings.sensitivity import draw_sensitivity
from coder_app.web.lead.rupture_page import choose
from tests.makers.alliance import SCORES_LONG

QUIET = {"progress": lambda done, total: None}


def inputs_of(series, attendance=()):
    """What a study's ruptures are computed from, made of {dyad: scores from session 1 on}."""
    alone = dict.fromkeys(attendance, "parent alone")
    sessions = [
        [dyad, number, alone.get((dyad, number), "child")]
        for dyad, scores in series.items()
        for number in range(1, len(scores) + 1)
    ]
    scores = [
        [dyad, number, "child", "TASC", float(score)]
        for dyad, given in series.items()
        for number, score in enumerate(given, 1)
        if score is not None
    ]
    return {
        "settings": DEFAULTS,
        "mean_items": {},
        "dyads": sorted(series),
        "sessions": sessions,
        "scores": scores,
        "imputed": [],
    }


def charts_of(series, dyad, attendance=()):
    content = rupture_content.compute(inputs_of(series, attendance), **QUIET)
    return {
        one.picture: asdict(one)
        for one in draw_ruptures(content, choose(content, "child", dyad, only_ruptures=False))
    }


SERIES = {
    "D1": [40, 41, 40, 42, None, 20, 40, 41, 40, 41, 40],
    "D2": [40] * 8,
    "D3": [40, 41, 20],
    "=D 4": [40, 41, 40, 41, 40, 41, 40, 20],
}


@pytest.mark.parametrize(
    ("dyad", "said"),
    [
        ("D1", ["Lower limit", "post, repaired", "parent"]),
        ("D2", ["Lower limit 40", "Median 40"]),
        ("D3", ["not analysed: 3 scores in a row, 7 are needed"]),
        ("=D 4", ["central"]),
    ],
)
def test_every_series_can_be_drawn_and_says_what_its_picture_says(dyad, said):
    drawing = charts_of(SERIES, dyad, [("D1", 5)])["chart"]
    svg = render(drawing, "svg").decode()
    for words in said:
        assert words in svg
    assert "nan" not in svg.lower().replace("nance", "")
    assert render(drawing, "svg").decode() == svg
    assert re.fullmatch(r"chart-child-[a-z0-9-]+", drawing["name"])


def test_all_series_come_on_pages_of_a_pdf_and_in_one_picture():
    series = {f"D{number:03}": [40, 41, 40, 41, 20, 41, 40] for number in range(60)}
    drawing = charts_of(series, "D001")["multiples"]
    pdf = render(drawing, "pdf")
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2
    svg = render(drawing, "svg").decode()
    assert "D000" in svg and "D059" in svg
    assert "60 series" in drawing["caption"] and "Tukey’s hinges" in drawing["caption"]


def test_what_hangs_on_the_definition_is_drawn_with_the_own_settings_marked():
    frame = pd.read_csv(SCORES_LONG)
    frame = frame[(frame["informant"] == "child") & (frame["dyad"] < "D020")]
    series = {
        dyad: rows.set_index("session")["score"].reindex(range(1, 13)).astype(object).tolist()
        for dyad, rows in frame.groupby("dyad")
    }
    series = {dyad: [None if pd.isna(one) else one for one in scores] for dyad, scores in series.items()}
    content = sensitivity_content.compute(inputs_of(series), **QUIET)
    drawings = {one.picture: asdict(one) for one in draw_sensitivity(content)}
    assert set(drawings) == {"counts", "curve", "stability", "types"}
    words = {
        "counts": "Chart and drop",
        "curve": "settings of the page",
        "stability": "robust",
        "types": "Exclusive",
    }
    for picture, word in words.items():
        drawing = drawings[picture]
        assert drawing["name"] == f"{picture}-child"
        assert "k = 1;" in drawing["caption"] and "The 1,188 definitions are" in drawing["caption"]
        assert word in render(drawing, "svg").decode()
    none = sensitivity_content.compute(inputs_of({"D1": [40] * 8}), **QUIET)
    assert [one.picture for one in draw_sensitivity(none)] == ["counts", "curve"]
    for one in draw_sensitivity(none):
        assert render(asdict(one), "svg")
