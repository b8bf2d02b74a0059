"""The planning page: what an interval takes, and what the ratings at hand would give with more coders."""

import csv
import io

import pytest
from sqlalchemy import update

from coder_app.analysis.dstudy import project_reliability
from coder_app.domain.permissions import Role
from coder_app.models import Membership, Recording
from coder_app.services import planning_content
from tests.integration.test_reliability import reference_frame
from tests.makers.coded import make_coded_study

PAGE = "/reliability/planning"


@pytest.fixture(autouse=True)
def few_simulated_studies(monkeypatch):
    """What is simulated is tested where it is computed."""
    monkeypatch.setattr(planning_content, "SAMPLES", 300)
    monkeypatch.setattr(planning_content, "RECORDINGS", (10, 68))


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def opened(study, browser, path):
    """Open a page that rests on two computed results."""
    for _ in range(3):
        answer = browser.get(study.address + path)
        if answer.status_code != 202:
            break
        study.work()
    return answer


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_the_page_says_what_the_wanted_interval_takes_and_what_it_costs(study, database, browser_of):
    with database.write() as db:
        db.execute(update(Recording).values(duration_ms=3_600_000))
    browser = browser_of(study.lead.viewer)
    page = opened(study, browser, f"{PAGE}?icc=0,7&coders=3&width=.2&bias=10").get_data(as_text=True)
    # Bonett (2002): 68. With 10% bias 3 coders never reach it, however many recordings they code.
    assert "68 recordings coded by all 3 coders" in page
    assert "even 1,000 recordings are too few" in page
    assert "68 recordings × 3 coders = 204 codings, about 204 hours of listening (68 a coder)" in page
    n = len(study.recordings)
    assert f"The study has {n} recordings, {n} hours in all." in page
    table = rows_of(opened(study, browser, f"{PAGE}/recordings.csv?icc=.7&width=.2&bias=10"))
    assert [row["coders"] for row in table] == [str(k) for k in range(2, 11)]
    assert table[1] | {"recordings_bonett": "68", "recordings_simulated": ""} == table[1]


def test_the_ratings_at_hand_are_projected_to_other_numbers_of_coders(study, browser_of):
    browser = browser_of(study.lead.viewer)
    page = opened(study, browser, PAGE).get_data(as_text=True)
    assert "Positive Child Involvement" in page
    table = rows_of(opened(study, browser, f"{PAGE}/coders.csv"))
    expected = {(one.item, str(one.raters)): one for one in project_reliability(reference_frame())}
    labels = {"Withdrawal or passivity": "cirs_05"}
    found = [row for row in table if row["name"] in labels]
    assert [row["mean_of"] for row in found] == ["1", "2", "3", "4", "5", "6"]
    for row in found:
        one = expected[labels[row["name"]], row["mean_of"]]
        assert float(row["phi"]) == pytest.approx(one.agreement.estimate, abs=1e-9)
        assert float(row["e_rho2_upper"]) == pytest.approx(one.consistency.upper, abs=1e-9)
    # irr 0.84.1: ICC(A,1) of this sum is .531275; Spearman-Brown asks for 4 coders.
    sums = next(row for row in table if row["name"] == "Positive Child Involvement")
    assert (sums["of"], sums["coders_for_80"]) == ("subscale", "4")
    rare = next(row for row in table if row["name"] == "Inappropriate talk")
    assert rare["phi"] == ""
    assert "rare" in rare["reason"]


def test_a_lead_who_still_codes_may_plan_and_is_told_when_the_rest_opens(study, database, browser_of):
    study.open_again("s01", "Ada", "CIRS")
    with database.write() as db:
        ada = study.coders["Ada"]
        db.add(Membership(study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=ada.now()))
    browser = browser_of(ada.viewer)
    answer = opened(study, browser, PAGE)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "68 recordings" in page
    assert "This part opens when you have submitted all of them." in page
    assert "hours in all" not in page
    assert "Positive Child Involvement" not in page
    assert browser.get(f"{study.address}{PAGE}/coders.csv").status_code == 403


def test_a_study_without_recordings_can_be_planned_and_wrong_entries_are_named(world, settings, browser_of):
    from tests.makers.coded import CodedStudy

    lead = world.study()
    empty = CodedStudy(world, settings, lead, {})
    browser = browser_of(lead.viewer)
    page = opened(empty, browser, PAGE).get_data(as_text=True)
    assert "68 recordings coded by all 3 coders" in page
    assert "Hours are given once recordings are imported." in page
    assert "There is nothing to project yet" in page
    for entries, said in (
        ("icc=1", "from 0.05 to 0.95"),
        ("icc=.7&bias=30", "Give less than 30"),
        ("icc=.4&least=.4", "below the one that you expect"),
        ("width=wide", "Give a number"),
        ("coders=99", "Not a valid choice"),
    ):
        answer = browser.get(f"{empty.address}{PAGE}?{entries}")
        assert answer.status_code == 422
        assert said in answer.get_data(as_text=True)
