"""Walks the URL map: every route says who may open it, and nobody else gets past it."""

import pytest

from coder_app.domain.permissions import ALLOWED, Role
from coder_app.web.access import access_of
from tests.makers.coding import add_assignment, add_recording, add_round

MISSING = "0" * 32
ROLES = {
    "lead": Role.LEAD,
    "coder": Role.CODER,
    "other coder": Role.CODER,
    "analyst": Role.ANALYST,
    "contact": Role.CONTACT,
}


@pytest.fixture
def people(world, database):
    """One person of each kind, the coder with an assignment."""
    lead = world.study()
    coder = world.member(lead, "Mara", Role.CODER, instruments=("CIRS",))
    with database.write() as db:
        recording = add_recording(db, lead, "zora-mila")
        own = add_assignment(db, coder, add_round(db, lead), recording, "CIRS", "velid-moru", 1)
    return {
        "lead": lead.viewer,
        "coder": coder.viewer,
        "analyst": world.member(lead, "Ana", Role.ANALYST).viewer,
        "contact": world.member(lead, "Cora", Role.CONTACT).viewer,
        "other coder": world.member(lead, "Nora", Role.CODER, instruments=("CIRS",)).viewer,
        "stranger": world.person("Stranger"),
        "study": lead.study_public_id,
        "assignment": own,
    }


def routes(app):
    """Yield (endpoint, access, method, address with `study` and `assignment` left open)."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        for method in sorted(rule.methods - {"HEAD", "OPTIONS"}):
            yield rule, access_of(app.view_functions[rule.endpoint]), method


def address(rule, people) -> str:
    known = {"study": people["study"], "assignment": people["assignment"]}
    values = {name: known.get(name, MISSING) for name in rule.arguments}
    return rule.build(values)[1]


def may_open(access, who: str) -> bool:
    if access.kind == "public":
        return True
    if who == "visitor":
        return False
    if access.kind == "signed in":
        return True
    if access.kind == "assigned":
        return who == "coder"
    return ROLES.get(who) in ALLOWED[access.act]


def is_closed(reply, who: str) -> bool:
    if who != "visitor":
        return reply.status_code == 404
    return reply.status_code == 401 or (reply.status_code == 303 and reply.location.endswith("/sign-in"))


def test_every_route_says_who_may_open_it(app):
    silent = [rule.endpoint for rule, access, _ in routes(app) if access is None]
    assert silent == []


@pytest.mark.parametrize("who", ["visitor", "stranger", "coder", "other coder", "analyst", "contact", "lead"])
def test_nobody_gets_past_a_route_that_is_not_theirs(who, app, people, browser_of):
    browser = browser_of(None if who == "visitor" else people[who])
    passed = []
    for rule, access, method in routes(app):
        if may_open(access, who):
            continue
        url = address(rule, people)
        reply = browser.client.open(url, method=method)
        if not is_closed(reply, who):
            passed.append((method, url, reply.status_code))
    assert passed == []


def test_a_route_that_is_not_ones_own_answers_like_one_that_does_not_exist(app, people, browser_of):
    browser = browser_of(people["other coder"])
    for rule, access, _ in routes(app):
        if access.kind in ("act", "assigned") and not may_open(access, "other coder"):
            theirs = address(rule, people)
            nowhere = theirs.replace(people["study"], MISSING).replace(people["assignment"], MISSING)
            assert browser.get(theirs).data == browser.get(nowhere).data, theirs


def test_every_change_without_the_token_is_refused(app, people, browser_of):
    for rule, access, method in routes(app):
        if method == "GET" or access.kind == "public":
            continue
        who = next(who for who in ("lead", "coder", "contact") if may_open(access, who))
        reply = browser_of(people[who]).client.open(address(rule, people), method=method)
        assert reply.status_code == 400, (rule.rule, reply.status_code)


def test_every_answer_carries_the_security_headers(app, people, browser_of):
    for who in ("coder", "contact", "lead"):
        browser = browser_of(people[who])
        for rule, _access, method in routes(app):
            if method != "GET":
                continue
            headers = browser.get(address(rule, people)).headers
            assert "default-src 'none'" in headers["Content-Security-Policy"]
            assert headers["Cache-Control"] == "no-store"
            assert not {"ETag", "Last-Modified", "Server"} & set(headers)
