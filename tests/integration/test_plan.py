"""The analysis plan: fixed by the hash of its text before the key opens, and never after."""

import hashlib
import json

import pytest

from coder_app.domain.permissions import NotAllowed
from coder_app.services import plan
from coder_app.services.errors import NotFound, Refused
from coder_app.services.plan import PlanChoices
from tests.makers.coded import make_coded_study


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def newest(study, database):
    with database.read() as db:
        return plan.find_plan(db, study.lead)


def test_the_hash_is_of_the_plans_text(study, database):
    study.plan(notes="H1: scores fall. Größe ≥ 2 SD.")
    found = newest(study, database)
    assert hashlib.sha256(found.text.encode()).hexdigest() == found.sha256
    assert json.loads(found.text) == found.content
    assert found.content["notes"] == "H1: scores fall. Größe ≥ 2 SD."


def test_the_same_choices_give_the_same_hash_and_others_another(study, database):
    study.plan(seed=1)
    first = newest(study, database)
    study.plan(seed=2)
    second = newest(study, database)
    study.plan(seed=1)
    third = newest(study, database)
    assert (first.version, second.version, third.version) == (1, 2, 3)
    assert first.sha256 == third.sha256 != second.sha256


def test_what_is_recorded_already_is_not_recorded_again(study):
    study.plan()
    with pytest.raises(Refused, match="word for word version 1"):
        study.plan()


def test_the_plan_names_how_the_sample_was_found_and_the_items_that_stay(study, database):
    study.plan(dropped_items=("cirs_03", "tabbs_11"))
    content = newest(study, database).content
    assert content["ruptures"]["fourths"] == "hinges"
    assert content["dropped_items"] == ["cirs_03", "tabbs_11"]
    kept = {entry["subscale"]: entry["items"] for entry in content["subscales"]}
    assert kept["positive_child_involvement"] == ["cirs_01", "cirs_02", "cirs_04"]
    assert len(kept["positive_therapist_behavior"]) == 7


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        (PlanChoices(permutations=0), "permutations"),
        (PlanChoices(permutations=2_000_000), "permutations"),
        (PlanChoices(seed=-1), "seed"),
        (PlanChoices(dropped_items=("nothing",)), "No scale of this study has an item nothing"),
        (PlanChoices(dropped_items=("cirs_01", "cirs_02", "cirs_03", "cirs_04")), "no item left"),
    ],
)
def test_what_cannot_be_followed_is_refused(study, database, choices, said):
    with database.write() as db, pytest.raises(Refused, match=said):
        plan.record_plan(db, study.lead, choices)
    assert newest(study, database) is None


def test_a_plan_needs_the_frozen_sample(world, database):
    lead = world.study("Empty")
    with database.write() as db, pytest.raises(Refused, match="Freeze the sample first"):
        plan.record_plan(db, lead, PlanChoices())


def test_recording_is_on_record_with_its_hash(study, database):
    study.plan()
    last = study.trail()[0]
    assert (last.act, last.subject) == ("record plan", "plan 1")
    assert last.payload == {"sha256": newest(study, database).sha256}


def test_no_plan_is_recorded_once_the_key_is_open(study):
    study.open_key()
    with pytest.raises(Refused, match="The key is open"):
        study.plan(seed=5)


def test_a_lead_whose_page_is_older_than_the_unmasking_records_nothing(study, database):
    stale = study.lead
    study.open_key()
    with database.write() as db, pytest.raises(Refused, match="The key is open"):
        plan.record_plan(db, stale, PlanChoices(seed=7))


def test_coders_record_and_read_no_plan(study, database):
    with database.write() as db, pytest.raises(NotAllowed):
        plan.record_plan(db, study.coders["Ada"], PlanChoices())
    with database.read() as db, pytest.raises(NotAllowed):
        plan.find_plan(db, study.coders["Ada"])


def test_the_page_records_a_plan_and_gives_its_text(study, database, browser_of):
    browser = browser_of(study.lead.viewer)
    page = study.address + "/unmask"
    sent = {
        "permutations": "500",
        "method": "freedman_lane",
        "marginal": "y",
        "seed": "4",
        "dropped_items": ["tabbs_11"],
        "notes": "As registered.",
    }
    assert browser.post(page + "/plan", sent, page=page).status_code == 303
    found = newest(study, database)
    assert (found.content["seed"], found.content["dropped_items"]) == (4, ["tabbs_11"])
    assert (found.content["method"], found.content["post_hoc_below"]) == ("freedman_lane", 0.1)
    shown = browser.get(page).get_data(as_text=True)
    assert found.sha256[:8] in shown
    text = browser.get(f"{page}/plan-v1.json").data
    assert hashlib.sha256(text).hexdigest() == found.sha256
    assert browser.get(f"{page}/plan-v2.json").status_code == 404
    assert browser.get(f"{page}/plan-v{2**70}.json").status_code == 404


def test_a_form_that_is_not_filled_in_right_says_where(study, database, browser_of):
    browser = browser_of(study.lead.viewer)
    page = study.address + "/unmask"
    answer = browser.post(page + "/plan", {"permutations": "many", "seed": "1", "method": "rd"}, page=page)
    assert answer.status_code == 422
    assert "Permutations" in answer.get_data(as_text=True)
    assert newest(study, database) is None


def test_a_version_that_does_not_exist_is_not_found(study, database):
    with database.read() as db, pytest.raises(NotFound):
        plan.get_plan(db, study.lead, 1)
