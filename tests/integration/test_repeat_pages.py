"""Setting repeats up on the page of rounds, and what the page about them shows of each coder."""

import csv
import io
import json

import pytest

from coder_app.domain.permissions import Role
from coder_app.models import Membership
from coder_app.services import repeat
from coder_app.services.errors import Refused
from coder_app.worker import run_next
from tests.makers.repeated import Repeated, make_allotted, make_returning

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def text(reply) -> str:
    return reply.get_data(as_text=True)


def opened(study: Repeated, settings, browser, path: str):
    """Open a page that rests on a computed result, computing it when it is not there yet."""
    address = f"/studies/{study.lead.study_public_id}{path}"
    if browser.get(address).status_code == 202:
        while run_next(study.world.database, study.world.tools, settings):
            pass
    return browser.get(address)


@pytest.fixture
def varied(world) -> Repeated:
    """A study whose coders gave scores that vary, set up for repeats."""
    study = make_allotted(world)
    for name in study.coders:
        for place, one in enumerate(study.queue(name)):
            study.rate(name, one.public_id, lambda number, place=place: (number + place) % 4)
    study.refresh()
    study.set_up()
    return study


def test_the_lead_sets_repeats_up_on_the_page_of_rounds(world, browser_of):
    study = make_allotted(world)
    browser = browser_of(study.lead.viewer)
    page = text(browser.get(study.address))
    assert "Recordings that come back" in page
    field = page.split('name="repeats-percent"')[1].split(">")[0]
    assert 'value="10"' in field
    where = f"{study.address}/repeats"
    for sent, status, words in (
        ({"repeats-percent": "90", "repeats-least_days": "14"}, 422, "Give a share from 1 to 50"),
        ({"repeats-percent": "10", "repeats-least_days": "0"}, 422, "from 1 to 365"),
        ({"repeats-percent": "20", "repeats-least_days": "21", "repeats-seed": "5"}, 303, ""),
    ):
        reply = browser.post(where, sent, page=study.address)
        assert reply.status_code == status
        assert words in text(reply)
    page = text(browser.get(study.address))
    assert "at least 21" in page and "12 forms, with seed 5" in page and "0 so far" in page
    assert "Change this, while nothing has come back" in page
    study.submit_all()
    study.wait(days=21)
    study.give()
    browser = browser_of(study.lead.viewer)
    assert "12 so far" in text(browser.get(study.address))
    reply = browser.post(where, {"repeats-percent": "20", "repeats-least_days": "21"}, page=study.address)
    assert reply.status_code == 409
    assert "come back already" in text(reply)


def test_what_came_back_is_set_beside_the_first_time_for_each_coder(varied, settings, database, browser_of):
    study = varied
    order = {name: [one.public_id for one in study.queue(name)] for name in study.coders}
    study.wait(days=20)
    study.give()
    for name, up in (("Mara", 0), ("Jon", 1)):
        firsts = {
            form.recording_id: form.public_id for form in study.forms(name) if form.state == "submitted"
        }
        for form in study.repeats(name):
            place = order[name].index(firsts[form.recording_id])
            study.rate(name, form.public_id, lambda number, place=place, up=up: (number + place) % 4 + up)
    study.refresh()
    with database.read() as db:
        inputs = repeat.collect(db, study.lead, {})
    content = repeat.compute(inputs, lambda done, total: None)
    json.dumps(content, allow_nan=False)
    cirs, tabbs = content["instruments"]
    assert tabbs["coders"] == []
    by_coder = {one["label"]: one for one in cirs["coders"]}
    assert by_coder["Mara"]["identical"] == 1.0 and by_coder["Jon"]["identical"] == 0.0
    assert by_coder["Jon"]["within_one"] == 1.0
    assert {one["n_recordings"] for one in by_coder.values()} == {3}
    assert all(20 <= one["days"]["fewest"] <= 21 for one in by_coder.values())
    sums = {one["rater"]: one for one in cirs["subscales"][0]["coders"]}
    assert sums["Jon"]["shift"]["estimate"] == pytest.approx(4.0)
    assert sums["Mara"]["shift"]["estimate"] == 0.0
    page = text(opened(study, settings, browser_of(study.lead.viewer), "/reliability/repeats"))
    assert "CIRS: 6 recordings of 2 coders." in page
    assert "6 of 12 forms submitted again" in page
    for mask in {form.mask for form in study.forms()}:
        assert mask not in page
    base = f"/studies/{study.lead.study_public_id}/export"
    browser = browser_of(study.lead.viewer)
    rows = list(csv.DictReader(io.StringIO(text(browser.get(f"{base}/repeats-agreement.csv")))))
    assert {row["level"] for row in rows} == {"subscale", "item"}
    ratings = list(csv.DictReader(io.StringIO(text(browser.get(f"{base}/repeats-ratings-cirs.csv")))))
    assert len(ratings) == 2 * 6 * 6
    with database.read() as db, pytest.raises(Refused, match="There is no setting boost"):
        repeat.collect(db, study.lead, {"boost": 1})


def test_the_page_says_what_is_missing_and_is_closed_to_who_codes(world, settings, database, browser_of):
    study = make_returning(world)
    page = text(opened(study, settings, browser_of(study.lead.viewer), "/reliability/repeats"))
    assert "There is nothing to compare yet" in page
    assert "14 days after the first time at the earliest" in page
    assert "0 of 12 forms submitted again" in page
    mara = study.coders["Mara"]
    path = f"/studies/{mara.study_public_id}/reliability/repeats"
    assert browser_of(mara.viewer).get(path).status_code == 404
    study.wait(days=14)
    study.give()
    with database.write() as db:
        member = {"study_id": mara.study_id, "role": Role.LEAD, "created_at": study.lead.now()}
        db.add(Membership(user_id=mara.user_id, **member))
    browser = browser_of(mara.viewer)
    assert browser.get(path).status_code == 403
    page = text(browser.get(study.address))
    assert page.count("shown once you have submitted all your own recordings") >= 2
    assert "seed 3" not in page and "Change this" not in page
    # Only recordings that came back were left to do, and the queue does not say so.
    queue = text(browser.get(f"/studies/{mara.study_public_id}/coding"))
    assert "Recordings that come back" not in queue and "comes back" not in queue
