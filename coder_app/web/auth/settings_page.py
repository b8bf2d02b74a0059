"""What the page of a person's own settings shows, and the keys that its form sends."""

from dataclasses import dataclass

from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from coder_app.domain.shortcuts import SHORTCUTS, find_clashes, find_fault, read_combination
from coder_app.web.language import translated
from coder_app.web.shortcuts import LABELS, key_word, shortcut_words

_LONGEST = 40


@dataclass(frozen=True)
class KeyField:
    """One shortcut's field: what stands in it, the usual keys, and what is wrong with it."""

    name: str
    label: str
    text: str
    usual: str
    error: str | None = None


@dataclass(frozen=True)
class SentKeys:
    """The combinations that a form sends, and by name what is wrong with them."""

    keys: dict[str, str]
    errors: dict[str, str]


def key_fields(sent: SentKeys | None = None) -> tuple[KeyField, ...]:
    """Return the fields of all shortcuts, with what is set or with what was sent and refused."""
    fields = []
    for shortcut in SHORTCUTS:
        name, label = shortcut.name, str(LABELS[shortcut.name])
        text = _words(sent.keys[name]) if sent else shortcut_words(name)
        error = sent.errors.get(name) if sent else None
        fields.append(KeyField(name, label, text, _words(shortcut.default), error))
    return tuple(fields)


def read_keys(data: MultiDict) -> SentKeys:
    """Read the keys of all shortcuts and say of each why it cannot stand."""
    keys, errors = {}, {}
    for shortcut in SHORTCUTS:
        name = shortcut.name
        keys[name] = read_combination(data.get(f"keys-{name}", "")[:_LONGEST])
        if fault := find_fault(name, keys[name]):
            errors[name] = translated(fault)
    for name, other in find_clashes(keys).items():
        text = gettext(
            "%(keys)s is set for “%(other)s” already.", keys=_words(keys[name]), other=LABELS[other]
        )
        errors.setdefault(name, text)
    return SentKeys(keys, errors)


def _words(keys: str) -> str:
    return "+".join(key_word(part) for part in keys.split("+"))
