"""Finds secrets in what a server sent, however it is written."""

import base64
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from coder_app.leakaudit.secrets import Secret

# Shorter texts occur by chance in megabytes of sound.
SHORTEST_IN_BYTES = 12

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class Index:
    """All secrets, ready to be looked for: one pattern for texts, one for bytes."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._by_text = {secret.text.casefold(): secret for secret in secrets}
        self._texts = _any_of(self._by_text)
        long = [text for text in self._by_text if len(text) >= SHORTEST_IN_BYTES]
        self._bytes = _any_of(long)

    def in_text(self, text: str) -> list[Secret]:
        """Return the secrets in a text, also where it is escaped for HTML, JSON or addresses or in base64."""
        found = {secret for variant in _variants(text) for secret in self._search(self._texts, variant)}
        return sorted(found, key=lambda secret: secret.text)

    def in_bytes(self, data: bytes) -> list[Secret]:
        """Return the long secrets in bytes that are no text, in eight-bit and in sixteen-bit encodings."""
        found: set[Secret] = set()
        for encoding, offsets in (("latin-1", (0,)), ("utf-16-le", (0, 1)), ("utf-16-be", (0, 1))):
            for offset in offsets:
                text = data[offset:].decode(encoding, errors="replace")
                found |= set(self._search(self._bytes, text))
        return sorted(found, key=lambda secret: secret.text)

    def _search(self, pattern: re.Pattern | None, text: str) -> Iterator[Secret]:
        if pattern is not None:
            for match in pattern.finditer(text.casefold()):
                yield self._by_text[match.group()]


def _any_of(texts: Iterable[str]) -> re.Pattern | None:
    parts = [re.escape(text) for text in sorted(texts, key=len, reverse=True)]
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})(?![^\W_])") if parts else None


def _variants(text: str) -> Iterator[str]:
    yield text
    yield html.unescape(text)
    yield unquote(text)
    yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    for match in _BASE64.finditer(text):
        decoded = _from_base64(match.group())
        if decoded:
            yield decoded


def _from_base64(text: str) -> str | None:
    standard = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4)).decode()
    except (ValueError, UnicodeDecodeError):
        return None
