"""The keyboard shortcuts of the person who is signed in, for pages and for their scripts."""

from dataclasses import dataclass

from flask import g
from flask_babel import lazy_gettext

from coder_app.domain.shortcuts import OFF, REPEATING, SHORTCUTS, keys_of

LABELS = {
    "play": lazy_gettext("Play and pause"),
    "back5": lazy_gettext("Back 5 seconds"),
    "forward5": lazy_gettext("Forward 5 seconds"),
    "back15": lazy_gettext("Back 15 seconds"),
    "forward15": lazy_gettext("Forward 15 seconds"),
    "slower": lazy_gettext("Play slower"),
    "faster": lazy_gettext("Play faster"),
    "loop": lazy_gettext("Mark the start and the end of a loop, then clear it"),
    "note": lazy_gettext("Write a note at this moment"),
    "guidance": lazy_gettext("Show the guidance of the item"),
    "next-open": lazy_gettext("Go to the next open item"),
    "next-segment": lazy_gettext("Next segment, where recordings are rated by segments"),
    "previous-segment": lazy_gettext("Previous segment"),
    "resume": lazy_gettext("Go on in the queue where you stopped"),
    "help": lazy_gettext("Show the help"),
}


@dataclass(frozen=True)
class ShortcutRow:
    """One shortcut as the help lists it; no parts when it is switched off."""

    name: str
    label: str
    parts: tuple[str, ...]


def shortcut_rows() -> tuple[ShortcutRow, ...]:
    """Return all shortcuts as they are set for this person."""
    names = (shortcut.name for shortcut in SHORTCUTS)
    return tuple(ShortcutRow(name, str(LABELS[name]), shortcut_parts(name)) for name in names)


def shortcut_parts(name: str) -> tuple[str, ...]:
    """Return the keys of a shortcut as they are printed on a keyboard, none when it is switched off."""
    keys = _own()[name]
    return tuple(key_word(part) for part in keys.split("+")) if keys else ()


def shortcut_words(name: str) -> str:
    """Return the keys of a shortcut in one word, as people write them: Alt+N, Esc, or nothing."""
    return "+".join(shortcut_parts(name))


def aria_keys(name: str) -> str:
    """Return the keys of a shortcut as `aria-keyshortcuts` has them."""
    return _own()[name]


def key_word(key: str) -> str:
    """Return what is printed on a key."""
    return "Esc" if key == "Escape" else key


def script_keys() -> dict[str, dict[str, object]]:
    """Return the keys of all shortcuts that are switched on, for keys.js."""
    return {
        name: {"keys": keys, "repeats": name in REPEATING} for name, keys in _own().items() if keys != OFF
    }


def _own() -> dict[str, str]:
    viewer = g.get("viewer")
    return keys_of(viewer.keys if viewer else {})
