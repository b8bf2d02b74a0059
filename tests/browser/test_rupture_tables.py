"""A lead reads the tables of the source study in Chromium and says what a covariate is of."""

import pytest

from coder_app.services import people, study
from tests.browser.conftest import PATIENCE, REFRESHES
from tests.makers.covariates import add_covariates
from tests.makers.scores import add_reference_study

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(coding_room, chromium):
    """The page of the lead of the reference study, and the address of its tables."""
    room, address, _ = coding_room
    with room.database.write() as db:
        viewer = people.create_user(db, room.tools, "Tara", "tara", "no password", can_create_studies=True)
        lead = study.create_study(db, room.tools, viewer, "Tables", ["TASC", "WAI-S"])
        add_reference_study(db, lead)
        add_covariates(db, lead)
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900})
    context.add_cookies([room.cookie(lead, address)])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page, f"/studies/{lead.study_public_id}/rupture-tables"
    context.close()


def test_a_lead_says_what_a_covariate_is_of_and_takes_a_table_away(desk, look):
    page, tables = desk
    for _ in range(REFRESHES):
        if page.goto(tables).status != 202:
            break
        page.wait_for_timeout(1000)
    page.get_by_text("The numbers as a table").click()
    page.get_by_text("What is compared, and of whom it is").click()
    look(page, "rupture-tables")
    page.get_by_label("condition").select_option("not compared")
    page.get_by_label("child age").select_option("of the therapist")
    page.get_by_role("button", name="Compare these").click()
    page.get_by_text("Child age: differs between the dyads of T03, T05, T06 and 13 more.").first.wait_for()
    assert page.get_by_role("rowheader", name="Condition").count() == 0
    page.get_by_role("link", name="With 95% intervals").click()
    page.get_by_role("link", name="Without intervals").wait_for()
    # What was chosen of the comparisons stays.
    assert page.get_by_role("rowheader", name="Condition").count() == 0
    with page.expect_download() as download:
        page.get_by_role("link", name="Table 1 as HTML").click()
    assert download.value.suggested_filename == "ruptures-table-prevalence.html"
    assert "[52.5, 72.2]" in download.value.path().read_text(encoding="utf-8")
