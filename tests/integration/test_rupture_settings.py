"""Definitions of ruptures: kept under a name, compared side by side, and how much hangs on each."""

import csv
import io
import re
from functools import partial

import pytest
from sqlalchemy import select

from coder_app.domain.permissions import Role
from coder_app.models import Audit, AuditPayload
from coder_app.services import rupture_settings
from coder_app.services.errors import NotFound, Refused
from coder_app.services.figure import drawn_here
from coder_app.services.rupture import DEFAULTS
from coder_app.services.snapshot import MODULES
from coder_app.web.access import access_of
from coder_app.web.lead.figures import _KINDS
from tests.makers.scores import add_reference_study, add_scores

K15 = DEFAULTS | {"k": 1.5}
# The page on which each kind of figures stands.
PAGES = {
    "ruptures": "ruptures.ruptures",
    "occurrence": "rupture_tables.tables",
    "projection": "planning.planning",
}


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def open_page(lead, open_computed):
    """Return a function that opens a page once what it shows is computed."""
    return partial(open_computed, lead)


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def rows_of(answer):
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))


def test_settings_are_kept_listed_and_deleted_by_leads_and_each_act_is_in_the_trail(world, lead, database):
    analyst = world.member(lead, "Ana", Role.ANALYST)
    with database.write() as db:
        key = rupture_settings.keep_settings(db, lead, "  As  preregistered ", {"k": 1.5})
        for name, said in (("as PREREGISTERED", "already"), ("source study", "already"), (" ", "a name")):
            with pytest.raises(Refused, match=said):
                rupture_settings.keep_settings(db, lead, name, {})
        with pytest.raises(Refused, match="longer than 120"):
            rupture_settings.keep_settings(db, lead, "x" * 121, {})
        with pytest.raises(Refused, match="fourths 'type10'"):
            rupture_settings.keep_settings(db, lead, "Other", {"fourths": "type10"})
    with database.read() as db:
        listed = rupture_settings.list_settings(db, analyst)
        assert [one.name for one in listed[:3]] == [one.name for one in rupture_settings.KNOWN]
        assert listed[0].settings == DEFAULTS and not listed[0].is_kept
        (kept,) = listed[3:]
        assert (kept.key, kept.name, kept.settings, kept.is_kept) == (key, "As preregistered", K15, True)
    other = world.study("Another study", "Other lead")
    with database.write() as db:
        with pytest.raises(NotFound):
            rupture_settings.delete_settings(db, other, key)
        assert rupture_settings.delete_settings(db, lead, key) == "As preregistered"
        with pytest.raises(NotFound):
            rupture_settings.delete_settings(db, lead, key)
    with database.read() as db:
        acts = db.execute(
            select(Audit.act, AuditPayload.payload)
            .join(AuditPayload, (AuditPayload.study_id == Audit.study_id) & (AuditPayload.seq == Audit.seq))
            .where(Audit.subject == key)
            .order_by(Audit.seq)
        ).all()
    assert [act for act, _ in acts] == ["keep rupture settings", "delete rupture settings"]
    assert all(payload == {"name": "As preregistered", "settings": K15} for _, payload in acts)


def test_the_pages_keep_and_compare_settings_and_say_how_much_hangs_on_them(
    open_page, world, lead, database, browser_of
):
    with database.write() as db:
        add_reference_study(db, lead)
    browser, here = browser_of(lead.viewer), f"/studies/{lead.study_public_id}/ruptures/settings"
    entries = {"fourths": "exclusive", "k": "1", "criteria": "both", "absolute": "2", "pooled": "all"}
    entries["min_run"] = "7"
    answer = browser.post(f"{here}/keep", entries | {"name": "Ours"})
    assert answer.status_code == 303
    assert "Give a name." in browser.post(f"{here}/keep", entries | {"name": ""}).get_data(as_text=True)
    assert browser.post(f"{here}/keep", entries | {"name": "ours"}).status_code == 409
    page = text_of(open_page("/ruptures/settings"))
    for name in ("Settings of the page (as “Source study”)", "Alemi 2004: k = 1.5", "Ours"):
        assert name in page
    assert "Choose two sets or more" in text_of(open_page("/ruptures/settings?set=alemi"))

    with database.read() as db:
        key = rupture_settings.list_settings(db, lead)[-1].key
    compared = f"?set=source-study&set={key}&set=alemi"
    page = text_of(open_page(f"/ruptures/settings{compared}"))
    # Counts as in the reference file: 16 by default, 13 with exclusive halves.
    for row in (
        "Series analysed 56 62.9 56 62.9 56 62.9",
        "Complete, all three recorded 10 62.5",
        "A and B",
        "not found",
    ):
        assert row in page
    rows = rows_of(open_page(f"/ruptures/settings/compared.csv{compared}"))
    found = {
        name: {
            (row["dyad"], row["central"])
            for row in rows
            if (row["settings"], row["informant"], row["found"]) == (name, "child", "true")
        }
        for name in ("Source study", "Ours", "Alemi 2004: k = 1.5")
    }
    ours, source = found["Ours"], found["Source study"]
    assert len(source) == 16
    both, either = len(ours & source), len(ours | source)
    jaccard = f"{both / either:.2f}".removeprefix("0")
    assert f"A and C {both} {len(source - ours)} {len(ours - source)} {jaccard}" in page
    assert {row["k"] for row in rows if row["settings"] == "Alemi 2004: k = 1.5"} == {"1.5"}

    analyst = world.member(lead, "Ana", Role.ANALYST)
    seen = text_of(open_page(f"/ruptures/settings{compared}", analyst.viewer))
    assert "Series analysed 56" in seen
    assert "recorded" not in seen and "Keep these settings" not in seen

    page = text_of(open_page("/sensitivity?informant=child"))
    assert "Your settings find 16 ruptures. Over all 1,188 definitions the number goes from 4 to 65" in page
    assert "k: 1, 1.25, 1.5" in page and "scores in a row: 5, 6, 7, 8" in page
    definitions = rows_of(open_page("/sensitivity/definitions.csv"))
    own = [row for row in definitions if row["own"] == "true"]
    assert [(row["n_ruptures"], row["n_repaired"], row["in_common"]) for row in own] == [
        ("16", "8", "1.0"),
        ("24", "18", "1.0"),
    ]
    assert len(definitions) == 2 * 1188
    ruptures = rows_of(open_page("/sensitivity/ruptures.csv"))
    assert sum(row["by_own"] == "true" for row in ruptures) == 16 + 24
    assert {row["definitions"] for row in ruptures} == {"1188"}
    html = open_page("/sensitivity?informant=child").get_data(as_text=True)
    figures = re.findall(r'href="([^"]*/figures/sensitivity/[^"]*\.svg[^"]*)"', html)
    assert len(figures) == 4
    # Drawn here, since a process of its own can take longer than one waits on a busy machine.
    with drawn_here():
        assert browser.get(figures[0].replace("&amp;", "&")).data.startswith(b"<?xml")

    html = open_page("/ruptures?informant=child&dyad=D012").get_data(as_text=True)
    figures = re.findall(r'href="([^"]*/figures/ruptures/[^"]*)"', html)
    assert {one.rpartition("/")[2].partition("?")[0] for one in figures} == {
        f"{name}.{ext}"
        for name in ("chart-child-d012", "multiples-child-with-a-rupture")
        for ext in ("svg", "pdf", "png")
    }
    pdf = next(one for one in figures if "multiples" in one and ".pdf" in one).replace("&amp;", "&")
    with drawn_here():
        assert browser.get(pdf).data.startswith(b"%PDF")
    chart = next(one for one in figures if "chart-child" in one and ".svg" in one).replace("&amp;", "&")
    with drawn_here():
        svg = browser.get(chart).get_data(as_text=True)
    assert "Lower limit" in svg and "unrepaired" in svg
    assert browser.get(chart.replace("d012", "d014")).status_code == 404


def child(*scores, dyad="D1"):
    return [(dyad, session, "child", "TASC", score) for session, score in enumerate(scores, 1) if score]


def test_every_case_of_a_low_score_is_named_where_it_is_drawn(open_page, lead, database):
    """No score before it, none after it, the end, the parent alone, a short series, a series of one value."""
    scores = [
        # Second session after a missing first; session 11 is low after a gap, 18 is the last one.
        *child(None, 30, 40, 41, 40, 41, 42, 40, 41, None, 30, 41, 40, 41, 42, 41, 41, 30, dyad="D1"),
        # First session low; session 8 is a rupture and 9 has no score.
        *child(20, 40, 41, 40, 41, 42, 41, 20, None, 41, dyad="D2"),
        # Session 5 is of the parent alone: 4 and 6 are neighbours.
        *child(40, 41, 40, 42, None, 20, 40, 41, 40, dyad="D3"),
        *child(40, 40, 40, 40, 40, 40, 40, 40, dyad="D4"),
        *child(40, 41, 20, dyad="D5"),
    ]
    with database.write() as db:
        add_scores(
            db, lead, ["D1", "D2", "D3", "D4", "D5"], scores, attendance={
                ("D3", 5): "parent alone", ("D1", 1): "child", ("D2", 9): "child", ("D1", 10): "child",
            },
        )  # fmt: skip
    page = "/ruptures?show=all&min_run=5&dyad="
    text = text_of(open_page(page + "D1"))
    assert "2 30 no score at session 1 just before it" in text
    assert "11 30 no score at session 10 just before it" in text
    assert "not classifiable: session 18 is the last one" in text
    text = text_of(open_page(page + "D2"))
    assert "1 20 it is the first session: there is no score before it" in text
    assert "It is not classifiable as repaired or unrepaired: no score at session 9." in text
    text = text_of(open_page(page + "D3"))
    assert "Left out before sessions were counted, since the parent came alone: session 5." in text
    assert "is 22 below session 4 with 42" in text and "parent alone" in text
    assert "left out: the parent alone" in text
    assert "No score at session 5" not in text
    text = text_of(open_page(page + "D4"))
    said = "All scores are 40: both fourths are 40, the lower limit is 40 whatever k is, and there is no drop"
    assert said in text
    html = open_page(page + "D5").get_data(as_text=True)
    assert "Not analysed: 3 scores in a row, 5 are needed." in html
    assert "D5, child: 3 scores from 20 to 41; not analysed: 3 scores in a row, 5 are needed" in html
    rows = rows_of(open_page("/ruptures/series.csv?min_run=5"))
    why = {(row["dyad"], row["session"]): row["why_no_rupture"] for row in rows if row["why_no_rupture"]}
    assert set(why) == {("D1", "2"), ("D1", "11"), ("D2", "1")}
    parts = {(row["dyad"], row["session"]): row["part"] for row in rows if row["part"]}
    assert (parts["D3", "4"], parts["D3", "6"], parts["D3", "7"]) == ("pre", "central", "post")
    listed = {
        (row["dyad"], row["central"]): row["reason"]
        for row in rows_of(open_page("/ruptures/ruptures.csv?min_run=5"))
    }
    assert listed["D1", "18"] == "session 18 is the last one"
    assert listed[("D2", "8")] == "no score at session 9"
    assert listed[("D3", "6")] == ""


def test_three_hundred_dyads_take_a_page_of_36_small_charts_each(open_page, lead, database):
    scores = [row for n in range(300) for row in child(40, 41, 40, 41, 20, 41, 40, 41, dyad=f"D{n:03}")]
    with database.write() as db:
        add_scores(db, lead, [f"D{n:03}" for n in range(300)], scores)
    html = open_page("/ruptures?dyad=D299").get_data(as_text=True)
    assert html.count('class="small-multiple"') == 300 - 8 * 36
    assert "289–300 of 300 shown" in " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert open_page("/ruptures?page=99&dyad=D001").status_code == 200
    html = open_page("/ruptures?page=2&dyad=D001").get_data(as_text=True)
    assert html.count('class="small-multiple"') == 36
    assert "D036" in html


def test_figures_need_the_act_that_opens_their_page(app):
    for name, kind in _KINDS.items():
        assert name in MODULES
        endpoint = PAGES.get(name, f"{name}.{name}")
        assert access_of(app.view_functions[endpoint]).act == kind.act, name
