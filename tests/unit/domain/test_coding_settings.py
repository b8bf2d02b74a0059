"""The lead's decisions about the coder's room: what a study without any has, and what is kept."""

from dataclasses import replace

import pytest

from coder_app.domain.coding_settings import CodingSettings, find_bar, find_fault
from coder_app.domain.phases import Phase

NEW = CodingSettings()


def test_a_new_study_lets_coders_listen_up_to_a_quarter_faster_and_asks_for_nine_tenths():
    settings = CodingSettings.from_mapping({})
    assert settings.speeds == (0.75, 1.0, 1.25)
    assert settings.minimum_heard == 0.9 and not settings.one_listening


@pytest.mark.parametrize(("cap", "fastest"), [(0.75, 1.0), (1.0, 1.0), (1.5, 1.5)])
def test_the_cap_is_the_fastest_speed_and_normal_speed_is_always_there(cap, fastest):
    assert CodingSettings(speed_cap=cap).speeds[-1] == fastest


def test_what_is_stored_comes_back_and_what_is_not_known_is_left_out():
    settings = CodingSettings(speed_cap=1.5, contact_name="A. Contact")
    assert CodingSettings.from_mapping(settings.to_mapping() | {"colour": "red"}) == settings


def test_a_new_study_has_settings_that_can_stand():
    assert find_fault(NEW) is None


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"speed_cap": 0.75}, "fastest speed"),
        ({"speed_cap": 3.0}, "fastest speed"),
        ({"minimum_heard": -0.01}, "0 to 100"),
        ({"minimum_heard": 1.01}, "0 to 100"),
        ({"minimum_heard": float("nan")}, "0 to 100"),
        ({"contact_name": "A. Contact"}, "needs both"),
        ({"contact_reached": "010 123"}, "needs both"),
        ({"contact_name": "x" * 121, "contact_reached": "y"}, "longer than 120"),
        ({"contact_name": "x", "contact_reached": "y" * 301}, "longer than 300"),
    ],
)
def test_what_cannot_stand_is_said(wrong, why):
    assert why in find_fault(replace(NEW, **wrong))


LISTENING, CAP = replace(NEW, one_listening=True), replace(NEW, speed_cap=1.5)
CONTACT = replace(NEW, contact_name="A. Contact", contact_reached="010 123")


@pytest.mark.parametrize(
    ("new", "open_phases"),
    [
        (LISTENING, {Phase.SETUP}),
        (CAP, {Phase.SETUP, Phase.CODING}),
        (replace(NEW, minimum_heard=0.5), {Phase.SETUP, Phase.CODING}),
        (CONTACT, set(Phase)),
    ],
)
def test_each_setting_can_change_as_long_as_it_makes_sense(new, open_phases):
    assert {phase for phase in Phase if find_bar(NEW, new, phase) is None} == open_phases
