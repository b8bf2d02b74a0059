"""The page of the alliance course: charts, growth and agreement, its files, and what is said without them."""

import csv
import io

import pytest
from sqlalchemy import update

from coder_app.domain.permissions import Role
from coder_app.models import Dyad
from coder_app.services import course, export, snapshot
from coder_app.services.errors import Refused
from coder_app.worker import run_next
from tests.makers.scores import add_reference_study, add_scores

# As lme4 has them in tests/reference/course.json.
SLOPE_OF_CHILD = "0.114"
WITHIN = "−.07"


@pytest.fixture
def computed(database, tools, settings):
    """Have the course of a study computed."""

    def computed(lead, chosen):
        with database.write() as db:
            snapshot.ask(db, lead, course.KIND, chosen)
        while run_next(database, tools, settings):
            pass
        with database.read() as db:
            return snapshot.find(db, lead, course.KIND, chosen)

    return computed


def test_a_page_with_too_little_says_why_and_shows_no_number(world, database, computed, browser_of):
    lead = world.study()
    address = f"/studies/{lead.study_public_id}/course"
    browser = browser_of(lead.viewer)
    computed(lead, {})
    assert "There are no alliance scores yet" in browser.get(address).get_data(as_text=True)
    rows = [(f"D{n}", session, "child", "TASC", 30.0 + n) for n in range(9) for session in (1, 2)]
    with database.write() as db:
        add_scores(db, lead, [f"D{n}" for n in range(9)], rows)
    computed(lead, {})
    page = browser.get(address).get_data(as_text=True)
    assert "One informant alone has scores" in page
    assert "none: 9 dyads have two scores or more; 10 are needed" in page
    assert "fewer than 10 scores at session number 1, 2" in page
    assert "nan" not in page.casefold().replace("nanc", "")


@pytest.mark.usefixtures("drawn_here")
def test_the_page_shows_every_informant_with_growth_agreement_and_files(
    world, database, computed, browser_of
):
    lead = world.study()
    with database.write() as db:
        add_reference_study(db, lead)
        for place, (dyad,) in enumerate(db.execute(Dyad.__table__.select().with_only_columns(Dyad.id)).all()):
            known = {"condition": "CBT" if place % 2 else "TAU", "age": place} if place else {"age": 1}
            db.execute(update(Dyad).where(Dyad.id == dyad).values(covariates=known))
    found = computed(lead, {})
    assert [one["n_scores"] for one in found.content["courses"]] == [922, 925]
    address = f"/studies/{lead.study_public_id}/course"
    analyst = browser_of(world.member(lead, "Ana", Role.ANALYST).viewer)
    page = analyst.get(address).get_data(as_text=True)
    assert "89 dyads, 922 scores." in page and SLOPE_OF_CHILD in page and WITHIN in page
    assert "711" in page and "lie at the edge" in page
    assert page.count('class="thread"') == 178
    means = _rows(analyst, f"{address}/means.csv")
    assert {row["group_of_dyads"] for row in means} == {""}
    assert analyst.get(f"{address}/secrets.csv").status_code == 404
    picture = analyst.get(f"/studies/{lead.study_public_id}/figures/course/course.svg")
    assert picture.status_code == 200 and picture.get_data(as_text=True).startswith("<?xml")
    by_condition = computed(lead, {"group": "condition"})
    assert by_condition.content["n_ungrouped"] == 1
    grouped = analyst.get(f"{address}?group=condition").get_data(as_text=True)
    assert ">CBT</text>" in grouped and ">TAU</text>" in grouped
    growth = _rows(analyst, f"{address}/growth.csv?group=condition")
    assert [row["group_of_dyads"] for row in growth[:3]] == ["", "CBT", "TAU"]
    assert analyst.get(f"{address}?group=age").status_code == 404
    with database.read() as db, pytest.raises(Refused, match="does not part"):
        course.collect(db, lead, {"group": "age"})
    names = [file.name for file in export.list_files(found, course.KIND)]
    assert names == [f"course-{one}.csv" for one in ("series", "means", "growth", "agreement")]


def _rows(browser, path):
    return list(csv.DictReader(io.StringIO(browser.get(path).get_data(as_text=True))))
