"""The reliability page: the figures of the analysis on the reference study, with what qualifies them."""

import csv
import io
import json
import re

import pandas as pd
import pytest
from click.testing import CliRunner

from coder_app.analysis.icc import icc_by_item
from coder_app.analysis.omega import omega_total
from coder_app.cli.stats import command as stats
from coder_app.domain.permissions import Role
from coder_app.models import Membership
from coder_app.services import reliability
from coder_app.services.errors import Refused
from tests.makers.coded import CODERS, ITEMS, REFERENCE, make_coded_study

QUICK = {"bootstrap": 0}


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def computed(study, database, settings=QUICK):
    """Collect and compute as the worker does."""
    with database.read() as db:
        inputs = reliability.collect(db, study.lead, settings)
    content = reliability.compute(inputs, lambda done, total: None)
    json.dumps(content, allow_nan=False)
    return {one["name"]: one for one in content["instruments"]}


def reference_frame() -> pd.DataFrame:
    frame = pd.read_csv(REFERENCE).rename(columns={"session": "target", "coder": "rater"})
    return frame.assign(item=frame["item"].map(ITEMS), rater=frame["rater"].map(CODERS))


def items_of(content):
    return {item["code"]: item for one in content.values() for item in one["items"]}


def test_every_item_has_the_icc_that_the_analysis_gives_for_the_reference_study(study, database):
    expected = {one.item: one for one in icc_by_item(reference_frame())}
    items = items_of(computed(study, database))
    assert items.keys() == expected.keys()
    for code, item in items.items():
        single = expected[code].icc["ICC(A,1)"]
        for name in ("estimate", "lower", "upper"):
            if getattr(single, name) is None:
                assert item["icc"][name] is None
            else:
                assert item["icc"][name] == pytest.approx(getattr(single, name), abs=1e-12)
        assert item["percent_agreement"] == pytest.approx(expected[code].percent_agreement)
        assert (item["n_targets"], item["n_raters"]) == (17, 3)


def test_the_sums_of_the_subscales_have_the_iccs_of_r(study, database):
    """ICC(A,1) of the sums of item01-04 and item07-13 of the study: irr 0.84.1."""
    content = computed(study, database)
    sums = {one["code"]: one for part in content.values() for one in part["subscales"]}
    assert sums["positive_child_involvement"]["icc"]["estimate"] == pytest.approx(0.531275, abs=1e-6)
    assert sums["positive_therapist_behavior"]["icc"]["estimate"] == pytest.approx(0.660200, abs=1e-6)
    assert sums["positive_child_involvement"]["sdc"] == pytest.approx(
        1.96 * 2**0.5 * sums["positive_child_involvement"]["sem"]
    )


def test_omega_is_that_of_the_analysis_with_recordings_resampled(study, database):
    content = computed(study, database, {"bootstrap": 200, "seed": 3})
    frame = reference_frame()
    own = frame[frame["item"].isin([f"cirs_0{n}" for n in range(1, 5)])]
    expected = omega_total(own, 200, 3)
    found = content["CIRS"]["subscales"][0]["omega"]
    assert found["omega_total"] == pytest.approx(expected.omega_total, abs=1e-9)
    assert found["lower"] == pytest.approx(expected.lower, abs=1e-9)
    assert found["alpha"] == pytest.approx(expected.alpha, abs=1e-9)


def test_a_coders_deviations_are_from_the_mean_of_all_and_cancel_out(study, database):
    for item in items_of(computed(study, database)).values():
        assert set(item["deviations"]) == set(CODERS.values())
        assert sum(item["deviations"].values()) == pytest.approx(0, abs=1e-12)
        assert sum(item["counts"]) == 51


def test_an_item_without_variation_has_a_reason_and_no_figure(study, database):
    item = items_of(computed(study, database))["tabbs_11"]
    assert item["icc"]["estimate"] is None
    assert item["reason"] == "no variation: all scores are the same"
    assert item["rare"]
    assert (item["percent_agreement"], item["ac2"]) == (1.0, 1.0)


def test_a_hole_is_fitted_with_all_ratings_and_complete_recordings_stand_beside(study, database):
    study.mark_not_codable("s05", "Cleo", "cirs_02")
    content = computed(study, database)
    item = items_of(content)["cirs_02"]
    frame = reference_frame()
    own = frame[frame["item"] == "cirs_02"]
    complete = icc_by_item(own[own["target"] != "s05"])[0].icc["ICC(A,1)"].estimate
    assert item["design"] == "incomplete"
    assert (item["n_targets"], item["n_not_codable"], sum(item["counts"])) == (17, 1, 50)
    assert item["complete_only"]["n_targets"] == 16
    assert item["complete_only"]["icc"]["estimate"] == pytest.approx(complete)
    assert content["CIRS"]["subscales"][0]["n_missing"] == 1
    assert items_of(content)["cirs_01"]["design"] == "complete"


def test_items_that_the_plan_drops_leave_the_subscale(study, database):
    study.plan(dropped_items=("cirs_03",))
    subscale = computed(study, database)["CIRS"]["subscales"][0]
    assert subscale["items"] == ["cirs_01", "cirs_02", "cirs_04"]


def test_before_two_recordings_are_submitted_by_two_coders_every_figure_is_a_reason(study, database):
    for number in range(1, 17):
        for coder in ("Ada", "Ben"):
            study.open_again(f"s{number:02}", coder, "CIRS")
    content = computed(study, database)
    assert content["CIRS"]["n_recordings"] == 1
    for row in (*content["CIRS"]["items"], *content["CIRS"]["subscales"]):
        assert row["icc"] is None
        assert "two recordings" in row["reason"]
    assert content["TABBS"]["items"][0]["icc"]["estimate"] is not None


def test_recordings_that_a_coder_has_not_submitted_enter_by_reml_and_complete_ones_stand_beside(
    study, database
):
    for number in range(9, 18):
        study.open_again(f"s{number:02}", "Cleo", "CIRS")
    content = computed(study, database)["CIRS"]
    assert (content["n_recordings"], content["n_complete"], content["coders_each"]) == (17, 8, [2, 3])
    frame = reference_frame()
    late = frame["target"].isin([f"s{n:02}" for n in range(9, 18)])
    own = frame[(frame["item"] == "cirs_01") & ~(late & (frame["rater"] == "Cleo"))]
    item = items_of({"CIRS": content})["cirs_01"]
    assert (item["design"], item["n_scores"], item["n_not_codable"]) == ("incomplete", 42, 0)
    assert item["icc"]["estimate"] == pytest.approx(
        icc_by_item(own, n_bootstrap=0)[0].icc["ICC(A,1)"].estimate
    )
    complete = icc_by_item(frame[(frame["item"] == "cirs_01") & ~late])[0].icc["ICC(A,1)"].estimate
    assert item["complete_only"]["n_targets"] == 8
    assert item["complete_only"]["icc"]["estimate"] == pytest.approx(complete)
    subscale = content["subscales"][0]
    assert (subscale["design"], subscale["complete_only"]["n_targets"]) == ("incomplete", 8)


def test_an_unknown_setting_is_refused(study, database):
    with database.read() as db, pytest.raises(Refused, match="There is no setting boost"):
        reliability.collect(db, study.lead, {"boost": 1})


def test_the_page_shows_the_figures_with_intervals_words_and_what_entered(study, browser_of):
    page = study.opened(browser_of(study.lead.viewer), "/reliability").get_data(as_text=True)
    assert "17 of 17 recordings submitted by all 3 coders" in page
    row = re.search(r"Hope and encouragement</th>.*?</tr>", page, re.S)[0]
    for shown in (">.88<", "[.76, .95]", "excellent", "65%", "17 × 3"):
        assert shown in row
    rare = re.search(r"Inappropriate talk</th>.*?</tr>", page, re.S)[0]
    assert "no variation" in rare
    assert "rare" in rare
    assert "nan" not in page.lower().replace("finance", "")


def test_the_page_names_recordings_by_code_and_nothing_else(study, browser_of):
    page = study.opened(browser_of(study.lead.viewer), "/reliability").get_data(as_text=True)
    assert "s01" in page
    for dyad, _ in study.session_of.values():
        assert dyad not in page
    assert "mask-" not in page


def test_before_two_coders_have_submitted_a_recording_the_page_says_what_is_missing(study, browser_of):
    for number in range(1, 18):
        for instrument in ("CIRS", "TABBS"):
            for coder in ("Ada", "Ben"):
                study.open_again(f"s{number:02}", coder, instrument)
    page = study.opened(browser_of(study.lead.viewer), "/reliability").get_data(as_text=True)
    assert "There is nothing to compare yet" in page
    assert "CIRS: 0 of 17 recordings submitted by two coders or more; TABBS: 0 of 17" in page
    assert "Agreement by item" not in page


def test_a_rare_item_keeps_its_icc_to_itself(study, database, browser_of):
    """One score above the lowest point: the ICC of 0 would be read as disagreement."""
    from sqlalchemy import select, update

    from coder_app.models import Assignment, Rating

    with database.write() as db:
        form = db.scalars(
            select(Assignment.id).where(
                Assignment.recording_id == study.recordings["s02"],
                Assignment.user_id == study.coders["Ben"].user_id,
            )
        ).all()
        db.execute(
            update(Rating).where(Rating.assignment_id.in_(form), Rating.item == "tabbs_11").values(score=1)
        )
    item = items_of(computed(study, database))["tabbs_11"]
    assert item["rare"]
    assert item["icc"]["estimate"] == pytest.approx(0, abs=1e-9)
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/reliability").get_data(as_text=True)
    row = re.search(r"Inappropriate talk</th>.*?</tr>", page, re.S)[0]
    assert "withheld" in row
    assert ">.00<" not in row
    assert "1 of 51" in page
    table = csv_of(browser, study, "reliability-items.csv")
    exported = next(line for line in table if line["item"] == "tabbs_11")
    assert exported["icc"] == ""
    assert exported["reason"].startswith("withheld")


def test_the_downloaded_ratings_give_the_command_the_same_figures(study, browser_of, tmp_path):
    browser = browser_of(study.lead.viewer)
    study.opened(browser, "/reliability")
    table = {row["item"]: row for row in csv_of(browser, study, "reliability-items.csv")}
    for scale in ("cirs", "tabbs"):
        file = tmp_path / f"{scale}.csv"
        file.write_bytes(browser.get(f"{study.address}/export/reliability-ratings-{scale}.csv").data)
        run = CliRunner().invoke(stats, ["icc", str(file), "--json"])
        assert run.exit_code == 0, run.output
        for item in json.loads(run.output)["items"]:
            row, single = table[item["item"]], item["icc"]["ICC(A,1)"]
            if single["estimate"] is None:
                assert row["icc"] == ""
                continue
            assert float(row["icc"]) == pytest.approx(single["estimate"], abs=1e-12)
            assert float(row["lower"]) == pytest.approx(single["lower"], abs=1e-12)
            assert int(row["n_used"]) == item["n_used"]


def csv_of(browser, study, name):
    text = browser.get(f"{study.address}/export/{name}").get_data(as_text=True)
    return list(csv.DictReader(io.StringIO(text)))


def test_coders_find_no_reliability_page(study, browser_of):
    coder = browser_of(study.coders["Ada"].viewer)
    assert coder.get(f"{study.address}/reliability").status_code == 404
    assert coder.get(f"{study.address}/export/reliability-items.csv").status_code == 404


def test_a_lead_with_open_recordings_is_told_when_the_page_opens(study, database, browser_of):
    ada = study.coders["Ada"]
    with database.write() as db:
        db.add(
            Membership(
                study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=study.lead.now()
            )
        )
    study.open_again("s01", "Ada", "CIRS")
    browser = browser_of(ada.viewer)
    for path in ("/reliability", "/export/reliability-items.csv"):
        closed = browser.get(study.address + path)
        assert closed.status_code == 403
        assert "You still have recordings to code" in closed.get_data(as_text=True)
