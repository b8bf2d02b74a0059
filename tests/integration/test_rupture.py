"""Ruptures of a study: the reference study from the database, and settings that cannot be followed."""

import csv
import io
import json
import re
from functools import partial

import pytest
from click.testing import CliRunner
from sqlalchemy import update

from coder_app.cli.stats import command as stats
from coder_app.domain.permissions import Role
from coder_app.models import TreatmentSession
from coder_app.services import rupture
from coder_app.services.errors import Refused
from coder_app.services.export import list_files
from coder_app.services.rupture_content import hash_scores
from coder_app.services.snapshot import Snapshot
from coder_app.worker import run_next
from tests.makers.alliance import RUPTURE_STUDY
from tests.makers.scores import add_reference_study, add_scores

EXPECTED = json.loads((RUPTURE_STUDY / "expected_ruptures.json").read_text())
CHOICES = {
    "default": {},
    "k1.5": {"k": 1.5},
    "within": {"pooled": "within"},
    "chart_only": {"absolute": None},
    "exclusive": {"fourths": "exclusive"},
}


@pytest.fixture
def lead(world):
    return world.study()


@pytest.fixture
def compute(database, lead):
    def compute(**settings):
        with database.read() as db:
            inputs = json.loads(json.dumps(rupture.collect(db, lead, settings)))
        return json.loads(json.dumps(rupture.compute(inputs, lambda done, total: None)))

    return compute


def child(*scores, dyad="D1", first=1):
    return [(dyad, session, "child", "TASC", score) for session, score in enumerate(scores, first) if score]


def test_the_reference_study_gives_the_expected_sequences_for_all_settings(lead, database, compute):
    with database.write() as db:
        add_reference_study(db, lead)
    for choice, settings in CHOICES.items():
        content = compute(**settings)
        assert content["n_dyads"] == 89
        for analysis in content["analyses"]:
            expected = EXPECTED[analysis["informant"]][choice]
            found = [
                [series["dyad"], one["central"], one["criterion"], one["type"]]
                for series in analysis["series"]
                for one in series["ruptures"]
            ]
            assert found == expected["sequences"]
            assert analysis["pooled_sd"] == pytest.approx(expected["pooled_sd"], rel=1e-14)
            assert analysis["n_series"] == expected["n_series"]
            assert analysis["n_series_with_rupture"] == expected["series_with"]
            assert (analysis["n_repaired"], analysis["n_unrepaired"]) == (
                expected["repaired"],
                expected["unrepaired"],
            )


def test_other_settings_stand_beside_with_the_counts_they_would_give(lead, database, compute):
    with database.write() as db:
        add_reference_study(db, lead)
    for analysis in compute()["analyses"]:
        compared, expected = analysis["compared"], EXPECTED[analysis["informant"]]
        at = {name: compared["n_ruptures"][row] for row, name in enumerate(compared["fourths"])}
        place = compared["k"].index
        assert at["hinges"][place(1.0)] == expected["default"]["n"]
        assert at["hinges"][place(1.5)] == expected["k1.5"]["n"]
        assert at["exclusive"][place(1.0)] == expected["exclusive"]["n"]


def test_settings_of_ones_own_are_among_those_compared(lead, database, compute):
    with database.write() as db:
        add_scores(db, lead, ["D1"], child(40, 41, 40, 41, 31, 40, 41, 40))
    (analysis,) = compute(k=3, fourths="type2")["analyses"]
    assert analysis["compared"]["k"] == [1.0, 1.25, 1.5, 3.0]
    assert analysis["compared"]["fourths"][-1] == "type2"


def test_a_session_with_the_parent_alone_leaves_before_sessions_are_counted(lead, database, compute):
    scores = child(40, 41, 40, 41, None, 31, 40, 41, 40)
    with database.write() as db:
        add_scores(db, lead, ["D1"], scores, attendance={("D1", 5): "parent alone"})
    (analysis,) = compute()["analyses"]
    (series,) = analysis["series"]
    assert 5 not in series["sessions"]
    assert [(one["pre"], one["central"], one["post"]) for one in series["ruptures"]] == [(4, 6, 7)]


def test_a_session_that_is_known_by_its_recording_alone_is_a_gap_and_not_the_end(lead, database, compute):
    with database.write() as db:
        add_scores(db, lead, ["D1"], child(40, 41, 40, 41, 40, 41, 40, 31), recorded={("D1", 9)})
    (analysis,) = compute()["analyses"]
    (found,) = analysis["series"][0]["ruptures"]
    assert (found["type"], found["reason"]) == (None, "no score at session 9")


def test_a_recording_changes_nothing_of_the_scores_hash_and_attendance_does(lead, database):
    with database.write() as db:
        add_scores(db, lead, ["D1"], child(40, 41, 40, 41, 40, 41, 40))
    first = _hash(database, lead)
    with database.write() as db:
        db.execute(update(TreatmentSession).values(recorded=True))
    assert _hash(database, lead) == first
    with database.write() as db:
        db.execute(
            update(TreatmentSession).where(TreatmentSession.number == 7).values(attendance="parent alone")
        )
    assert _hash(database, lead) != first


def test_the_exported_scores_give_the_command_the_ruptures_of_the_page(lead, database, tmp_path):
    scores = child(40, 41, 40, 41, 20, 31, 40, 41, 40) + child(40, 41, 40, 41, 31, 40, 41, 40, dyad="D2")
    with database.write() as db:
        add_scores(db, lead, ["D1", "D2"], scores, attendance={("D1", 5): "parent alone"})
    with database.read() as db:
        inputs = rupture.collect(db, lead, {})
    content = rupture.compute(inputs, lambda done, total: None)
    files = list_files(Snapshot(content, "", lead.now(), inputs), "ruptures")
    path = tmp_path / "scores.csv"
    path.write_text(next(file.text for file in files if file.name == "ruptures-scores.csv"))
    said = json.loads(CliRunner().invoke(stats, ["ruptures", str(path), "--json"]).stdout)
    (analysis,) = content["analyses"]
    found = said["informants"]["child"]
    assert found["pooled_sd"] == analysis["pooled_sd"]
    assert [(one["dyad"], one["central"]) for one in found["ruptures"]] == [
        (series["dyad"], one["central"]) for series in analysis["series"] for one in series["ruptures"]
    ]
    assert ("D1", 5) not in [(one["dyad"], one["central"]) for one in found["ruptures"]]


def test_both_informants_of_a_dyad_are_compared_by_session(lead, database, compute):
    therapist = [("D1", session, "therapist", "WAI-S", 4.0 - (session == 5) * 2) for session in range(1, 9)]
    other = [("D2", session, "therapist", "WAI-S", 4.0 - (session == 3) * 2) for session in range(1, 9)]
    drops = child(40, 41, 40, 41, 31, 40, 41, 40) + child(40, 41, 40, 41, 31, 40, 41, 40, dyad="D2")
    with database.write() as db:
        add_scores(db, lead, ["D1", "D2", "D3"], drops + therapist + other)
    assert compute()["accordance"] == {
        "n_both_analysed": 2,
        "n_any_rupture": 2,
        "n_both_rupture": 2,
        "n_same_session": 1,
    }


def test_a_study_without_scores_has_no_analysis_and_says_so(lead, compute):
    content = compute()
    assert (content["analyses"], content["n_dyads"], content["accordance"]) == ([], 0, None)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"k": 0}, "k 0"),
        ({"k": "1"}, "k '1'"),
        ({"k": float("nan")}, "k nan"),
        ({"absolute": -2.0}, "absolute -2"),
        ({"fourths": "type10"}, "fourths 'type10'"),
        ({"pooled": "some"}, "pooled 'some'"),
        ({"min_run": 1}, "min_run 1"),
        ({"min_run": 7.5}, "min_run 7.5"),
        ({"chart": False, "absolute": None}, "no criterion"),
        ({"chart": 1}, "chart 1"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_settings_that_cannot_be_followed_are_refused_by_name(settings, named):
    with pytest.raises(Refused, match=named.replace("'", ".")):
        rupture.check_settings(settings)


def _hash(database, lead):
    with database.read() as db:
        return hash_scores(rupture.collect(db, lead, {}))


@pytest.fixture
def open_page(lead, database, open_computed):
    """Return a function that opens a page of the reference study once its result is computed."""
    with database.write() as db:
        add_reference_study(db, lead)
    return partial(open_computed, lead)


def text_of(answer):
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def test_the_page_says_how_many_ruptures_there_are_and_where_the_tables_are(open_page):
    text = text_of(open_page("/ruptures?informant=child"))
    assert (
        "15 of 56 analysed series of the child have a rupture: 16 ruptures, 8 repaired, 5 unrepaired, 3 not "
        "classifiable. All three recordings are at hand for 10."
    ) in text
    assert re.search(r"give \d+ to \d+ ruptures; here they give 16\.", text)
    assert "Tables of all informants" in text


def test_the_series_of_the_address_is_drawn_and_told_with_its_neighbours(open_page):
    text = text_of(open_page("/ruptures?informant=child&dyad=D012"))
    assert "D012, child" in text
    assert "Previous: D002" in text and "Next: D014" in text
    assert "It is unrepaired" in text
    assert "A rupture is a score below the lower limit (lower fourth − 1 × the distance" in text
    assert "at least 2 pooled SD (8.26 points)" in text


def test_a_series_that_is_too_short_says_so(open_page):
    text = text_of(open_page("/ruptures?dyad=D003&show=all"))
    assert "This series is not analysed: 3 scores in a row, 7 are needed." in text
    assert "Not analysed: 3 scores in a row, 7 are needed." in text
    assert "1–36 of 89 shown; 15 of 56 analysed have a rupture, 33 are not analysed" in text


def test_every_caption_names_the_settings_of_the_address(open_page):
    text = text_of(open_page("/ruptures?k=1,5&fourths=type7&pooled=within&criteria=chart&min_run=6"))
    named = (
        "Fourths: type 7 quantiles (R, numpy); control chart with k = 1.5; no absolute criterion; "
        "series with at least 6 scores in a row."
    )
    assert text.count(named) == 3
    assert "no absolute criterion" not in text_of(open_page("/ruptures"))


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("k=0", "Lower limit: k: Give a number above 0"),
        ("absolute=nan", "Absolute drop, in pooled SD: Give a number, such as 1.5."),
        ("min_run=7.5", "Shortest series, scores in a row: Give a whole number, such as 7."),
        ("min_run=1", "Give a whole number from 2 to 100."),
        ("fourths=type10", "Fourths: Not a valid choice"),
    ],
)
def test_entries_that_cannot_be_followed_are_named_on_the_page(open_page, entries, said):
    answer = open_page(f"/ruptures?{entries}")
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_ruptures_come_as_csv_with_their_settings_and_what_lacks_a_recording(open_page):
    answer = open_page("/ruptures/ruptures.csv?k=1.5")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="ruptures.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
    assert answer.data.count(b"\r\n") == len(rows) + 1
    assert len(rows) == EXPECTED["child"]["k1.5"]["n"] + EXPECTED["therapist"]["k1.5"]["n"]
    assert {row["k"] for row in rows} == {"1.5"}
    found = next(row for row in rows if row["dyad"] == "D029")
    assert (found["post"], found["type"], found["reason"]) == ("", "", "session 12 is the last one")
    assert found["sessions_not_recorded"] == "11 12"


def test_series_come_as_csv_with_their_limits(open_page):
    answer = open_page("/ruptures/series.csv")
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True), newline="")))
    first = rows[0]
    assert (first["dyad"], first["session"], first["score"]) == ("D001", "1", "42.0")
    assert (first["median"], first["lower_fourth"], first["lower_limit"]) == ("40.0", "38.0", "36.0")
    short = next(row for row in rows if row["dyad"] == "D003")
    assert (short["analysed"], short["lower_limit"]) == ("false", "")
    assert short["why_not_analysed"] == "longest run is 3 of 7 consecutive scores"


def test_an_analyst_sees_ruptures_but_not_which_sessions_were_recorded(open_page, world, lead):
    analyst = world.member(lead, "Ana", Role.ANALYST)
    text = text_of(open_page("/ruptures", analyst.viewer))
    assert "15 of 56 analysed series" in text
    assert "ecording" not in text
    table = open_page("/ruptures/ruptures.csv", analyst.viewer).get_data(as_text=True)
    assert "not_recorded" not in table
    assert open_page("/sample", analyst.viewer).status_code == 403


def test_a_coder_finds_no_ruptures_page(open_page, world, lead):
    coder = world.member(lead, "Cora", Role.CODER, instruments=("CIRS",))
    for path in ("/ruptures", "/ruptures/ruptures.csv", "/ruptures/series.csv", "/sample"):
        assert open_page(path, coder.viewer).status_code == 404


def test_a_study_without_scores_sends_to_the_import(world, lead, database, tools, settings, browser_of):
    browser = browser_of(lead.viewer)
    browser.get(f"/studies/{lead.study_public_id}/ruptures")
    run_next(database, tools, settings)
    assert "There are no dyads yet" in text_of(browser.get(f"/studies/{lead.study_public_id}/ruptures"))


def test_a_dyad_that_is_not_there_gives_the_first_series_with_a_rupture(open_page):
    assert "D001, child" in text_of(open_page("/ruptures?informant=nobody&dyad=D999"))
