"""How blind coders were: guesses joined to the truth once the key is open, and the page about it."""

import csv
import io
import json
from datetime import datetime

import pandas as pd
import pytest
from sqlalchemy import select, update

from coder_app.analysis.blinding import DONT_KNOW as UNSURE
from coder_app.analysis.blinding import find_blinding
from coder_app.domain.guessing import Outcome, Position
from coder_app.domain.permissions import Role
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, Guess, Recording, Sequence, TreatmentSession
from coder_app.services import blinding
from coder_app.services.errors import Refused
from coder_app.web.numbers import coefficient
from tests.makers.coded import make_coded_study
from tests.makers.guesses import DONT_KNOW, answer_all, ask

POSITIONS = {4: Position.PRE, 5: Position.CENTRAL, 6: Position.POST}


@pytest.fixture
def study(world, settings):
    """A locked study whose coders are asked about ten recordings each."""
    made = make_coded_study(world, settings)
    made.lock()
    ask(made)
    return made


def truth_of(study, one) -> tuple[Position, Outcome]:
    """Return what is true of a recording that a coder is asked about."""
    with study.world.database.read() as db:
        code = db.scalars(
            select(Recording.code)
            .join(Assignment, Assignment.recording_id == Recording.id)
            .where(Assignment.public_id == one.public_id)
        ).one()
        dyad, session = study.session_of[code]
        kind = db.scalars(
            select(Sequence.type)
            .join(TreatmentSession, TreatmentSession.dyad_id == Sequence.dyad_id)
            .where(TreatmentSession.number == session, Sequence.dyad_id.in_(_dyads(db, dyad)))
        ).first()
    return POSITIONS[session], Outcome(kind)


def _dyads(db, code: str) -> list[int]:
    from coder_app.models import Dyad

    return list(db.scalars(select(Dyad.id).where(Dyad.code == code)))


def mixed(coder, one):
    """Answers that are right, wrong and "don't know" by turns."""
    return (list(Position)[one.number % 4], list(Outcome)[one.number % 3])


def computed(study) -> dict:
    """Collect and compute as the worker does."""
    with study.world.database.write() as db:
        lead = study.world.again(study.lead)
        inputs = blinding.join(db, lead, blinding.collect(db, lead, {}))
    json.dumps(inputs, allow_nan=False)
    content = blinding.compute(inputs, lambda done, total: None)
    json.dumps(content, allow_nan=False)
    return content


def part(content, question: str) -> dict:
    return next(one for one in content["questions"] if one["question"] == question)


def test_the_figures_are_those_of_the_analysis_on_guesses_and_truths(study, database):
    truths, given = {}, {}

    def note_down(coder, one):
        truths[coder, one.number], given[coder, one.number] = truth_of(study, one), mixed(coder, one)
        return mixed(coder, one)

    answer_all(study, note_down)
    study.open_key()
    content = computed(study)
    for place, (question, arms) in enumerate(
        {"position": ["pre", "central", "post"], "type": ["repaired", "unrepaired"]}.items()
    ):
        rows = [
            (coder, str(truth[place]), str(given[coder, number][place]).replace("unknown", UNSURE))
            for (coder, number), truth in truths.items()
        ]
        expected = find_blinding(pd.DataFrame(rows, columns=["coder", "arm", "guess"]), arms)
        found = part(content, question)
        assert found["n"] == expected.n == 30
        assert tuple(map(tuple, found["counts"])) == expected.counts
        assert found["james"]["estimate"] == pytest.approx(expected.james.estimate)
        assert [arm["bang"]["estimate"] for arm in found["arms"]] == pytest.approx(
            [arm.bang.estimate for arm in expected.arms]
        )
    assert content["coders"] == [
        {"coder": name, "drawn": 10, "answered": 10} for name in ("Ada", "Ben", "Cleo")
    ]


def test_who_knows_everything_has_an_index_of_one_and_who_knows_nothing_of_zero(study):
    answer_all(study, lambda coder, one: truth_of(study, one))
    study.open_key()
    for question in computed(study)["questions"]:
        assert question["james"]["estimate"] == 0
        assert [arm["bang"]["estimate"] for arm in question["arms"] if arm["n"]] == [1.0] * sum(
            arm["n"] > 0 for arm in question["arms"]
        )


def test_all_saying_that_they_do_not_know_is_complete_blinding(study, browser_of):
    answer_all(study)
    study.open_key()
    for question in computed(study)["questions"]:
        assert question["james"]["estimate"] == 1
        assert question["n_guessed"] == 0
    page = study.opened(browser_of(study.lead.viewer), "/blinding").get_data(as_text=True)
    assert "complete blinding: nobody guessed" in page
    assert ">nobody guessed<" in page


def test_a_recording_that_stands_in_two_sequences_counts_only_where_both_agree(world, settings, database):
    """The session after one rupture is the one before another; both are repaired."""
    study = make_coded_study(world, settings)
    study.lock()
    ask(study, 30)
    answer_all(study)
    with database.write() as db:
        first, second = db.scalars(select(Sequence).where(Sequence.type == "repaired").limit(2)).all()
        second.dyad_id, second.pre_id = first.dyad_id, first.post_id
    study.open_key()
    with database.write() as db:
        inputs = blinding.join(db, study.lead, blinding.collect(db, study.lead, {}))
    shared = [one for one in inputs["guesses"] if len(one["position"]["true"]) == 2]
    assert shared
    content = computed(study)
    why = "the recording stands in two sequences, at different positions"
    assert part(content, "position")["left_out"][why] == len(shared)
    assert all(one["type"]["true"] == ["repaired"] for one in shared)
    assert part(content, "type")["left_out"].keys() <= {"the recording is of no frozen sequence"}


def test_what_does_not_count_is_left_out_by_its_reason():
    guesses = [
        {"coder": "A", "rater": "coder 1", "target": "c", "recognised": False,
         "position": {"guess": "pre", "true": true}, "type": {"guess": "repaired", "true": types}}
        for true, types in ((["post", "pre"], ["repaired"]), ([], []), (["pre"], ["repaired", "unrepaired"]))
    ]  # fmt: skip
    guesses.append(
        {
            **guesses[0],
            "position": {"guess": None, "true": ["pre"]},
            "type": {"guess": None, "true": ["repaired"]},
        }
    )
    content = blinding.compute({"asked": None, "guesses": guesses}, lambda done, total: None)
    assert part(content, "position")["left_out"] == {
        "the recording stands in two sequences, at different positions": 1,
        "the recording is of no frozen sequence": 1,
        "not answered": 1,
    }
    assert part(content, "type")["left_out"] == {
        "the recording is of no frozen sequence": 1,
        "the recording stands in two sequences, of different types": 1,
        "not answered": 1,
    }
    assert [part(content, question)["n"] for question in ("position", "type")] == [1, 1]


def test_it_is_closed_to_everybody_before_the_key_opens_and_to_coders_always(
    study, database, browser_of, world
):
    answer_all(study, mixed)
    analyst = world.member(study.lead, "Ana", Role.ANALYST)
    for person in (study.lead, analyst):
        with database.read() as db, pytest.raises(Hidden):
            blinding.collect(db, world.again(person), {})
        assert browser_of(person.viewer).get(study.address + "/blinding").status_code == 403
        file = study.address + "/export/blinding-guesses.csv"
        assert browser_of(person.viewer).get(file).status_code == 403
    study.open_key()
    assert browser_of(study.coders["Ada"].viewer).get(study.address + "/blinding").status_code == 404
    assert study.opened(browser_of(analyst.viewer), "/blinding").status_code == 200
    with database.read() as db, pytest.raises(Refused, match="no settings"):
        blinding.collect(db, study.lead, {"seed": 2})


def test_the_page_shows_guesses_by_truth_indices_and_who_answered(study, database, browser_of):
    answer_all(study, lambda coder, one: None if (coder, one.number) == ("Ben", 3) else mixed(coder, one))
    with database.write() as db:
        forms = select(Guess.assignment_id).where(Guess.place == 1)
        db.execute(
            update(Assignment).where(Assignment.id.in_(forms)).values(recognised_at=datetime.fromisoformat("2026-03-01T09:00:00+00:00"))
        )  # fmt: skip
    study.open_key()
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/blinding").get_data(as_text=True)
    content = computed(study)
    for question in content["questions"]:
        assert f"n = {question['n']}" in page
    assert "1 left out: not answered" in page
    assert "1 recording was not answered about, by 1 coder" in page
    assert "3 had been marked as recognised" in page
    assert "29 of 30" in page
    assert "2,000 bootstrap samples of coders" in page
    assert f'href="{study.address}/blinding" aria-current="page"' in page
    bang = part(content, "type")["arms"][0]["bang"]
    assert f"Repaired: Bang’s index {coefficient(bang['estimate'])}, 95% CI" in page


def test_without_having_asked_the_page_says_that_there_is_no_index(world, settings, browser_of):
    study = make_coded_study(world, settings)
    study.open_key()
    browser = browser_of(study.lead.viewer)
    page = study.opened(browser, "/blinding").get_data(as_text=True)
    assert "The coders were not asked" in page
    assert "Figure 1" not in page
    assert "were not asked before the key opened" in browser.get(study.address + "/unmask").get_data(
        as_text=True
    )


def test_the_files_hold_every_guess_and_index_under_codes_and_numbers(study, browser_of):
    answer_all(study, mixed)
    study.open_key()
    browser = browser_of(study.lead.viewer)
    study.opened(browser, "/blinding")

    def rows(name):
        text = browser.get(f"{study.address}/export/{name}").get_data(as_text=True)
        assert not any(coder in text for coder in study.coders)
        return list(csv.DictReader(io.StringIO(text)))

    guesses = rows("blinding-guesses.csv")
    assert len(guesses) == 60
    for row in guesses:
        session = study.session_of[row["target"]][1]
        if row["question"] == "position":
            assert row["truth"] == POSITIONS[session]
    indices = rows("blinding-indices.csv")
    assert [(row["question"], row["index"], row["arm"]) for row in indices] == [
        ("position", "James", "all"),
        ("position", "Bang", "pre"),
        ("position", "Bang", "central"),
        ("position", "Bang", "post"),
        ("type", "James", "all"),
        ("type", "Bang", "repaired"),
        ("type", "Bang", "unrepaired"),
    ]
    assert sum(int(row["answers"]) for row in indices if row["index"] == "James") == 60


def test_a_lead_asks_on_the_page_and_sees_counts_before_the_key_opens(world, settings, browser_of):
    study = make_coded_study(world, settings)
    browser, page = browser_of(study.lead.viewer), study.address + "/unmask"
    assert "How blind are the coders?" not in browser.get(page).get_data(as_text=True)
    early = browser.post(page + "/ask", {"count": "10"}, page=page)
    assert early.status_code == 409
    assert "would teach what to listen for" in early.get_data(as_text=True)
    study.lock()
    study.plan()
    before = browser.get(page).get_data(as_text=True)
    assert "Not asked yet." in before
    assert "The coders were not asked what they take recordings to have been." in before
    assert "Unmask the study" in before
    assert browser.post(page + "/ask", {"count": "3"}, page=page).status_code == 422
    assert browser.post(page + "/ask", {"count": "5"}, page=page).status_code == 303
    answer_all(study, lambda coder, one: DONT_KNOW if coder == "Ada" else None)
    after = browser.get(page).get_data(as_text=True)
    assert "5 of 15 guesses in" in after
    assert "5 of 15 guesses of the coders are in." in after
    assert "Unmask the study" in after
    assert browser.post(page + "/ask", {"count": "5"}, page=page).status_code == 409
    answer_all(study)
    assert "guesses of the coders are in." not in browser.get(page).get_data(as_text=True)
