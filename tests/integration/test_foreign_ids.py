"""What is another's answers exactly as what does not exist, on every route that has an id."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask, request
from sqlalchemy import text

from coder_app.leakaudit.personas import CODER, CODING_LEAD, STRANGER
from coder_app.leakaudit.walk import Depth
from tests.makers.audited import Audited, audited_study


@pytest.fixture(scope="module")
def study(empty_sqlite, tmp_path_factory) -> Iterator[Audited]:
    """One study for all tests here: each audit works on copies of it."""
    with audited_study(empty_sqlite, tmp_path_factory.mktemp("study")) as ready:
        yield ready


OTHERS = (CODING_LEAD, STRANGER)


def unlike(report) -> list[str]:
    return [one.where for one in report.findings if "another's id" in one.what]


# The others as part of every audit of the demo.
@pytest.mark.parametrize("role", [CODER, *(pytest.param(one, marks=pytest.mark.long) for one in OTHERS)])
def test_anothers_ids_answer_like_ids_that_do_not_exist(role, study):
    report = study.audit(study.find(role), depth=Depth.IDS)
    assert unlike(report) == []
    assert report.foreign > 40


PLANTED = {
    "a status": lambda response: setattr(response, "status_code", 403),
    "a space": lambda response: response.set_data(response.get_data() + b" "),
    "a header": lambda response: response.headers.add("X-Known", "1"),
    "a cookie": lambda response: response.set_cookie("coder_app_visit", "1"),
}


def test_an_answer_that_knows_anothers_id_is_found_however_it_shows(study):
    shown: dict[str, str] = {}

    def plant(app: Flask) -> None:
        @app.after_request
        def add(response):
            it = (request.view_args or {}).get("assignment")
            with app.extensions["coder_app.database"].read() as db:
                known = db.execute(text("SELECT 1 FROM assignment WHERE public_id = :it"), {"it": it}).first()
            if known and response.status_code == 404:
                # Each route shows it in another way.
                rule = str(request.url_rule)
                how = shown.setdefault(rule, list(PLANTED)[len(shown) % len(PLANTED)])
                PLANTED[how](response)
            return response

    found = unlike(study.audit(study.find(CODER), plant, Depth.IDS))
    for how in PLANTED:
        rules = [re.sub(r"<\w+:?\w*>", "[^/]+", rule) for rule, one in shown.items() if one == how]
        assert rules and all(any(re.search(f" {rule}$", where) for where in found) for rule in rules), how
