"""The shortcuts as pages list them."""

import re
from pathlib import Path

from flask import Flask
from flask_babel import Babel

from coder_app.domain.shortcuts import DEFAULTS
from coder_app.web.shortcuts import LABELS, shortcut_rows

PROJECT = Path(__file__).resolve().parents[3]


def test_every_shortcut_has_a_label_and_none_is_listed_that_does_not_exist():
    assert set(LABELS) == set(DEFAULTS)


def test_every_shortcut_that_is_listed_does_something():
    sources = [*(PROJECT / "static/js").glob("*.js"), *(PROJECT / "templates/coding").glob("*.html")]
    used = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    idle = [name for name in DEFAULTS if not re.search(rf"""["']?\b{name}\b["']?[:,)\]"']""", used)]
    assert idle == []


def test_keys_are_listed_as_they_are_printed_on_a_keyboard():
    app = Flask(__name__)
    Babel(app)
    with app.app_context():
        rows = {row.name: row.parts for row in shortcut_rows()}
    assert rows["play"] == ("Esc",)
    assert rows["back15"] == ("Alt", "Shift", "J")
