"""Control charts by keyboard, settings kept and compared, and how much hangs on them, in Chromium."""

import pytest

from coder_app.services import study
from tests.browser.conftest import PATIENCE
from tests.browser.desk import until
from tests.makers.scores import add_reference_study

pytestmark = pytest.mark.browser

FOCUS = "document.activeElement.dataset.step ?? document.activeElement.className"
SHOWN = "document.getElementById('series').textContent"


@pytest.fixture
def lead_page(coding_room, chromium):
    """A page of the lead of a study with the scores of the reference study, and the study's address."""
    room, address, _ = coding_room
    with room.database.write() as db:
        viewer = room.lead.viewer
        lead = study.create_study(db, room.tools, viewer, "Control charts", ["TASC", "WAI-S"])
        add_reference_study(db, lead)
    complaints = []
    context = chromium.new_context(base_url=address, viewport={"width": 1366, "height": 900})
    context.add_cookies([room.cookie(lead, address)])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page, f"/studies/{lead.study_public_id}"
    context.close()
    assert complaints == []


def open_computed(page, address, wanted="#series, #summary"):
    """Open a page; one that waits for its result loads itself anew until it is there."""
    page.goto(address)
    page.locator(wanted).first.wait_for()


def test_series_are_stepped_through_by_keys_only_where_the_focus_is_on_the_chart(lead_page, look):
    page, here = lead_page
    open_computed(page, f"{here}/ruptures?informant=child")
    look(page, "ruptures-charts")
    assert page.evaluate(SHOWN) == "D001, child"

    # Letters and arrows elsewhere do nothing.
    page.get_by_role("link", name="Sensitivity").focus()
    for key in ("n", "ArrowRight", "p"):
        page.keyboard.press(key)
    page.wait_for_timeout(300)
    assert page.evaluate(SHOWN) == "D001, child"

    page.locator("#series-card .chart-scroll").first.focus()
    page.keyboard.press("n")
    until(page, f"{SHOWN} === 'D002, child'")
    assert page.evaluate(FOCUS) == "chart-scroll"
    assert "dyad=D002" in page.url
    assert page.locator(".small-multiple[aria-current] .small-head a").inner_text() == "D002"
    until(page, "document.querySelector('[data-step-said]').textContent.startsWith('D002, child: ')")
    page.keyboard.press("ArrowRight")
    until(page, f"{SHOWN} === 'D012, child'")
    page.keyboard.press("ArrowLeft")
    until(page, f"{SHOWN} === 'D002, child'")

    # The focus stays on the link that was followed.
    page.get_by_role("link", name="Next: D012").focus()
    page.keyboard.press("Enter")
    until(page, f"{SHOWN} === 'D012, child'")
    assert page.evaluate(FOCUS) == "next"
    # The first has none before it: the focus goes to what is there.
    page.get_by_role("link", name="Previous: D002").focus()
    page.keyboard.press("p")
    until(page, f"{SHOWN} === 'D002, child'")
    page.keyboard.press("p")
    until(page, f"{SHOWN} === 'D001, child'")
    assert page.evaluate(FOCUS) == "next"
    page.keyboard.press("p")
    assert page.evaluate(SHOWN) == "D001, child"
    page.go_back()
    page.get_by_role("heading", name="D002, child").wait_for()
    page.wait_for_load_state()
    with page.expect_download() as download:
        page.locator("#series-card").get_by_role("link", name="SVG").click()
    assert download.value.suggested_filename == "ruptures-chart-child-d002.svg"

    open_computed(page, f"{here}/ruptures?informant=child&dyad=D003&show=all")
    assert page.get_by_text("Not analysed: 3 scores in a row, 7 are needed.").first.is_visible()
    page.set_viewport_size({"width": 390, "height": 800})
    # A chart that scrolls keeps its arrows; the letters step.
    page.locator("#series-card .chart-scroll").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(300)
    assert page.evaluate(SHOWN) == "D003, child"
    page.keyboard.press("n")
    until(page, f"{SHOWN} === 'D004, child'")
    page.set_viewport_size({"width": 1366, "height": 900})

    # Settings: keep those of the page, compare them, and see how much hangs on them.
    open_computed(page, f"{here}/ruptures?k=1.25")
    page.get_by_role("link", name="Settings under a name").click()
    page.get_by_label("Name of these settings").fill("As preregistered")
    page.get_by_role("button", name="Keep these settings").click()
    page.get_by_label("Compare As preregistered").check()
    page.get_by_label("Compare Source study").check()
    page.get_by_role("button", name="Compare the chosen sets").click()
    page.get_by_role("heading", name="Child, TASC").wait_for()
    assert page.get_by_text("A and B", exact=True).first.is_visible()
    look(page, "ruptures-compared")
    page.get_by_role("button", name="Delete As preregistered").click()
    assert page.get_by_label("Compare As preregistered").count() == 0

    open_computed(page, f"{here}/sensitivity?informant=child")
    assert page.get_by_text("Over all 1,188 definitions the number goes from").is_visible()
    look(page, "ruptures-sensitivity")
    page.set_viewport_size({"width": 390, "height": 800})
    for name in ("Ruptures by the share of definitions that find them", "Type by definition of the fourths"):
        box = page.get_by_role("group", name=name)
        assert box.evaluate("one => one.scrollWidth <= one.clientWidth"), name
