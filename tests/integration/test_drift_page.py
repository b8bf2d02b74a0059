"""The page of drift: alarms in words first, charts on one axis, and why there is none where there is none."""

import csv
import io
import json

import pytest
from sqlalchemy import select, update

from coder_app.analysis.drift import FIRST
from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Membership, Recording
from coder_app.services import drift, home
from coder_app.services.errors import Refused
from coder_app.web.lead import drift_page
from tests.makers.drifting import MAIN, TRAINING, Drifting, make_drifting

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def study(world, settings) -> Drifting:
    """A study in which nothing is coded yet."""
    return make_drifting(world, settings)


def computed(study, database) -> dict:
    with database.read() as db:
        inputs = drift.collect(db, study.lead, {})
    content = drift.compute(inputs, lambda done, total: None)
    json.dumps(content, allow_nan=False)
    return content


def text(reply) -> str:
    return reply.get_data(as_text=True)


def test_a_coder_who_drifts_is_named_with_subscale_place_day_and_item(study, database, browser_of):
    study.add_round(TRAINING, 12)
    study.add_round(MAIN, 30, drifts="Ben")
    browser = browser_of(study.lead.viewer)
    page = text(study.opened(browser, "/reliability/drift"))
    content = computed(study, database)
    assert content["baseline"] == "training"
    alarm = content["alarms"][0]
    assert alarm["coder"] == "Ben"
    assert (alarm["direction"], alarm["of"], alarm["instrument"]) == ("higher", 30, "CIRS")
    assert 15 < alarm["number"] <= 30
    assert alarm["driver"] in ("Initiating discussion", "Demonstrating enthusiasm")
    assert alarm["target"] == f"main-{alarm['number'] - 1:02}"
    said = f"Ben rates Positive Child Involvement higher since recording {alarm['number']} of 30"
    assert f"{said}; driven by item {alarm['driver']}" in page
    assert page.index(said) < page.index('<svg class="chart"')
    assert f"alarm at recording {alarm['number']}" in page
    assert "The last training round" in page
    assert "main-" in page and "nan" not in page.lower().replace("finance", "")
    # Items have charts without limits, and so without alarms.
    charts = content["instruments"][0]["charts"]
    assert {one["is_sum"] for one in charts if one["lower"]} == {True}
    assert len([one for one in charts if not one["is_sum"]]) == 18
    # The same, as files.
    files = {
        name: list(csv.DictReader(io.StringIO(text(browser.get(f"{study.address}/export/drift-{name}.csv")))))
        for name in ("alarms", "charts", "icc")
    }
    assert len(files["alarms"]) == 3
    assert files["alarms"][0]["driver"] == content["alarms"][0]["driver"]
    assert sum(row["level"] == "subscale" for row in files["charts"]) == 90
    assert len(files["icc"]) == 21
    # Home names it without computing anything.
    front = text(browser.get(study.address))
    assert "Ben rates Positive Child Involvement higher than before" in front
    assert "2 other alarms, which may follow from it" in front


def test_without_enough_training_the_first_recordings_are_the_baseline(study, database):
    study.add_round(TRAINING, 3)
    study.add_round(MAIN, 30)
    content = computed(study, database)
    assert content["baseline"] == "first"
    assert "Ada shares 3 training recordings of CIRS" in drift_page.baseline_words(content)
    chart = content["instruments"][0]["charts"][0]
    assert (chart["starts_at"], len(chart["targets"])) == (FIRST + 1, 30 - FIRST)
    assert content["alarms"] == []


def test_only_what_two_coders_rated_enters_in_each_coders_own_order(study, database):
    study.add_round(MAIN, 25)
    with database.write() as db:
        form = db.scalars(
            select(Assignment)
            .join(Recording, Recording.id == Assignment.recording_id)
            .where(Recording.code == "main-20", Assignment.user_id != study.coders["Ada"].user_id)
        )
        for row in form:
            row.state = "reopened"
    with database.read() as db:
        inputs = drift.collect(db, study.lead, {})
    rows = inputs["instruments"][0]["main"]
    assert len(rows) == 72
    assert "main-20" not in {row[0] for row in rows}
    chart = computed(study, database)["instruments"][0]["charts"][0]
    assert chart["targets"] == [f"main-{place:02}" for place in range(10, 25) if place != 20]
    assert chart["at"] == sorted(chart["at"])


def test_what_cannot_be_charted_says_why(study, database, browser_of):
    browser = browser_of(study.lead.viewer)
    page = text(study.opened(browser, "/reliability/drift"))
    assert "No chart can be watched yet" in page
    assert "CIRS: no recording was submitted by two coders" in page
    study.add_round(MAIN, 8)
    page = text(study.opened(browser_of(study.lead.viewer), "/reliability/drift"))
    assert "no recordings after the baseline" in page
    assert "8 recordings have sums of all 3 coders; a window takes 10" in page
    with database.read() as db, pytest.raises(Refused, match="There is no setting boost"):
        drift.collect(db, study.lead, {"boost": 1})


def test_an_item_that_the_plan_drops_leaves_the_sum(study, database):
    study.add_round(MAIN, 20)
    with database.read() as db:
        inputs = drift.collect(db, study.lead, {})
    whole = drift.compute(inputs, lambda done, total: None)["instruments"][0]
    less = drift.compute(inputs | {"dropped_items": ["cirs_01"]}, lambda done, total: None)["instruments"][0]
    sums = [next(one for one in part["charts"] if one["is_sum"]) for part in (whole, less)]
    assert sums[0]["deviations"] != sums[1]["deviations"]
    item = next(one for one in whole["charts"] if one["code"] == "cirs_01")
    assert [
        a - b for a, b in zip(sums[0]["deviations"], sums[1]["deviations"], strict=True)
    ] == pytest.approx(item["deviations"])


def test_only_who_sees_ratings_learns_of_an_alarm(study, database, browser_of):
    study.add_round(TRAINING, 12)
    study.add_round(MAIN, 30, drifts="Ben")
    study.opened(browser_of(study.lead.viewer), "/reliability/drift")
    ada = study.coders["Ada"]
    assert browser_of(ada.viewer).get(f"{study.address}/reliability/drift").status_code == 404
    with database.write() as db:
        member = {"study_id": ada.study_id, "role": Role.LEAD, "created_at": study.lead.now()}
        db.add(Membership(user_id=ada.user_id, **member))
        db.execute(update(Assignment).where(Assignment.user_id == ada.user_id).values(state="not started"))
    browser = browser_of(ada.viewer)
    assert browser.get(f"{study.address}/reliability/drift").status_code == 403
    assert "Ben rates" not in text(browser.get(study.address))
    with database.read() as db:
        assert home.get_overview(db, study.world.again(ada)).drift is None
        assert home.get_overview(db, study.lead).drift.alarms
