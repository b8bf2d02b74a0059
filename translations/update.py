"""Brings the catalogs up to date after texts were changed: `.venv/bin/python translations/update.py`.

New texts go into each messages.po and scripts.po, where somebody translates them; both are compiled.
A new language is begun with `update.py --new de`, and named in coder_app/domain/preferences.py and
coder_app/web/language.py.
"""

import contextlib
import logging
import sys
import tempfile
from pathlib import Path

from babel.messages.frontend import CommandLineInterface

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
SOURCES = ("coder_app", "templates", "static/js")
# Which functions mark a text, and which of their arguments are texts.
DOMAINS = {
    "messages": ["--keyword=lazy_gettext", "--keyword=say"],
    "scripts": ["--no-default-keywords", "--keyword=t", "--keyword=tn:1,2"],
}


def extract(domain: str, template: Path) -> None:
    """Write all texts of a domain into a template."""
    mapping, keywords = HERE / f"{domain}.cfg", DOMAINS[domain]
    options = ["--add-location=file", "--sort-by-file", "--project=coder_app"]
    # The catalogs name files by their place in the project.
    with contextlib.chdir(PROJECT):
        _babel("extract", f"--mapping={mapping}", f"--output-file={template}", *keywords, *options, *SOURCES)


def update(new: str | None = None) -> None:
    """Bring every catalog up to date and compile it; begin one for a new language."""
    with tempfile.TemporaryDirectory() as folder:
        for domain in DOMAINS:
            template = Path(folder) / f"{domain}.pot"
            extract(domain, template)
            where = [f"--input-file={template}", f"--output-dir={HERE}", f"--domain={domain}"]
            if new:
                _babel("init", *where, f"--locale={new}")
            _babel("update", *where, "--no-fuzzy-matching", "--ignore-obsolete", "--ignore-pot-creation-date")
            _babel("compile", f"--directory={HERE}", f"--domain={domain}")


def _babel(*arguments: str) -> None:
    CommandLineInterface().run(["pybabel", "--quiet", *arguments])
    logging.getLogger("babel").handlers.clear()


if __name__ == "__main__":
    update(sys.argv[2] if sys.argv[1:2] == ["--new"] else None)
