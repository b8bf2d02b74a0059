"""The language of coders' pages: the person's own choice, else what the browser asks for."""

from flask import Flask, g, request
from flask_babel import Babel

LANGUAGES = {"en": "English", "nl": "Nederlands"}
SOURCE = "en"


def add_languages(app: Flask) -> None:
    """Let templates and views translate; texts are in English where a catalog has none."""
    app.config["BABEL_DEFAULT_LOCALE"] = SOURCE
    Babel(app, locale_selector=choose_language)


def choose_language() -> str:
    """Return the language to answer this request in."""
    viewer = g.get("viewer")
    chosen = viewer.language if viewer else None
    return chosen or request.accept_languages.best_match(list(LANGUAGES), SOURCE)
