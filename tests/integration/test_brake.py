"""The brake on guessing passwords: strangers are slow, and keep nobody out."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, func, select

from coder_app.app import create_app
from coder_app.cli.serving import _proxy
from coder_app.config import load_settings
from coder_app.models import SignInFailure
from coder_app.services import auth, brake, people
from coder_app.services.errors import Refused
from tests.browser_of import Browser

PASSWORD = "correct horse battery"
HOME, AWAY = "10.0.0.1", "10.0.0.2"


@pytest.fixture(autouse=True)
def passwords(monkeypatch):
    """PASSWORD is right for whoever there is; nothing is hashed, which takes half a second."""
    looked = []

    def verify(credentials, password):
        looked.append(credentials)
        return credentials is not None and password == PASSWORD

    monkeypatch.setattr(auth, "verify_password", verify)
    return looked


@pytest.fixture
def mara(database, tools):
    with database.write() as db:
        return people.create_user(db, tools, "mara", "Mara", "hash", can_create_studies=True)


@pytest.fixture
def sign_in(app):
    """Returns what signing in from an address answers."""

    def sign_in(address: str = HOME, password: str = PASSWORD, user_name: str = "mara", **headers):
        browser = Browser(app, None)
        browser.client.environ_base["REMOTE_ADDR"] = address
        return browser.post("/sign-in", {"user_name": user_name, "password": password}, headers=headers)

    return sign_in


def attack(database, tools, user_name: str = "mara", times: int = brake.ALLOWED_A_NAME) -> None:
    """Guess from many addresses until the name is braked."""
    for number in range(times):
        with database.write() as db:
            brake.try_sign_in(db, tools, user_name, f"192.0.2.{number}")


def rows(database, *where) -> int:
    with database.read() as db:
        return db.scalar(select(func.count()).select_from(SignInFailure).where(*where))


def test_after_ten_failures_from_one_address_the_password_is_not_even_looked_at(mara, sign_in, passwords):
    answers = [sign_in(password="x").status_code for _ in range(12)]
    assert answers == [422] * 10 + [429] * 2
    assert len(passwords) == 10
    held = sign_in()
    assert held.status_code == 429
    assert "Too many attempts. Try again in 15 min." in held.text
    assert sign_in(AWAY).status_code == 303


def test_the_page_says_how_long_it_is_and_a_quarter_of_an_hour_after_the_first_it_is_over(
    mara, sign_in, database, tools
):
    for _ in range(10):
        sign_in(password="x")
    tools.clock.now += timedelta(minutes=11)
    assert "Try again in 4 min." in sign_in().text
    tools.clock.now += timedelta(minutes=4)
    assert sign_in().status_code == 303


def test_a_right_password_clears_what_failed_from_its_address_and_nothing_else(
    mara, sign_in, database, tools
):
    attack(database, tools, times=9)
    for _ in range(9):
        sign_in(password="x")
    assert sign_in().status_code == 303
    assert [sign_in(password="x").status_code for _ in range(10)] == [422] * 10
    # 9 of strangers, 9 and 10 of these; the right one does not count.
    assert sign_in(AWAY, "x").status_code == 422
    assert sign_in(AWAY, "x").status_code == 422
    assert sign_in(AWAY).status_code == 429


def test_a_stranger_who_goes_on_guessing_keeps_nobody_out_of_the_usual_place(mara, sign_in, database, tools):
    assert sign_in().status_code == 303
    for _ in range(4):
        attack(database, tools)
        assert sign_in(AWAY).status_code == 429
        assert sign_in().status_code == 303
        tools.clock.now += brake.FORGOTTEN_AFTER + timedelta(seconds=1)
    assert sign_in(AWAY).status_code == 303


def test_so_does_nobody_who_guesses_from_the_same_address(mara, sign_in):
    assert sign_in().status_code == 303
    for number in range(brake.ALLOWED_AN_ADDRESS):
        sign_in(user_name=f"nobody {number}", password="x")
    assert sign_in(user_name="nobody else").status_code == 429
    assert sign_in(user_name="nobody else", address=AWAY).status_code == 422
    assert sign_in().status_code == 303


def test_where_an_account_was_made_is_a_usual_place(world, database, tools, app, sign_in):
    lead = world.study()
    with database.write() as db:
        token = people.invite(db, lead, "Nora", ["analyst"], [])
    browser = Browser(app, None)
    browser.client.environ_base["REMOTE_ADDR"] = HOME
    account = {"name": "Nora", "user_name": "nora", "password": PASSWORD, "again": PASSWORD}
    assert browser.post(f"/invitations/{token}", account).status_code == 303
    attack(database, tools, "nora")
    assert sign_in(user_name="nora").status_code == 303
    assert sign_in(AWAY, user_name="nora").status_code == 429


def test_a_place_is_usual_for_ninety_days(mara, sign_in, database, tools):
    sign_in()
    tools.clock.now += brake.USUAL_FOR + timedelta(minutes=1)
    attack(database, tools)
    assert sign_in().status_code == 429


def test_whoever_has_a_name_is_told_no_more_than_who_has_none(mara, sign_in, database, tools):
    """Byte for byte, also while the brake holds, and where the person is let on and is wrong."""
    sign_in()
    statements = []
    event.listen(database.engine, "before_cursor_execute", lambda *of: statements.append(of[2]))

    def asked(user_name: str, address: str = HOME) -> tuple[int, str, int]:
        statements.clear()
        reply = sign_in(address, "x", user_name)
        # The token is the visit's own.
        page = re.sub(rf"[0-9a-f]{{40,}}|{user_name}", "", reply.text)
        return reply.status_code, page, len(statements)

    assert asked("mara", AWAY) == asked("nora", AWAY)
    for name in ("mara", "nora"):
        attack(database, tools, name, times=brake.ALLOWED_A_NAME - 1)
    assert asked("mara", AWAY) == asked("nora", AWAY)
    assert asked("mara", AWAY)[0] == 429
    held, unknown = asked("mara"), asked("nora")
    assert held[0] == unknown[0] == 429
    assert held[1] == unknown[1]


def test_the_brake_outlives_a_restart(mara, sign_in, settings, database, tools):
    for _ in range(10):
        sign_in(password="x")
    again = Browser(create_app(settings, database=database, tools=tools), None)
    again.client.environ_base["REMOTE_ADDR"] = HOME
    reply = again.post("/sign-in", {"user_name": "mara", "password": PASSWORD})
    assert reply.status_code == 429


def test_what_counts_no_more_goes_and_floods_of_names_fill_no_table(
    mara, sign_in, database, tools, monkeypatch
):
    sign_in()
    attack(database, tools, "nora", times=20)
    assert rows(database) > 20
    tools.clock.now += brake.FORGOTTEN_AFTER + timedelta(seconds=1)
    sign_in(AWAY, "x")
    # The usual place, and name, address and both of this attempt.
    assert rows(database) == 4
    monkeypatch.setattr(brake, "MOST_ROWS", 30)
    for number in range(40):
        with database.write() as db:
            brake.try_sign_in(db, tools, f"flood {number}", f"198.51.100.{number}")
        assert rows(database) <= 30 + 4
    assert rows(database, SignInFailure.right_at.is_not(None)) == 1
    tools.clock.now += brake.USUAL_FOR + timedelta(minutes=1)
    sign_in(AWAY, "x")
    assert rows(database, SignInFailure.right_at.is_not(None)) == 0


def test_guesses_that_are_refused_are_not_counted(mara, database, tools):
    for _ in range(10):
        with database.write() as db:
            brake.try_sign_in(db, tools, "mara", HOME)
    for _ in range(brake.ALLOWED_AN_ADDRESS):
        with pytest.raises(Refused), database.write() as db:
            brake.try_sign_in(db, tools, "mara", HOME)
    with database.write() as db:
        brake.try_sign_in(db, tools, "nora", HOME)
        brake.try_sign_in(db, tools, "mara", AWAY)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:10.0.0.1", "10.0.0.1", True),
        ("10.0.0.1", "10.0.0.2", False),
        ("None", "unix:", False),
    ],
)
def test_addresses_that_one_person_can_choose_among_count_as_one(one, other, same):
    assert (brake._place(one) == brake._place(other)) is same


def test_what_a_browser_says_of_its_address_is_not_believed(mara, sign_in):
    for number in range(10):
        assert sign_in(password="x", **{"X-Forwarded-For": f"203.0.113.{number}"}).status_code == 422
    assert sign_in(**{"X-Forwarded-For": "203.0.113.99", "Forwarded": "for=203.0.113.98"}).status_code == 429


def test_a_proxy_is_believed_only_where_the_setting_says_that_there_is_one(tmp_path):
    environ = {"CODER_APP_DATA": str(tmp_path)}
    assert _proxy(load_settings(environ=environ)) == {}
    believed = _proxy(load_settings(environ=environ | {"CODER_APP_HTTPS": "1"}))
    assert believed["trusted_proxy"] == "127.0.0.1"
    assert believed["clear_untrusted_proxy_headers"] is True
