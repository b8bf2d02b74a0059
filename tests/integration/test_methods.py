"""The methods section: what was computed in sentences, and no sentence on what was not."""

import re

import pytest

from coder_app.services import reliability
from coder_app.web.lead.apa_tables import list_apa_files
from coder_app.web.lead.reliability_methods import write_methods
from tests.makers.agreeing import by_segments, complete, inputs_of, instrument, with_holes
from tests.makers.coded import make_coded_study

CODING = {
    "rounds": [
        {
            "name": "Main coding",
            "purpose": "main",
            "seed": 42,
            "share": 0.25,
            "n_recordings": 68,
            "n_subset": 17,
        }
    ],
    "training": {"n_rounds": 1, "n_recordings": 5, "n_coders": 3},
    "n_opened": 1,
    "n_recognised": 2,
}


def methods_of(*instruments, coding=None, **settings):
    inputs = inputs_of(*instruments, coding=coding, **({"bootstrap": 200} | settings))
    return write_methods(reliability.compute(inputs, lambda done, total: None))


def test_complete_ratings_make_a_complete_paragraph():
    methods = methods_of(complete(), coding=CODING)
    text = methods.text
    for sentence in (
        "Recordings were rated by 3 coders on the Complete.",
        "For training, 3 coders had rated 5 recordings in 1 round that no figure rests on.",
        "Of 68 recordings, 17 (25%) were drawn at random (seed 42) to be rated by every coder of a scale; ",
        "1 recording was opened in an emergency and coders said of 2 forms to have recognised the recording",
        "two-way model, absolute agreement, reliability of the score of a single coder (McGraw & Wong, 1996)",
        "with 95% confidence intervals from the F distribution",
        "After Cicchetti (1994), unrounded values were called poor (below .40)",
        "scored above the lowest point in fewer than 2 recordings",
        "Complete (17 recordings, 3 coders each): the ICCs of 16 of 17 items ranged from −.07 to .88 "
        "(Mdn = .58); 1 excellent, 7 good, 4 fair and 4 poor.",
        "Too rare: item17 (exact agreement 100%, AC2 = 1.00).",
        "first (4 items): ICC(A,1) = .53, 95% CI [",
        "bootstrap samples of recordings (seed 1)",
        "Computed with coder_app ",
    ):
        assert sentence in text, sentence
    for absent in ("restricted maximum likelihood", "is missing", "None", "nan", "  "):
        assert absent not in text, absent
    assert not any("ten Hove" in one for one in methods.references)
    cited = [one.split(",")[0] for one in methods.references]
    assert cited == sorted(cited, key=str.lower)
    assert {"Cicchetti", "McGraw", "Gwet", "McDonald", "Cronbach", "de Vet"} == set(cited)


def test_holes_are_said_with_what_was_done_about_them():
    methods = methods_of(with_holes(), confidence=0.9)
    text = methods.text
    assert "Of 4 items with missing scores (12 scores not codable), variance components were" in text
    assert "12 sums missing" in text
    assert "A sum that lacks an item is missing." in text
    assert "90% CI [" in text
    assert "95%" not in text
    assert any(one.startswith("ten Hove") for one in methods.references)
    # Nothing is known of how the coding went, so nothing is said of it.
    for absent in ("training", "drawn at random", "emergency", "too rare"):
        assert absent not in text


def test_segments_and_other_words_are_said():
    text = methods_of(by_segments(), words="koo_li").text
    assert "scores are means over the segments of 5 minutes that could be coded;" in text
    assert "After Koo and Li (2016), unrounded values were called poor (below .50), moderate" in text
    assert "Koo, T. K., & Li, M. Y. (2016)" in text
    assert "Cicchetti" not in text


def test_nothing_that_can_be_computed_is_a_sentence_with_the_reason():
    rows = [[f"r{n}", coder, "flat", 0.0] for n in range(4) for coder in ("coder1", "coder2")]
    two = instrument("Flat", rows, {"all": ["flat"]})
    two |= {"coders": two["coders"][:2], "coders_each": [2, 2], "n_subset": 6}
    text = methods_of(two).text
    assert "Recordings were rated by 2 coders on the Flat." in text
    assert "Flat (4 of the 6 recordings drawn, 2 coders each): no item has an ICC (no variation" in text
    assert "all (1 item): no ICC of the sums (no variation" in text
    assert "ranged" not in text
    assert "SEM =" not in text


def test_coders_over_time_are_said_where_that_is_computed():
    coder = {"label": "coder1", "alias": "coder 1", "n_recordings": 4}
    coders = [
        coder | {"days": {"fewest": 29.99997, "median": 33.2, "most": 41.0001}},
        coder | {"label": "coder2", "days": {"fewest": 28, "median": 33, "most": 35}},
    ]
    icc = [{"icc": {"estimate": value}} for value in (0.81, 0.66)]
    again = {"name": "Complete", "coders": coders, "subscales": [{"name": "First", "coders": icc}]}
    alarm = {"coder": "coder1", "label": "First", "direction": "higher", "number": 22, "of": 40}
    charts = {
        "settings": {"false_alarms": 0.05},
        "limits": {"ewma": 3.0},
        "alarms": [alarm],
        "instruments": [{"coders": coders[:1]}],
    }
    content = reliability.compute(inputs_of(complete(), bootstrap=0), lambda done, total: None)
    methods = write_methods(content, {"repeats": {"instruments": [again]}, "drift": charts})
    for sentence in (
        "8 recordings came back to 2 coders on the Complete without notice and under another name, 28 to 41 "
        "days after they were first submitted.",
        "First: ICC(A,1) of each coder’s two sums from .66 to .81.",
        "so that 5% of studies without drift give an alarm on any chart.",
        "Coder 1 rated First higher from recording 22 of 40 on.",
    ):
        assert sentence in methods.text, sentence
    assert any(one.startswith("Roberts") for one in methods.references)
    quiet = write_methods(content, {"drift": charts | {"alarms": []}})
    assert "No chart gave an alarm." in quiet.text
    assert "came back" not in quiet.text


def test_before_anything_is_submitted_nothing_is_written():
    empty = instrument("Empty", [], {}) | {"coders": []}
    methods = methods_of(empty)
    assert methods.paragraphs == methods.references == ()
    assert methods.text == "Nothing is computed yet.\n"


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_page_and_the_export_have_it_with_the_facts_of_the_coding(world, settings, browser_of):
    study = make_coded_study(world, settings)
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/reliability").get_data(as_text=True)
    text = browser.get(f"{study.address}/export/reliability-methods.txt").get_data(as_text=True)
    n, of = 17, len(study.recordings)
    sentence = f"Of {of} recordings, {n} ({100 * n / of:.0f}%) were drawn at random (seed 1) to be rated by"
    assert sentence in text
    assert sentence in page
    assert "CIRS (17 recordings, 3 coders each)" in page
    assert "For training" not in text
    assert not any(coder in text for coder in study.coders)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_tables_are_files_that_stand_alone(app):
    inputs = inputs_of(complete(), with_holes(), bootstrap=200)
    content = reliability.compute(inputs, lambda done, total: None)
    with app.test_request_context():
        subscales, items = list_apa_files(content)
    assert subscales.name == "reliability-table-subscales.html"
    for file in (subscales, items):
        assert file.text.startswith("<!doctype html>")
        assert not re.search(r"(?:src|href)=", file.text)
    row = re.search(r'<th scope="row">item09</th>(.*?)</tr>', items.text)[1]
    assert re.findall(r"<td>(.*?)</td>", row)[:3] == [".88", "[.76, .95]", "excellent"]
    rare = re.search(r'<th scope="row">item17</th>(.*?)</tr>', items.text)[1]
    assert re.findall(r"<td>(.*?)</td>", rare) == ["–", "–", "rare", "100%", "100%", "1.00", "17 × 3"]
    assert "Holes (16 recordings, 3 coders)" in subscales.text
