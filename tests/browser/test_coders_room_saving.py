"""Saving in Chromium: whatever becomes of connection, page, sign-in or server, no answer is lost."""

import re

import pytest
from sqlalchemy import delete, select

from coder_app.models import Audit, AuditPayload, Login
from coder_app.services import assignment
from tests.browser.desk import sitting_at, until
from tests.makers.submitting import rate_all, submit

pytestmark = pytest.mark.browser

STATE = "document.querySelector('[data-save-state]').dataset.state"
SAVED = f"{STATE} === 'saved'"
# A browser without a window never says that a page comes back into view.
COME_BACK = "document.dispatchEvent(new Event('visibilitychange'))"
ONE, TWO, THREE = "cirs_01", "cirs_02", "cirs_03"


@pytest.fixture
def desk(coding_room, chromium):
    """The desk of a coder who has rated nothing yet."""
    with sitting_at(coding_room[0], chromium, *coding_room[1:]) as made:
        yield made


def public_id(desk) -> str:
    return desk.page_address.rpartition("/")[2]


def stored(desk) -> dict[str, int | str | None]:
    """Return what the server has, by item."""
    with desk.room.database.read() as db:
        given = assignment.get_form(db, desk.coder, public_id(desk)).segments[0].ratings
    return {item: one.reason or one.score for item, one in given.items() if one.stands}


def order(desk) -> list[tuple[str, int]]:
    """Return the items and scores in the order in which the server took them."""
    with desk.room.database.read() as db:
        rows = db.scalars(
            select(AuditPayload.payload)
            .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
            .where(Audit.act == "rate", Audit.subject == public_id(desk))
            .order_by(Audit.seq)
        )
        return [(row["item"], row["score"]) for row in rows]


def choose(page, item: str, score: int) -> None:
    page.locator(f"#item-{item} input[type=radio][value='{score}']").check()


def chosen(page) -> dict[str, str]:
    """Return what the page shows, by item."""
    script = "all => Object.fromEntries(all.map(one => [one.closest('fieldset').dataset.item, one.value]))"
    return page.locator("[data-item] input:checked").evaluate_all(script)


def shut(page) -> None:
    """Let no change of this page through; a route would miss what is sent while it is left."""
    page.evaluate("() => { window.fetch = () => Promise.reject(new TypeError('no connection')); }")


def alert(page) -> str:
    return page.locator("[data-save-alert]").inner_text()


def torn(page, item: str):
    return page.locator(f"#item-{item} [data-conflict]")


def test_what_is_rated_while_the_connection_is_away_is_sent_in_its_order_when_it_is_back(desk):
    page = desk.open()
    choose(page, ONE, 1)
    until(page, SAVED)
    assert re.fullmatch(r"Saved \d\d:\d\d:\d\d", page.locator("[data-save-state]").inner_text())
    page.context.set_offline(True)
    for item, score in ((THREE, 3), (ONE, 4), (TWO, 0), (THREE, 5)):
        choose(page, item, score)
    until(page, f"{STATE} === 'failed'")
    page.get_by_text("Items 1, 2, 3: not saved yet").wait_for()
    assert page.locator("[data-save-state]").inner_text() == "Not saved, trying again"
    assert page.locator("[data-progress].is-unsaved").count() == 3
    assert stored(desk) == {ONE: 1}
    page.context.set_offline(False)
    until(page, SAVED)
    # The newest answer to each item, each at the place of its newest change.
    assert order(desk) == [(ONE, 1), (ONE, 4), (TWO, 0), (THREE, 5)]
    assert page.locator("[data-save-alert]").is_hidden()
    assert page.locator("[data-count]").first.inner_text() == "3 of 6"


def test_a_server_that_fails_or_restarts_is_asked_again_until_it_has_the_answer(desk):
    page = desk.open()
    answers = iter(
        [lambda route: route.fulfill(status=500), lambda route: route.fulfill(status=502, body="<html>")]
    )
    page.route("**/ratings", lambda route: next(answers, lambda one: one.continue_())(route))
    choose(page, ONE, 3)
    until(page, f"{STATE} === 'failed'")
    until(page, SAVED)
    assert stored(desk) == {ONE: 3}


def test_an_answer_whose_confirmation_was_lost_is_not_saved_twice(desk):
    page = desk.open()
    page.route("**/ratings", lambda route: (route.fetch(), route.abort()), times=1)
    choose(page, ONE, 3)
    until(page, SAVED)
    assert order(desk) == [(ONE, 3)]


def test_leaving_with_unsent_answers_warns_and_the_next_page_sends_them(desk):
    page = desk.open()
    choose(page, ONE, 1)
    until(page, SAVED)
    shut(page)
    choose(page, ONE, 2)
    choose(page, TWO, 0)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(f"/studies/{desk.room.lead.study_public_id}/coding")
    assert asked == ["beforeunload"]
    assert stored(desk) == {ONE: 1}
    page.goto(desk.page_address)
    until(page, SAVED)
    assert stored(desk) == {ONE: 2, TWO: 0}
    assert page.locator("[data-news]").inner_text().startswith("Items 1, 2: entered before this page")
    page.reload()
    assert page.locator("[data-news]").is_hidden()
    assert chosen(page) == {ONE: "2", TWO: "0"}


def test_an_answer_that_leaves_together_with_its_page_is_no_conflict_on_the_next(desk):
    page = desk.open()
    choose(page, ONE, 1)
    until(page, SAVED)
    choose(page, ONE, 2)
    choose(page, TWO, 0)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    until(page, SAVED)
    assert stored(desk) == {ONE: 2, TWO: 0}
    assert torn(page, ONE).is_hidden()


def test_answers_of_a_lost_page_do_not_overwrite_what_was_saved_elsewhere_meanwhile(desk):
    page, other = desk.open(), desk.open()
    shut(page)
    choose(page, ONE, 2)
    choose(page, TWO, 2)
    choose(other, ONE, 5)
    choose(other, TWO, 2)
    until(other, "document.querySelector('[data-count]').textContent === '2 of 6'")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    torn(page, ONE).wait_for()
    assert stored(desk) == {ONE: 5, TWO: 2}
    # Left open, the choice is still to be made on the page after it.
    page.reload()
    torn(page, ONE).wait_for()
    assert "choose one of two" in page.locator("[data-save-state]").inner_text()
    torn(page, ONE).get_by_role("button", name="Save what is chosen here").click()
    until(page, SAVED)
    assert stored(desk) == {ONE: 2, TWO: 2}


def test_a_second_tab_shows_the_newer_answers_when_the_coder_comes_back_to_it(desk):
    page = desk.open()
    tab = page.context.new_page()
    tab.goto(desk.page_address)
    choose(page, ONE, 4)
    choose(page, TWO, 0)
    until(page, "document.querySelector('[data-count]').textContent === '2 of 6'")
    page.keyboard.press("Alt+n")
    page.keyboard.type("laughs")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    until(page, SAVED)
    assert chosen(tab) == {}
    tab.evaluate(COME_BACK)
    until(tab, "document.querySelector('[data-news]').textContent !== ''")
    assert chosen(tab) == {ONE: "4", TWO: "0"}
    assert tab.locator("[data-news]").inner_text().startswith("Items 1, 2, Note at 00:00: changed on another")
    assert tab.locator("[data-count]").first.inner_text() == "2 of 6"
    assert tab.locator(".notes .note-text").inner_text() == "laughs"
    # It knows them now: changing one of them is no conflict.
    choose(tab, ONE, 3)
    until(tab, SAVED)
    assert stored(desk) == {ONE: 3, TWO: 0}
    page.locator("#item-cirs_02").get_by_role("button", name="Clear").click()
    page.locator(".note-edit").click()
    page.get_by_role("button", name="Remove").click()
    page.wait_for_timeout(300)
    until(page, SAVED)
    tab.evaluate(COME_BACK)
    until(tab, "document.querySelectorAll('input:checked').length === 1")
    until(tab, "document.querySelectorAll('.notes .note').length === 0")
    assert chosen(tab) == {ONE: "3"}


@pytest.mark.parametrize(("button", "stands"), [("Keep what is saved", 5), ("Save what is chosen here", 3)])
def test_two_tabs_that_rate_one_item_differently_show_both_and_the_coder_chooses(desk, button, stands, look):
    page = desk.open()
    tab = page.context.new_page()
    tab.goto(desk.page_address)
    choose(page, ONE, 5)
    until(page, SAVED)
    choose(tab, ONE, 2)
    torn(tab, ONE).wait_for()
    # Choosing on, or coming back, decides nothing.
    choose(tab, ONE, 3)
    tab.evaluate(COME_BACK)
    tab.wait_for_timeout(700)
    words = torn(tab, ONE).inner_text()
    assert re.search(r"Saved there:\s+5 .*Chosen here:\s+3 ", words, re.DOTALL)
    assert stored(desk) == {ONE: 5}
    if stands == 3:
        look(tab, "conflict")
    torn(tab, ONE).get_by_role("button", name=button).click()
    until(tab, "document.querySelector('#item-cirs_01 [data-conflict]').hidden")
    until(tab, f"{STATE} !== 'failed' && {STATE} !== 'saving'")
    assert stored(desk) == {ONE: stands}
    assert chosen(tab) == {ONE: str(stands)}


def test_choosing_what_is_saved_there_ends_the_conflict(desk):
    page, other = desk.open(), desk.open()
    choose(page, ONE, 5)
    until(page, SAVED)
    choose(other, ONE, 2)
    torn(other, ONE).wait_for()
    choose(other, ONE, 5)
    assert torn(other, ONE).is_hidden()
    assert order(desk) == [(ONE, 5)]


def test_a_device_at_the_side_shows_the_current_state_at_the_first_touch_after_a_break(desk):
    page, device = desk.open(), desk.open()
    device.clock.install()
    device.reload()
    choose(page, ONE, 4)
    until(page, SAVED)
    device.clock.fast_forward(30_000)
    device.mouse.move(300, 300)
    until(device, "document.querySelector('#item-cirs_01 input[value=\"4\"]').checked")


def test_signed_out_meanwhile_the_answers_wait_and_go_by_themselves_once_signed_in_again(desk):
    page = desk.open()
    sign_out(desk)
    choose(page, ONE, 4)
    until(page, "!document.querySelector('[data-save-alert]').hidden")
    assert "Item 1: not saved" in alert(page) and "sign in on a new page" in alert(page)
    choose(page, TWO, 1)
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("could still not be opened under your name").wait_for()
    page.context.add_cookies([desk.room.cookie(desk.coder, desk.server_address)])
    page.evaluate(COME_BACK)
    until(page, SAVED)
    assert stored(desk) == {ONE: 4, TWO: 1}


def test_nothing_goes_out_under_the_name_of_another_person_who_signed_in(desk):
    page = desk.open()
    choose(page, ONE, 4)
    until(page, SAVED)
    other = desk.room.coder("other")
    page.context.add_cookies([desk.room.cookie(other, desk.server_address)])
    choose(page, ONE, 2)
    choose(page, TWO, 2)
    until(page, "!document.querySelector('[data-save-alert]').hidden")
    page.evaluate(COME_BACK)
    page.wait_for_timeout(500)
    assert "Items 1, 2: not saved" in alert(page)
    assert stored(desk) == {ONE: 4}
    # The other person works in the same tab; then the first comes back.
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(desk.room.assign(other, desk.recording_id, "mask-of-other"))
    page.wait_for_timeout(500)
    assert chosen(page) == {} and page.locator("[data-news]").is_hidden()
    page.context.add_cookies([desk.room.cookie(desk.coder, desk.server_address)])
    page.goto(desk.page_address)
    until(page, SAVED)
    assert stored(desk) == {ONE: 2, TWO: 2}


def test_a_change_after_submission_elsewhere_is_refused_in_words_and_stays_in_sight(desk, look):
    page = desk.open()
    rate_all(desk.room.database, desk.coder, public_id(desk))
    submit(desk.room.database, desk.coder, public_id(desk))
    choose(page, ONE, 5)
    until(page, "!document.querySelector('[data-save-alert]').hidden")
    assert "This recording was submitted, so this change was not saved" in alert(page)
    assert chosen(page) == {ONE: "5"}
    assert stored(desk)[ONE] == 2
    look(page, "saved-too-late")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("link", name="See what is saved").click()
    page.get_by_role("heading", name="Submitted ratings").wait_for()


def test_a_page_that_is_come_back_to_after_submission_elsewhere_says_so(desk):
    page = desk.open()
    rate_all(desk.room.database, desk.coder, public_id(desk))
    submit(desk.room.database, desk.coder, public_id(desk))
    page.evaluate(COME_BACK)
    page.get_by_text("This recording was submitted on another page").wait_for()
    assert len(chosen(page)) == 6


def test_without_scripts_a_recording_is_rated_noted_and_submitted(desk):
    page = desk.open(java_script_enabled=False)
    choose(page, ONE, 0)
    page.locator("[data-item=cirs_02] input[value='not-codable']").check()
    page.locator("#item-cirs_02-reason").select_option(index=1)
    page.get_by_role("button", name="Save ratings").click()
    assert stored(desk) == {ONE: 0, TWO: page.locator("#item-cirs_02-reason").input_value()}
    page.get_by_label("Time, as 31:07").fill("0:05")
    page.locator("#plain-text").fill("laughs")
    page.get_by_role("button", name="Save note").click()
    assert page.locator(".notes .note-text").inner_text() == "laughs"
    for number in range(3, 7):
        choose(page, f"cirs_{number:02d}", 5)
    page.get_by_role("button", name="Check and submit").click()
    page.get_by_role("button", name="Submit ratings").click()
    page.get_by_label("How have you listened?").fill("With the browser's own player.")
    page.get_by_role("button", name="Submit ratings").click()
    assert page.get_by_role("heading", name="Submitted ratings").is_visible()
    assert len(stored(desk)) == 6


def test_without_scripts_a_conflict_names_both_answers(desk):
    page = desk.open(java_script_enabled=False)
    rate_all(desk.room.database, desk.coder, public_id(desk), score=4)
    choose(page, ONE, 1)
    page.get_by_role("button", name="Save ratings").click()
    error = page.locator("#item-cirs_01-error").inner_text()
    assert "Another page saved a different answer" in error and "You had chosen 1" in error
    assert chosen_plainly(page, ONE) == "4"
    assert stored(desk)[ONE] == 4


def chosen_plainly(page, item: str) -> str:
    return page.locator(f"#item-{item} input[checked]").get_attribute("value")


def sign_out(desk) -> None:
    with desk.room.database.write() as db:
        db.execute(delete(Login).where(Login.user_id == desk.coder.user_id))
