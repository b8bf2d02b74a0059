"""A lead reads the report of a study in Chromium, prints it, and takes it away."""

import re

import pytest

from coder_app.services import people, study
from tests.browser.conftest import PATIENCE
from tests.makers.scores import add_reference_study

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(coding_room, chromium):
    """The page of the lead of the reference study, and the address of its report."""
    room, address, _ = coding_room
    with room.database.write() as db:
        viewer = people.create_user(db, room.tools, "Rosa", "rosa", "no password", can_create_studies=True)
        lead = study.create_study(db, room.tools, viewer, "Report", ["TASC", "WAI-S"])
        add_reference_study(db, lead)
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900})
    context.add_cookies([room.cookie(lead, address)])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page, f"/studies/{lead.study_public_id}/report"
    context.close()


def test_a_lead_reads_prints_and_takes_the_report_away(desk, look):
    page, report = desk
    page.goto(report)
    # Until its results are computed the page opens itself again.
    page.get_by_role("heading", name="Participants and Flow").wait_for(timeout=4 * PATIENCE)
    look(page, "report")
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) > 3
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the report as one file").click()
    assert download.value.suggested_filename == "report.html"
    alone = download.value.path().read_text(encoding="utf-8")
    assert re.search(r"\d+ of \d+ dyads had scores, \d+ series could be analysed", alone)
    with page.expect_download() as download:
        page.get_by_role("link", name="All tables for a word processor").click()
    assert download.value.suggested_filename == "report-tables.docx"
