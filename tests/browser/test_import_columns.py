"""A lead brings a Dutch lab's file in Chromium, corrects a column, keeps the columns, and uses them again."""

import pytest

from coder_app.services import people, study
from tests.browser.conftest import PATIENCE

pytestmark = pytest.mark.browser

LAB = (
    "koppelnr;sessienr;datum;invuller;vragenlijst;punten;"
    + ";".join(f"tasc_i{n:02}" for n in range(1, 13))
    + ";achternaam\n"
    + "".join(
        f"K{dyad:02};{session};{session:02}-0{dyad}-2018;k;tasc;{36 + session + dyad};"
        + ";".join(["3"] * (11 - session % 2) + ["4"] * (1 + session % 2))
        + ";Jansen\n"
        for dyad in range(1, 4)
        for session in range(1, 9)
    )
    + "K01;1;01-01-2018;t;wai;4,25;;;;;;;;;;;;;Jansen\n"
)


@pytest.fixture
def desk(coding_room, chromium):
    """The page of the lead of an empty study, and the address of its alliance scores."""
    room, address, _ = coding_room
    with room.database.write() as db:
        viewer = people.create_user(db, room.tools, "Noor", "noor", "no password", can_create_studies=True)
        lead = study.create_study(db, room.tools, viewer, "Columns", ["CIRS", "TASC", "WAI-S"])
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900})
    context.add_cookies([room.cookie(lead, address)])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page, f"/studies/{lead.study_public_id}/alliance"
    context.close()


def bring(page, alliance: str, name: str, text: str) -> None:
    page.goto(f"{alliance}/import/scores")
    page.get_by_label("File", exact=True).set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode()}
    )
    page.get_by_role("button", name="Check the file").click()


def test_a_lead_corrects_a_column_keeps_the_columns_and_uses_them_for_the_next_file(desk, look):
    page, alliance = desk
    bring(page, alliance, "noord 2018.csv", LAB)
    page.get_by_role("heading", name="Columns of noord 2018.csv").wait_for()
    assert page.get_by_label("What t means").input_value() == "therapist"
    look(page, "import-columns")
    page.get_by_label("What punten holds").focus()
    page.keyboard.type("Score")
    page.get_by_label("What tasc_i01 … tasc_i12 holds").select_option("")
    page.get_by_role("button", name="Show what this makes").click()
    page.get_by_role("cell", name="38", exact=True).first.wait_for()
    page.get_by_label("Name (optional)").fill("Lab Noord")
    page.get_by_role("button", name="Keep", exact=True).click()
    page.get_by_text("The columns are taken as kept in “Lab Noord”").wait_for()
    look(page, "import-columns-kept")
    page.get_by_role("button", name="Use these columns").click()
    page.get_by_role("button", name="Import 25 scores").click()
    page.get_by_text("Imported 25 scores of 3 dyads").wait_for()
    bring(page, alliance, "noord 2019.csv", LAB.replace("K0", "K1"))
    page.get_by_role("button", name="Import 25 scores").click()
    page.get_by_text("Imported 25 scores of 3 dyads").wait_for()
