"""Finds secrets in what a server sent, however they are written.

Two ways together. Long texts are looked for anywhere in the bytes, in each encoding, by their runs of eight
bytes: every fourth run of what was sent is looked up in a table, so that one pass is enough for all secrets.
Short ones are looked for as whole words of the decoded text, since they occur by chance inside others. Both
are done once for each different line.
"""

import base64
import binascii
import html
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, unquote

from coder_app.leakaudit.secrets import SURE, Secret

_GRAM, _STRIDE = 8, 4
_CHUNK = 1 << 20
_WORD = re.compile(r"[^\W_]+")
# An address has slashes around what is encoded in it, a name has hyphens: so each with and without.
_BASE64 = tuple(re.compile(f"[A-Za-z0-9{also}]{{6,}}={{0,2}}") for also in ("+/", "_-", ""))
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){4,}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})|\\([\"'/\\])")


class Index:
    """All secrets, ready to be looked for in one pass."""

    def __init__(self, secrets: Iterable[Secret]) -> None:
        self._words: dict[str, list[tuple[Secret, str]]] = {}
        self._grams: dict[bytes, list[tuple[Secret, bytes]]] = {}
        self._seen: dict[bytes, frozenset[Secret]] = {}
        for secret in secrets:
            text = secret.text.casefold()
            words = _WORD.findall(text)
            if words:
                self._words.setdefault(max(words, key=len), []).append((secret, text))
            if len(text) >= SURE:
                for pattern in _encodings(text):
                    for offset in range(_STRIDE):
                        gram = pattern[offset : offset + _GRAM]
                        self._grams.setdefault(gram, []).append((secret, pattern))

    def in_text(self, data: str | bytes) -> list[Secret]:
        """Return the secrets in a text, also where it is escaped, or encoded as bytes of text can be."""
        raw = data.encode() if isinstance(data, str) else data
        found: set[Secret] = set()
        if b"\x00" in raw:
            found |= self._anywhere(raw)
            raw = raw.replace(b"\x00", b"")
        for line in set(raw.split(b"\n")):
            if line not in self._seen:
                self._seen[line] = self._in_line(line)
            found |= self._seen[line]
        return _sorted(found)

    def in_bytes(self, data: bytes) -> list[Secret]:
        """Return the long secrets in bytes that are no text."""
        return _sorted(self._anywhere(data))

    def _in_line(self, line: bytes) -> frozenset[Secret]:
        found: set[Secret] = set()
        for variant in _variants(line.decode("utf-8", "replace")):
            text = variant.casefold()
            for word in self._words.keys() & set(_WORD.findall(text)):
                found |= {secret for secret, sought in self._words[word] if has_whole(sought, text)}
            found |= self._anywhere(text.encode())
        return frozenset(found)

    def _anywhere(self, data: bytes) -> set[Secret]:
        found: set[Secret] = set()
        for start in range(0, len(data), _CHUNK):
            # Case is ignored: bytes that are no letters are not changed by it.
            chunk = data[start : start + _CHUNK + 4 * 1024].lower()
            grams = {chunk[at : at + _GRAM] for at in range(0, len(chunk) - _GRAM + 1, _STRIDE)}
            for gram in self._grams.keys() & grams:
                found |= {secret for secret, pattern in self._grams[gram] if pattern in chunk}
        return found


def has_whole(sought: str, text: str) -> bool:
    """Say whether a text stands in another as a whole: no letter or digit goes on before or after it."""
    return re.search(rf"(?<![^\W_]){re.escape(sought)}(?![^\W_])", text) is not None


def _encodings(text: str) -> Iterator[bytes]:
    """Yield the bytes, in lower case, that a text becomes in each encoding."""
    raw = text.encode()
    patterns = {raw, text.encode("utf-16-le"), text.encode("utf-16-be"), raw.hex().encode()}
    patterns |= {quote(text, safe="").encode(), text.encode("latin-1", "replace"), raw[::-1]}
    yield from {pattern.lower() for pattern in patterns if len(pattern) >= SURE - 1}


def _variants(text: str) -> Iterator[str]:
    """Yield what a text says when what is escaped or encoded in it is read."""
    seen = set()
    waiting = [(text, 0)]
    while waiting:
        variant, depth = waiting.pop()
        if variant in seen:
            continue
        seen.add(variant)
        yield variant
        if depth < 2:
            waiting += [(inner, depth + 1) for inner in _decoded(variant)]


def _decoded(text: str) -> Iterator[str]:
    if "&" in text:
        yield html.unescape(text)
    if "%" in text or "+" in text:
        yield unquote(text.replace("+", " "))
    if "\\" in text:
        yield _ESCAPE.sub(lambda match: _character(*match.groups()), text)
    for token in {token for pattern in _BASE64 for token in pattern.findall(text)}:
        if decoded := _readable(_from_base64(token), anyway=len(token) > 2 * _GRAM):
            yield decoded
    for token in set(_HEX.findall(text)):
        if decoded := _readable(binascii.unhexlify(token), anyway=False):
            yield decoded


def _character(wide: str, narrow: str, plain: str) -> str:
    return plain or chr(int(wide or narrow, 16))


def _from_base64(token: str) -> bytes:
    standard = token.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(standard + "=" * (-len(standard) % 4))
    except ValueError:
        return b""


def _readable(data: bytes, *, anyway: bool) -> str | None:
    """Return bytes as text; if they are none, then nothing, or their characters one by one."""
    for encoding in ("utf-8", "utf-16-le") if b"\x00" in data else ("utf-8",):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text.isprintable():
            return text
    return data.decode("latin-1") if anyway else None


def _sorted(found: Iterable[Secret]) -> list[Secret]:
    return sorted(found, key=lambda secret: (secret.text, secret.kind))
