"""The lead's settings of the coder's room: kept, on record, and fixed when they have to be."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.models import Audit, AuditPayload, Study
from coder_app.services import coding_settings
from coder_app.services.errors import Refused

GIVEN = {
    "speed_cap": "1.5",
    "minimum_heard": "75",
    "one_listening": "y",
    "contact_name": " A.  Contact ",
    "contact_reached": "010 123, on weekdays",
}


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def page(lead, browser_of):
    browser, address = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/coding-settings"

    def send(**changes: str | None):
        data = {name: value for name, value in (GIVEN | changes).items() if value is not None}
        return browser.post(address, data, page=address)

    send.get = lambda: browser.get(address).get_data(as_text=True)
    return send


def put(database, lead, phase: Phase) -> None:
    with database.write() as db:
        db.execute(update(Study).where(Study.id == lead.study_id).values(phase=phase))


def changes(database) -> list[dict]:
    with database.read() as db:
        return list(
            db.scalars(
                select(AuditPayload.payload)
                .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
                .where(Audit.act == "change coding settings")
                .order_by(Audit.seq)
            )
        )


def test_settings_are_kept_with_old_and_new_on_record(world, database, lead, page):
    assert page().status_code == 303
    assert world.again(lead).coding_settings == CodingSettings(
        1.5, 0.75, True, "A. Contact", "010 123, on weekdays"
    )
    assert changes(database) == [
        {
            "phase": "setup",
            "speed_cap": [1.25, 1.5],
            "minimum_heard": [0.9, 0.75],
            "one_listening": [False, True],
            "contact_name": ["", "A. Contact"],
            "contact_reached": ["", "010 123, on weekdays"],
        }
    ]
    shown = page.get()
    assert 'value="75"' in shown and 'value="A. Contact"' in shown


def test_what_changes_nothing_is_not_on_record(database, page):
    page()
    page()
    assert len(changes(database)) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"speed_cap": "0.75"},
        {"speed_cap": None},
        {"minimum_heard": "101"},
        {"minimum_heard": "-1"},
        {"minimum_heard": "many"},
        {"minimum_heard": None},
        {"contact_name": "x" * 121},
        {"contact_reached": ""},
    ],
)
def test_what_cannot_stand_is_refused_and_changes_nothing(world, lead, page, wrong):
    refused = page(**wrong)
    assert refused.status_code == 422
    assert "Nothing was saved" in refused.get_data(as_text=True)
    assert world.again(lead).coding_settings == CodingSettings()


def test_one_listening_is_fixed_with_the_allotment_and_the_rest_is_not(world, database, lead, page):
    page()
    put(database, lead, Phase.CODING)
    shown = page.get()
    assert "Coders are at work" in shown and 'name="one_listening"' not in shown
    assert page(one_listening=None, minimum_heard="60").status_code == 303
    settings = world.again(lead).coding_settings
    assert settings.one_listening and settings.minimum_heard == 0.6
    assert changes(database)[-1] == {"phase": "coding", "minimum_heard": [0.75, 0.6]}
    with pytest.raises(Refused, match="allotted"), database.write() as db:
        coding_settings.change_settings(db, world.again(lead), replace(settings, one_listening=False))


def test_once_coding_is_locked_only_the_contact_changes(world, database, lead, page):
    put(database, lead, Phase.LOCKED)
    assert page(one_listening=None).status_code == 422
    same = {"speed_cap": "1.25", "minimum_heard": "90", "one_listening": None}
    assert page(**same).status_code == 303
    assert world.again(lead).coding_settings == CodingSettings(
        contact_name="A. Contact", contact_reached="010 123, on weekdays"
    )


def test_only_a_lead_sets_up_the_room(world, database, lead):
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    for act in (
        coding_settings.get_settings,
        lambda db, actor: coding_settings.change_settings(db, actor, CodingSettings()),
    ):
        with pytest.raises(NotAllowed), database.write() as db:
            act(db, coder)


def test_the_page_of_rounds_leads_here(lead, browser_of):
    study = f"/studies/{lead.study_public_id}"
    rounds = browser_of(lead.viewer).get(f"{study}/rounds").get_data(as_text=True)
    assert f'href="{study}/coding-settings"' in rounds
