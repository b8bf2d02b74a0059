"""Looks through what one person got: secrets, headers, sound, titles; twins and worlds that differ."""

import html
import re
from collections.abc import Iterable, Iterator
from io import BytesIO
from zipfile import BadZipFile, ZipFile

from coder_app.leakaudit import sound
from coder_app.leakaudit.personas import Persona
from coder_app.leakaudit.report import Finding
from coder_app.leakaudit.search import Index, has_whole
from coder_app.leakaudit.secrets import Secrets
from coder_app.leakaudit.side import Exchange

# Such an answer would tell the name, date or size of a file, or what serves it.
_TELLING = ("ETag", "Last-Modified", "Server", "X-Powered-By", "Content-Location", "Link", "Server-Timing")
_NAMING = ("Content-Disposition",)
_COOKIES = ("coder_app_login", "coder_app_visit", "coder_app_language")
_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)
_ROW = re.compile(r"</(?:tr|li|p|dd|dt|h\d|option|figcaption|text|title|label|a)>|-->|\n\n")
_ELSEWHERE = re.compile(r"""(?:src|srcset|data-[\w-]+)=["'](?:https?:)?//""")
_EXPIRES = re.compile(r"Expires=[^;]*; (?=.*Max-Age)")
_SOUND = "audio/mp4"


class Inspector:
    """Looks through the answers to one person; what is searched is counted."""

    def __init__(self, who: Persona, secrets: Secrets, room: Secrets | None = None) -> None:
        self._who, self._masks = who, secrets.masks
        self._pairs = _Pairs(secrets.pairs)
        self._index = Index(secrets.texts)
        # In the coder's room everybody is a coder, whatever other pages may show.
        self._room = Index(room.texts) if room else self._index
        self._sounds: dict[bytes, list[str]] = {}
        self.n_bytes = 0

    def inspect(self, exchange: Exchange) -> Iterator[Finding]:
        """Yield what one answer tells."""
        is_room = not self._who.is_staff or _is_room(exchange)
        index = self._room if is_room else self._index
        self.n_bytes += len(exchange.body)
        sent = exchange.url + str(exchange.request.options)
        headers = "\n".join(f"{name}: {value}" for name, value in exchange.headers)
        for secret in index.in_text(headers):
            if secret.text not in sent:
                yield Finding(exchange.place, f"{secret.kind} in a header: {secret.text}")
        for secret in self._room.in_text(exchange.log):
            # The log is read by whoever runs the server: a coder's secrets are in nobody's lines.
            if secret.text not in sent:
                yield Finding(f"the log of {exchange.place}", f"{secret.kind}: {secret.text}")
        for what in _faults_of_headers(exchange, is_room=is_room):
            yield Finding(exchange.place, what)
        if exchange.status >= 500:
            yield Finding(exchange.place, f"it could not be audited: the server answered {exchange.status}")
        yield from self._inspect_body(exchange, index, sent, is_room=is_room)

    def _inspect_body(
        self, exchange: Exchange, index: Index, sent: str, *, is_room: bool
    ) -> Iterator[Finding]:
        if exchange.content_type == _SOUND:
            if exchange.digest not in self._sounds:
                self._sounds[exchange.digest] = self._faults_of_sound(exchange)
            for what in self._sounds[exchange.digest]:
                yield Finding(exchange.place, what)
            return
        for name, body in _parts(exchange):
            for secret in index.in_text(body):
                if secret.text not in sent:
                    yield Finding(exchange.place, f"{secret.kind}{name}: {secret.text}")
            for recording, source in self._pairs.find(body):
                yield Finding(exchange.place, f"{recording} beside its source {source}{name}")
        if is_room and exchange.content_type == "text/html":
            yield from self._inspect_page(exchange)

    def _inspect_page(self, exchange: Exchange) -> Iterator[Finding]:
        if _ELSEWHERE.search(exchange.text):
            yield Finding(exchange.place, "it loads from another server")
        match = _TITLE.search(exchange.text)
        title = html.unescape(match[1]) if match else ""
        # The browser's history keeps titles.
        if any(mask in title for mask in self._masks):
            yield Finding(exchange.place, f"the title names a recording: {title}")

    def _faults_of_sound(self, exchange: Exchange) -> list[str]:
        found = [
            f"{secret.kind} in the sound: {secret.text}" for secret in self._room.in_bytes(exchange.body)
        ]
        return found + (sound.find_faults(exchange.body) if exchange.status == 200 else [])


class _Pairs:
    """Looks for a recording and its source in one row, line or sentence."""

    def __init__(self, pairs: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> None:
        self._source_of: dict[str, tuple[str, ...]] = {}
        for names, sources in pairs:
            self._source_of |= dict.fromkeys((name.casefold() for name in names), sources)
        self._seen: dict[str, list[tuple[str, str]]] = {}

    def find(self, body: bytes) -> Iterator[tuple[str, str]]:
        if not self._source_of:
            return
        text = body.decode("utf-8", "replace")
        separator = _ROW if "<" in text[:200] else re.compile(r"\n|\}")
        for row in set(separator.split(text)):
            if row not in self._seen:
                self._seen[row] = list(self._in_row(row.casefold()))
            yield from self._seen[row]

    def _in_row(self, row: str) -> Iterator[tuple[str, str]]:
        for name in self._source_of.keys() & set(re.findall(r"[^\W_]+(?:-[^\W_]+)?", row)):
            for source in self._source_of[name]:
                if has_whole(source.casefold(), row):
                    yield name, source


def _answer_of(exchange: Exchange) -> tuple:
    """Return all that came back; without the moment at which a cookie ends, which Max-Age says too."""
    headers = tuple((name, _EXPIRES.sub("", value)) for name, value in exchange.headers)
    return exchange.status, headers, exchange.digest, exchange.log


def compare_twins(twins: Iterable[tuple[Exchange, Exchange]]) -> Iterator[Finding]:
    """Yield each address of another's that answers unlike one that does not exist."""
    for theirs, nowhere in twins:
        if _answer_of(theirs)[:3] != _answer_of(nowhere)[:3]:
            what = f"another's id answers unlike one that does not exist: {_difference(theirs, nowhere)}"
            yield Finding(theirs.place, what)


def compare_worlds(one: Exchange, other: Exchange) -> Iterator[Finding]:
    """Yield how an answer in one world is unlike the answer to the same request in the other."""
    if _answer_of(one) != _answer_of(other):
        yield Finding(one.place, f"the two worlds differ: {_difference(one, other)}")


def _difference(one: Exchange, other: Exchange) -> str:
    if one.status != other.status:
        return f"status {one.status} and {other.status}"
    changed = dict(set(one.headers) ^ set(other.headers))
    if changed and one.digest == other.digest:
        return f"headers {', '.join(sorted(changed))}"
    if one.digest == other.digest:
        return "what was logged"
    shortest = min(len(one.body), len(other.body))
    at = next((place for place in range(shortest) if one.body[place] != other.body[place]), shortest)
    excerpts = [each.body[max(0, at - 30) : at + 30].decode("utf-8", "replace") for each in (one, other)]
    return f"{excerpts[0]!r} and {excerpts[1]!r}"


def _faults_of_headers(exchange: Exchange, *, is_room: bool) -> Iterator[str]:
    if exchange.url.startswith("/static/"):
        return
    telling = _TELLING + (_NAMING if is_room else ())
    for name, value in exchange.headers:
        if name in telling:
            yield f"the header {name}"
        if name == "Set-Cookie" and value.partition("=")[0] not in _COOKIES:
            yield f"the cookie {value.partition('=')[0]}"


def _is_room(exchange: Exchange) -> bool:
    return exchange.url.startswith("/coding/") or (exchange.ran or "").startswith("coding.")


def _parts_of(name: str, data: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield what a workbook or a document consists of: it is a ZIP in the ZIP."""
    with ZipFile(BytesIO(data)) as book:
        for entry in book.infolist():
            yield f" in {entry.filename} of {name}", book.read(entry)


def _parts(exchange: Exchange) -> Iterator[tuple[str, bytes]]:
    """Yield what an answer consists of: itself, or the files packed in it."""
    if exchange.content_type == "application/zip":
        try:
            with ZipFile(BytesIO(exchange.body)) as archive:
                for entry in archive.infolist():
                    data = archive.read(entry)
                    yield f" in {entry.filename}", f"{entry.filename}\n".encode() + data
                    if entry.filename.endswith((".xlsx", ".docx")):
                        yield from _parts_of(entry.filename, data)
        except BadZipFile:
            yield " in a broken ZIP", exchange.body
        return
    yield "", exchange.body
