"""Which routes a person may open, and which of them the walk has reached."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from flask import Flask
from werkzeug.routing import Rule

from coder_app.domain.permissions import ALLOWED, Role
from coder_app.leakaudit.personas import Persona
from coder_app.leakaudit.side import Exchange, Side
from coder_app.leakaudit.values import Values
from coder_app.web.access import access_of

_ASSIGNED = "assigned"
_ALWAYS_CLOSED = {"auth.setup": "there are accounts already"}
_ONLY_IN_DEMO = {"demo.enter": "only in the demo", "demo.own_study": "only in the demo"}


@dataclass
class Reached:
    """Which routes a person may open, and which of them were reached."""

    routes: dict[str, str | None] = field(default_factory=dict)
    out_of_reach: dict[str, str] = field(default_factory=dict)

    @property
    def missed(self) -> dict[str, str]:
        """Routes that should have been reached, with the reason why they were not."""
        return {route: why for route, why in self.routes.items() if why is not None}


def is_open_to(app: Flask, rule: Rule, who: Persona) -> bool:
    """Say whether the mark of a view lets this person in."""
    access = access_of(app.view_functions[rule.endpoint])
    if access is None:
        return False
    if access.kind == "public":
        return True
    if access.kind == "signed in":
        return who.user_id is not None
    if access.kind == _ASSIGNED:
        return Role.CODER in who.roles
    return not ALLOWED[access.act].isdisjoint(who.roles)


def routes_of(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Yield every route with each method that it names."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint != "static":
            for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
                yield rule, method


def find_reached(side: Side, exchanges: Iterable[Exchange], who: Persona, values: Values) -> Reached:
    """Return which routes were reached: their view was run, on something of the person's own."""
    best: dict[tuple[str, str], int] = {}
    for exchange in exchanges:
        if exchange.ran:
            key = (exchange.ran, exchange.method)
            best[key] = min(best.get(key, 999), exchange.status)
    closed = _ALWAYS_CLOSED | ({} if side.settings.demo else _ONLY_IN_DEMO)
    reached = Reached()
    for rule, method in routes_of(side.app):
        if not is_open_to(side.app, rule, who):
            continue
        name = f"{method} {rule.rule}"
        is_assigned = access_of(side.app.view_functions[rule.endpoint]).kind == _ASSIGNED
        if rule.endpoint in closed:
            reached.out_of_reach[name] = closed[rule.endpoint]
        elif is_assigned and not values.own.get("assignment"):
            reached.out_of_reach[name] = "nothing is assigned to this person"
        else:
            reached.routes[name] = _why_missed(rule, best.get((rule.endpoint, method)), values)
    return reached


def _why_missed(rule: Rule, status: int | None, values: Values) -> str | None:
    lacking = values.missing(rule)
    if status is not None and status < 500 and (status != 404 or not lacking):
        return None
    if status is not None and status >= 500:
        return f"it answered {status}"
    return f"there is no {' and no '.join(lacking)} here" if lacking else "its view was never run"
