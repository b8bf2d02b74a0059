"""The lead's rail: which pages it names for whom, and what lies below the blind line."""

import pytest
from flask import Flask

from coder_app.domain.permissions import Role
from coder_app.domain.phases import Phase
from coder_app.services.actor import Actor, Tools, Viewer
from coder_app.web import BLUEPRINTS
from coder_app.web.rail import BlindLine, build_rail


@pytest.fixture
def rail_of():
    """Return a function that builds the rail of a person with these roles, without a database."""
    app = Flask("test")
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)

    def build(*roles: Role, phase: Phase = Phase.CODING, coding: bool = False, page: str = "lead.home"):
        viewer = Viewer(1, "p" * 32, "Mara", "mara", False)
        actor = Actor(viewer, 1, "s" * 32, "Study", False, phase, frozenset(roles), coding, Tools())
        with app.test_request_context():
            return build_rail(actor, page)

    return build


def items(rail) -> dict[str, object]:
    return {item.label: item for group in rail if not isinstance(group, BlindLine) for item in group.items}


def test_a_lead_has_the_pages_before_during_and_around_coding(rail_of):
    labels = set(items(rail_of(Role.LEAD)))
    assert {"Study home", "Alliance scores", "Ruptures", "Recordings", "Rounds and coders"} <= labels
    assert {"Audit trail", "People"} <= labels


def test_an_analyst_has_no_page_that_is_the_leads(rail_of):
    labels = set(items(rail_of(Role.ANALYST)))
    assert {"Study home", "Alliance scores", "Ruptures"} <= labels
    assert not labels & {"Recordings", "Rounds and coders", "Unmask", "Audit trail", "People"}


def test_a_coder_has_no_page_at_all(rail_of):
    assert items(rail_of(Role.CODER)) == {}


def test_every_address_is_of_the_study(rail_of):
    rail = items(rail_of(Role.LEAD))
    assert {item.href.startswith(f"/studies/{'s' * 32}") for item in rail.values()} == {True}


@pytest.mark.parametrize(
    ("page", "label"),
    [("lead.home", "Study home"), ("people.invite", "People"), ("trail.download", "Audit trail")],
)
def test_the_page_that_is_open_is_the_current_one_and_no_other_is(page, label, rail_of):
    rail = items(rail_of(Role.LEAD, page=page))
    assert [item.label for item in rail.values() if item.current] == [label]


def test_the_blind_line_stands_once_and_what_comes_after_unmasking_lies_below_it(rail_of):
    rail = rail_of(Role.LEAD)
    lines = [place for place, group in enumerate(rail) if isinstance(group, BlindLine)]
    assert len(lines) == 1
    below = set(items(rail[lines[0] :]))
    assert not below & {"Alliance scores", "Ruptures", "Recordings", "Rounds and coders", "Reliability"}


def test_a_page_that_is_closed_for_now_is_named_but_no_link(rail_of):
    closed = items(rail_of(Role.LEAD, Role.CODER, coding=True))
    assert closed["Reliability"].enabled is False
    assert items(rail_of(Role.LEAD, Role.CODER, coding=False))["Reliability"].enabled is True


@pytest.mark.parametrize("role", [Role.LEAD, Role.ANALYST])
def test_the_linkage_opens_with_the_key(role, rail_of):
    for phase in Phase:
        assert items(rail_of(role, phase=phase))["Linkage"].enabled is (phase is Phase.UNMASKED)
