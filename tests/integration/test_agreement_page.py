"""Rare and ordinal: the figures of the analysis, what cannot be computed and why, the page and its files."""

import copy
import csv
import io
import json
import re

import pandas as pd
import pytest

from coder_app.analysis.agreement import agreement_by_item
from coder_app.analysis.kappa import pairwise_agreement
from coder_app.domain.permissions import Role
from coder_app.models import Membership
from coder_app.services import agreement, kept
from coder_app.services.agreement_content import compute
from tests.makers.coded import CODERS, ITEMS, REFERENCE, make_coded_study

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
COEFFICIENTS = ("kappa", "ac2", "alpha", "icc")


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """The ratings of the reference study."""
    found = pd.read_csv(REFERENCE).rename(columns={"session": "target", "coder": "rater"})
    return found.assign(item=found["item"].map(ITEMS), rater=found["rater"].map(CODERS))


def make_inputs(rows, items=("one",), coders=("Ada", "Ben", "Cleo"), segment_rows=(), bootstrap=50):
    recordings = {row[0] for row in rows}
    return {
        "settings": {"confidence": 0.95, "bootstrap": bootstrap, "seed": 1, "rare_below": 2},
        "selection": {"rounds": ["Main coding"], "purpose": "main", "since": None, "until": None},
        "dropped_items": [],
        "instruments": [
            {
                "name": "CIRS",
                "version": "1",
                "lowest": 0,
                "highest": 5,
                "items": [{"code": code, "label": code.title()} for code in items],
                "coders": [
                    {"label": name, "alias": f"coder {place}"} for place, name in enumerate(coders, start=1)
                ],
                "n_subset": len(recordings),
                "n_recordings": len(recordings),
                "segment_minutes": 5 if segment_rows else None,
                "rows": [list(row) for row in rows],
                "segment_rows": [list(row) for row in segment_rows],
            }
        ],
    }


def computed(inputs):
    content = compute(inputs, lambda done, total: None)
    json.dumps(content, allow_nan=False)
    return content["instruments"][0]


def rate(scores, item="one"):
    """Scores by recording and coder as rows; None is not codable, a coder left out has no row."""
    names = ("Ada", "Ben", "Cleo")
    return [
        (f"r{place}", names[coder], item, score)
        for place, given in enumerate(scores)
        for coder, score in enumerate(given)
        if score != "-"
    ]


def test_every_figure_is_that_of_the_analysis(frame):
    rows = list(frame[["target", "rater", "item", "score"]].itertuples(index=False, name=None))
    found = computed(make_inputs(rows, tuple(ITEMS.values()), bootstrap=200))
    scales = dict.fromkeys(ITEMS.values(), (0, 5))
    expected = {one.item: one for one in agreement_by_item(frame, scales, n_samples=200)}
    for item in found["items"]:
        one = expected[item["code"]]
        assert (item["kappa"]["estimate"], item["kappa"]["n_pairs"]) == (
            one.kappa.kappa.estimate,
            one.kappa.n_pairs,
        )
        for name in ("ac2", "alpha"):
            figures = getattr(one, name)
            assert (item[name]["estimate"], item[name]["lower"], item[name]["upper"]) == (
                figures.estimate,
                figures.lower,
                figures.upper,
            )
        assert item["all_agree"] == one.all_agree
        assert sum(item["counts"]) == item["n_scores"] == 51
    pairs = pairwise_agreement(frame, scales)
    for pair in found["pairs"]:
        own = [one for one in pairs if (one.first, one.second) == (pair["first"], pair["second"])]
        assert pair["percent_agreement"] == pytest.approx(sum(one.percent_agreement for one in own) / 17)
        # The item that nobody scored above 0 is rare: not in the mean, though in the shares.
        assert (pair["n_recordings"], pair["n_cells"], pair["kappa"]["n_items"]) == (17, 289, 16)


def test_a_rare_item_has_an_icc_of_nothing_and_an_ac2_of_nearly_one():
    """A single 1 in 51 cells: ICC 0, AC2 .998 (irrCAC 1.0: .99827)."""
    scores = [[0, 0, 0] for _ in range(17)]
    scores[4][1] = 1
    item = computed(make_inputs(rate(scores)))["items"][0]
    assert item["rare"]
    assert item["icc"]["estimate"] == pytest.approx(0, abs=1e-9)
    assert item["ac2"]["estimate"] == pytest.approx(0.998, abs=5e-4)
    assert item["ac2"]["lower"] > 0.99
    assert (item["n_used"], item["percent_agreement"]) == (1, pytest.approx(49 / 51))
    # Of the pairs that have a kappa one coder never left 0, so it says nothing and has no interval.
    assert (item["kappa"]["n_pairs"], item["kappa"]["n_all"], item["kappa"]["lower"]) == (2, 3, None)


@pytest.mark.parametrize(
    ("scores", "reason"),
    [
        ([[1, 2, 3]], "two recordings"),
        ([[1], [2], [3]], "two recordings"),
        ([[None, None, None], [None, None, None]], "no coder gave a score"),
        ([[1, 2, 9], [1, 2, 3]], "score 9 is not on the scale 0 to 5"),
        ([[1, 2.5, 3], [1, 2, 3]], "not on the scale 0 to 5"),
    ],
    ids=["one recording", "one coder", "all not codable", "off the scale", "between the points"],
)
def test_what_cannot_be_computed_is_a_reason_everywhere_and_never_a_number(scores, reason):
    coders = ("Ada", "Ben", "Cleo")[: len(scores[0])]
    found = computed(make_inputs(rate(scores), coders=coders))
    (item,) = found["items"]
    for name in COEFFICIENTS:
        assert (item[name]["estimate"], item[name]["lower"], item[name]["upper"]) == (None, None, None)
        assert reason in item[name]["reason"]
    assert (item["percent_agreement"], item["within_one"], item["all_agree"]) == (None, None, None)
    for pair in found["pairs"]:
        assert pair["percent_agreement"] is None
        assert pair["kappa"]["reason"]
        assert pair["icc"]["reason"]


def test_a_rating_that_is_there_twice_leaves_no_figure_and_is_named():
    rows = rate([[1, 2, 3], [2, 2, 3], [1, 1, 1]])
    found = computed(make_inputs([*rows, rows[0]]))
    assert "target r0, rater Ada, item one" in found["reason"]
    assert found["items"][0]["ac2"]["estimate"] is None


def test_constant_ratings_agree_fully_and_have_no_coefficient_that_asks_for_variation():
    (item,) = computed(make_inputs(rate([[2, 2, 2]] * 5)))["items"]
    assert (item["percent_agreement"], item["all_agree"], item["ac2"]["estimate"]) == (1, 1, 1)
    for name in ("kappa", "alpha", "icc"):
        assert item[name]["estimate"] is None
        assert "the same" in item[name]["reason"]


def test_coders_without_recordings_in_common_are_a_pair_with_a_reason():
    rows = rate([[1, 2, "-"], [2, 2, "-"], [3, 4, "-"], ["-", 1, 2], ["-", 3, 3], ["-", 5, 4]])
    found = computed(make_inputs(rows))
    assert found["n_partly"] == 6
    pairs = {(pair["first"], pair["second"]): pair for pair in found["pairs"]}
    apart = pairs["Ada", "Cleo"]
    assert (apart["n_recordings"], apart["n_cells"], apart["percent_agreement"]) == (0, 0, None)
    assert "no score in common" in apart["items"][0]["icc"]["reason"]
    assert pairs["Ada", "Ben"]["difference"] == pytest.approx(-2 / 3)


def test_agreement_on_points_is_that_of_segments_whose_recordings_are_drawn():
    segments = [
        (f"r{place}", name, number, "one", (place + number * (name == "Ben")) % 6)
        for place in range(8)
        for name in ("Ada", "Ben")
        for number in (1, 2)
    ]
    whole = [(f"r{place}", name, "one", place % 5 + 0.5) for place in range(8) for name in ("Ada", "Ben")]
    inputs = make_inputs(whole, coders=("Ada", "Ben"), segment_rows=segments)
    (item,) = computed(inputs)["items"]
    assert (item["n_recordings"], item["n_compared"], item["n_scores"]) == (8, 16, 32)
    alone = copy.deepcopy(inputs)
    one = alone["instruments"][0]
    one["rows"] = [
        [f"{target} {number}", *rest] for target, rater, number, *end in segments for rest in [[rater, *end]]
    ]
    one["segment_rows"], one["n_recordings"] = [], 16
    (apart,) = computed(alone)["items"]
    assert item["ac2"]["estimate"] == pytest.approx(apart["ac2"]["estimate"], abs=1e-12)
    assert item["ac2"]["lower"] != pytest.approx(apart["ac2"]["lower"], abs=1e-6)


# --- the page ------------------------------------------------------------------------------------------


def csv_of(browser, study, name):
    text = browser.get(f"{study.address}/export/{name}").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text)))


@ON_SQLITE
def test_the_page_shows_every_item_the_rare_ones_explained_and_every_pair(study, browser_of):
    study.plan(dropped_items=("tabbs_11",))
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/reliability/agreement").get_data(as_text=True)
    assert 'aria-current="page">Rare and ordinal</a>' in page
    row = re.search(r"Hope and encouragement</th>.*?</tr>", page, re.S)[0]
    assert 'aria-label="Hope and encouragement: ICC .88, 95% CI [.76, .95]; κ .88' in row
    assert "17 × 3" in row
    rare = re.search(r'aria-labelledby="rare".*?</section>', page, re.S)[0]
    assert "One item is rare" in rare
    assert "All 51 scores are 0." in rare
    assert "left out by the plan" in rare
    assert "/unmask#plan" in rare
    assert "not computable: both coders gave one and the same score to all recordings" in page
    pairs = re.search(r'aria-labelledby="pairs".*?</section>', page, re.S)[0]
    assert pairs.count("Ada, Ben</th>") == 2
    for dyad, _ in study.session_of.values():
        assert dyad not in page
    assert "mask-" not in page
    assert not re.search(r"\bnan\b", page.lower())
    one = study.opened(browser, "/reliability/agreement?show=icc&item=cirs_01").get_data(as_text=True)
    pairs = re.search(r'aria-labelledby="pairs".*?</section>', one, re.S)[0]
    assert pairs.count("Ada, Ben</th>") == 1
    row = re.search(r"Ada, Ben</th>.*?</tr>", pairs, re.S)[0]
    assert ".78 [.49, .92]" in row
    assert study.opened(browser, "/reliability/agreement?show=nothing&item=x").status_code == 200


@ON_SQLITE
def test_a_kept_result_shows_the_same_page_after_the_ratings_have_changed(study, database, browser_of):
    browser = browser_of(study.lead.viewer)
    before = study.opened(browser, "/reliability/agreement").get_data(as_text=True)
    with database.read() as db:
        (one,) = kept.list_kept(db, study.lead)
    study.mark_not_codable("s05", "Cleo", "cirs_02")
    address = f"{study.address}/reliability/kept/{one.public_id}"
    page = browser.get(address).get_data(as_text=True)
    picture = re.compile(r'aria-label="(?:[^":]+): ICC [^"]+"')
    assert picture.findall(page) == picture.findall(before)
    assert len(picture.findall(page)) == 17
    assert "The ratings have changed since" in page
    assert browser.get(f"{address}?show=icc&item=cirs_01").status_code == 200
    for name in ("agreement-items.csv", "agreement-gaps.csv", "result.json"):
        assert f"/files/{name}" in page or name == "agreement-gaps.csv"
        assert browser.get(f"{address}/files/{name}").status_code == 200


@ON_SQLITE
def test_the_files_hold_the_same_figures_and_withhold_what_the_page_withholds(study, browser_of):
    browser = browser_of(study.lead.viewer)
    study.opened(browser, "/reliability/agreement")
    items = {row["item"]: row for row in csv_of(browser, study, "agreement-items.csv")}
    assert float(items["tabbs_03"]["icc"]) == pytest.approx(0.8824969400244798)
    assert (items["tabbs_11"]["icc"], items["tabbs_11"]["icc_reason"]) == ("", "withheld: the item is rare")
    scores = [row for row in csv_of(browser, study, "agreement-scores.csv") if row["item"] == "tabbs_11"]
    assert [row["times"] for row in scores] == ["51", "0", "0", "0", "0", "0"]
    pairs = csv_of(browser, study, "agreement-pairs.csv")
    assert len(pairs) == 2 * 3 + 17 * 3
    assert {row["rater"] for row in pairs} == {"coder 1", "coder 2"}
    gaps = csv_of(browser, study, "agreement-gaps.csv")
    assert len(gaps) == 289
    assert [int(row["gap"]) for row in gaps] == sorted((int(row["gap"]) for row in gaps), reverse=True)
    later = browser.get(f"{study.address}/export/agreement-gaps.csv?since=2099-01-01")
    assert later.status_code == 202
    study.work()
    narrowed = browser.get(f"{study.address}/export/agreement-gaps.csv?since=2099-01-01")
    assert len(narrowed.get_data(as_text=True).splitlines()) == 1


@ON_SQLITE
def test_neither_page_is_open_to_coders_nor_to_a_lead_who_still_codes(study, database, browser_of):
    ada = study.coders["Ada"]
    paths = ("/reliability/agreement", "/reliability/ratings", "/reliability/ratings/meeting")
    for path in paths:
        assert browser_of(ada.viewer).get(study.address + path).status_code == 404
    with database.write() as db:
        db.add(Membership(study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=ada.now()))
    study.open_again("s01", "Ada", "CIRS")
    for path in paths:
        closed = browser_of(ada.viewer).get(study.address + path)
        assert closed.status_code == 403
        assert "You still have recordings to code" in closed.get_data(as_text=True)


@ON_SQLITE
def test_before_two_coders_have_submitted_a_recording_the_page_says_what_is_missing(study, browser_of):
    for number in range(1, 18):
        for scale in ("CIRS", "TABBS"):
            for coder in ("Ada", "Ben"):
                study.open_again(f"s{number:02}", coder, scale)
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/reliability/agreement").get_data(as_text=True)
    assert "There is nothing to compare yet" in page
    assert "CIRS: 0 of 17 recordings enter" in page
    ratings = browser.get(f"{study.address}/reliability/ratings").get_data(as_text=True)
    assert "34 recordings of 34 are not shown" in ratings


@ON_SQLITE
def test_the_same_ratings_are_asked_for_as_reliability_rests_on(study, database):
    from coder_app.services import reliability

    with database.read() as db:
        assert agreement.collect(db, study.lead, {}) == reliability.collect(db, study.lead, {})
