"""Every page of a coder: sound in both languages and palettes, at 400 % zoom, with targets to hit."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from coder_app.models import InstrumentVersion
from coder_app.services.segment import add_segments
from tests.browser.conftest import PATIENCE
from tests.browser.desk import sitting_at, until
from tests.makers.coding import add_assignment
from tests.makers.segmented import MINUTE, NAME, add_segmented_scale
from tests.makers.submitting import rate_all, submit

pytestmark = pytest.mark.browser

# 1280 px at 400 %.
ZOOMED = {"width": 320, "height": 640}
WIDE = {"width": 1366, "height": 900}
READY = "document.readyState === 'complete' && !document.querySelector('.player:not(.is-ready)')"

# What can be pressed and is smaller than 24 px (WCAG 2.5.8); a link in a sentence is as high as its line.
SMALL = """() => {
  const pressed = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']";
  const holds = (one, other) => one.textContent.trim().length > other.textContent.trim().length;
  const isInline = (one) => one.matches("a") && getComputedStyle(one).display === "inline";
  const inSentence = (one) => isInline(one) && holds(one.closest("p, li, dd, td, div"), one);
  const isSmall = (one) => {
    const boxes = [one, ...(one.labels ?? [])].map((each) => each.getBoundingClientRect());
    return Math.max(...boxes.map((box) => Math.min(box.width, box.height))) < 23.9;
  };
  return [...document.querySelectorAll(pressed)]
    .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
    .filter((one) => !one.closest(".hidden-text, .skip-link") && !inSentence(one) && isSmall(one))
    .map((one) => {
      const { width, height } = one.getBoundingClientRect();
      return `${Math.round(width)} x ${Math.round(height)}: ${one.outerHTML.slice(0, 90)}`;
    });
}"""

# What sticks out of the page, or is cut off by the box that it stands in.
CUT = """() => {
  const overflow = (one) => getComputedStyle(one).overflowX;
  const scrolls = (one) => one && (["auto", "scroll"].includes(overflow(one)) || scrolls(one.parentElement));
  const seen = [...document.body.querySelectorAll("*")].filter(
    (one) =>
      one.checkVisibility({ visibilityProperty: true }) &&
      !one.closest(".hidden-text, .skip-link, svg, audio") &&
      !scrolls(one.parentElement),
  );
  const isOut = (one) => one.getBoundingClientRect().right > innerWidth + 1;
  const clips = (one) => ["hidden", "clip"].includes(overflow(one)) && one.clientWidth > 1;
  const isCut = (one) => one.textContent.trim() && one.scrollWidth > one.clientWidth + 1 && clips(one);
  const tell = (what) => (one) => `${what}: ${one.className} ${one.textContent.trim()}`.slice(0, 90);
  const sideways = document.documentElement.scrollWidth > innerWidth ? ["it scrolls sideways"] : [];
  return [...sideways, ...seen.filter(isOut).map(tell("out")), ...seen.filter(isCut).map(tell("cut"))];
}"""


@pytest.fixture
def desk(coding_room, chromium):
    """The desk of a coder with one form in work, one submitted, and one that is rated by segments."""
    room, address, recording_id = coding_room
    with sitting_at(room, chromium, address, recording_id) as made:
        with room.database.write() as db:
            if not db.query(InstrumentVersion).filter_by(study_id=room.lead.study_id, name=NAME).count():
                add_segmented_scale(db, room.lead, minutes=1)
            add_segments(db, room.lead, [recording_id], [MINUTE])
            made.segmented = give(db, made, NAME, 2)
            made.submitted = give(db, made, "TABBS", 3)
        rate_all(room.database, made.coder, made.submitted)
        submit(room.database, made.coder, made.submitted)
        yield made


def give(db, desk, scale: str, place: int) -> str:
    mask = f"{desk.coder.viewer.name}-{scale}"
    return add_assignment(db, desk.coder, desk.room.round_id, desk.recording_id, scale, mask, place)


def pages_of(desk) -> dict[str, tuple[str, str]]:
    """Return the address of every page, and what is pressed there before it is looked at."""
    study = f"/studies/{desk.room.lead.study_public_id}"
    return {
        "queue": (f"{study}/coding", ""),
        "rating": (desk.page_address, ""),
        "note": (desk.page_address, "Alt+n"),
        "help over a page": (desk.page_address, "?"),
        "segment": (f"/coding/{desk.segmented}/segments/1", ""),
        "check": (f"{desk.page_address}/check", ""),
        "check of segments": (f"/coding/{desk.segmented}/check", ""),
        "submitted": (f"/coding/{desk.submitted}", ""),
        "concern": (f"{desk.page_address}/concern", ""),
        "help": (f"{study}/coding/help", ""),
        "settings": ("/settings", ""),
        "sign-in": ("/sign-in", ""),
    }


@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_of_a_coder_can_be_read_hit_and_zoomed(desk, language):
    page = desk.open(locale=language)
    wrong = []
    for name, (address, key) in pages_of(desk).items():
        page.goto(address)
        until(page, READY)
        if key:
            page.keyboard.press(key)
        assert page.locator("html").get_attribute("lang") == language
        found = [*faults(page, "light"), *faults(page, "dark"), *page.evaluate(SMALL)]
        page.set_viewport_size(ZOOMED)
        for _ in range(PATIENCE // 1000):
            # The page takes a moment to take its new width.
            if not (cut := page.evaluate(CUT)):
                break
            page.wait_for_timeout(100)
        found += [f"zoomed: {one}" for one in (*cut, *page.evaluate(SMALL))]
        page.set_viewport_size(WIDE)
        wrong += [f"{name}: {one}" for one in found]
    assert not wrong, "\n" + "\n".join(wrong)


def faults(page, palette: str) -> list[str]:
    """Return what axe finds."""
    page.emulate_media(color_scheme=palette)
    violations = Axe().run(page).response["violations"]
    return [f"{palette}: {one['id']} {node['html'][:100]}" for one in violations for node in one["nodes"]]
