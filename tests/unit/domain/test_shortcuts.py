"""Which keys can be shortcuts, and how people may write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder_app.domain.shortcuts import (
    DEFAULTS,
    OFF,
    SHORTCUTS,
    find_clashes,
    find_fault,
    keys_of,
    read_combination,
)


def test_the_usual_keys_can_be_used_and_none_stands_for_two_things():
    assert [find_fault(name, keys) for name, keys in DEFAULTS.items()] == [None] * len(SHORTCUTS)
    assert find_clashes(DEFAULTS) == {}
    assert len(set(DEFAULTS.values())) == len(SHORTCUTS)


def test_no_usual_key_but_the_one_of_the_help_is_a_character_alone():
    assert [keys for keys in DEFAULTS.values() if len(keys) == 1] == ["?"]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Alt+N", "Alt+N"),
        ("alt n", "Alt+N"),
        (" Alt - Shift - j ", "Alt+Shift+J"),
        ("shift+option+j", "Alt+Shift+J"),
        ("⌥ K", "Alt+K"),
        ("esc", "Escape"),
        ("Escape", "Escape"),
        ("f13", "F13"),
        ("Alt+comma", "Alt+,"),
        ("Alt+.", "Alt+."),
        ("?", "?"),
        ("", OFF),
        ("   ", OFF),
        ("Cmd+K", "Meta+K"),
    ],
)
def test_a_combination_is_read_however_people_write_it(written, read):
    assert read_combination(written) == read


@pytest.mark.parametrize(
    "keys", ["Alt+K", "Alt+Shift+D", "F2", "F4", "F8", "F13", "F24", "Shift+F8", "Escape", OFF]
)
def test_a_key_that_nobody_else_uses_can_be_taken(keys):
    assert find_fault("note", keys) is None


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        ("N", "without Alt"),
        ("Shift+N", "without Alt"),
        ("3", "without Alt"),
        (",", "without Alt"),
        ("?", "help only"),
        ("Alt+?", "help only"),
        ("Ctrl+N", "browser or to a screen reader"),
        ("Ctrl+Alt+N", "browser or to a screen reader"),
        ("Meta+N", "browser or to a screen reader"),
        ("Alt+D", "belongs to the browser"),
        ("Alt+F", "belongs to the browser"),
        ("Alt+1", "belongs to the browser"),
        ("Alt+F4", "belongs to the system"),
        ("F5", "belongs to the system"),
        ("F12", "belongs to the system"),
        ("Shift+Escape", "Esc works alone only"),
        ("Alt+Tab", "within the form"),
        ("Space", "within the form"),
        ("Enter", "within the form"),
        ("Alt+Left", "within the form"),
        ("Hyper+N", "cannot be read"),
        ("Alt+NM", "cannot be read"),
        ("F99", "cannot be read"),
        ("Alt", "cannot be read"),
    ],
)
def test_a_key_of_the_browser_the_form_or_a_reader_is_refused_with_the_reason(keys, why):
    fault = find_fault("note", keys)
    assert why in fault
    assert keys in fault or "?" in keys


def test_the_question_mark_is_for_the_help():
    assert find_fault("help", "?") is None


def test_two_shortcuts_on_one_key_are_found_and_switched_off_ones_never_clash():
    assert find_clashes(DEFAULTS | {"guidance": "Alt+N"}) == {"guidance": "note"}
    assert find_clashes(dict.fromkeys(DEFAULTS, OFF)) == {}


def test_what_was_stored_and_can_no_longer_be_used_gives_way_to_the_usual_key():
    assert keys_of({"note": "Ctrl+N", "help": OFF, "gone": "Alt+Q"}) == DEFAULTS | {"help": OFF}


@given(st.text(max_size=40))
def test_whatever_is_written_is_read_without_an_error_and_judged_the_same_twice(text):
    read = read_combination(text)
    assert read_combination(read) == read or find_fault("note", read) is not None
    find_fault("note", read)
