"""Language, palette, keys and help in Chromium, by mouse and by keyboard."""

import pytest

from tests.browser.desk import TIME, sitting_at, until

pytestmark = pytest.mark.browser

PAUSED = "document.querySelector('audio').paused"
THEME = "document.documentElement.dataset.theme ?? 'as the system'"
SURFACE = "getComputedStyle(document.querySelector('.head')).backgroundColor"
COUNTED = """async numbers => {
  const { tn } = await import("/static/js/texts.js");
  return numbers.map((n) => tn("{n} note", "{n} notes", n));
}"""
WHITE, DARK = "rgb(255, 255, 255)", "rgb(22, 30, 35)"


@pytest.fixture
def desk(coding_room, chromium):
    """The desk of a coder who has set nothing yet."""
    with sitting_at(coding_room[0], chromium, *coding_room[1:]) as made:
        yield made


def ready(page):
    until(page, "document.querySelector('.player.is-ready') !== null")
    return page


def test_the_palette_switches_at_once_and_stays_on_every_page(desk):
    page = ready(desk.open())
    assert page.evaluate(SURFACE) == WHITE
    with page.expect_response("**/theme") as answered:
        page.get_by_role("button", name="Dark colours").click()
        assert page.evaluate(SURFACE) == DARK
    assert answered.value.status == 204
    assert page.get_by_role("button", name="Light colours").is_visible()
    assert page.evaluate("document.activeElement.value") == "light"
    page.reload()
    assert (page.evaluate(THEME), page.evaluate(SURFACE)) == ("dark", DARK)
    page.goto("/settings")
    assert page.evaluate(SURFACE) == DARK
    other = desk.open()
    assert other.evaluate(SURFACE) == DARK


def test_without_a_choice_the_system_decides_and_the_button_offers_the_other_palette(desk):
    page = desk.open(color_scheme="dark")
    assert (page.evaluate(THEME), page.evaluate(SURFACE)) == ("as the system", DARK)
    assert not page.get_by_role("button", name="Dark colours").is_visible()
    page.get_by_role("button", name="Light colours").click()
    assert page.evaluate(SURFACE) == WHITE


def test_without_scripts_the_palette_and_the_language_switch_by_plain_forms(desk):
    page = desk.open(java_script_enabled=False)
    page.get_by_role("button", name="Dark colours").click()
    assert page.url.endswith(desk.page_address)
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="Nederlands").click()
    assert page.url.endswith(desk.page_address)
    assert page.locator("html").get_attribute("lang") == "nl"
    page.get_by_role("link", name="Hulp").click()
    assert page.get_by_role("heading", name="Wat je niet te zien krijgt, en waarom").is_visible()


def test_the_room_and_its_scripts_speak_dutch_once_it_is_chosen(desk):
    page = ready(desk.open())
    page.get_by_role("button", name="Nederlands").click()
    ready(page)
    assert page.locator("html").get_attribute("lang") == "nl"
    assert page.locator("[data-play]").get_attribute("aria-label") == "Afspelen"
    page.locator("[data-item] input[type=radio]").first.check()
    until(page, "document.querySelector('[data-save-state]').innerText.startsWith('Opgeslagen')")
    assert page.locator("[data-count]").first.inner_text() == "1 van 6"
    said = page.evaluate(COUNTED, [0, 1, 2, 201])
    assert said == ["0 notities", "1 notitie", "2 notities", "201 notities"]
    page.get_by_role("button", name="English").click()
    ready(page)
    assert page.locator("[data-count]").first.inner_text() == "1 of 6"


def test_a_visitor_reads_the_sign_in_page_in_dutch(desk, chromium):
    context = chromium.new_context(base_url=desk.server_address)
    desk.contexts.append(context)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_role("button", name="Nederlands").click()
    assert page.get_by_role("heading", name="Inloggen").is_visible()
    page.goto("/sign-in")
    assert page.locator("html").get_attribute("lang") == "nl"


def test_the_help_opens_by_its_key_keeps_the_focus_and_closes_without_playing(desk):
    page = ready(desk.open())
    page.locator("[data-item] input[type=radio]").first.focus()
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Help")
    assert dialog.is_visible()
    assert page.evaluate("document.activeElement.innerText") == "Close"
    for _ in range(6):
        page.keyboard.press("Tab")
        inside = (
            "document.activeElement === document.body || document.activeElement.closest('dialog') !== null"
        )
        assert page.evaluate(inside)
    page.keyboard.press("Alt+l")
    page.keyboard.press("Escape")
    assert not dialog.is_visible()
    assert page.evaluate(PAUSED) and page.evaluate(TIME) == 0
    assert page.evaluate("document.activeElement.type") == "radio"
    page.keyboard.press("Escape")
    until(page, f"!{PAUSED}")


def test_the_help_opens_by_its_button_too(desk):
    page = ready(desk.open())
    page.get_by_role("button", name="Help").click()
    assert page.get_by_role("dialog", name="Help").is_visible()
    page.get_by_role("button", name="Close").click()
    assert page.evaluate("document.activeElement.innerText") == "Help"


def test_a_changed_key_works_and_the_old_one_does_not(desk):
    page = ready(desk.open())
    page.goto("/settings")
    field = page.get_by_label("Play and pause")
    field.focus()
    page.keyboard.press("Alt+y")
    assert field.input_value() == "Alt+Y"
    page.get_by_label("Forward 15 seconds").fill("")
    page.get_by_role("button", name="Save the keys").last.click()
    assert page.get_by_text("Your settings are saved").is_visible()
    page.goto(desk.page_address)
    ready(page)
    page.keyboard.press("Escape")
    page.keyboard.press("Alt+Shift+l")
    page.wait_for_timeout(300)
    assert page.evaluate(PAUSED) and page.evaluate(TIME) == 0
    page.keyboard.press("Alt+y")
    until(page, f"!{PAUSED}")


def test_a_field_for_a_key_can_be_left_by_tab_and_written_by_hand(desk):
    page = desk.open()
    page.goto("/settings")
    field = page.get_by_label("Write a note at this moment")
    field.fill("alt shift y")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") != "keys-note"
    page.get_by_role("button", name="Save the keys").last.click()
    assert page.get_by_label("Write a note at this moment").input_value() == "Alt+Shift+Y"


def test_two_things_on_one_key_are_refused_in_words_beside_the_field(desk):
    page = desk.open()
    page.goto("/settings")
    page.get_by_label("Show the guidance of the item").fill("Alt+N")
    page.get_by_role("button", name="Save the keys").last.click()
    field = page.get_by_label("Show the guidance of the item")
    assert field.get_attribute("aria-invalid") == "true"
    assert (
        "is set for “Write a note at this moment” already"
        in page.locator("#keys-guidance-error").inner_text()
    )
