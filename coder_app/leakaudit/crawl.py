"""Opens every page that one person can reach, follows every address in it, and tries the rest of the map."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from flask import Flask
from werkzeug.test import Client

_ADDRESS = re.compile(r"""(?:href|src|action|data-[\w-]*url|data-peaks|data-audio)=["']([^"'#]+)""")
_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')
_LIMIT = 5_000


@dataclass(frozen=True)
class Exchange:
    """One request and all that came back."""

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def content_type(self) -> str:
        """The media type without its parameters."""
        return dict(self.headers).get("Content-Type", "").partition(";")[0]


@dataclass
class Crawl:
    """A crawl as one person: what was asked, what came back, which routes were reached."""

    app: Flask
    client: Client
    exchanges: list[Exchange] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)

    def run(self, starts: list[str]) -> None:
        """Follow every address from the starting pages until nothing new turns up."""
        waiting, seen = list(starts), set()
        while waiting and len(seen) < _LIMIT:
            url = waiting.pop()
            if url in seen:
                continue
            seen.add(url)
            exchange = self.open("GET", url)
            waiting.extend(found for found in addresses_in(exchange) if found not in seen)

    def open(self, method: str, url: str, **options) -> Exchange:
        """Send one request and keep what came back."""
        reply = self.client.open(url, method=method, **options)
        exchange = Exchange(method, url, reply.status_code, tuple(reply.headers), reply.data)
        reply.close()
        self.exchanges.append(exchange)
        if exchange.status < 400:
            self._note_route(method, url)
        return exchange

    def token(self) -> str:
        """Return the CSRF token of the newest page that has one."""
        for exchange in reversed(self.exchanges):
            match = _TOKEN.search(exchange.body.decode("utf-8", "replace"))
            if match:
                return match[1]
        return ""

    def _note_route(self, method: str, url: str) -> None:
        adapter = self.app.url_map.bind("localhost")
        endpoint, _ = adapter.match(urlsplit(url).path, method=method)
        self.reached.add(endpoint)


def addresses_in(exchange: Exchange) -> Iterator[str]:
    """Yield the addresses on this server that a page names: links, sources, data addresses, redirections."""
    location = dict(exchange.headers).get("Location")
    found = [location] if location else []
    if exchange.content_type == "text/html":
        found += _ADDRESS.findall(exchange.body.decode("utf-8", "replace"))
    for address in found:
        parts = urlsplit(urljoin(exchange.url, address.replace("&amp;", "&")))
        if not parts.netloc or parts.netloc == "localhost":
            yield parts.path + (f"?{parts.query}" if parts.query else "")
