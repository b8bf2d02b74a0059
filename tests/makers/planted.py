"""Plants many leaks in one application, each for requests that name it alone, and goes to where they are."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from flask import Flask, Response, request

from coder_app.leakaudit.audit import audit_person
from coder_app.leakaudit.crawl import Crawl
from coder_app.leakaudit.personas import Persona
from coder_app.leakaudit.reached import find_reached
from coder_app.leakaudit.report import Finding
from coder_app.leakaudit.side import Exchange, Plant, Side
from coder_app.leakaudit.values import MISSING, Values
from coder_app.leakaudit.walk import Depth, Walk
from tests.makers.audited import Audited

# Where a leak shows: in pages of assignments, in those of some only, in sound, in the queue, in the answer to
# what is nowhere, to bad input, to what is another's. Any other place is rule and method of a leaking route.
PAGE, EVERY_PAGE, SOUND, QUEUE = "page", "every page", "sound", "queue"
NOWHERE, BAD_INPUT, FOREIGN = "nowhere", "bad input", "foreign"
_BAD = {"item": "no such item", "score": 99, "page": "", "sequence": -1, "base": "x"}
Place = str | tuple[str, str]
_NAME = "leak"
# More than one: what a leak tells can be the same of a recording in both worlds.
_SOME = 2


class OnlyFor:
    """The application as a leak is planted in it, where the leak has a number that requests name."""

    def __init__(self, app: Flask, number: int) -> None:
        self._app, self._number = app, number
        self.extensions = app.extensions
        self.view_functions = _Views(app, self._is_meant)

    def after_request(self, hook: Callable[[Response], Response]) -> None:
        """Add a hook."""
        self._app.after_request(lambda response: hook(response) if self._is_meant() else response)

    def register_blueprint(self, blueprint) -> None:
        """Add routes, which are the leak's own."""
        self._app.register_blueprint(blueprint, name=f"planted{self._number}")

    def _is_meant(self) -> bool:
        return request.args.get(_NAME) == str(self._number)


class _Views(dict):
    def __init__(self, app: Flask, is_meant: Callable[[], bool]) -> None:
        super().__init__(app.view_functions)
        self._app, self._is_meant = app, is_meant

    def __setitem__(self, endpoint: str, changed: Callable) -> None:
        plain = self._app.view_functions[endpoint]

        def run(**values):
            return (changed if self._is_meant() else plain)(**values)

        run.access = plain.access
        self._app.view_functions[endpoint] = run


def audit_planted(study: Audited, who: Persona, leaks: list[tuple[Plant, Place]]) -> dict[int, list[Finding]]:
    """Audit one person with all leaks, each with its place, and return what was found by the leak's number.

    Under -1 stands what was found where no leak is planted.
    """

    def plant(app: Flask) -> None:
        for number, (one, _) in enumerate(leaks):
            one(OnlyFor(app, number))

    def way(side: Side, who: Persona, values: Values, _depth: Depth) -> Walk:
        crawl, twins = Crawl(side), list[tuple[Exchange, Exchange]]()
        places = [place for _, place in leaks]
        clean = dict.fromkeys(place for place in places if isinstance(place, str))
        for number, place in [*((-1, one) for one in clean), *enumerate(places)]:
            for method, url, options in _requests(place, who, values):
                if place == FOREIGN:
                    twins.append(_open_twins(crawl, number, values))
                else:
                    crawl.change(method, f"{url}?{_NAME}={number}", **options)
        reached = find_reached(side, crawl.exchanges, who, values)
        return Walk(crawl, reached, [(0, who.roles)], twins, len(crawl.exchanges))

    report = audit_person(replace(study.ground, plant=plant), who, Depth.PAGES, way)
    found: dict[int, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(int(finding.where.rpartition(f"{_NAME}=")[2]), []).append(finding)
    return found


def _requests(place: Place, who: Persona, values: Values) -> Iterator[tuple[str, str, dict]]:
    own = values.own.get("assignment", [])
    if place == PAGE:
        yield from (("GET", f"/coding/{one}", {}) for one in own[:_SOME])
    elif place == EVERY_PAGE:
        yield from (("GET", f"/coding/{one}", {}) for one in own)
    elif place == SOUND:
        yield "GET", f"/coding/{own[0]}/audio", {}
    elif place == QUEUE:
        yield "GET", f"/studies/{who.study}/coding", {}
    elif place == BAD_INPUT:
        yield "POST", f"/coding/{own[0]}/ratings", {"json": _BAD}
    elif place in (NOWHERE, FOREIGN):
        yield "GET", f"/coding/{MISSING}", {}
    else:
        rule, method = place
        path = rule.replace("<study>", who.study or "").replace("<assignment>", own[0] if own else "")
        yield method, path, {}


def _open_twins(crawl: Crawl, number: int, values: Values) -> tuple[Exchange, Exchange]:
    at = len(crawl.exchanges) + 1
    one, other = (
        crawl.open("GET", f"/coding/{it}?{_NAME}={number}", place=at)
        for it in (values.foreign["assignment"][0], MISSING)
    )
    return one, other
