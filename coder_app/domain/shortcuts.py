"""The keyboard shortcuts of the coder's room: their names, their keys, and which keys a coder may give them.

A combination is written as "Alt+Shift+J", "Escape", "F8" or "?"; the empty text switches a shortcut off.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coder_app.domain.problems import shorten
from coder_app.domain.sentences import Sentence, say

OFF = ""


@dataclass(frozen=True)
class Shortcut:
    """One thing that a key does; `repeats` while the key is held down."""

    name: str
    default: str
    repeats: bool = False


# Why each default. Alt with a letter is what browsers leave to pages, apart from their menus: D, E, F and, in
# Firefox, letters of its menus that differ by language and yield to a page that takes the key. NVDA and JAWS
# use Insert or Caps Lock, VoiceOver Control with Option, Orca Alt+Shift only where it lists parts of a page.
# Esc stops nothing in a page that has loaded. J and L go back and forward as in players elsewhere; N(ote),
# G(uidance), B(egin and end of the loop), O(pen item), R(esume); K and I lie below and above, between J and
# L; comma and full stop carry < and >.
# "?" is the one single character: help is asked for before any other key is known. It never fires while one
# types, and can be changed or switched off, as WCAG 2.1.4 asks.
SHORTCUTS = (
    Shortcut("play", "Escape"),
    Shortcut("back5", "Alt+J", repeats=True),
    Shortcut("forward5", "Alt+L", repeats=True),
    Shortcut("back15", "Alt+Shift+J", repeats=True),
    Shortcut("forward15", "Alt+Shift+L", repeats=True),
    Shortcut("slower", "Alt+,"),
    Shortcut("faster", "Alt+."),
    Shortcut("loop", "Alt+B"),
    Shortcut("note", "Alt+N"),
    Shortcut("guidance", "Alt+G"),
    Shortcut("next-open", "Alt+O"),
    Shortcut("next-segment", "Alt+K"),
    Shortcut("previous-segment", "Alt+I"),
    Shortcut("resume", "Alt+R"),
    Shortcut("help", "?"),
)
DEFAULTS = {shortcut.name: shortcut.default for shortcut in SHORTCUTS}
REPEATING = frozenset(shortcut.name for shortcut in SHORTCUTS if shortcut.repeats)

_MODIFIERS = {
    "alt": "Alt", "option": "Alt", "opt": "Alt", "⌥": "Alt",
    "shift": "Shift", "⇧": "Shift",
    "ctrl": "Ctrl", "control": "Ctrl", "strg": "Ctrl",
    "meta": "Meta", "cmd": "Meta", "command": "Meta", "win": "Meta", "super": "Meta",
}  # fmt: skip
_NAMED = {"esc": "Escape", "escape": "Escape", "comma": ",", "period": ".", "dot": "."}
_OF_THE_FORM = {
    "tab", "enter", "return", "space", "up", "down", "left", "right", "arrowup", "arrowdown",
    "arrowleft", "arrowright", "home", "end", "pageup", "pagedown", "backspace", "delete",
}  # fmt: skip
# F13 to F24 are what foot pedals can be set to send.
_FREE_FUNCTION_KEYS = {"F2", "F4", "F8", *(f"F{number}" for number in range(13, 25))}
_BROWSERS_LETTERS = {"D", "E", "F"}
_ORDER = ("Ctrl", "Alt", "Shift", "Meta")


def keys_of(chosen: Mapping[str, str]) -> dict[str, str]:
    """Return the combination of every shortcut: the person's own where there is one that can be used."""
    own = {name: keys for name, keys in chosen.items() if name in DEFAULTS and find_fault(name, keys) is None}
    return DEFAULTS | own


def read_combination(text: str) -> str:
    """Return what a person wrote ("alt - n", "esc") as a combination; what cannot be read stays as it is."""
    tokens = [token for token in re.split(r"[\s+\-]+", text.strip()) if token]
    modifiers = {_MODIFIERS[token.lower()] for token in tokens[:-1] if token.lower() in _MODIFIERS}
    if not tokens or len(modifiers) != len(tokens) - 1:
        return " ".join(text.split())
    key = _NAMED.get(tokens[-1].lower(), tokens[-1].upper() if len(tokens[-1]) <= 3 else tokens[-1])
    return "+".join([name for name in _ORDER if name in modifiers] + [key])


def find_fault(name: str, keys: str) -> Sentence | None:
    """Return why a shortcut cannot have a combination, None when it can."""
    if keys == OFF:
        return None
    *modifiers, key = keys.split("+")
    if key.lower() in _OF_THE_FORM:
        return say("%(keys)s moves and answers within the form.", keys=keys)
    if not _is_key(key) or not set(modifiers) <= set(_ORDER):
        return say(
            "%(keys)s cannot be read. Write it like Alt+N, Alt+Shift+N, F8 or Esc.", keys=shorten(keys)
        )
    if {"Ctrl", "Meta"} & set(modifiers):
        return say(
            "%(keys)s may belong to the browser or to a screen reader. Use Alt and a letter.", keys=keys
        )
    if len(key) > 1:
        return _fault_of_a_named_key(keys, key, modifiers)
    return _fault_of_a_character(name, keys, key, modifiers)


def find_clashes(keys: Mapping[str, str]) -> dict[str, str]:
    """Return by name which earlier shortcut has the same combination already."""
    first: dict[str, str] = {}
    clashes = {}
    for shortcut in SHORTCUTS:
        combination = keys.get(shortcut.name, OFF)
        if combination != OFF and first.setdefault(combination, shortcut.name) != shortcut.name:
            clashes[shortcut.name] = first[combination]
    return clashes


def _is_key(key: str) -> bool:
    return key == "Escape" or re.fullmatch(r"[A-Z0-9,.?]|F([1-9]|1\d|2[0-4])", key) is not None


def _fault_of_a_named_key(keys: str, key: str, modifiers: list[str]) -> Sentence | None:
    if key == "Escape" and modifiers:
        return say("%(keys)s belongs to the system or the browser. Esc works alone only.", keys=keys)
    if key != "Escape" and (key not in _FREE_FUNCTION_KEYS or "Alt" in modifiers):
        return say(
            "%(keys)s belongs to the system or the browser. F2, F4, F8 and F13 to F24 are free.", keys=keys
        )
    return None


def _fault_of_a_character(name: str, keys: str, key: str, modifiers: list[str]) -> Sentence | None:
    if key == "?":
        return None if name == "help" and not modifiers else say("“?” is free for the help only.")
    if "Alt" not in modifiers:
        return say("%(keys)s without Alt would fire while you answer or move. Add Alt.", keys=keys)
    if key.isdigit() or (key in _BROWSERS_LETTERS and "Shift" not in modifiers):
        return say("%(keys)s belongs to the browser. Take another letter.", keys=keys)
    return None
