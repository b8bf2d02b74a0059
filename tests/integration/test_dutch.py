"""A coder's pages in Dutch: no English sentence is left on any of them."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from babel.messages.pofile import read_po

from coder_app.config import PROJECT
from coder_app.domain.permissions import Role
from coder_app.domain.rating import Change
from coder_app.services import brake, rating
from coder_app.web.words import day, figure, moment
from tests.makers.coding import add_assignment, add_recording, add_round

MESSAGES = PROJECT / "translations/nl/LC_MESSAGES/messages.po"
READ_ALOUD = {"alt", "aria-label", "aria-valuetext", "placeholder", "title"}
ADDRESS = re.compile(r'href="(/[^"#]*)')


class Words(HTMLParser):
    """What a page shows or has read aloud, one piece of text after the other."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._silent += tag in ("script", "style")
        self.said += [" ".join((value or "").split()) for name, value in attrs if name in READ_ALOUD]

    def handle_endtag(self, tag):
        self._silent -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._silent and data.strip():
            self.said.append(" ".join(data.split()))


def _pattern(text: str) -> re.Pattern:
    """Return what finds an English text with whatever its places were filled with."""
    parts = re.split(r"%\(\w+\)s", text)
    # In "3 of 6" stand numbers and words; "of" between any two texts is Dutch for "or".
    place = ".*" if len(_bare(text).split()) > 2 else r"\S+"
    return re.compile(place.join(re.escape(part) for part in parts))


@pytest.fixture(scope="module")
def english() -> list[re.Pattern]:
    """The English texts, as far as they differ from the Dutch ones and are more than a place."""
    with MESSAGES.open("rb") as file:
        catalog = read_po(file, locale="nl")
    texts = [
        (id, string)
        for message in catalog
        if message.id
        for id, string in (
            [(message.id, message.string)]
            if isinstance(message.id, str)
            else zip(message.id, message.string, strict=True)
        )
    ]
    return [_pattern(id) for id, string in texts if id != string and re.search(r"[a-z]{2}", _bare(id))]


def _bare(text: str) -> str:
    return re.sub(r"%\(\w+\)s", "", text)


@pytest.fixture
def coder(world, database):
    """A coder with a recording that is submitted, one that is begun and one that is not."""
    lead = world.study()
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        round_id = add_round(db, lead)
        made = [
            add_assignment(db, coder, round_id, add_recording(db, lead, code), "CIRS", mask, place)
            for place, (code, mask) in enumerate([("c-1", "velid-moru"), ("c-2", "pasol-tine")], start=1)
        ]
        rating.save(db, coder, made[0], Change("cirs_01", 3, None, "p", 1, 0))
    return coder, made


@pytest.fixture
def browser(coder, browser_of):
    browser = browser_of(coder[0].viewer)
    browser.post("/language", {"language": "nl"})
    return browser


def left_in_english(reply, english) -> list[str]:
    page = reply.get_data(as_text=True)
    assert '<html lang="nl"' in page
    return [said for said in Words(page).said if any(text.fullmatch(said) for text in english)]


def test_no_page_that_a_coder_can_reach_shows_an_english_sentence(coder, browser, english):
    queue = f"/studies/{coder[0].study_public_id}/coding"
    waiting, seen, found = [queue, "/settings", "/password", "/nothing-here", "/studies"], set(), {}
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith("/static/"):
            continue
        seen.add(address)
        reply = browser.get(address)
        if reply.status_code in (301, 302, 303):
            waiting.append(reply.location)
        elif reply.mimetype == "text/html":
            waiting += ADDRESS.findall(reply.get_data(as_text=True))
            if left := left_in_english(reply, english):
                found[address] = left
    assert found == {}
    assert len(seen) >= 10


def test_what_is_refused_is_refused_in_dutch(coder, browser, english):
    form = f"/coding/{coder[1][1]}"
    sent = {"score-cirs_01": "9", "score-cirs_02": "not-codable", "score-cirs_03": "many"}
    refused = browser.post(f"{form}/form", sent)
    assert refused.status_code == 422
    assert "9 staat niet op de schaal van" in refused.get_data(as_text=True)
    assert left_in_english(refused, english) == []
    change = {"item": "cirs_01", "score": 9, "reason": None, "page": "p", "sequence": 1, "base": 0}
    assert (
        browser.post_json(f"{form}/ratings", change).json["message"].startswith("9 staat niet op de schaal")
    )
    for address, data in (
        ("/settings/keys", {"keys-note": "Ctrl+N", "keys-help": "Alt+F4", "keys-play": "Tab"}),
        ("/password", {"current": "wrong", "password": "short"}),
        (f"{form}/submit", {}),
    ):
        reply = browser.post(address, data)
        assert reply.status_code in (409, 422)
        assert left_in_english(reply, english) == [], address


def test_a_visitor_is_spoken_to_in_dutch(browser_of, world, english):
    world.person("Mara")
    visitor = browser_of()
    visitor.post("/language", {"language": "nl"})
    for reply in (
        visitor.get("/sign-in"),
        visitor.post("/sign-in", {"user_name": "mara", "password": "not the password"}),
        visitor.post("/sign-in", {}),
        visitor.get("/invitations/" + "0" * 32),
        visitor.client.post("/sign-in", data={}),
    ):
        assert left_in_english(reply, english) == []


def test_too_many_attempts_are_stopped_in_dutch(browser_of, english):
    visitor = browser_of()
    visitor.post("/language", {"language": "nl"})
    for _ in range(brake.ALLOWED_A_PAIR + 1):
        reply = visitor.post("/sign-in", {"user_name": "nobody", "password": "not the password"})
    assert reply.status_code == 429
    assert "Probeer het over 15 min opnieuw" in reply.get_data(as_text=True)


def test_days_and_numbers_are_written_as_the_language_does(app):
    at = datetime(2026, 3, 2, 9, 5, tzinfo=UTC).astimezone()
    with app.test_request_context("/sign-in", headers={"Accept-Language": "nl"}):
        assert (day(at), moment(at)) == ("2 mrt 2026", f"2 mrt 2026, {at:%H:%M}")
        assert (figure(1.25), figure(0.571, "0%")) == ("1,25", "57%")
    with app.test_request_context("/sign-in"):
        assert (day(at), figure(1.25)) == ("2 Mar 2026", "1.25")


def test_the_page_brings_its_scripts_the_dutch_texts_and_in_english_none(coder, browser):
    address = f"/coding/{coder[1][0]}"
    assert "Opgeslagen {time}" in browser.get(address).get_data(as_text=True)
    browser.post("/language", {"language": "en"})
    page = browser.get(address).get_data(as_text=True)
    assert '"texts"' not in page and '"plural"' not in page
