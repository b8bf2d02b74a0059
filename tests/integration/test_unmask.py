"""Opening the key: only when everything is true, by the lead's own password, once and on record."""

import pytest

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Hidden
from coder_app.models import AuditPayload, Membership
from coder_app.services import audit, key, unmask
from coder_app.services.errors import Refused
from tests.makers.coded import PASSWORD, make_coded_study

RIGHT = {"reason": "All forms are in and locked.", "name": "Ruptures", "password": PASSWORD}


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


@pytest.fixture
def ready(study):
    """A study that is locked and planned, whose lead has a password."""
    study.lock()
    study.plan()
    study.set_password()
    return study


def open_key(study, browser, **changes):
    page = study.address + "/unmask"
    return browser.post(page + "/open", RIGHT | changes, page=page)


def phase_of(study, world):
    return world.again(study.lead).phase


def acts_of(study):
    return [entry.act for entry in study.trail()]


def test_what_is_missing_is_named(study, database):
    with database.read() as db:
        conditions = unmask.get_conditions(db, study.lead)
    assert conditions.missing == ("Lock the coding first.", "Record the analysis plan first.")
    with database.write() as db, pytest.raises(Refused, match="Lock the coding first"):
        unmask.unmask(db, study.lead, "because")


def test_a_locked_study_without_a_plan_stays_sealed(study, world, database):
    study.lock()
    with database.write() as db, pytest.raises(Refused, match=r"^Record the analysis plan first\.$"):
        unmask.unmask(db, study.lead, "because")
    assert phase_of(study, world) is Phase.LOCKED


def test_a_broken_trail_keeps_the_key_sealed(ready, world, database):
    from sqlalchemy import update

    with database.write() as db:
        db.execute(update(AuditPayload).where(AuditPayload.seq == 3).values(payload={"other": 1}))
    with database.write() as db, pytest.raises(Refused, match="broken at entry 3"):
        unmask.unmask(db, ready.lead, "because")
    assert phase_of(ready, world) is Phase.LOCKED


def test_a_reason_is_needed(ready, world, database):
    with database.write() as db, pytest.raises(Refused, match="Give the reason"):
        unmask.unmask(db, ready.lead, "  \0 ")
    assert phase_of(ready, world) is Phase.LOCKED


def test_the_lead_opens_the_key_with_reason_name_and_password(ready, world, database, browser_of):
    browser = browser_of(ready.lead.viewer)
    assert open_key(ready, browser).status_code == 303
    assert phase_of(ready, world) is Phase.UNMASKED
    last = ready.trail()[0]
    with database.read() as db:
        assert audit.check_chain(db, ready.lead.study_id).broken_at is None
    assert (last.act, last.person, last.payload["reason"]) == ("unmask", "Lead", RIGHT["reason"])
    page = browser.get(ready.address + "/unmask").get_data(as_text=True)
    assert "The key is open" in page
    assert RIGHT["reason"] in page
    assert "Unmask the study" not in page


def test_a_wrong_password_opens_nothing_and_is_on_record(ready, world, database, browser_of):
    answer = open_key(ready, browser_of(ready.lead.viewer), password="not this one at all")
    assert answer.status_code == 422
    assert "This is not your password" in answer.get_data(as_text=True)
    assert "not this one" not in answer.get_data(as_text=True)
    assert phase_of(ready, world) is Phase.LOCKED
    assert acts_of(ready)[0] == "refuse unmask"


def test_guessing_the_password_meets_the_brake(ready, world, database, browser_of, monkeypatch):
    """Hashing is left out here: ten guesses would cost seconds."""
    from coder_app.services import auth, brake

    monkeypatch.setattr(auth, "verify_password", lambda credentials, password: password == PASSWORD)
    browser = browser_of(ready.lead.viewer)
    for _ in range(brake.ALLOWED_A_PAIR):
        assert open_key(ready, browser, password="a guess").status_code == 422
    braked = open_key(ready, browser)
    assert braked.status_code == 409
    assert "Too many attempts" in braked.get_data(as_text=True)
    assert phase_of(ready, world) is Phase.LOCKED


def test_a_wrong_password_is_on_record_also_while_strangers_who_guess_are_held(
    ready, world, database, browser_of, monkeypatch
):
    from coder_app.services import auth, brake

    monkeypatch.setattr(auth, "verify_password", lambda credentials, password: password == PASSWORD)
    name = ready.lead.viewer.user_name
    with database.write() as db:
        brake.remember(db, world.tools, name, "127.0.0.1")
        for number in range(brake.ALLOWED_A_NAME):
            brake.try_sign_in(db, world.tools, name, f"192.0.2.{number}")
    browser = browser_of(ready.lead.viewer)
    answer = open_key(ready, browser, password="a guess")
    assert answer.status_code == 409 and "Too many attempts" in answer.get_data(as_text=True)
    assert acts_of(ready)[0] == "refuse unmask"
    assert open_key(ready, browser).status_code == 303
    assert phase_of(ready, world) is Phase.UNMASKED


def test_a_wrong_name_is_found_before_the_password_is_looked_at(ready, world, database, browser_of):
    answer = open_key(ready, browser_of(ready.lead.viewer), name="ruptures?")
    assert answer.status_code == 422
    assert "as it is written: Ruptures" in answer.get_data(as_text=True)
    assert phase_of(ready, world) is Phase.LOCKED
    assert "refuse unmask" not in acts_of(ready)


def test_every_field_is_needed(ready, world, browser_of):
    for name in RIGHT:
        assert open_key(ready, browser_of(ready.lead.viewer), **{name: ""}).status_code == 422
    assert phase_of(ready, world) is Phase.LOCKED


def test_the_key_opens_once(ready, database, browser_of):
    browser = browser_of(ready.lead.viewer)
    stale = ready.lead
    open_key(ready, browser)
    again = open_key(ready, browser)
    assert again.status_code == 409
    assert "open already" in again.get_data(as_text=True)
    with database.write() as db, pytest.raises(Refused, match="open already"):
        unmask.unmask(db, stale, "once more")
    assert acts_of(ready).count("unmask") == 1


def test_a_form_sent_before_its_time_is_refused_by_name(study, world, browser_of):
    study.set_password()
    answer = open_key(study, browser_of(study.lead.viewer))
    assert answer.status_code == 409
    assert "Lock the coding first. Record the analysis plan first." in answer.get_data(as_text=True)
    assert phase_of(study, world) is Phase.CODING


def test_coders_and_analysts_cannot_open_it(ready, world, database, browser_of):
    analyst = world.member(ready.lead, "Ana", Role.ANALYST)
    for other in (ready.coders["Ada"], analyst):
        browser = browser_of(other.viewer)
        assert browser.get(ready.address + "/unmask").status_code == 404
        answer = browser.post(ready.address + "/unmask/open", RIGHT, page="/studies/new")
        assert answer.status_code in (400, 404)
        with database.write() as db, pytest.raises(NotAllowed):
            unmask.unmask(db, other, "because")
    assert phase_of(ready, world) is Phase.LOCKED


def test_a_lead_who_still_codes_is_told_so(study, world, database, browser_of):
    ada = study.coders["Ada"]
    with database.write() as db:
        db.add(
            Membership(
                study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=study.lead.now()
            )
        )
    study.open_again("s01", "Ada", "CIRS")
    page = browser_of(ada.viewer).get(study.address + "/unmask").get_data(as_text=True)
    assert "You still have recordings to code" in page


def test_the_join_is_hidden_until_the_key_is_open_and_then_leaves_a_trace(ready, world, database):
    with database.write() as db, pytest.raises(Hidden):
        key.get_join(db, ready.lead, "test")
    ready.open_key()
    before = acts_of(ready)
    with database.write() as db:
        join = key.get_join(db, ready.lead, "test")
    assert set(join) == set(ready.recordings.values())
    assert acts_of(ready) == ["join by the key", *before]
    with database.write() as db, pytest.raises(Hidden):
        key.get_join(db, world.again(ready.coders["Ada"]), "test")
