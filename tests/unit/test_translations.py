"""The catalogs hold every text that coders meet, in every language, and are compiled."""

import re
import runpy
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from coder_app.domain.preferences import LANGUAGES
from coder_app.web.language import NAMES, SOURCE

TRANSLATIONS = Path(__file__).resolve().parents[2] / "translations"
OTHERS = [language for language in LANGUAGES if language != SOURCE]
PLACES = re.compile(r"%\((\w+)\)s|\{(\w+)\}")

each_catalog = pytest.mark.parametrize(
    ("language", "domain"), [(language, domain) for language in OTHERS for domain in ("messages", "scripts")]
)


def path_of(language: str, domain: str, ending: str) -> Path:
    return TRANSLATIONS / language / "LC_MESSAGES" / f"{domain}.{ending}"


def catalog_of(language: str, domain: str) -> Catalog:
    with path_of(language, domain, "po").open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def texts_of(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> dict[str, Catalog]:
    """What the sources hold now, as the documented command finds it."""
    script = runpy.run_path(str(TRANSLATIONS / "update.py"))
    found = {}
    for domain in script["DOMAINS"]:
        template = tmp_path_factory.mktemp("texts") / f"{domain}.pot"
        script["extract"](domain, template)
        with template.open("rb") as file:
            found[domain] = read_po(file)
    return found


def test_every_language_that_can_be_chosen_has_a_name_of_its_own():
    assert list(NAMES) == list(LANGUAGES)


@each_catalog
def test_the_catalog_holds_the_texts_of_the_sources_and_no_others(language, domain, extracted):
    known = {message.id for message in catalog_of(language, domain) if message.id}
    said = {message.id for message in extracted[domain] if message.id}
    assert said - known == set(), "run .venv/bin/python translations/update.py"
    assert known - said == set(), "run .venv/bin/python translations/update.py"
    assert len(said) > 40


@each_catalog
def test_every_text_is_translated_and_none_is_a_guess(language, domain):
    catalog = catalog_of(language, domain)
    assert [message.id for message in catalog if message.id and not all(texts_of(message))] == []
    assert [message.id for message in catalog if message.id and message.fuzzy] == []
    assert not catalog.obsolete


@each_catalog
def test_a_translation_fills_the_same_places(language, domain):
    wrong = []
    for message in catalog_of(language, domain):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = {place for text in ids for place in PLACES.findall(text)}
        # "One item" may leave its number out, the form for many may not.
        if set(PLACES.findall(texts_of(message)[-1])) != wanted:
            wrong.append(message.id)
    assert wrong == []


@each_catalog
def test_what_the_server_reads_is_compiled_from_the_catalog(language, domain):
    compiled = BytesIO()
    write_mo(compiled, catalog_of(language, domain))
    stored = path_of(language, domain, "mo").read_bytes()
    assert stored == compiled.getvalue(), "run .venv/bin/python translations/update.py"


@each_catalog
def test_a_text_that_is_the_same_in_both_languages_is_one_on_purpose(language, domain):
    same = {message.id for message in catalog_of(language, domain) if message.string == message.id}
    assert same <= {
        "Account",
        "item %(number)s",
        "open",
        "Segment",
        "Item",
        "Volume",
        "in %(study)s",
        ("Item {list}", "Items {list}"),
    }
