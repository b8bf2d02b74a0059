"""A lead brings a file that is too large for a request: the waiting page shows progress, then the preview."""

import pytest

from coder_app.services import people, study
from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.browser

DYADS, SESSIONS = 2_500, 12
LARGE = "dyad,session,date,informant,measure,score\n" + "".join(
    f"D{dyad:05},{number},2018-{number:02}-15,child,TASC,{20 + (dyad * 7 + number * 5) % 29}\n"
    for dyad in range(DYADS)
    for number in range(1, SESSIONS + 1)
)


@pytest.fixture
def desk(coding_room, chromium):
    """The page of the lead of an empty study, what it complained of, and the address of its scores."""
    room, address, _ = coding_room
    with room.database.write() as db:
        viewer = people.create_user(db, room.tools, "Lotte", "lotte", "no password", can_create_studies=True)
        lead = study.create_study(db, room.tools, viewer, "Large", ["CIRS", "TASC", "WAI-S"])
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900})
    context.add_cookies([room.cookie(lead, address)])
    page, complaints = context.new_page(), []
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page, f"/studies/{lead.study_public_id}/alliance"
    context.close()
    assert complaints == []


def test_a_large_file_shows_its_progress_and_then_its_preview_and_is_imported(desk, look):
    page, alliance = desk
    page.goto(f"{alliance}/import/scores")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": "large.csv", "mimeType": "text/csv", "buffer": LARGE.encode()}
    )
    page.get_by_role("button", name="Check the file").click()
    page.get_by_role("heading", name="Working on the file").wait_for()
    # Twice as many as the file has rows: read, then compared.
    page.get_by_text(f"of {2 * DYADS * SESSIONS:,}").wait_for()
    look(page, "import-under-way")
    button = page.get_by_role("button", name=f"Import {DYADS * SESSIONS:,} scores")
    button.wait_for()
    look(page, "import-large")
    button.click()
    page.get_by_text(f"Imported {DYADS * SESSIONS:,} scores of {DYADS:,} dyads").wait_for()
