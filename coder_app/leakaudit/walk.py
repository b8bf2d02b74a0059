"""One person's way through the application: pages, routes with all methods, bad input, others' ids, forms."""

from dataclasses import dataclass
from enum import IntEnum
from itertools import product
from urllib.parse import urlencode, urlsplit

from werkzeug.routing import Rule

from coder_app.domain.permissions import Role
from coder_app.leakaudit.crawl import Crawl, addresses_in
from coder_app.leakaudit.forms import CSV, forms_in
from coder_app.leakaudit.personas import Persona, find_roles
from coder_app.leakaudit.reached import Reached, find_reached, is_open_to, routes_of
from coder_app.leakaudit.side import Exchange, Side
from coder_app.leakaudit.values import MISSING, Values, missing

# Which change what the audit still needs: they are sent when all else is done.
_LAST = (
    "submit", "discard", "release", "revoke", "stop", "guess", "lock", "open_key", "password", "sign_out",
)  # fmt: skip
_STRANGE = "page=x&before=-1&k=x&act=x&since=x&row=x&again=1"
_RANGES = ("bytes=0-99", "bytes=-5", "bytes=99999999999-", "bytes=0-0,3-4", "lines=1-2")
# One body with everything that a page's script sends anywhere; each route takes from it what it knows.
_BODY = {
    "item": "cirs_01", "score": 1, "reason": None, "page": "a" * 32, "sequence": 1, "base": 0,
    "text": "audit", "at_ms": 100, "at": 0.1, "segment": 0, "stretches": [[0, 500]],
    "position_ms": 500, "position": 0.5, "speed": 1.0, "fastest": 1.0, "revision": 0,
    "why": "audit", "why_less": "I heard it elsewhere.", "language": "en",
}  # fmt: skip
_JUNK = {
    "item": "no such item",
    "score": 99,
    "page": "",
    "sequence": -1,
    "base": "x",
    "text": 7,
    "at_ms": "x",
}


class Depth(IntEnum):
    """How much is tried: one's own pages; then others' ids; then every route and method; then every form."""

    PAGES = 1
    IDS = 2
    ROUTES = 3
    WHOLE = 4


@dataclass
class Walk:
    """What one person asked and got; from which exchange on in which roles; pairs that must be the same."""

    crawl: Crawl
    reached: Reached
    roles: list[tuple[int, frozenset[Role]]]
    twins: list[tuple[Exchange, Exchange]]
    n_pages: int


def walk(side: Side, who: Persona, values: Values, depth: Depth) -> Walk:
    """Go the way, as deep as is asked for."""
    return _Walker(side, who, values).go(depth)


class _Walker:
    def __init__(self, side: Side, who: Persona, values: Values) -> None:
        self._side, self._app, self._who, self._values = side, side.app, who, values
        self._crawl = Crawl(side, self._is_in_study)
        self._twins: list[tuple[Exchange, Exchange]] = []
        self._sent: set[tuple[str, str]] = set()
        self._named: set[str] = set()
        self._n_learned = 0
        self._roles = [(0, who.roles)]

    def go(self, depth: Depth) -> Walk:
        self._crawl.run(self._starts())
        self._learn()
        n_pages = sum(exchange.status < 400 for exchange in self._crawl.exchanges)
        self._listen()
        if depth >= Depth.IDS:
            self._compare_foreign()
        if depth >= Depth.ROUTES:
            self._try_map()
            for last in (False, True):
                if depth is Depth.WHOLE:
                    self._send_forms(last=last)
                self._send_bodies(last=last)
        if depth is Depth.WHOLE:
            self._crawl.run(self._starts(), again=True)
            self._leave()
        reached = find_reached(self._side, self._crawl.exchanges, self._who, self._values)
        return Walk(self._crawl, reached, self._roles, self._twins, n_pages)

    def _starts(self) -> list[str]:
        study, own = self._who.study, self._values.own.get("assignment", [])
        pages = [f"/studies/{study}", f"/studies/{study}/coding"] if study else ["/studies", "/sign-in"]
        return ["/", *pages, *(f"/coding/{one}" for one in own), *(f"/coding/{one}/check" for one in own)]

    def _is_in_study(self, url: str) -> bool:
        """Whether an address is of this study: a person's other studies are audited for themselves."""
        found = self._crawl.match(url)
        values = found[1] if found else {}
        own = self._values.own
        return ("study" not in values or values["study"] == self._who.study) and (
            "assignment" not in values or values["assignment"] in own.get("assignment", [])
        )

    def _learn(self) -> None:
        """Remember the addresses that pages name, forms and scripts too: their parts belong together."""
        news = [one for one in self._crawl.exchanges[self._n_learned :] if one.status < 400]
        self._n_learned = len(self._crawl.exchanges)
        named = {url: None for one in news for url in (one.url, *addresses_in(one)) if url not in self._named}
        self._named.update(named)
        for url, method in product(named, ("GET", "POST")):
            found = self._crawl.match(url, method)
            if found and found[1] and self._is_in_study(url):
                self._values.learn(*found)

    def _listen(self) -> None:
        """Ask for stretches of the sound in every way."""
        heard = (one for one in self._crawl.exchanges if one.content_type == "audio/mp4")
        sounds = list(dict.fromkeys(one.url for one in heard))
        for url, wanted in product(sounds[:2], _RANGES):
            self._crawl.open("GET", url, headers={"Range": wanted})

    def _try_map(self) -> None:
        """Open every route with one's own values, as page and as data, asked strangely, by other methods."""
        for rule in self._app.url_map.iter_rules():
            if rule.endpoint == "static":
                continue
            own = self._url(rule, self._values.own_of(rule))
            self._crawl.change("PUT", own)
            if "GET" in rule.methods:
                self._crawl.open("GET", own)
                self._crawl.open("HEAD", own)
                if is_open_to(self._app, rule, self._who):
                    self._crawl.open("GET", own, headers={"Accept": "application/json"})
                    self._crawl.open("GET", f"{own}?{_STRANGE}")
        for url in ("/no/such/page", "/studies/%00", f"/coding/{MISSING}"):
            for method in ("GET", "OPTIONS", "DELETE"):
                self._crawl.change(method, url)
        self._learn()

    def _send_forms(self, *, last: bool) -> None:
        """Send every form that a page showed: as it is, filled in."""
        # Of one page asked differently, the newest.
        pages = {
            urlsplit(one.url).path: one for one in self._crawl.exchanges if one.content_type == "text/html"
        }
        found = [(page, form) for page in pages.values() for form in forms_in(page.text)]
        for page, form in sorted(found, key=lambda pair: self._rank(pair[1].action)):
            action = form.action or page.url
            match = self._crawl.match(action, form.method)
            if match is None or not self._is_in_study(action) or self._is_last(match[0]) != last:
                continue
            # The doors of the demo would sign somebody else in.
            skipped = match[0] == "auth.sign_out" or match[0].startswith("demo.")
            if skipped or (form.method, action) in self._sent:
                continue
            self._sent.add((form.method, action))
            if form.method == "POST":
                self._crawl.run(self._answers(self._change(action, data=form.filled())))
            else:
                self._crawl.open("GET", f"{urlsplit(action).path}?{urlencode(form.filled())}")

    def _send_bodies(self, *, last: bool) -> None:
        """Send every route that takes changes what a script could send, what nobody would, and no token."""
        rules = [rule for rule, method in routes_of(self._app) if method == "POST"]
        for rule in sorted(rules, key=lambda rule: self._rank_of(rule.endpoint)):
            if self._is_last(rule.endpoint) != last or rule.endpoint == "auth.sign_out":
                continue
            if rule.endpoint.startswith("demo."):
                continue
            url = self._url(rule, self._values.own_of(rule))
            self._crawl.open("POST", url, data={"csrf_token": "0" * 64})
            if not is_open_to(self._app, rule, self._who):
                self._change(url, json=_BODY)
                continue
            bodies = ({"json": _JUNK}, {"data": {"item": "\x00", "next": "x"}}, {"json": _BODY}, {"json": []})
            for options in bodies:
                self._change(url, **options)
            form = {name: str(one) for name, one in _BODY.items()} | {"file": CSV}
            self._change(url, data=form)

    def _change(self, url: str, **options) -> Exchange:
        """Send a change, and note when it has given this person another role."""
        exchange = self._crawl.change("POST", url, **options)
        if exchange.status < 400 and self._who.study_id is not None:
            with self._side.database.read() as db:
                roles = find_roles(db, self._who.study_id, self._who.user_id)
            if roles != self._roles[-1][1]:
                self._roles.append((len(self._crawl.exchanges), roles))
        return exchange

    def _leave(self) -> None:
        """Sign out, and come back to one's own pages as nobody."""
        self._crawl.change("POST", "/sign-out")
        for url in [*self._starts()[:4], "/password"]:
            self._crawl.open("GET", url)
        if self._side.settings.demo:
            self._crawl.open("GET", "/sign-in")
            self._crawl.change("POST", f"/demo/{MISSING}")

    def _compare_foreign(self) -> None:
        """Ask for what is another's and for what is nowhere, at the same place."""
        for rule, method in routes_of(self._app):
            own = self._values.own_of(rule)
            for name in sorted(rule.arguments):
                for theirs in self._values.foreign.get(name, [])[:1]:
                    # With one's own values beside it, and with another study's own values beside it.
                    pair = ({**own, name: theirs}, {**own, name: missing(rule, name)})
                    self._twins.append(self._open_twins(rule, method, *pair))
            foreign = {name: (self._values.foreign.get(name) or [None])[0] for name in rule.arguments}
            if len(foreign) > 1 and all(foreign.values()):
                nothing = {name: missing(rule, name) for name in rule.arguments}
                self._twins.append(self._open_twins(rule, method, foreign, nothing))

    def _open_twins(self, rule: Rule, method: str, theirs: dict, nowhere: dict) -> tuple[Exchange, Exchange]:
        place = len(self._crawl.exchanges) + 1
        options = {"json": _BODY} if method == "POST" else {}
        one, other = (
            self._crawl.open(
                method, self._url(rule, values), place=place, headers=self._crawl.headers(), **options
            )
            for values in (theirs, nowhere)
        )
        return one, other

    def _answers(self, exchange: Exchange) -> list[str]:
        location = dict(exchange.headers).get("Location", "")
        return [location] if location.startswith("/") and self._is_in_study(location) else []

    def _rank(self, action: str) -> int:
        found = self._crawl.match(action, "POST")
        return self._rank_of(found[0]) if found else 0

    def _rank_of(self, endpoint: str) -> int:
        return next((at for at, word in enumerate(_LAST, start=1) if word in endpoint), 0)

    def _is_last(self, endpoint: str) -> bool:
        return self._rank_of(endpoint) > 0

    def _url(self, rule: Rule, values: dict) -> str:
        return rule.build(values)[1]
