"""Figures to take away: those of the page, to whoever may see it, and never at the cost of a save."""

import re

import pytest

from coder_app.domain.permissions import Role
from coder_app.models import Membership
from coder_app.services import figure
from coder_app.services.child import ChildError
from coder_app.services.errors import Refused
from coder_app.services.figure import Drawing
from tests.makers.coded import make_coded_study

FIGURE = "/figures/reliability/deviations-cirs.svg"
NO_FIGURES = ("reliability/pie-cirs.svg", "reliability/forest-cirs.bmp", "trail/forest-cirs.svg", "x/y.svg")


@pytest.fixture(params=["sqlite"])
def database(request, tmp_path, empty_sqlite):
    """SQLite alone: no figure meets the database."""
    from coder_app.db import Database

    path = tmp_path / "test.sqlite"
    path.write_bytes(empty_sqlite.read_bytes())
    made = Database(f"sqlite:///{path}")
    yield made
    made.dispose()


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def heat(rows: int = 1) -> Drawing:
    cells = [[(0.5, "+0.50")] for _ in range(rows)]
    data = {"rows": ["Hope"] * rows, "columns": ["coder 1"], "cells": cells, "full": 0.5, "signed": True}
    return Drawing("deviations", "CIRS", "deviations-cirs", "heat", "Title", "Caption", data)


def test_the_page_offers_its_figures_and_each_is_a_file_that_names_coders_by_number(study, browser_of):
    browser = browser_of(study.lead.viewer)
    assert browser.get(study.address + FIGURE).status_code == 404  # not computed yet
    page = study.opened(browser, "/reliability").get_data(as_text=True)
    links = re.findall(r'href="([^"]*/figures/[^"]*)"', page)
    names = {link.rpartition("/")[2] for link in links}
    assert names == {
        f"{picture}-{scale}.{ext}"
        for picture in ("forest", "deviations")
        for scale in ("cirs", "tabbs")
        for ext in ("svg", "pdf", "png")
    }
    begins = {"svg": b"<?xml", "pdf": b"%PDF", "png": b"\x89PNG"}
    for ext, start in begins.items():
        answer = browser.get(f"{study.address}/figures/reliability/forest-tabbs.{ext}")
        assert answer.status_code == 200
        assert answer.data.startswith(start)
        disposition = f'attachment; filename="reliability-forest-tabbs.{ext}"'
        assert answer.headers["Content-Disposition"] == disposition
    svg = browser.get(f"{study.address}/figures/reliability/forest-tabbs.svg").get_data(as_text=True)
    assert "Hope and encouragement" in svg
    assert ".88 [.76, .95]" in svg
    assert "no variation: all scores are the same" in svg
    svg = browser.get(study.address + FIGURE).get_data(as_text=True)
    assert "coder 1" in svg
    for secret in ("Ada", "Ben", "Cleo", "mask-", *(dyad for dyad, _ in study.session_of.values())):
        assert secret not in svg
    for path in NO_FIGURES:
        assert browser.get(f"{study.address}/figures/{path}").status_code == 404


def test_figures_are_closed_where_their_page_is(study, database, browser_of):
    study.opened(browser_of(study.lead.viewer), "/reliability")
    ada = study.coders["Ada"]
    assert browser_of(ada.viewer).get(study.address + FIGURE).status_code == 404
    with database.write() as db:
        role = Membership(
            study_id=ada.study_id, user_id=ada.user_id, role=Role.LEAD, created_at=study.lead.now()
        )
        db.add(role)
    study.open_again("s01", "Ada", "CIRS")
    closed = browser_of(ada.viewer).get(study.address + FIGURE)
    assert closed.status_code == 403
    assert "You still have recordings to code" in closed.get_data(as_text=True)


def test_a_figure_for_which_too_many_wait_is_refused_at_once(monkeypatch):
    """Each request that waits holds a thread of the server; the others stay free for saves."""
    monkeypatch.setattr(figure, "_run", lambda asked: b"figure")
    held = [figure._waiting.acquire(blocking=False) for _ in range(figure.MOST_WAITING)]
    assert all(held)
    try:
        with pytest.raises(Refused, match="Several figures are being drawn"):
            figure.draw(heat(), "svg")
    finally:
        figure._waiting.release()
    assert figure.draw(heat(), "svg") == b"figure"
    for _ in held[1:]:
        figure._waiting.release()


def test_a_figure_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(figure, "SECONDS", 0.01)
    with pytest.raises(Refused, match="took too long"):
        figure.draw(heat(), "svg")


def test_a_drawing_that_fails_says_where_in_the_log_and_leaves_the_next_alone():
    broken = Drawing("pie", "CIRS", "pie-cirs", "pie", "Title", "Caption", {})
    with pytest.raises(ChildError, match="no figure of the form pie"):
        figure.draw(broken, "svg")
    assert figure.draw(heat(), "svg").startswith(b"<?xml")
