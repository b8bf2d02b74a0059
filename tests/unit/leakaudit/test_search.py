"""A secret is found however it is written, and nothing is found that is not there."""

import base64
import html
import json
from urllib.parse import quote

import pytest

from coder_app.leakaudit.search import Index
from coder_app.leakaudit.secrets import Secret

LONG = "Therapist-Canary-Zoë"
SHORT = "D042"
INDEX = Index([Secret("a therapist", LONG), Secret("a dyad", SHORT), Secret("a code", "kestrel-lantern")])

WRITTEN = {
    "as it is": lambda text: text,
    "in capitals": str.upper,
    "in an attribute": lambda text: f'<i data-x="{text}">',
    "in HTML entities": lambda text: "".join(f"&#{ord(one)};" for one in text),
    "in hexadecimal entities": lambda text: "".join(f"&#x{ord(one):x};" for one in text),
    "escaped for HTML": lambda text: html.escape(text),
    "in percent signs": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "in an address": lambda text: f"/pages?next={quote(text)}",
    "in JSON": lambda text: json.dumps({"x": text}),
    "in JSON in an attribute": lambda text: html.escape(json.dumps({"x": text})),
    "in escapes": lambda text: "".join(f"\\u{ord(one):04x}" for one in text),
    "in base64": lambda text: base64.b64encode(text.encode()).decode(),
    "in base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("="),
    "in base64 after a slash": lambda text: f"/coding/{base64.urlsafe_b64encode(text.encode()).decode()}",
    "in JSON in base64": lambda text: base64.b64encode(json.dumps({"x": text}).encode()).decode(),
    "in base64 in percent signs": lambda text: quote(base64.b64encode(text.encode()).decode(), safe=""),
    "in hexadecimal": lambda text: text.encode().hex(),
    "in sixteen bits": lambda text: text.encode("utf-16-le").decode("latin-1"),
}


@pytest.mark.parametrize("text", [LONG, SHORT])
@pytest.mark.parametrize("written", WRITTEN)
def test_a_secret_is_found_however_it_is_written(written, text):
    found = INDEX.in_text(f"first line\nbefore {WRITTEN[written](text)} after\nlast line".encode())
    assert text in {secret.text for secret in found}


def test_a_short_secret_is_a_whole_word():
    assert INDEX.in_text("xD0421 AD042 D042b") == []
    assert [secret.text for secret in INDEX.in_text("(D042)")] == ["D042"]


def test_a_long_secret_is_found_inside_other_letters():
    assert INDEX.in_text("xxkestrel-lanternxx")


def test_the_same_line_on_a_second_page_is_found_again():
    index = Index([Secret("a dyad", SHORT)])
    assert index.in_text("<p>D042</p>\n<p>one</p>") == index.in_text("<p>two</p>\n<p>D042</p>") != []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("at", range(5))
def test_a_long_secret_is_found_at_any_place_in_bytes(at, encoding):
    data = b"\x07" * (1_000 + at) + LONG.encode(encoding) + b"\x07" * 1_000
    assert [secret.kind for secret in INDEX.in_bytes(data)] == ["a therapist"]


def test_a_secret_across_two_stretches_of_a_long_file_is_found():
    data = b"\x00" * ((1 << 20) - 9) + b"kestrel-lantern" + b"\x00" * 100
    assert INDEX.in_bytes(data)


def test_bytes_without_a_secret_hold_none():
    assert INDEX.in_bytes(bytes(range(256)) * 500) == []
    assert INDEX.in_text("Nothing to be seen: a page of words, numbers 042 and kestrel alone.") == []
