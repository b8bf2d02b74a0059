"""A whole recording without a mouse: from signing in over notes and ratings to the submission."""

import pytest
from sqlalchemy import select, update

from coder_app.models import Submission, User
from coder_app.services import auth, note
from tests.browser.desk import sitting_at, until

pytestmark = pytest.mark.browser

PASSWORD = "a long walk by the river"
SAVED = "document.querySelector('[data-save-state]').dataset.state === 'saved'"
NAME = "document.activeElement.name ?? ''"
WORDS = "document.activeElement.textContent.trim()"
# Whether a sighted person can tell where the focus is: in view, not under something else, and with a ring.
SEEN = """() => {
  const now = document.activeElement;
  const box = now.getBoundingClientRect();
  const x = Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1);
  const y = Math.min(Math.max(box.top + Math.min(box.height / 2, 20), 0), innerHeight - 1);
  const top = document.elementFromPoint(x, y);
  const own = [now, ...(now.labels ?? [])];
  const onTop = own.some((one) => one.contains(top) || top?.contains(one));
  const inSight = box.bottom > 0 && box.top < innerHeight && onTop;
  const ringed = own.some((one) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && parseFloat(outlineWidth) >= 2;
  });
  const wrong = [inSight ? "" : "out of sight", ringed ? "" : "no ring"].filter(Boolean);
  return wrong.length ? `${wrong.join(", ")}: ${now.outerHTML.slice(0, 120)}` : "";
}"""
# Where in the document the focus is, as a number that rises from the beginning to the end.
PLACE = "[...document.querySelectorAll('*')].indexOf(document.activeElement)"


@pytest.fixture
def desk(coding_room, chromium):
    """The desk of a coder who has a password."""
    with sitting_at(coding_room[0], chromium, *coding_room[1:]) as made:
        with made.room.database.write() as db:
            hashed = auth.hash_password(PASSWORD)
            db.execute(update(User).where(User.id == made.coder.user_id).values(password_hash=hashed))
        yield made


def tab_to(page, wanted: str, asked: str, key: str = "Tab") -> None:
    """Press Tab until something of that name or of those words has the focus; see it at every stop."""
    places = []
    for _ in range(80):
        page.keyboard.press(key)
        if not page.evaluate("document.hasFocus() && document.activeElement !== document.body"):
            continue
        unseen = page.evaluate(SEEN)
        assert not unseen, unseen
        places.append(page.evaluate(PLACE))
        if page.evaluate(asked) == wanted:
            assert places == sorted(places, reverse=key != "Tab"), "the focus jumps"
            return
    raise AssertionError(f"{key} never comes to {wanted}")


def sign_in(page, desk) -> None:
    page.context.clear_cookies()
    page.goto("/sign-in")
    tab_to(page, "user_name", NAME)
    page.keyboard.type(desk.coder.viewer.user_name)
    tab_to(page, "password", NAME)
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/coding")


def test_a_recording_is_rated_from_signing_in_to_its_submission_by_keyboard_alone(desk):
    page = desk.open()
    sign_in(page, desk)
    tab_to(page, desk.page_address, "document.activeElement.getAttribute('href')")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{desk.page_address}")

    page.keyboard.press("Escape")
    until(page, "document.querySelector('audio').currentTime > 0.3")
    page.keyboard.press("Alt+n")
    page.keyboard.type("Laughs? 3 times")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    until(page, "document.querySelector('audio').paused")

    tab_to(page, "score-cirs_01", NAME)
    page.keyboard.press("0")
    assert page.evaluate(NAME) == "score-cirs_02"
    # Arrows choose too, and stop at both ends.
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "not-codable"
    tab_to(page, "reason-cirs_02", NAME)
    page.keyboard.press("ArrowDown")
    # Back by Shift+Tab, and on by Tab, over the same way.
    tab_to(page, "score-cirs_02", NAME, "Shift+Tab")
    tab_to(page, "score-cirs_03", NAME)
    for digit in ("3", "5", "1", "4"):
        page.keyboard.press(digit)
    assert page.evaluate(NAME) == "next"
    until(page, SAVED)
    unseen = page.evaluate(SEEN)
    assert not unseen, unseen
    page.keyboard.press("Enter")
    page.wait_for_url("**/check")

    tab_to(page, "Submit ratings", WORDS)
    page.keyboard.press("Enter")
    page.get_by_text("Say in a few words").first.wait_for()
    until(page, "document.activeElement.id === 'why-less'")
    page.keyboard.type("Heard on the archive's own player.")
    tab_to(page, "Submit ratings", WORDS)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Submitted ratings").wait_for()
    check_what_was_kept(desk)


def check_what_was_kept(desk) -> None:
    with desk.room.database.read() as db:
        (kept,) = note.list_notes(db, desk.coder, desk.page_address.rpartition("/")[2])
        ratings = db.scalars(select(Submission.ratings).order_by(Submission.id.desc())).first()
    assert (kept.text, kept.item) == ("Laughs? 3 times", None)
    assert [(one["score"], bool(one["reason"])) for one in ratings] == [
        (0, False),
        (None, True),
        (3, False),
        (5, False),
        (1, False),
        (4, False),
    ]


def test_no_key_rates_or_plays_while_something_is_typed_or_chosen(desk):
    page = desk.open()
    page.goto(f"{desk.page_address}/concern")
    page.locator("#concern-text").focus()
    page.keyboard.type("5 ? jln")
    for keys in ("Alt+j", "Alt+l", "Alt+n", "Alt+b"):
        page.keyboard.press(keys)
    assert page.locator("#concern-text").input_value() == "5 ? jln"
    assert page.locator("dialog[open]").count() == 0
    page.locator("#concern-text").fill("")
    page.goto(desk.page_address)
    page.locator("[data-item=cirs_01] input[value='not-codable']").check()
    page.locator("#item-cirs_01-reason").focus()
    # In a list digits and letters look for words in it.
    page.keyboard.press("3")
    assert page.locator("[data-item=cirs_01] input:checked").get_attribute("value") == "not-codable"
    assert page.evaluate("document.querySelector('audio').paused")
