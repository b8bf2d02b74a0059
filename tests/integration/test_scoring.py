"""A study says how its measures are scored; what is stored is scored again, and what changes is kept."""

import csv
import json
import re
from functools import partial

import pytest
from sqlalchemy import func, select, update

from coder_app.domain.instruments import bundled_instruments
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.scoring import Rule
from coder_app.models import Audit, AuditPayload, Import, Sample, Score
from coder_app.services import alliance, alphas, measures, rescoring, rupture, rupture_content, scoring
from coder_app.services.errors import NotFound, Refused
from coder_app.services.job import get_job
from coder_app.services.rescoring_plan import plan_rescoring
from coder_app.services.score_tables import SCORES
from coder_app.worker import run_next
from tests.makers.alliance import RUPTURE_STUDY, add_scores
from tests.makers.answers import ITEMS_MISSING, add_answers, read_answers

HALF = frozenset({"wai_s_04"})


@pytest.fixture
def lead(world):
    """The lead of a study without scores."""
    return world.study()


@pytest.fixture
def answered(lead, database):
    """The lead of a study with the answers of a file in which 17 WAI-S lack one."""
    with database.write() as db:
        add_answers(db, lead, read_answers())
    return lead


def page_of(lead):
    return f"/studies/{lead.study_public_id}/alliance/measures"


def score_by(database, lead, name, rule):
    """Score a measure as the worker does, and return what it says."""
    with database.read() as db:
        found = plan_rescoring(db, lead, name, rule)
    with database.write() as db:
        rescoring.store(db, lead, found)
    return found.counts


def totals_of(database):
    query = select(Score.score, Score.n_imputed, Score.source).where(Score.subscale == "").order_by(Score.id)
    with database.read() as db:
        return [tuple(row) for row in db.execute(query)]


def last_payload(database):
    query = (
        select(AuditPayload.payload)
        .join(Audit, (Audit.study_id == AuditPayload.study_id) & (Audit.seq == AuditPayload.seq))
        .where(Audit.act == rescoring.CHANGE)
        .order_by(Audit.seq.desc())
    )
    with database.read() as db:
        return db.scalars(query).first()


def test_a_study_that_has_said_nothing_scores_as_the_file_of_the_measure_and_the_source_study_do(
    lead, database
):
    with database.read() as db:
        rules = scoring.get_rules(db, lead)
        names = [one.instrument.name for one in scoring.list_measures(db, lead)]
    assert names == ["TASC", "WAI-S"]
    assert set(rules.values()) == {Rule(frozenset(), "person mean", 0.8)}


def test_answers_become_totals_and_subscales_and_what_was_filled_in_is_counted(answered, database):
    counts = score_by(database, answered, "WAI-S", Rule())
    assert (counts["questionnaires"], counts["scored"], counts["imputed"]) == (925, 925, 17)
    assert (counts["imputed_answers"], counts["without_score"], counts["new"]) == (17, 0, 925)
    with database.read() as db:
        (group,) = alliance.get_overview(db, answered).groups
    assert (group.n, group.n_from_answers, group.n_imputed, group.n_imputed_answers) == (925, 925, 17, 17)
    assert [(part.name, part.n) for part in group.subscales] == [
        ("Tasks", 925),
        ("Bond", 925),
        ("Goals", 925),
    ]
    # Each missing answer belongs to one subscale.
    assert sum(part.n_imputed for part in group.subscales) == 17
    by_place = {(d, n): values for d, n, _, m, values in read_answers() if m == "WAI-S"}
    whole = by_place["D001", 1]
    with database.read() as db:
        first = db.scalars(select(Score).where(Score.subscale == "").order_by(Score.id)).first()
    assert first.score == sum(whole) / 12 and (first.source, first.n_imputed) == ("answers", 0)


def test_another_rule_scores_everything_again_and_keeps_every_old_value(answered, database):
    score_by(database, answered, "WAI-S", Rule())
    counts = score_by(database, answered, "WAI-S", Rule(missing="none"))
    assert (counts["removed"], counts["changed"], counts["without_score"]) == (17, 0, 17)
    said = last_payload(database)
    assert (said["old"]["missing"], said["new"]["missing"]) == ("person mean", "none")
    assert said["n_removed"] == 17 and not said["sample_is_frozen"]
    # 17 totals and as many subscales are gone.
    assert len(said["overwritten"]) == 34
    assert {new for *_, new in said["overwritten"]} == {None}
    assert {what for _, _, what, _, _ in said["overwritten"]} == {
        "WAI-S, therapist", "WAI-S, tasks, therapist", "WAI-S, bond, therapist", "WAI-S, goals, therapist",
    }  # fmt: skip
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(Score)) == 4 * 925 - 34
        assert scoring.get_measure(db, answered, "WAI-S").rule == Rule(missing="none")
    assert score_by(database, answered, "WAI-S", Rule(missing="none"))["changed"] == 0
    assert score_by(database, answered, "WAI-S", Rule(missing="item mean"))["imputed_answers"] == 17


def test_an_item_that_is_turned_round_is_turned_in_scores_and_in_alpha(answered, database):
    score_by(database, answered, "WAI-S", Rule())
    with database.read() as db:
        before = dict(db.execute(select(Score.id, Score.score).where(Score.subscale == "goals")).all())
        tasks = dict(db.execute(select(Score.id, Score.score).where(Score.subscale == "tasks")).all())
    score_by(database, answered, "WAI-S", Rule(HALF))
    with database.read() as db:
        after = dict(db.execute(select(Score.id, Score.score).where(Score.subscale == "goals")).all())
        content = alphas.compute(alphas.collect(db, answered, {}), lambda *_: None)
        unmoved = dict(db.execute(select(Score.id, Score.score).where(Score.subscale == "tasks")).all())
    assert before != after and before.keys() == after.keys()
    # Answers that were filled in from the whole questionnaire change with it.
    assert sum(tasks[one] != unmoved[one] for one in tasks) <= 17
    wai = next(group for group in content["groups"] if group["measure"] == "WAI-S")
    assert [item["code"] for item in wai["items"] if item["reversed"]] == ["wai_s_04"]
    assert wai["against"] == ["wai_s_04"] and wai["n_incomplete"] == 17
    assert wai["n_compared"] == 0
    # Only observed answers of complete questionnaires enter alpha.
    assert sum(one["n"] for one in wai["sessions"]) == 925 - 17


def test_a_total_of_a_file_stays_where_answers_give_none_and_goes_where_they_do(lead, database):
    with database.write() as db:
        whole, holed = [3] * 12, [3] * 5 + [None] * 7
        add_answers(db, lead, [("D1", 1, "child", "TASC", whole), ("D1", 2, "child", "TASC", holed)])
        add_scores(db, lead, "TASC", "child", {"D1": [30.0, 31.0]})
    counts = score_by(database, lead, "TASC", Rule())
    assert (counts["changed"], counts["of_files_replaced"], counts["removed"]) == (1, 1, 0)
    assert totals_of(database) == [(36.0, 0, "answers"), (31.0, 0, "file")]
    assert last_payload(database)["overwritten"] == [["D1", 1, "TASC, child", 30.0, 36.0]]


def test_nothing_is_written_where_scores_were_imported_meanwhile(answered, database):
    with database.read() as db:
        found = plan_rescoring(db, answered, "WAI-S", Rule(HALF))
    with database.write() as db:
        db.execute(update(Import).values(state="done", finished_at=answered.now()))
    with pytest.raises(Refused, match="Scores were imported while this was computed"), database.write() as db:
        rescoring.store(db, answered, found)
    with database.read() as db:
        assert db.scalar(select(func.count()).select_from(Score)) == 0
        assert scoring.get_measure(db, answered, "WAI-S").rule == Rule()


def test_only_a_lead_changes_rules_and_only_to_what_can_be_followed(world, lead, database):
    analyst = world.member(lead, "Ada", Role.ANALYST)
    with database.write() as db:
        for rule, said in (
            (Rule(missing="median"), "no rule “median”"),
            (Rule(least_answered=0.0), "more than 0 %"),
            (Rule(frozenset({"tasc_01"})), "WAI-S has no item tasc_01"),
        ):
            with pytest.raises(Refused, match=said):
                scoring.ask_change(db, lead, "WAI-S", rule)
        with pytest.raises(NotFound):
            scoring.ask_change(db, lead, "PEI", Rule())
        with pytest.raises(NotAllowed):
            scoring.ask_change(db, analyst, "WAI-S", Rule(HALF))
        assert scoring.ask_change(db, lead, "WAI-S", Rule()) is None
        assert scoring.ask_change(db, lead, "WAI-S", Rule(HALF))
        with pytest.raises(Refused, match="Another measure is being scored"):
            scoring.ask_change(db, lead, "TASC", Rule(missing="none"))


def test_what_every_rule_does_is_computed_from_the_answers_of_the_study(answered, database):
    with database.read() as db:
        content = measures.compute(measures.collect(db, answered, {}), lambda *_: None)
    tasc, wai = (one["groups"][0] for one in content["measures"])
    assert (tasc["n_incomplete"], wai["n"], wai["n_incomplete"], wai["n_missing"]) == (0, 925, 17, 17)
    rules = {rule["missing"]: rule for rule in wai["rules"]}
    assert (rules["none"]["n_scored"], rules["none"]["n_left"], rules["none"]["n_answers"]) == (908, 17, 0)
    assert (rules["item mean"]["n_scored"], rules["item mean"]["n_imputed"]) == (925, 17)
    assert rules["prorate"]["mean"] == pytest.approx(rules["person mean"]["mean"], abs=1e-12)
    assert [part["n_scored"] for part in wai["parts"]] == [925, 925, 925]
    assert all(item["with_rest"] > 0 for item in wai["items"])


def test_the_page_shows_what_the_choice_does_and_the_worker_scores(
    answered, database, tools, settings, browser_of, world
):
    browser, page = browser_of(answered.viewer), page_of(answered)
    assert browser.get(page).status_code == 202
    while run_next(database, tools, settings):
        pass
    shown = browser.get(page).text
    assert "925 questionnaires; 17 lack 17 answers in all." in shown
    assert "Tasks (1, 2, 8, 12), Bond (3, 5, 7, 9) and Goals (4, 6, 10, 11)" in shown
    prefix = re.search(r'name="(m\d+-)missing"[^>]*>\s*<span>The person', shown)
    wai = re.findall(r'name="(m\d+)-least_answered"', shown)[-1]
    assert prefix
    sent = {
        "measure": "WAI-S",
        f"{wai}-missing": "none",
        f"{wai}-least_answered": "80",
        f"{wai}-reversed": "wai_s_04",
    }
    wrong = browser.post(page, sent | {f"{wai}-least_answered": "0"})
    assert wrong.status_code == 422 and "Give a share from 1 to 100." in wrong.text
    asked = browser.post(page, sent)
    assert asked.status_code == 303 and "job=" in asked.location
    assert "waiting for its turn" in browser.get(asked.location).text
    while run_next(database, tools, settings):
        pass
    browser.get(asked.location)
    while run_next(database, tools, settings):
        pass
    done = browser.get(asked.location).text
    assert "WAI-S: 908 of 925 questionnaires scored, none with answers filled in." in done
    assert "Without a total as it is now: 11 of 12 items answered (17)." in done
    assert "Item 4 runs against the others (r = −" in done and "did it come in turned already?" in done
    overview = browser.get(f"/studies/{answered.study_public_id}/alliance").text
    assert "908 from answers" in overview and "Bond" in overview
    analyst = world.member(answered, "Ada", Role.ANALYST)
    assert "this way" not in browser_of(analyst.viewer).get(page).text
    assert browser_of(analyst.viewer).post(page, sent).status_code == 404


def test_a_lab_adds_a_measure_of_its_own_and_changes_it_while_it_has_no_scores(
    lead, database, browser_of, tools, settings
):
    browser, page = browser_of(lead.viewer), page_of(lead)
    outline = {
        "name": "PEI", "informant": "parent", "n_items": "6", "lowest": "0", "highest": "4",
        "scoring": "mean", "reversed": "2, 4-5", "subscales": "Bond: 1-3\nTasks: 4; 5 6",
    }  # fmt: skip
    assert browser.get(f"{page}/new").status_code == 200
    for entry, said in (
        ({"subscales": "Bond 1-3"}, "write a name, a colon, and item numbers"),
        ({"reversed": "7"}, "7: the items are numbered 1 to 6"),
        ({"highest": "0"}, "Must be above lowest"),
        ({"name": "wais"}, "Files could not tell it from WAI-S"),
        ({"informant": ""}, "Choose who answers it."),
    ):
        refused = browser.post(f"{page}/new", outline | entry)
        assert refused.status_code == 422 and said in refused.text.replace("&#39;", "’"), entry
    assert browser.post(f"{page}/new", outline).status_code == 303
    with database.read() as db:
        pei = scoring.get_measure(db, lead, "PEI")
    assert pei.rule.reversed == {"pei_02", "pei_04", "pei_05"}
    assert [(one.code, one.items[0]) for one in pei.instrument.subscales] == [
        ("bond", "pei_01"),
        ("tasks", "pei_04"),
    ]
    assert "PEI" in browser.get(page).text
    text = browser.get(f"{page}/file?measure=WAI-S").text
    wider = text.replace("highest = 5", "highest = 7").replace('version = "1"', 'version = "7 points"')
    assert browser.post(f"{page}/new/file", {"text": wider}).status_code == 303
    with database.read() as db:
        assert scoring.get_measure(db, lead, "WAI-S").instrument.highest == 7
    for pasted, said in (
        ("", "Choose a file, or paste its text."),
        ("name = ", "This is no TOML"),
        (text.replace("lowest = 1", "lowest = 9"), "The measure cannot be read: highest"),
        (text.replace('version = "1"', f'version = "{"x" * 21}"'), "at most 20 characters"),
    ):
        refused = browser.post(f"{page}/new/file", {"text": pasted})
        assert refused.status_code == 422 and said in refused.text
    with database.write() as db:
        add_answers(db, lead, [("D1", 1, "therapist", "WAI-S", [3] * 12)])
    refused = browser.post(f"{page}/new/file", {"text": text})
    assert refused.status_code == 422 and "WAI-S has scores or answers" in refused.text


def test_the_bundled_questionnaires_turn_nothing_round_by_themselves():
    assert not [i for one in bundled_instruments().values() for i in one.items if i.reversed]
    assert ITEMS_MISSING.exists()


def test_subscales_are_series_of_their_own_where_they_are_asked_for(answered, database):
    score_by(database, answered, "WAI-S", Rule())
    score_by(database, answered, "TASC", Rule())
    with database.read() as db:
        totals = rupture.collect(db, answered, {})
        both = rupture.collect(db, answered, {"scales": "subscales"})
    assert {row[3] for row in totals["scores"]} == {"TASC", "WAI-S"}
    assert totals["mean_items"] == {"WAI-S": 12} and totals["settings"] == both["settings"]
    assert both["mean_items"] == {"WAI-S": 12, "WAI-S, tasks": 4, "WAI-S, bond": 4, "WAI-S, goals": 4}
    content = rupture.compute(both, lambda *_: None)
    found = {one["measure"]: one["n_ruptures"] for one in content["analyses"]}
    assert list(found) == ["TASC", "WAI-S", "WAI-S, bond", "WAI-S, goals", "WAI-S, tasks"]
    own = {one["measure"]: one["n_ruptures"] for one in rupture.compute(totals, lambda *_: None)["analyses"]}
    assert own == {name: found[name] for name in ("TASC", "WAI-S")}
    assert found["WAI-S, bond"] > 0


def test_all_scores_are_a_file_with_what_was_filled_in_for_each(answered, database, browser_of):
    score_by(database, answered, "WAI-S", Rule())
    page = f"/studies/{answered.study_public_id}/alliance"
    assert f"{page}/scores.csv" in browser_of(answered.viewer).get(page).text
    rows = list(csv.DictReader(browser_of(answered.viewer).get(f"{page}/scores.csv").text.splitlines()))
    assert list(rows[0]) == list(SCORES) and len(rows) == 4 * 925
    assert {row["measure"] for row in rows} == {"WAI-S", "WAI-S, tasks", "WAI-S, bond", "WAI-S, goals"}
    totals = [row for row in rows if row["subscale"] == ""]
    assert sum(int(row["n_imputed"]) for row in totals) == 17
    assert {row["source"] for row in rows} == {"answers"}


def test_a_score_with_answers_filled_in_enters_the_search_for_ruptures_off_the_lattice(answered, database):
    score_by(database, answered, "WAI-S", Rule(missing="item mean"))
    with database.read() as db:
        inputs = rupture.collect(db, answered, {})
        plain = rupture_content.hash_scores(inputs | {"imputed": []})
    assert len(inputs["imputed"]) == 17 and {row[4] for row in inputs["imputed"]} == {1}
    frame = rupture_content.make_frame(inputs)
    assert frame["n_imputed"].sum() == 17
    assert rupture_content.hash_scores(inputs) != plain


def test_the_items_of_the_study_give_its_ruptures_to_the_last_one(lead, database):
    with database.write() as db:
        add_answers(db, lead, read_answers(RUPTURE_STUDY / "alliance" / "items_long.csv", ","))
    for name in ("TASC", "WAI-S"):
        score_by(database, lead, name, Rule(missing="none"))
    with database.read() as db:
        inputs = rupture.collect(db, lead, {})
    expected = json.loads((RUPTURE_STUDY / "expected_ruptures.json").read_text())
    for one in rupture.compute(inputs, lambda *_: None)["analyses"]:
        found = [
            [series["dyad"], each["central"], each["criterion"], each["type"]]
            for series in one["series"]
            for each in series["ruptures"]
        ]
        assert sorted(found, key=lambda each: each[:2]) == expected[one["informant"]]["default"]["sequences"]


def test_the_page_of_ruptures_offers_the_subscales_once_there_are_any(answered, database, open_computed):
    page, opened = "/ruptures", partial(open_computed, answered)
    for name in ("TASC", "WAI-S"):
        score_by(database, answered, name, Rule())

    totals = opened(page).text
    assert "With the subscales as series of their own" in totals and "WAI-S, bond" not in totals
    both = opened(f"{page}?scales=subscales").text
    assert "Therapist, WAI-S, bond" in both and "Totals only" in both
    picked = opened(f"{page}?scales=subscales&informant=therapist+WAI-S,+bond&show=all").text
    assert "WAI-S, bond mean" in picked
    series = list(csv.DictReader(opened(f"{page}/series.csv?scales=subscales").text.splitlines()))
    assert "WAI-S, goals" in {row["measure"] for row in series}


def test_with_a_frozen_sample_the_page_warns_and_the_trail_and_the_worker_say_so(
    lead, database, tools, settings, browser_of
):
    with database.write() as db:
        db.add(
            Sample(
                study_id=lead.study_id,
                settings={},
                data_hash="0" * 64,
                frozen_by=lead.user_id,
                frozen_at=lead.now(),
            )
        )
        add_answers(db, lead, [("D1", 1, "child", "TASC", [3] * 12)])
        asked = scoring.ask_change(db, lead, "TASC", Rule(missing="none"))
    while run_next(database, tools, settings):
        pass
    with database.read() as db:
        said = get_job(db, lead, asked).message
    assert said.startswith("TASC: 1 of 1 questionnaires scored, none with answers filled in. Totals: 1 new,")
    assert said.endswith("The frozen sample stays as it is; its page shows what the new scores would change.")
    assert last_payload(database)["sample_is_frozen"]
    browser = browser_of(lead.viewer)
    browser.get(page_of(lead))
    while run_next(database, tools, settings):
        pass
    assert "A sample is frozen" in browser.get(page_of(lead)).text
