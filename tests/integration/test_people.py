"""The people page: inviting, taking back, and the lead who codes too."""

import re

import pytest

from coder_app.domain.permissions import Role
from coder_app.models import Invitation, Study
from coder_app.services import members, people
from coder_app.services.errors import Refused
from tests.makers.coding import add_assignment, add_recording, add_round

LINK = re.compile(r"http://localhost(/invitations/[0-9a-f]{64})")


@pytest.fixture
def lead(world):
    """The lead of a study that is being set up."""
    return world.study()


def page_of(lead, tail: str = "") -> str:
    return f"/studies/{lead.study_public_id}/people{tail}"


def text(reply) -> str:
    return reply.get_data(as_text=True)


def allot(database, lead) -> None:
    with database.write() as db:
        db.get(Study, lead.study_id).phase = "coding"


def n_invitations(database) -> int:
    with database.read() as db:
        return db.query(Invitation).count()


def test_the_link_is_shown_once_and_brings_the_person_in(lead, browser_of, world):
    browser = browser_of(lead.viewer)
    form = {"name": "J. Brandt", "roles": ["coder", "lead"], "instruments": ["CIRS", "TABBS"]}
    shown = text(browser.post(page_of(lead, "/invitations"), form))
    assert "J. Brandt is invited" in shown
    link = LINK.search(shown).group(1)
    again = text(browser.get(page_of(lead)))
    assert "J. Brandt" in again and not LINK.search(again)
    viewer = world.person("Jo")
    assert browser_of(viewer).post(link).status_code == 303
    assert world.again(lead, viewer).roles == {Role.CODER, Role.LEAD}
    assert "Open invitations" not in text(browser.get(page_of(lead)))


def test_reloading_the_page_with_the_link_makes_no_second_invitation(lead, browser_of, database):
    browser, form = browser_of(lead.viewer), {"name": "J. Brandt", "roles": "analyst"}
    browser.post(page_of(lead, "/invitations"), form)
    again = browser.post(page_of(lead, "/invitations"), form)
    assert again.status_code == 422
    assert "J. Brandt is invited already" in text(again)
    assert n_invitations(database) == 1


def test_a_link_to_this_computer_alone_comes_with_a_warning(lead, browser_of):
    browser, said = browser_of(lead.viewer), "This link works on this computer only"
    form = {"name": "Jo", "roles": "analyst"}
    assert said in text(browser.post(page_of(lead, "/invitations"), form))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": " ", "roles": "analyst"}, "Give a name."),
        ({"name": "Jo"}, "Choose at least one role."),
        ({"name": "Jo", "roles": "owner"}, "owner"),
        ({"name": "Jo", "roles": "coder"}, "A coder needs at least one scale"),
        ({"name": "Jo", "roles": "analyst", "instruments": "CIRS"}, "only coders are given scales"),
        ({"name": "Jo", "roles": "coder", "instruments": "TASC"}, "TASC"),
    ],
)
def test_an_invitation_that_makes_no_sense_is_not_made(form, said, lead, browser_of, database):
    reply = browser_of(lead.viewer).post(page_of(lead, "/invitations"), form)
    assert reply.status_code == 422
    assert said in text(reply)
    assert n_invitations(database) == 0


def test_an_invitation_that_was_taken_back_lets_nobody_in(lead, browser_of, world):
    browser = browser_of(lead.viewer)
    shown = text(browser.post(page_of(lead, "/invitations"), {"name": "Jo", "roles": "lead"}))
    revoke = re.search(r'action="(/studies/[^"]+/revoke)"', shown).group(1)
    assert browser.post(revoke).location == page_of(lead)
    assert browser.post(revoke).status_code == 404
    assert browser_of(world.person("Jo")).post(LINK.search(shown).group(1)).status_code == 404


def test_an_invitation_of_another_study_cannot_be_taken_back(lead, browser_of, world, database):
    other = world.study("Other", "Other lead")
    with database.write() as db:
        people.invite(db, other, "Jo", [Role.ANALYST], [])
        public_id = db.query(Invitation).one().public_id
    assert browser_of(lead.viewer).post(page_of(lead, f"/invitations/{public_id}/revoke")).status_code == 404
    with database.read() as db:
        assert len(people.list_invitations(db, other)) == 1


@pytest.mark.parametrize("role", [Role.CODER, Role.ANALYST])
def test_a_forged_form_raises_nobody_to_lead(role, lead, browser_of, world, database):
    scales = ("CIRS",) if role is Role.CODER else ()
    member = world.member(lead, "Mara", role, instruments=scales)
    before = n_invitations(database)
    browser = browser_of(member.viewer)
    forged = {"name": "Mara", "roles": "lead", "role": "lead", "own-instruments": "CIRS"}
    for tail in ("/invitations", "/code-too", "/invitations/" + "0" * 32 + "/revoke"):
        assert browser.post(page_of(lead, tail), forged).status_code == 404
    assert browser.get(page_of(lead)).status_code == 404
    assert n_invitations(database) == before
    assert world.again(lead, member.viewer).roles == {role}


def test_a_form_of_accepting_gives_no_other_role_than_the_invitation_names(lead, browser_of, world, database):
    with database.write() as db:
        token = people.invite(db, lead, "Ana", [Role.ANALYST], [])
    viewer = world.person("Ana")
    browser_of(viewer).post(f"/invitations/{token}", {"roles": "lead", "role": "lead"})
    assert world.again(lead, viewer).roles == {Role.ANALYST}


def test_a_lead_becomes_a_coder_and_is_told_what_is_hidden_then(lead, browser_of, world):
    browser = browser_of(lead.viewer)
    assert "This cannot be taken back." in text(browser.get(page_of(lead)))
    assert browser.post(page_of(lead, "/code-too")).status_code == 422
    form = {"own-instruments": "CIRS"}
    assert browser.post(page_of(lead, "/code-too"), form).status_code == 422
    assert browser.post(page_of(lead, "/code-too"), form | {"own-read": "y"}).status_code == 303
    assert world.again(lead).roles == {Role.LEAD, Role.CODER}
    page = text(browser.get(page_of(lead)))
    assert "You code CIRS." in page and "as blind as any coder" in page


@pytest.mark.parametrize("phase", ["coding", "locked", "unmasked"])
def test_teams_stay_as_they_are_once_the_recordings_are_allotted(phase, lead, browser_of, world, database):
    with database.write() as db:
        db.get(Study, lead.study_id).phase = phase
    browser = browser_of(lead.viewer)
    page = text(browser.get(page_of(lead)))
    assert "no coder can be invited" in page
    assert 'value="coder"' not in page and "own-instruments" not in page
    late = browser.post(page_of(lead, "/code-too"), {"own-instruments": "CIRS", "own-read": "y"})
    assert late.status_code == 409
    assert "The recordings are allotted" in text(late)
    coder = {"name": "Jo", "roles": "coder", "instruments": "CIRS"}
    assert browser.post(page_of(lead, "/invitations"), coder).status_code == 422
    assert browser.post(page_of(lead, "/invitations"), {"name": "Jo", "roles": "analyst"}).status_code == 200
    now = world.again(lead)
    assert now.roles == {Role.LEAD}
    with database.write() as db, pytest.raises(Refused, match="the teams of coders stay as they are"):
        people.invite(db, now, "Jo", [Role.CODER], ["CIRS"])
    with database.write() as db, pytest.raises(Refused):
        members.join_team(db, now, ["CIRS"])


def test_an_open_invitation_of_a_coder_is_said_to_be_late_after_the_allotment(lead, browser_of, database):
    with database.write() as db:
        people.invite(db, lead, "Jo", [Role.CODER], ["CIRS"])
    allot(database, lead)
    page = text(browser_of(lead.viewer).get(page_of(lead)))
    assert "Invitations of coders can no longer be accepted" in page


def test_a_lead_who_codes_sees_acts_but_nothing_of_what_others_enter(lead, browser_of, world, database):
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        members.join_team(db, lead, ["CIRS"])
        made, recording = add_round(db, lead), add_recording(db, lead, "zora-mila")
        theirs = add_assignment(db, coder, made, recording, "CIRS", "velid-moru", 1)
        own = add_assignment(db, lead, made, recording, "CIRS", "gandi-mosk", 1)
    rated = {"item": "cirs_01", "score": 4, "reason": None, "page": "p", "sequence": 1, "base": 0}
    assert browser_of(coder.viewer).post_json(f"/coding/{theirs}/ratings", rated).status_code == 200
    browser = browser_of(lead.viewer)
    trail = f"/studies/{lead.study_public_id}/audit"
    for page in (text(browser.get(trail)), text(browser.get(f"{trail}.csv"))):
        assert re.search(r"[>,]accept invitation[<,]", page)
        assert not re.search(r"<td>rate</td>|,rate,", page)
        assert theirs not in page and own not in page
        assert "cirs_01" not in page and "salt" not in page
    assert "Acts only, for now" in text(browser.get(trail))
    home = text(browser.get(f"/studies/{lead.study_public_id}"))
    assert "gandi-mosk" not in home and "zora-mila" not in home


def test_nobody_becomes_coder_and_analyst_of_one_study(world, database):
    lead = world.study()
    with pytest.raises(Refused, match="coder and analyst"), database.write() as db:
        people.invite(db, lead, "Mara", [Role.CODER, Role.ANALYST], ["CIRS"])
    analyst = world.member(lead, "Ana", Role.ANALYST)
    with database.write() as db:
        token = people.invite(db, lead, "Ana", [Role.CODER], ["CIRS"])
    with pytest.raises(Refused, match="coder and analyst"), database.write() as db:
        people.accept_invitation(db, world.tools, token, analyst.viewer)
    assert world.again(analyst).roles == {Role.ANALYST}
