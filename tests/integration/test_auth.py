"""Signing in, staying signed in, new accounts and new passwords, as a browser meets them."""

from dataclasses import replace
from datetime import timedelta

import argon2
import pytest

from coder_app.app import create_app
from coder_app.domain.permissions import Role
from coder_app.models import Assignment, Invitation, Study
from coder_app.services import auth, people
from coder_app.services.actor import get_actor
from coder_app.web.access import LOGIN_COOKIE
from coder_app.web.auth.views import setup_code
from tests.browser_of import Browser
from tests.makers.coding import add_assignment, add_recording, add_round

PASSWORD = "correct horse battery"
ACCOUNT = {"name": "Mara", "user_name": "mara", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture(scope="session")
def password_hash() -> str:
    """The hash of PASSWORD."""
    return auth.hash_password(PASSWORD)


@pytest.fixture
def mara(database, tools, password_hash):
    """Somebody who can sign in with PASSWORD."""
    with database.write() as db:
        return people.create_user(db, tools, "Mara", "Mara", password_hash, can_create_studies=True)


def sign_in(browser: Browser, user_name: str = "mara", password: str = PASSWORD, **options):
    return browser.post("/sign-in", {"user_name": user_name, "password": password}, **options)


def token_of(browser: Browser) -> str | None:
    cookie = browser.client.get_cookie(LOGIN_COOKIE)
    return cookie.value if cookie else None


def text(reply) -> str:
    return reply.get_data(as_text=True)


def invite(database, lead, roles=(Role.CODER,), instruments=("CIRS",), name="Mara") -> str:
    with database.write() as db:
        return people.invite(db, lead, name, list(roles), list(instruments))


def test_a_password_is_hashed_at_the_cost_that_the_library_recommends(monkeypatch):
    recommended = argon2.profiles.RFC_9106_LOW_MEMORY
    monkeypatch.setattr(argon2, "PasswordHasher", argon2.PasswordHasher.func)
    assert argon2.extract_parameters(auth.hash_password(PASSWORD)) == recommended


def test_the_right_password_opens_the_studies_however_the_user_name_is_written(mara, browser_of):
    browser = browser_of()
    assert sign_in(browser, "  MARA ").location == "/"
    assert browser.get("/").location == "/studies"
    assert "Your studies" in text(browser.get("/studies"))


def test_a_token_that_was_planted_before_signing_in_is_worth_nothing_afterwards(mara, browser_of, app):
    browser = browser_of()
    browser.client.set_cookie(LOGIN_COOKIE, "planted")
    sign_in(browser)
    assert token_of(browser) not in (None, "planted")
    assert Browser(app, "planted").get("/studies").status_code == 303


def test_signing_in_as_somebody_else_ends_the_sign_in_before(mara, world, browser_of, app):
    browser = browser_of(world.person("Nora"))
    before = token_of(browser)
    sign_in(browser)
    assert Browser(app, before).get("/studies").status_code == 303
    assert "Mara" in text(browser.get("/studies"))


def test_a_wrong_password_and_an_unknown_user_name_get_the_same_answer(mara, browser_of):
    browser = browser_of()
    wrong, unknown = sign_in(browser, "mara", "x"), sign_in(browser, "nora", "x")
    assert wrong.status_code == unknown.status_code == 422
    assert text(wrong).replace("mara", "nora") == text(unknown)
    assert "do not belong together" in text(wrong)
    assert token_of(browser) is None


def test_an_empty_form_names_both_fields(mara, browser_of):
    reply = sign_in(browser_of(), "", "")
    assert reply.status_code == 422
    assert "Enter your user name." in text(reply) and "Enter your password." in text(reply)


def test_characters_that_no_name_has_are_no_error_of_the_server(mara, browser_of):
    assert sign_in(browser_of(), "nobody\0").status_code == 422
    assert sign_in(browser_of(), "ma\0ra").status_code == 303


def test_a_page_asked_for_after_the_sign_in_has_run_out_leads_to_signing_in(mara, browser_of, tools):
    browser = browser_of(mara)
    assert browser.get("/studies").status_code == 200
    token = browser.csrf_token()
    tools.clock.now += auth.LOGIN_LASTS
    assert browser.get("/studies").location == "/sign-in"
    late = browser.client.post("/studies/new", data={"csrf_token": token, "name": "Late"})
    assert late.status_code == 401
    assert "You are signed out" in text(late)


def test_a_page_asked_for_in_the_middle_of_work_without_a_sign_in_leads_to_signing_in(world, browser_of):
    lead = world.study()
    for page in ("", "/people", "/audit"):
        reply = browser_of().get(f"/studies/{lead.study_public_id}{page}")
        assert (reply.status_code, reply.location) == (303, "/sign-in")


def test_signing_out_makes_the_token_worthless(mara, browser_of, app):
    browser = browser_of(mara)
    token = token_of(browser)
    assert browser.post("/sign-out").location == "/sign-in"
    assert Browser(app, token).get("/studies").status_code == 303


def test_a_new_password_ends_every_other_sign_in_and_keeps_this_one(mara, browser_of):
    here, elsewhere = browser_of(mara), browser_of(mara)
    new = "quite another sentence"
    before = token_of(here)
    reply = here.post("/password", {"current": PASSWORD, "password": new, "again": new})
    assert reply.status_code == 303
    assert "The password is changed" in text(here.get(reply.location))
    assert token_of(here) != before
    assert elsewhere.get("/studies").status_code == 303
    visitor = browser_of()
    assert sign_in(visitor).status_code == 422
    assert sign_in(visitor, password=new).status_code == 303


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"current": "not it", "password": PASSWORD, "again": PASSWORD}, "not your present password"),
        ({"current": PASSWORD, "password": "short", "again": "short"}, "12 to 200 characters"),
        ({"current": PASSWORD, "password": PASSWORD, "again": PASSWORD + "!"}, "The two passwords differ"),
    ],
)
def test_a_password_that_cannot_be_changed_stays_and_says_why(form, said, mara, browser_of):
    browser = browser_of(mara)
    reply = browser.post("/password", form)
    assert reply.status_code == 422
    assert said in text(reply)
    assert PASSWORD not in text(reply)
    assert browser.get("/studies").status_code == 200


def test_the_first_account_needs_the_code_and_can_create_studies(app, browser_of):
    browser = browser_of()
    assert browser.get("/").location == "/setup"
    with app.app_context():
        code = setup_code()
    wrong = browser.post("/setup", ACCOUNT | {"code": "0" * 12}, page="/setup")
    assert wrong.status_code == 422
    assert "not the code" in text(wrong)
    assert browser.post("/setup", ACCOUNT | {"code": code}, page="/setup").status_code == 303
    assert "New study" in text(browser.get("/studies"))


def test_there_is_no_second_first_account(mara, app, browser_of):
    with app.app_context():
        code = setup_code()
    browser = browser_of()
    assert browser.get("/setup").status_code == 404
    assert browser.post("/setup", ACCOUNT | {"code": code, "user_name": "second"}).status_code == 404


def test_an_invited_person_makes_an_account_and_lands_in_the_study(world, database, browser_of):
    lead = world.study()
    link = f"/invitations/{invite(database, lead)}"
    browser = browser_of()
    page = text(browser.get(link))
    assert "Join Ruptures" in page and "Mara is invited as coder" in page
    assert browser.post(link, ACCOUNT, page=link).location == "/"
    assert browser.get("/studies").location == f"/studies/{lead.study_public_id}/coding"
    assert browser.get("/studies/new").status_code == 404


def test_somebody_with_an_account_joins_with_it(world, database, browser_of):
    lead = world.study()
    viewer = world.person("Ana")
    link = f"/invitations/{invite(database, lead, (Role.ANALYST,), ())}"
    browser = browser_of(viewer)
    page = text(browser.get(link))
    assert page.index("This link is for <strong>Mara</strong>") < page.index("Join as Ana")
    assert browser.post(link).location == "/studies"
    assert world.again(lead, viewer).roles == {Role.ANALYST}


def test_links_that_were_used_taken_back_run_out_or_never_were_look_alike(world, database, tools, browser_of):
    lead = world.study()
    used, back, old = (invite(database, lead, (Role.ANALYST,), (), name) for name in ("Nora", "Ana", "Jo"))
    nora = browser_of(world.person("Nora"))
    assert nora.post(f"/invitations/{used}").status_code == 303
    with database.write() as db:
        people.revoke_invitation(db, lead, _public_id(db, back))
        db.get(Invitation, _id(db, old)).expires_at = tools.clock()
    other = world.person("Other")
    for token in (used, back, old, "never"):
        browser = browser_of(other)
        shown, joined = browser.get(f"/invitations/{token}"), browser.post(f"/invitations/{token}")
        assert shown.status_code == joined.status_code == 404
        assert "This invitation cannot be used" in text(shown)
        assert text(shown) == text(browser.get("/invitations/never"))
    assert browser_of(other).get(f"/studies/{lead.study_public_id}").status_code == 404


def test_a_lead_who_tries_an_invitation_of_leads_does_not_use_it_up(world, database, browser_of):
    lead = world.study()
    link = f"/invitations/{invite(database, lead, (Role.LEAD,), ())}"
    refused = browser_of(lead.viewer).post(link)
    assert refused.status_code == 409
    assert "for somebody else" in text(refused)
    assert browser_of(world.person("Nora")).post(link).status_code == 303


def test_a_coder_joins_a_second_team_by_a_second_invitation(world, database, browser_of):
    lead = world.study()
    coder = world.member(lead, "Nora", Role.CODER, instruments=("CIRS",))
    link = f"/invitations/{invite(database, lead, instruments=('TABBS',))}"
    assert browser_of(coder.viewer).post(link).status_code == 303
    page = text(browser_of(lead.viewer).get(f"/studies/{lead.study_public_id}/people"))
    assert "CIRS, TABBS" in page


def test_a_taken_user_name_is_said_and_the_link_stays_good(world, database, browser_of):
    lead = world.study()
    world.person("mara")
    link = f"/invitations/{invite(database, lead)}"
    browser = browser_of()
    reply = browser.post(link, ACCOUNT, page=link)
    assert reply.status_code == 422
    assert "This user name is taken" in text(reply)
    assert browser.post(link, ACCOUNT | {"user_name": "mara2"}, page=link).status_code == 303


def test_a_coder_who_comes_after_the_allotment_is_told_so_and_gets_no_account(world, database, browser_of):
    lead = world.study()
    link = f"/invitations/{invite(database, lead)}"
    with database.write() as db:
        db.get(Study, lead.study_id).phase = "coding"
    for reply in (browser_of().get(link), browser_of().post(link, ACCOUNT)):
        assert reply.status_code == 409
        assert "The recordings are allotted" in text(reply)
    with database.read() as db:
        assert auth.find_credentials(db, "mara") is None


@pytest.fixture
def demo(world, database, settings, tools):
    """The demo: a study being coded, by one coder who is done and one who is not, and a finished one."""
    coding = world.study("Being coded", "Lead of one")
    done = world.member(coding, "Ada done", Role.CODER, instruments=("CIRS",))
    busy = world.member(coding, "Bea busy", Role.CODER, instruments=("CIRS",))
    finished = world.study("Finished", "Lead of two")
    with database.write() as db:
        made, recording = add_round(db, coding), add_recording(db, coding, "zora-mila")
        add_assignment(db, done, made, recording, "CIRS", "velid-moru", 1)
        add_assignment(db, busy, made, recording, "CIRS", "gandi-mosk", 1)
        db.query(Assignment).filter_by(user_id=done.user_id).one().state = "submitted"
        for lead, phase in ((coding, "coding"), (finished, "unmasked")):
            row = db.get(Study, lead.study_id)
            row.synthetic, row.phase = True, phase
            row.locked_at = row.unmasked_at = tools.clock() if phase == "unmasked" else None
    app = create_app(replace(settings, demo=True), database=database, tools=tools)
    app.testing = True
    return Browser(app, None), coding, finished


def test_the_doors_of_the_demo_lead_to_a_recording_and_to_the_results(demo):
    browser, coding, finished = demo
    front = text(browser.get("/sign-in"))
    assert "Rate as a coder" in front and "See the results as the lead" in front
    assert browser.post("/demo/coder").location == f"/studies/{coding.study_public_id}/coding"
    queue = text(browser.get(f"/studies/{coding.study_public_id}/coding"))
    assert "Bea busy" in queue and "gandi-mosk" in queue
    assert browser.post("/demo/lead").location == f"/studies/{finished.study_public_id}"
    assert "The key is open" in text(browser.get(f"/studies/{finished.study_public_id}"))


def test_no_study_is_created_in_the_demo_and_serve_is_explained(demo):
    browser, _, _ = demo
    assert "python3 -m coder_app serve" in text(browser.get("/demo/own-study"))
    browser.post("/demo/lead")
    reply = browser.post("/studies/new", {"name": "Mine", "instruments": "CIRS"})
    assert "python3 -m coder_app serve" in text(reply)
    assert "Mine" not in text(browser.get("/studies"))


def test_the_doors_open_for_no_other_role_and_in_no_real_installation(demo, browser_of):
    browser, _, _ = demo
    assert browser.post("/demo/analyst").status_code == 404
    real = browser_of()
    assert "Rate as a coder" not in text(real.get("/sign-in"))
    assert [real.post(f"/demo/{role}").status_code for role in ("lead", "coder")] == [404, 404]
    assert real.get("/demo/own-study").status_code == 404


def test_a_new_study_has_the_usual_scales_ticked_and_opens_at_its_home(mara, browser_of, database, tools):
    browser = browser_of(mara)
    assert text(browser.get("/studies/new")).count("checked") == 4
    assert browser.post("/studies/new", {"name": " ", "instruments": "CIRS"}).status_code == 422
    only_measures = browser.post("/studies/new", {"name": "Mine", "instruments": ["TASC", "WAI-S"]})
    assert only_measures.status_code == 422
    assert "Choose at least one scale for the coders." in text(only_measures)
    made = browser.post("/studies/new", {"name": "Mine", "instruments": ["CIRS", "TASC"]})
    assert made.status_code == 303
    with database.read() as db:
        actor = get_actor(db, tools, mara, made.location.rsplit("/", 1)[1])
    assert (actor.study_name, actor.roles) == ("Mine", {Role.LEAD})
    assert "Import participants" in text(browser.get(made.location))


def test_an_invitation_can_be_accepted_until_its_last_moment(world, database, tools, browser_of):
    lead = world.study()
    link = f"/invitations/{invite(database, lead)}"
    tools.clock.now += people.INVITATION_LASTS - timedelta(minutes=1)
    assert browser_of().get(link).status_code == 200
    tools.clock.now += timedelta(minutes=1)
    assert browser_of().get(link).status_code == 404


def _id(db, token: str) -> int:
    return db.query(Invitation).filter_by(token_hash=auth.hash_token(token)).one().id


def _public_id(db, token: str) -> str:
    return db.get(Invitation, _id(db, token)).public_id
