"""Opens pages as one person, keeps what comes back, follows every address in it."""

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import parse_qsl, urljoin, urlsplit

from werkzeug.exceptions import HTTPException

from coder_app.leakaudit.side import Exchange, Request, Side
from coder_app.web.csrf import HEADER

_ADDRESS = re.compile(r"""(?:href|src|action|formaction|data-[\w-]+)=["'](/[^"'#]*|\?[^"'#]*)""")
_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')
_REFRESH = re.compile(r"url=(\S+)")
# Of addresses that differ in what is asked of one page alone, so many are opened.
_ALIKE = 3


class Crawl:
    """A crawl as one person: what was asked and what came back, in order."""

    def __init__(self, side: Side, allows: Callable[[str], bool] = lambda url: True) -> None:
        self.side, self.exchanges = side, list[Exchange]()
        self._allows, self._token, self._seen = allows, "", set[str]()
        self._alike = Counter[tuple]()
        self._adapter = side.app.url_map.bind("localhost")

    def run(self, starts: Iterable[str], *, again: bool = False) -> None:
        """Follow every address from the starting pages until nothing new turns up."""
        if again:
            self._seen.clear()
            self._alike.clear()
        waiting = deque(starts)
        while waiting:
            url = waiting.popleft()
            if url in self._seen or self._is_enough(url):
                continue
            self._seen.add(url)
            exchange = self.open("GET", url)
            waiting.extend(
                one for one in addresses_in(exchange) if one not in self._seen and self._follows(one)
            )

    def open(self, method: str, url: str, *, place: int | None = None, **options) -> Exchange:
        """Send one request and keep what came back."""
        request = Request(len(self.exchanges) + 1 if place is None else place, method, url, options)
        exchange = self.side.send(request)
        self.exchanges.append(exchange)
        if exchange.content_type == "text/html" and (match := _TOKEN.search(exchange.text)):
            self._token = match[1]
        return exchange

    def change(self, method: str, url: str, **options) -> Exchange:
        """Send a request that may change something, with the token of the newest page."""
        return self.open(method, url, headers=self.headers(), **options)

    def headers(self, **more: str) -> dict[str, str]:
        """Return headers with the token of the newest page."""
        return {HEADER: self._token, **more}

    def match(self, url: str, method: str = "GET") -> tuple[str, dict[str, object]] | None:
        """Return the endpoint that an address leads to and its values."""
        try:
            return self._adapter.match(urlsplit(url).path, method=method)
        except HTTPException:
            return None

    def _is_enough(self, url: str) -> bool:
        parts = urlsplit(url)
        key = (parts.path, *sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
        self._alike[key] += 1
        return self._alike[key] > _ALIKE

    def _follows(self, url: str) -> bool:
        found = self.match(url)
        return found is not None and found[0] != "static" and self._allows(url)


def addresses_in(exchange: Exchange) -> Iterator[str]:
    """Yield the addresses on this server that a page names: links, sources, data addresses, redirections."""
    headers = dict(exchange.headers)
    found = [headers["Location"]] if "Location" in headers else []
    found += _REFRESH.findall(headers.get("Refresh", ""))
    if exchange.content_type == "text/html":
        found += _ADDRESS.findall(exchange.text)
    for address in dict.fromkeys(found):
        parts = urlsplit(urljoin(exchange.url, address.replace("&amp;", "&")))
        if not parts.netloc or parts.netloc == "localhost":
            yield parts.path + (f"?{parts.query}" if parts.query else "")
