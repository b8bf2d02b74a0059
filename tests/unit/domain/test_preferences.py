"""What a person chose, as it is stored and read again."""

from coder_app.domain.preferences import Preferences


def test_only_what_was_chosen_is_stored():
    assert Preferences().to_mapping() == {}
    assert Preferences(keys={"note": "Alt+N", "help": ""}).to_mapping() == {"keys": {"help": ""}}


def test_what_is_stored_comes_back():
    chosen = Preferences("nl", "dark", {"note": "Alt+K", "help": ""})
    assert Preferences.from_mapping(chosen.to_mapping()) == chosen


def test_what_this_version_does_not_know_is_as_if_never_chosen():
    stored = {"language": "xx", "theme": "sepia", "keys": {"note": "Ctrl+N", "gone": "Alt+K"}, "more": 1}
    assert Preferences.from_mapping(stored) == Preferences()
