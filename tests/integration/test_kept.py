"""Kept results: listed, shown again from what is stored of them only, named, and compared with now."""

import json
import re
from collections import Counter

import pytest
from sqlalchemy import select, update

from coder_app.domain.permissions import NotAllowed, Role
from coder_app.models import Answers, Job, Membership, Rating, Submission
from coder_app.models import Snapshot as Row
from coder_app.services import keeping, kept, planning_content, snapshot
from coder_app.services import round as rounds
from coder_app.services.errors import NotFound, Refused
from coder_app.services.hashing import hash_of
from coder_app.services.keeping import KEPT_KINDS
from coder_app.services.staging import Staging
from coder_app.worker import run_next
from tests.makers.alliance import RUPTURE_STUDY, import_csv
from tests.makers.coded import make_coded_study
from tests.makers.repeated import Repeated
from tests.makers.training import TEAMS, make_study_with_practice

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
QUICK = {"bootstrap": 0}
ADDRESS = "/reliability?bootstrap=0"


@pytest.fixture
def study(world, settings):
    """A study whose coding is done."""
    return make_coded_study(world, settings)


def compute(study, database, settings=QUICK, actor=None):
    """Have a result computed and return it as it is kept."""
    with database.write() as db:
        snapshot.ask(db, actor or study.lead, "reliability", settings)
    study.work()
    with database.read() as db:
        return kept.list_kept(db, study.lead)[0]


def change_a_rating(database):
    with database.write() as db:
        one = db.scalars(select(Rating.id).where(Rating.item == "cirs_01")).first()
        db.execute(update(Rating).where(Rating.id == one).values(score=Rating.score + 1))


def text(reply):
    return reply.get_data(as_text=True)


def test_a_result_is_kept_with_its_settings_versions_inputs_and_who_asked(study, database):
    one = compute(study, database)
    assert (one.kind, one.settings, one.asked_by, one.name) == ("reliability", QUICK, "Lead", None)
    assert {"coder_app", "Python", "NumPy", "SciPy"} <= one.versions.keys()
    with database.read() as db:
        result = kept.get_kept(db, study.lead, one.public_id)
        assert kept.is_current(db, study.lead, one)
    assert kept.check_hash(result)
    whole = json.loads(kept.write_kept(result))
    hashed = {name: whole[name] for name in ("kind", "settings", "inputs")}
    assert hash_of(hashed | {"shape": int(whole["versions"]["content"])}) == one.input_hash
    assert whole["content"]["instruments"][0]["items"][0]["icc"] is not None
    assert len(whole["inputs"]["instruments"][0]["rows"]) == 17 * 3 * 6


@ON_SQLITE
def test_a_kept_result_looks_the_same_after_the_ratings_have_changed_and_says_so(study, database, browser_of):
    browser = browser_of(study.lead.viewer)
    study.opened(browser, ADDRESS)
    with database.read() as db:
        (one,) = kept.list_kept(db, study.lead)
    address = f"{study.address}/reliability/kept/{one.public_id}"
    listed = text(browser.get(f"{study.address}/reliability/kept"))
    assert address in listed
    assert one.input_hash[:12] in listed
    assert "Bootstrap: none, no such intervals" in listed

    before = text(browser.get(address))
    live = text(browser.get(study.address + ADDRESS))
    assert "The ratings are still those that it was computed from" in before
    figures = before[before.index("Agreement by item") : before.index("Who rates higher or lower")]
    row = "Initiating discussion</th>"
    assert before[before.index(row) :][:900] == live[live.index(row) :][:900]

    change_a_rating(database)
    after = text(browser.get(address))
    assert "The ratings have changed since" in after
    assert after[after.index("Agreement by item") : after.index("Who rates higher or lower")] == figures

    assert browser.get(f"{address}/compare").status_code == 202
    study.work()
    compared = text(browser.get(f"{address}/compare"))
    assert "CIRS: 1 rating changed; TABBS: the same ratings" in compared
    table = browser.get(f"{address}/files/reliability-items.csv")
    assert one.input_hash[:12] in table.headers["Content-Disposition"]
    assert browser.get(f"{address}/files/result.json").get_json(force=True)["input_hash"] == one.input_hash
    links = sorted(set(re.findall(rf'href="({address}/files/[^"]+)"', after)))
    assert len(links) >= 7
    assert {browser.get(link).status_code for link in links} == {200}
    assert browser.get(f"{address}/files/nothing.csv").status_code == 404
    assert browser.get(f"{study.address}/reliability/kept/{'0' * 32}").status_code == 404


def make_repeated_study(world, settings):
    """Make a study that every page has figures of, rated twice and with questionnaires; return its lead."""
    base = make_study_with_practice(world)
    study = Repeated(base.world, base.lead, base.coders, base.practice)
    with world.database.write() as db:
        rounds.allot_sample(db, study.lead, "Main coding", 1.0, 7)
    study.refresh()
    staging = Staging(settings.data_dir / "staging", world.tools.token_bytes)
    answers = RUPTURE_STUDY / "alliance" / "items_long.csv"
    coders = {name: up for up, name in enumerate(name for name, scale in TEAMS.items() if scale == "CIRS")}
    for name, up in coders.items():
        for place, one in enumerate(study.queue(name)):
            study.rate(name, one.public_id, lambda number, place=place, up=up: (number * place + up) % 4)
    study.refresh()
    study.set_up()
    study.wait(days=20)
    study.give()
    for name in coders:
        for place, form in enumerate(study.repeats(name)):
            study.rate(name, form.public_id, lambda number, place=place: (number + place) % 4)
    study.refresh()
    import_csv(world.database, study.lead, staging, "scores", answers)
    return study.lead


def change_everything(database):
    """Turn every score and every first answer round."""
    with database.write() as db:
        db.execute(update(Rating).values(score=3 - Rating.score))
        for one in db.scalars(select(Submission)):
            one.ratings = [given | {"score": 3 - given["score"]} for given in one.ratings]
        for one in db.scalars(select(Answers)):
            one.answers = one.answers | {"tasc_01": 1}


def cells(page):
    """The cells of all tables, and the numbers in the charts."""
    found = re.findall(r"<(?:td|th|title|desc)[^>]*>(.*?)</(?:td|th|title|desc)>", page, re.DOTALL)
    return Counter(one.strip() for one in found if re.search(r"\d", one) and "href" not in one)


@ON_SQLITE
def test_every_kind_of_kept_result_is_shown_again_with_the_numbers_that_its_page_had(
    world, settings, database, browser_of, monkeypatch
):
    monkeypatch.setattr(planning_content, "SAMPLES", 300)
    monkeypatch.setattr(planning_content, "RECORDINGS", (10, 68))
    lead = make_repeated_study(world, settings)
    browser = browser_of(lead.viewer)
    base = f"/studies/{lead.study_public_id}/reliability"
    pages = ("", "/agreement", "/drift", "/repeats", "/planning?icc=0.6&width=0.3", "/questionnaires")
    while [1 for page in pages if browser.get(base + page).status_code == 202]:
        while run_next(database, world.tools, settings):
            pass
    live = dict(zip(pages, (text(browser.get(base + page)) for page in pages), strict=True))
    of = dict(zip(("reliability", "agreement", "drift", "repeats", "planning", "alphas"), pages, strict=True))
    change_everything(database)
    with database.read() as db:
        results = kept.list_kept(db, lead)
    assert {one.kind for one in results} == set(KEPT_KINDS)
    for one in results:
        shown = browser.get(f"{base}/kept/{one.public_id}")
        page = text(shown)
        then = cells(live[of.get(one.kind, "/planning?icc=0.6&width=0.3")])
        assert shown.status_code == 200, one.kind
        again = cells(page)
        assert again.total() > 5, one.kind
        assert again <= then, one.kind
        assert ("have changed since" in page) == (one.kind != "planning"), one.kind
        assert "Show</span></button>" not in page or one.kind == "agreement", one.kind
        links = set(re.findall(rf'href="({base}/kept/[^"]+/files/[^"]+)"', page))
        assert len(links) >= 2, one.kind
        assert {browser.get(link).status_code for link in links} == {200}, one.kind
    listed = text(browser.get(f"{base}/kept"))
    assert "expected ICC 0.6; width 0.3" in listed


@ON_SQLITE
def test_stored_inputs_that_somebody_has_changed_are_named_on_the_page(study, database, browser_of):
    one = compute(study, database)
    with database.write() as db:
        row = db.scalars(select(Row).where(Row.public_id == one.public_id)).one()
        inputs = keeping.unpack(row.inputs)
        inputs["instruments"][0]["rows"][0][3] = 0
        row.inputs = keeping.pack(inputs)
    page = text(browser_of(study.lead.viewer).get(f"{study.address}/reliability/kept/{one.public_id}"))
    assert "no longer has the hash that was taken of it" in page


@ON_SQLITE
def test_a_lead_names_a_result_which_is_recorded_and_an_analyst_cannot(study, world, database, browser_of):
    one = compute(study, database)
    browser = browser_of(study.lead.viewer)
    address = f"{study.address}/reliability/kept/{one.public_id}"
    assert browser.post(f"{address}/name", data={"name": "  Reported in the paper "}).status_code == 303
    page = text(browser.get(address))
    assert "Kept: Reported in the paper" in page
    assert "Named by Lead" in page
    entry = study.trail()[0]
    assert (entry.act, entry.payload["name"]) == ("name kept result", "Reported in the paper")
    assert browser.post(f"{address}/name", data={"name": "x" * 121}).status_code == 422
    assert browser.post(f"{address}/name", data={"name": ""}).status_code == 303
    assert study.trail()[0].act == "take back name of kept result"
    analyst = world.member(study.lead, "Ana", Role.ANALYST)
    visitor = browser_of(analyst.viewer)
    assert visitor.get(address).status_code == 200
    assert "Keep under this name" not in text(visitor.get(address))
    assert visitor.post(f"{address}/name", data={"name": "Mine"}).status_code == 404
    with database.write() as db, pytest.raises(NotAllowed):
        kept.name_kept(db, analyst, one.public_id, "Mine")


@ON_SQLITE
def test_whoever_may_not_see_ratings_now_sees_no_kept_result(study, database, browser_of):
    one = compute(study, database)
    ada = study.coders["Ada"]
    pages = ("", f"/{one.public_id}", f"/{one.public_id}/compare", f"/{one.public_id}/files/result.json")
    coder = browser_of(ada.viewer)
    assert {coder.get(f"{study.address}/reliability/kept{page}").status_code for page in pages} == {404}
    with database.write() as db:
        row = {"study_id": ada.study_id, "user_id": ada.user_id, "created_at": study.lead.now()}
        db.add(Membership(role=Role.LEAD, **row))
    study.open_again("s01", "Ada", "CIRS")
    both = browser_of(ada.viewer)
    assert {both.get(f"{study.address}/reliability/kept{page}").status_code for page in pages} == {403}
    named = both.post(f"{study.address}/reliability/kept/{one.public_id}/name", data={"name": "x"})
    assert named.status_code == 403


@ON_SQLITE
def test_a_kept_result_of_another_study_is_not_found(study, world, database):
    one = compute(study, database)
    other = world.study("Another", lead="Olga")
    with database.read() as db:
        assert kept.list_kept(db, other) == []
        with pytest.raises(NotFound):
            kept.get_kept(db, other, one.public_id)


@ON_SQLITE
def test_a_person_has_three_results_with_own_settings_computed_at_a_time(study, world, database, browser_of):
    def ask(actor, seed):
        with database.write() as db:
            return snapshot.ask(db, actor, "reliability", {"seed": seed, "bootstrap": 0})

    asked = [ask(study.lead, seed) for seed in (2, 3, 4)]
    with pytest.raises(Refused, match="3 results with settings of your own"):
        ask(study.lead, 5)
    # What is asked for already is shared, and the usual settings are always open.
    assert ask(study.lead, 3) == asked[1]
    with database.write() as db:
        snapshot.ask(db, study.lead, "reliability", {})
    analyst = world.member(study.lead, "Ana", Role.ANALYST)
    assert ask(analyst, 3) == asked[1]
    assert ask(analyst, 5) not in asked
    full = browser_of(study.lead.viewer).get(f"{study.address}/reliability?seed=9")
    assert full.status_code == 409
    assert "Wait until one of them is" in text(full)
    with database.read() as db:
        assert len(db.scalars(select(Job.id)).all()) == 5


@ON_SQLITE
def test_the_oldest_results_without_a_name_are_dropped_in_the_end(study, database, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_UNNAMED", 2)
    first = compute(study, database, QUICK | {"seed": 10})
    with database.write() as db:
        kept.name_kept(db, study.lead, first.public_id, "In the paper")
    for seed in (11, 12, 13):
        compute(study, database, QUICK | {"seed": seed})
    with database.read() as db:
        left = [one.settings["seed"] for one in kept.list_kept(db, study.lead)]
    assert left == [10, 13, 12]


def test_the_commit_is_read_from_the_repository_that_the_program_runs_from(tmp_path):
    assert keeping.find_commit(tmp_path) is None
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "refs" / "heads" / "main").write_text("a" * 40 + "\n")
    assert keeping.find_commit(tmp_path) == "a" * 40
    (git / "refs" / "heads" / "main").unlink()
    (git / "packed-refs").write_text("# pack-refs\n" + "b" * 40 + " refs/heads/main\n")
    assert keeping.find_commit(tmp_path) == "b" * 40
    (git / "HEAD").write_text("c" * 40)
    assert keeping.find_commit(tmp_path) == "c" * 40
