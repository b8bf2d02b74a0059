"""The lead's decisions about the coder's room: what a study without any has, and what is kept."""

import pytest

from coder_app.domain.coding_settings import CodingSettings


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
