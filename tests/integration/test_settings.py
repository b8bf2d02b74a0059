"""A person's own language, palette and keys, with and without scripts."""

import json
import re

import pytest
from sqlalchemy import func, select

from coder_app.domain.permissions import Role
from coder_app.domain.shortcuts import DEFAULTS
from coder_app.models import Audit, User
from coder_app.web.language import COOKIE
from tests.makers.coding import add_assignment, add_recording, add_round

USUAL = {f"keys-{name}": keys for name, keys in DEFAULTS.items()}


@pytest.fixture
def coder(world, database):
    """A coder with one recording, and the pages of it."""
    lead = world.study()
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila")
        assignment = add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)
    return coder, f"/studies/{lead.study_public_id}/coding", f"/coding/{assignment}"


@pytest.fixture
def browser(coder, browser_of):
    return browser_of(coder[0].viewer)


def stored(database, actor) -> dict:
    with database.read() as db:
        return db.scalars(select(User.preferences).where(User.id == actor.user_id)).one()


def text(reply) -> str:
    return reply.get_data(as_text=True)


def page_data(reply) -> dict:
    return json.loads(
        re.search(r'<script type="application/json" id="page-data">(.*?)</script>', text(reply))[1]
    )


def test_a_language_and_a_palette_are_kept_and_can_be_left_to_browser_and_system(coder, browser, database):
    assert browser.post("/settings", {"language": "nl", "theme": "dark"}).location == "/settings?saved=look"
    assert stored(database, coder[0]) == {"language": "nl", "theme": "dark"}
    assert '<html lang="nl" data-theme="dark">' in text(browser.get(coder[1]))
    browser.post("/settings", {"language": "", "theme": ""})
    assert stored(database, coder[0]) == {}
    assert '<html lang="en">' in text(browser.get(coder[1]))


@pytest.mark.parametrize("sent", [{"language": "xx"}, {"theme": "sepia"}])
def test_what_cannot_be_chosen_is_refused_and_nothing_changes(coder, browser, database, sent):
    assert browser.post("/settings", sent).status_code == 400
    assert stored(database, coder[0]) == {}


def test_the_button_in_the_head_switches_the_palette_and_leads_back_to_its_page(coder, browser, database):
    reply = browser.post("/theme", {"theme": "dark"}, headers={"Referer": f"http://localhost{coder[2]}"})
    assert (reply.status_code, reply.location) == (303, coder[2])
    assert stored(database, coder[0]) == {"theme": "dark"}


def test_the_script_that_switched_the_palette_itself_is_sent_no_page(coder, browser):
    reply = browser.post("/theme", {"theme": "light"}, headers={"Accept": "application/json"})
    assert (reply.status_code, reply.data) == (204, b"")


@pytest.mark.parametrize(
    "came",
    ["http://elsewhere.example/coding", "http://localhost//elsewhere.example", "http://localhost/nothing/here",
     "http://localhost/sign-out", "nonsense", ""],
)  # fmt: skip
def test_nobody_is_led_to_a_page_that_is_not_ours_or_cannot_be_opened(browser, came):
    assert browser.post("/theme", {"theme": "dark"}, headers={"Referer": came}).location == "/"


def test_before_signing_in_the_browser_remembers_the_language(browser_of):
    visitor = browser_of()
    assert '<html lang="en">' in text(visitor.get("/sign-in"))
    came = {"Referer": "http://localhost/sign-in"}
    assert visitor.post("/language", {"language": "nl"}, headers=came).location == "/sign-in"
    assert '<html lang="nl">' in text(visitor.get("/sign-in"))
    cookie = visitor.client.get_cookie(COOKIE)
    assert (cookie.value, cookie.http_only, cookie.same_site) == ("nl", True, "Lax")


@pytest.mark.parametrize(
    ("asked", "lang"), [("nl-BE,en;q=0.5", "nl"), ("de,en;q=0.5,nl;q=0.4", "en"), ("fr", "en"), ("", "en")]
)
def test_without_a_choice_the_browsers_own_language_counts(browser_of, asked, lang):
    page = browser_of().get("/sign-in", headers={"Accept-Language": asked})
    assert f'<html lang="{lang}">' in text(page)


def test_what_a_person_chose_goes_before_what_the_browser_asks_or_remembers(coder, browser):
    browser.post("/language", {"language": "nl"})
    browser.client.set_cookie(COOKIE, "en")
    assert '<html lang="nl">' in text(browser.get(coder[1], headers={"Accept-Language": "en"}))


def test_a_cookie_that_names_no_language_is_as_if_it_were_not_there(browser_of):
    visitor = browser_of()
    visitor.client.set_cookie(COOKIE, "../../etc")
    assert '<html lang="en">' in text(visitor.get("/sign-in"))


def test_pages_of_leads_stay_english_and_say_so(world, browser_of):
    lead = world.study()
    browser = browser_of(lead.viewer)
    browser.post("/language", {"language": "nl"})
    home = text(browser.get(f"/studies/{lead.study_public_id}"))
    assert '<html lang="en">' in home and "Sign out" in home and 'name="language"' not in home
    assert '<html lang="nl">' in text(browser.get("/studies"))


def test_keys_are_kept_as_far_as_they_are_not_the_usual_ones(coder, browser, database):
    reply = browser.post("/settings/keys", USUAL | {"keys-note": "alt y", "keys-help": ""})
    assert reply.location == "/settings?saved=keys"
    assert stored(database, coder[0]) == {"keys": {"note": "Alt+Y", "help": ""}}
    keys = page_data(browser.get(coder[2]))["keys"]
    assert keys["note"] == {"keys": "Alt+Y", "repeats": False}
    assert "help" not in keys and keys["play"]["keys"] == "Escape"


def test_the_usual_keys_come_back_at_once(coder, browser, database):
    browser.post("/settings/keys", USUAL | {"keys-note": "Alt+Y"})
    browser.post("/settings/keys", USUAL | {"keys-note": "nonsense", "usual": "1"})
    assert stored(database, coder[0]) == {}


def test_a_key_that_clashes_is_refused_in_words_and_nothing_is_kept(coder, browser, database):
    reply = browser.post("/settings/keys", USUAL | {"keys-guidance": "Alt+N", "keys-loop": "Ctrl+W"})
    assert reply.status_code == 422
    page = text(reply)
    assert "Alt+N is set for “Write a note at this moment” already." in page
    assert "Ctrl+W may belong to the browser or to a screen reader." in page
    assert 'value="Ctrl+W"' in page and page.count('aria-invalid="true"') == 2
    assert stored(database, coder[0]) == {}


def test_the_help_lists_the_keys_as_they_are_set(coder, browser):
    browser.post("/settings/keys", USUAL | {"keys-note": "F8", "keys-loop": ""})
    for address in (f"{coder[1]}/help", coder[2]):
        page = text(browser.get(address))
        assert re.search(r"<kbd>F8</kbd> </dt><dd>Write a note at this moment", page)
        assert re.search(r"off</span></dt><dd>Mark the start and the end of a loop", page)


def test_the_help_is_for_coders_of_the_study(coder, world, browser_of):
    assert browser_of(world.person("Stranger")).get(f"{coder[1]}/help").status_code == 404


def test_a_change_of_settings_is_in_no_studys_trail(coder, browser, database):
    def links() -> int:
        with database.read() as db:
            return db.scalar(select(func.count()).select_from(Audit))

    before = links()
    browser.post("/settings", {"language": "nl", "theme": "dark"})
    browser.post("/settings/keys", USUAL | {"keys-note": "Alt+Y"})
    browser.post("/theme", {"theme": "light"})
    assert links() == before


def test_one_persons_choice_changes_nothing_for_another(coder, browser, world, browser_of):
    browser.post("/settings", {"language": "nl", "theme": "dark"})
    assert '<html lang="en">' in text(browser_of(world.person("Nora")).get("/settings"))
