"""Ruptures of a study: the reference study from the database, and settings that cannot be followed."""

import json

import pytest
from sqlalchemy import update

from coder_app.models import TreatmentSession
from coder_app.services import rupture
from coder_app.services.errors import Refused
from coder_app.services.rupture_content import hash_scores
from tests.makers.scores import REFERENCE, add_reference_study, add_scores

EXPECTED = json.loads((REFERENCE / "expected_ruptures.json").read_text())
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
