"""The language of a page: the person's choice, else this browser's, else what it asks for."""

from functools import cache
from typing import Any

from flask import Flask, g, request
from flask_babel import Babel, get_locale, gettext

from coder_app.config import PROJECT
from coder_app.domain.preferences import LANGUAGES
from coder_app.domain.sentences import Sentence

NAMES = {"en": "English", "nl": "Nederlands"}
SOURCE = "en"
COOKIE = "coder_app_language"
SCRIPTS = "scripts"
# Pages of leads and analysts are in English only, and say so to whoever has them read aloud.
_TRANSLATED = frozenset({"auth", "demo", "settings", "coding"})
_ENGLISH = frozenset({"studies.new_study"})
_PLURALS = 200


def add_languages(app: Flask) -> None:
    """Let templates and views translate; texts are in English where a catalog has none."""
    app.config["BABEL_DEFAULT_LOCALE"] = SOURCE
    Babel(app, locale_selector=choose_language)


def choose_language() -> str:
    """Return the language to answer this request in."""
    if is_english_only():
        return SOURCE
    viewer = g.get("viewer")
    chosen = (viewer.language if viewer else None) or request.cookies.get(COOKIE)
    return chosen if chosen in LANGUAGES else _asked()


def _asked() -> str:
    """Return the first language that the browser asks for and that there is; nl-BE asks for nl."""
    asked = (code.split("-")[0].lower() for code in request.accept_languages.values())
    return next((code for code in asked if code in LANGUAGES), SOURCE)


def is_english_only() -> bool:
    """Say whether this request is for a page that has no translation."""
    at_work = g.get("actor") is not None and request.blueprint not in _TRANSLATED
    return at_work or request.endpoint in _ENGLISH


def language() -> str:
    """Return the language of this page, as `lang` has it."""
    return str(get_locale())


def translated(sentence: object) -> str:
    """Return a sentence of a service in the language of this page."""
    if isinstance(sentence, Exception):
        sentence = sentence.args[0] if sentence.args else ""
    if isinstance(sentence, Sentence):
        return gettext(sentence.template, **sentence.values)
    return gettext(str(sentence)) if sentence else ""


def script_texts() -> dict[str, Any]:
    """Return what a page's scripts need to speak its language: nothing in English."""
    return {} if language() == SOURCE else _catalog(language())


@cache
def _catalog(code: str) -> dict[str, Any]:
    from gettext import c2py

    from babel.messages.mofile import read_mo

    with (PROJECT / "translations" / code / "LC_MESSAGES" / f"{SCRIPTS}.mo").open("rb") as file:
        catalog = read_mo(file)
    form_of = c2py(catalog.plural_expr)
    return {
        # A text that depends on a number goes by its form for one.
        "texts": {
            (message.id if isinstance(message.id, str) else message.id[0]): message.string
            for message in catalog
            if message.id
        },
        # Which form goes with a number: no page may evaluate a formula, and all but the rarest repeat by 100.
        "plural": [form_of(number) for number in range(_PLURALS)],
    }
