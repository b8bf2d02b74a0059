"""Audits the blind of one coder: crawl, search, compare answers to foreign and to missing addresses."""

import io
import logging
import re
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from coder_app.db import Database
from coder_app.leakaudit import sound
from coder_app.leakaudit.crawl import Crawl, Exchange
from coder_app.leakaudit.search import Index
from coder_app.leakaudit.secrets import list_secrets
from coder_app.models import Assignment, Study, User
from coder_app.services import auth
from coder_app.services.actor import Tools
from coder_app.web.access import LOGIN_COOKIE, access_of

MISSING = "0" * 32
_ITEM = re.compile(r'data-item="([^"]+)"')
FORBIDDEN_HEADERS = ("ETag", "Last-Modified", "Content-Disposition", "Server", "X-Powered-By")


@dataclass(frozen=True)
class Finding:
    """Something a coder could learn, and where."""

    where: str
    what: str


@dataclass(frozen=True)
class Report:
    """What an audit looked at and what it found."""

    coder: str
    n_answers: int
    n_secrets: int
    routes_reached: tuple[str, ...]
    routes_missed: tuple[str, ...]
    findings: tuple[Finding, ...]


def audit_coder(app: Flask, database: Database, tools: Tools, study_id: int, user_id: int) -> Report:
    """Crawl a study as one of its coders and report all that the coder must not know."""
    with database.read() as db:
        secrets = list_secrets(db, study_id, user_id)
        study = db.get_one(Study, study_id).public_id
        name = db.get_one(User, user_id).name
        own = _assignments(db, study_id, user_id, own=True)
        others = _assignments(db, study_id, user_id, own=False)
    with database.write() as db:
        token = auth.open_login(db, tools, user_id)
    client = app.test_client()
    client.set_cookie(LOGIN_COOKIE, token)
    crawl, log = Crawl(app, client), io.StringIO()
    with _Logged(log):
        crawl.run(["/", f"/studies/{study}/coding", *_starts(own)])
        _try_map(app, crawl, study, own)
        findings = _compare_foreign(app, crawl, study, others)
    index = Index(secrets)
    for exchange in crawl.exchanges:
        findings += _search(index, exchange)
    findings += [
        Finding("the log", f"{secret.kind}: {secret.text}") for secret in index.in_text(log.getvalue())
    ]
    mine = {rule.endpoint for rule in _own_rules(app)}
    return Report(
        coder=name,
        n_answers=len(crawl.exchanges),
        n_secrets=len(secrets),
        routes_reached=tuple(sorted(mine & crawl.reached)),
        routes_missed=tuple(sorted(mine - crawl.reached)),
        findings=tuple(dict.fromkeys(findings)),
    )


def _assignments(db, study_id: int, user_id: int, *, own: bool) -> list[str]:
    whose = Assignment.user_id == user_id if own else Assignment.user_id != user_id
    return list(
        db.scalars(
            select(Assignment.public_id).where(Assignment.study_id == study_id, whose).order_by(Assignment.id)
        )
    )


def _starts(own: list[str]) -> list[str]:
    return [f"/coding/{assignment}{page}" for assignment in own for page in ("", "/check")]


def _own_rules(app: Flask):
    """Yield the routes that are a coder's own: of the room, and of everybody who is signed in."""
    for rule in app.url_map.iter_rules():
        access = access_of(app.view_functions[rule.endpoint]) if rule.endpoint != "static" else None
        if access and (access.kind == "assigned" or rule.endpoint.startswith("coding.")):
            yield rule


def _try_map(app: Flask, crawl: Crawl, study: str, own: list[str]) -> None:
    """Try every route and method of the map with the coder's own ids, bad input included."""
    values = {"study": study, "assignment": own[-1] if own else MISSING}
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        url = rule.build({name: values.get(name, MISSING) for name in rule.arguments})[1]
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            if rule.endpoint in ("auth.sign_out", "demo.enter") and method == "POST":
                continue
            headers = {"X-CSRF-Token": crawl.token()}
            crawl.open(method, url, headers=headers)
            if method == "POST":
                crawl.open(method, url, headers=headers, json={"item": "no such item", "page": "audit"})
                crawl.open(method, url, headers=headers, data={"clear": "no such item", "next": "check"})
    if own:
        _rate(crawl, own[-1])
        crawl.open("GET", f"/coding/{own[-1]}/audio", headers={"Range": "bytes=0-99"})
        crawl.open("GET", f"/coding/{own[-1]}/audio", headers={"Range": "bytes=999999999999-"})


def _rate(crawl: Crawl, assignment: str) -> None:
    page = crawl.open("GET", f"/coding/{assignment}").body.decode()
    items = _ITEM.findall(page) or ["no item is open"]
    change = {"item": items[0], "score": 99, "reason": None, "page": "audit", "sequence": 1, "base": 0}
    headers = {"X-CSRF-Token": crawl.token()}
    for score in (99, 1, 1, 2):
        crawl.open("POST", f"/coding/{assignment}/ratings", headers=headers, json={**change, "score": score})


def _compare_foreign(app: Flask, crawl: Crawl, study: str, others: list[str]) -> list[Finding]:
    """What belongs to others must answer exactly as what does not exist."""
    findings = []
    for rule in app.url_map.iter_rules():
        if "assignment" not in rule.arguments or not others:
            continue
        method = "GET" if "GET" in rule.methods else "POST"
        headers = {"X-CSRF-Token": crawl.token()}
        theirs = crawl.open(method, rule.build({"assignment": others[0]})[1], headers=headers)
        nowhere = crawl.open(method, rule.build({"assignment": MISSING})[1], headers=headers)
        if (theirs.status, theirs.headers, theirs.body) != (nowhere.status, nowhere.headers, nowhere.body):
            findings.append(Finding(rule.rule, "another coder's id answers unlike one that does not exist"))
    return findings


def _search(index: Index, exchange: Exchange) -> list[Finding]:
    where = f"{exchange.method} {exchange.url}"
    headers = "\n".join(f"{name}: {value}" for name, value in exchange.headers)
    found = [Finding(where, f"{secret.kind} in a header: {secret.text}") for secret in index.in_text(headers)]
    if not exchange.url.startswith("/static/"):
        named = {name for name, _ in exchange.headers}
        found += [Finding(where, f"the header {name}") for name in FORBIDDEN_HEADERS if name in named]
    if exchange.content_type == "audio/mp4":
        found += [Finding(where, f"{secret.kind}: {secret.text}") for secret in index.in_bytes(exchange.body)]
        if exchange.status == 200:
            found += [Finding(where, fault) for fault in sound.find_faults(exchange.body)]
    elif not exchange.url.startswith("/static/"):
        text = exchange.body.decode("utf-8", "replace")
        found += [Finding(where, f"{secret.kind}: {secret.text}") for secret in index.in_text(text)]
    return found


class _Logged:
    """Collects what is logged while it is entered."""

    def __init__(self, stream: io.StringIO) -> None:
        self._handler = logging.StreamHandler(stream)

    def __enter__(self) -> None:
        logging.getLogger().addHandler(self._handler)

    def __exit__(self, *_: object) -> None:
        logging.getLogger().removeHandler(self._handler)
