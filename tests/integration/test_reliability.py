"""The reliability page: the figures of the analysis on the reference study, with what qualifies them."""

import csv
import io
import json
import re
from datetime import UTC, datetime

import pandas as pd
import pytest
from click.testing import CliRunner
from sqlalchemy import update

from coder_app.analysis.icc import icc_by_item, name_icc
from coder_app.analysis.icc_difference import SHARED
from coder_app.analysis.omega import omega_total
from coder_app.cli.stats import command as stats
from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Membership, RoundRecording, User
from coder_app.services import people, reliability
from coder_app.services.errors import Refused
from coder_app.services.reliability_settings import check_settings, find_against
from tests.makers.coded import CODERS, ITEMS, REFERENCE, make_coded_study

QUICK = {"bootstrap": 0}
# What is computed of the rows is the same whichever database they come from.
ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


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
    means = own.groupby(["target", "item"], as_index=False)["score"].mean()
    assert found["of_means"] == pytest.approx(omega_total(means, 0).omega_total, abs=1e-9)
    assert found["of_means"] > found["omega_total"]
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


@ON_SQLITE
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


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"confidence": 0.8}, "The setting confidence is 0.8; expected is one of 0.9, 0.95, 0.99"),
        ({"bootstrap": 10_001}, "bootstrap is 10001; expected is a whole number from 0 to 10000"),
        ({"bootstrap": 1.5}, "expected is a whole number"),
        ({"seed": -1}, "The setting seed is -1"),
        ({"words": "mine"}, "expected is one of cicchetti, koo_li"),
        ({"second_line": 1}, "expected is one of False, True"),
        ({"against": "training"}, "expected are round, since, until"),
        ({"against": {"since": "soon"}}, "expected is a day such as"),
    ],
)
def test_a_setting_that_cannot_be_followed_is_refused_with_what_is_expected(settings, said):
    with pytest.raises(Refused) as refused:
        find_against(settings) or check_settings(settings)
    assert said in str(refused.value)


@ON_SQLITE
def test_settings_reach_intervals_words_and_sums(study, database):
    study.mark_not_codable("s05", "Cleo", "tabbs_02")
    usual = computed(study, database)
    chosen = {"confidence": 0.90, "words": "koo_li", "sums": "prorated", "bootstrap": 50, "seed": 4}
    other = computed(study, database, chosen)
    narrow, wide = (items_of(one)["cirs_01"]["icc"] for one in (other, usual))
    assert narrow["estimate"] == wide["estimate"]
    assert wide["lower"] < narrow["lower"] < narrow["upper"] < wide["upper"]
    named = items_of(other)["cirs_02"]
    assert named["word"] == name_icc(named["icc"]["estimate"], "koo_li")
    therapist = {name: one["TABBS"]["subscales"][0] for name, one in (("usual", usual), ("other", other))}
    # Six of seven items are enough to prorate.
    assert (therapist["usual"]["n_missing"], therapist["usual"]["n_prorated"]) == (1, 0)
    assert (therapist["other"]["n_missing"], therapist["other"]["n_prorated"]) == (0, 1)
    assert (therapist["usual"]["design"], therapist["other"]["design"]) == ("incomplete", "complete")
    assert therapist["usual"]["error_reason"].startswith("no interval")
    assert therapist["other"]["sem_lower"] < therapist["other"]["sem"] < therapist["other"]["sem_upper"]


@ON_SQLITE
def test_a_leaver_left_out_leaves_complete_ratings_of_the_others(study, database):
    for number in range(9, 18):
        study.open_again(f"s{number:02}", "Cleo", "CIRS")
    with database.write() as db:
        cleo = study.coders["Cleo"].user_id
        db.execute(update(User).where(User.id == cleo).values(disabled_at=study.lead.now()))
    kept, without = (
        computed(study, database, QUICK | more)["CIRS"] for more in ({}, {"leavers": "left out"})
    )
    assert (kept["leavers"], kept["items"][0]["design"]) == (["Cleo"], "incomplete")
    assert [coder["label"] for coder in without["coders"]] == ["Ada", "Ben"]
    item = without["items"][0]
    assert (item["design"], item["n_targets"], item["n_raters"]) == ("complete", 17, 2)
    frame = reference_frame()
    own = frame[(frame["item"] == item["code"]) & (frame["rater"] != "Cleo")]
    assert item["icc"]["estimate"] == pytest.approx(icc_by_item(own)[0].icc["ICC(A,1)"].estimate)


@ON_SQLITE
def test_coders_whom_no_recording_joins_are_named_by_group_and_get_no_icc(study, database, browser_of):
    """Ada and Ben share the first eight recordings, Cleo and Dora, who gets what was Ben's, the others."""
    with database.write() as db:
        dora = people.create_user(db, study.lead.tools, "dora", "Dora", "x", can_create_studies=False)
        db.add(
            Membership(
                study_id=study.lead.study_id,
                user_id=dora.user_id,
                role=Role.CODER,
                created_at=study.lead.now(),
            )
        )
        late = [study.recordings[f"s{number:02}"] for number in range(9, 18)]
        of_late = Assignment.recording_id.in_(late)
        ben = Assignment.user_id == study.coders["Ben"].user_id
        db.execute(update(Assignment).where(of_late, ben).values(user_id=dora.user_id))
    for number in range(1, 18):
        study.open_again(f"s{number:02}", "Cleo" if number <= 8 else "Ada", "CIRS")
    item = computed(study, database)["CIRS"]["items"][0]
    assert item["icc"]["estimate"] is None
    assert "not connected" in item["reason"]
    assert sorted(item["groups"]) == [["Ada", "Ben"], ["Cleo", "Dora"]]
    page = study.opened(browser_of(study.lead.viewer), "/reliability?bootstrap=0").get_data(as_text=True)
    assert "Ada, Ben | Cleo, Dora" in page
    assert "17 of 17 recordings, 0 submitted by all of the coders whom they were given to" in page


def test_periods_are_set_beside_each_other_with_the_difference_of_their_iccs(study, database, browser_of):
    with database.write() as db:
        early = [study.recordings[f"s{number:02}"] for number in range(1, 9)]
        for condition, day in (
            (Assignment.recording_id.in_(early), 1),
            (Assignment.recording_id.not_in(early), 20),
        ):
            at = datetime(2026, 5, day, tzinfo=UTC)
            db.execute(update(Assignment).where(condition).values(submitted_at=at))
    settings = {"bootstrap": 200, "until": "2026-05-10", "against": {"since": "2026-05-11"}}
    found = computed(study, database, settings)["CIRS"]
    assert (found["n_recordings"], found["compared"]["n_recordings"]) == (8, 9)
    frame = reference_frame()
    codes = [f"s{n:02}" for n in range(1, 9)]
    iccs = [
        icc_by_item(frame[(frame["item"] == "cirs_01") & own])[0].icc["ICC(A,1)"].estimate
        for own in (frame["target"].isin(codes), ~frame["target"].isin(codes))
    ]
    assert found["compared"]["items"]["cirs_01"]["icc"]["estimate"] == pytest.approx(iccs[1])
    difference = found["compared"]["differences"]["cirs_01"]
    assert difference["estimate"] == pytest.approx(iccs[0] - iccs[1])
    assert difference["lower"] < difference["estimate"] < difference["upper"]
    address = "/reliability?bootstrap=500&until=2026-05-10&against_round=main&against_since=2026-05-11"
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, address).get_data(as_text=True)
    assert "The two do not rest on the same recordings" in page
    assert "First: 8 of 17 recordings submitted by all 3 coders. Second: 9 of 17 recordings" in page
    assert "9 recordings first submitted on other days" in page
    # Files that the page offers hold what the page shows.
    link = re.search(r'href="([^"]*export/reliability-items\.csv[^"]*)"', page)[1].replace("&amp;", "&")
    table = list(csv.DictReader(io.StringIO(browser.get(link).get_data(as_text=True))))
    assert {row["recordings"] for row in table} == {"8"}
    link = re.search(r'href="([^"]*export/reliability-compared\.csv[^"]*)"', page)[1].replace("&amp;", "&")
    row = next(csv.DictReader(io.StringIO(browser.get(link).get_data(as_text=True))))
    assert (row["item"], row["recordings"], row["other_recordings"]) == ("cirs_01", "8", "9")
    assert float(row["difference"]) == pytest.approx(iccs[0] - iccs[1])


@ON_SQLITE
def test_overlapping_selections_have_no_interval_for_their_difference(study, database):
    found = computed(study, database, {"bootstrap": 200, "against": {}})["CIRS"]["compared"]
    assert found["differences"]["cirs_01"]["estimate"] == 0
    assert found["differences"]["cirs_01"]["reason"] == SHARED


@ON_SQLITE
def test_a_second_line_takes_in_what_two_coders_submitted_outside_the_subset(study, database):
    with database.write() as db:
        db.execute(
            update(RoundRecording)
            .where(RoundRecording.recording_id.in_([study.recordings["s01"], study.recordings["s02"]]))
            .values(in_subset=False)
        )
    found = computed(study, database, QUICK | {"second_line": True})["CIRS"]
    assert (found["n_recordings"], found["second"]["n_recordings"]) == (15, 17)
    expected = {one.item: one.icc["ICC(A,1)"].estimate for one in icc_by_item(reference_frame())}
    assert found["second"]["items"]["cirs_01"]["icc"]["estimate"] == pytest.approx(expected["cirs_01"])


@ON_SQLITE
def test_the_page_follows_its_settings_and_says_them(study, browser_of):
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/reliability?confidence=0.9&words=koo_li&bootstrap=0").get_data(
        as_text=True
    )
    for shown in ("90% CI", "moderate", "Koo and Li (2016)", "none, no such intervals", "Usual settings"):
        assert shown in page
    assert "95% CI" not in page
    refused = browser.get(f"{study.address}/reliability?seed=many")
    assert refused.status_code == 409
    assert "expected is a whole number" in refused.get_data(as_text=True)
    # What is usual need not be said: no second computation.
    study.opened(browser, "/reliability")
    assert browser.get(f"{study.address}/reliability?confidence=0.95&seed=1&second_line=0").status_code == 200
