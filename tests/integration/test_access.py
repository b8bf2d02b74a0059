"""Signing in, and that a study is closed to those who are not in it."""

import pytest

from coder_app.domain.permissions import Role


def test_a_study_that_is_not_ones_own_looks_like_one_that_does_not_exist(world, browser_of):
    lead = world.study()
    stranger = browser_of(world.person("Stranger"))
    foreign = stranger.get(f"/studies/{lead.study_public_id}/audit")
    missing = stranger.get("/studies/" + "0" * 32 + "/audit")
    assert foreign.status_code == missing.status_code == 404
    assert foreign.data == missing.data


def test_a_change_without_the_pages_token_is_refused(world, browser_of):
    browser = browser_of(world.person("Mara"))
    assert browser.client.post("/sign-out").status_code == 400
    assert browser.get("/studies").status_code == 200


def test_an_invited_coder_has_the_role_and_the_team_that_the_invitation_names(world):
    lead = world.study()
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    assert coder.roles == {Role.CODER}


def test_the_chain_of_acts_holds_and_names_the_first_broken_link(world, database):
    from sqlalchemy import update

    from coder_app.models import AuditPayload
    from coder_app.services import audit

    lead = world.study()
    world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        assert audit.check_chain(db, lead.study_id).broken_at is None
        db.execute(update(AuditPayload).where(AuditPayload.seq == 2).values(payload={"name": "Nora"}))
        assert audit.check_chain(db, lead.study_id).broken_at == 2


def test_a_host_that_is_not_ours_gets_one_plain_line(app):
    reply = app.test_client().get("/sign-in", headers={"Host": "elsewhere.example"})
    assert reply.status_code == 400
    assert "CODER_APP_HOSTS" in reply.get_data(as_text=True)


def test_an_error_of_the_database_tells_no_values(database):
    from sqlalchemy import text

    with pytest.raises(Exception, match="no_such_table") as caught, database.read() as db:
        db.execute(text("SELECT :name FROM no_such_table"), {"name": "Winterswijk"})
    assert "Winterswijk" not in str(caught.value)
