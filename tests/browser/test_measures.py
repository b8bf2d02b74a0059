"""A lead decides in Chromium how a questionnaire is scored, sees what that does, and adds a measure."""

import pytest

from coder_app.domain.scoring import Rule
from coder_app.services import people, rescoring, study
from coder_app.services.rescoring_plan import plan_rescoring
from tests.browser.conftest import PATIENCE
from tests.makers.answers import add_answers, read_answers

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(coding_room, chromium):
    """The page of the lead of a study whose WAI-S lacks 17 answers, and the address of its measures."""
    room, address, _ = coding_room
    with room.database.write() as db:
        viewer = people.create_user(db, room.tools, "Saar", "saar", "no password", can_create_studies=True)
        lead = study.create_study(db, room.tools, viewer, "Alliance", ["CIRS", "TASC", "WAI-S"])
        add_answers(db, lead, read_answers())
    with room.database.read() as db:
        plans = [plan_rescoring(db, lead, name, Rule()) for name in ("TASC", "WAI-S")]
    for plan in plans:
        with room.database.write() as db:
            rescoring.store(db, lead, plan)
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900})
    context.add_cookies([room.cookie(lead, address)])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page, f"/studies/{lead.study_public_id}/alliance"
    context.close()


def test_a_lead_turns_an_item_round_sees_what_it_does_and_adds_a_measure(desk, look):
    page, alliance = desk
    page.goto(alliance)
    look(page, "alliance-subscales")
    page.get_by_role("link", name="Measures").click()
    page.get_by_text("925 questionnaires; 17 lack 17 answers in all.").wait_for()
    look(page, "measures")
    page.get_by_text("WAI-S: its items, and scoring it in another way").click()
    page.get_by_label("Turn item 4 of WAI-S round").check()
    page.locator("label", has_text="No score").last.click()
    look(page, "measures-form")
    page.get_by_role("button", name="Score WAI-S this way").click()
    page.get_by_text("908 of 925 questionnaires scored").wait_for()
    assert page.get_by_text("Item 4 runs against the others").is_visible()
    look(page, "measures-scored")
    page.get_by_role("link", name="Add a measure").click()
    look(page, "measure-new")
    page.get_by_label("Short name").fill("PEI")
    page.get_by_label("Parent").check()
    page.get_by_label("Number of items").fill("8")
    page.get_by_label("Lowest answer").fill("0")
    page.get_by_label("Highest answer").fill("4")
    page.get_by_label("The mean of the items").check()
    page.get_by_label("Subscales").fill("Bond: 1-4\nTasks: 5-8")
    page.get_by_role("button", name="Add the measure", exact=True).click()
    page.get_by_text("PEI was added").wait_for()
