"""Training rounds: practice recordings for every coder before the main round, and nothing that says so."""

from collections import Counter

import pytest
from sqlalchemy import func, select, update

from coder_app.domain.coding_settings import CodingSettings
from coder_app.domain.permissions import NotAllowed, Role
from coder_app.domain.phases import Phase
from coder_app.domain.visibility import Hidden
from coder_app.models import Assignment, Recording, Round, RoundRecording, Study
from coder_app.services import (
    export,
    frames,
    home,
    lock,
    members,
    progress,
    reopening,
    reopening_answer,
    round_training,
    trail,
)
from coder_app.services.errors import Refused
from coder_app.services.home import Step
from tests.makers.coding import add_recording
from tests.makers.training import N_PRACTICE, Trained, make_study_with_practice


@pytest.fixture
def study(world) -> Trained:
    """A study with practice recordings."""
    return make_study_with_practice(world)


def text(reply) -> str:
    return reply.get_data(as_text=True)


def test_every_coder_codes_every_practice_recording_on_the_own_scale(study):
    study.train()
    assert len(study.forms()) == 4 * N_PRACTICE
    for name in study.coders:
        assert sorted(form.recording_id for form in study.forms(name)) == sorted(study.practice)


def test_the_phase_stays_and_the_sample_can_be_allotted_afterwards(study):
    study.train()
    assert study.lead.phase is Phase.SETUP
    study.allot()
    assert study.lead.phase is Phase.CODING


def test_each_form_has_a_mask_of_its_own_and_each_coder_an_own_order(study):
    study.train()
    forms = study.forms()
    assert len({form.mask for form in forms}) == len({form.public_id for form in forms}) == len(forms)
    orders = [tuple(form.recording_id for form in study.forms(name)) for name in study.coders]
    assert len(set(orders)) > 1


def test_only_chosen_recordings_are_given(study, database):
    with database.read() as db:
        chosen = list(db.scalars(select(Recording.public_id).where(Recording.id.in_(study.practice[:2]))))
    study.train(chosen=chosen)
    assert {form.recording_id for form in study.forms()} == set(study.practice[:2])


def test_a_second_round_reaches_who_came_later_and_nobody_twice(study, world):
    study.train()
    study.coders["Late"] = world.member(study.lead, "Late", Role.CODER, instruments=("CIRS",))
    study.train("Training for Late")
    given = Counter((form.user_id, form.recording_id) for form in study.forms())
    assert set(given.values()) == {1}
    assert len(study.forms("Late")) == N_PRACTICE
    with pytest.raises(Refused, match="already"):
        study.train("Once more")


def test_a_recording_of_the_sample_cannot_be_chosen(study, database):
    with database.read() as db:
        other = db.scalars(select(Recording.public_id).where(Recording.use == "study")).first()
    with pytest.raises(Refused, match="new codes since"):
        study.train(chosen=[other])
    assert study.forms() == []


@pytest.mark.parametrize("chosen", [[], ["nothing"]])
def test_a_choice_of_nothing_starts_nothing(study, chosen, database):
    with pytest.raises(Refused):
        study.train(chosen=chosen)
    with database.read() as db:
        assert db.scalars(select(func.count()).select_from(Round)).one() == 0


def test_without_practice_recordings_or_coders_the_reason_is_said(world, database):
    lead = world.study()
    with pytest.raises(Refused, match="no practice recordings"), database.write() as db:
        round_training.start_training(db, lead, "Training")
    with database.write() as db:
        recording = add_recording(db, lead, "practice-1")
        db.execute(update(Recording).where(Recording.id == recording).values(use="practice"))
    with pytest.raises(Refused, match="Invite coders"), database.write() as db:
        round_training.start_training(db, lead, "Training")


def test_two_rounds_of_one_name_are_refused(study, world):
    study.train()
    world.member(study.lead, "Late", Role.CODER, instruments=("CIRS",))
    with pytest.raises(Refused, match="“Training 1” already"):
        study.train()


def test_once_the_sample_is_allotted_no_training_begins(study):
    study.allot()
    with pytest.raises(Refused, match="comes before"):
        study.train()


def test_a_coder_or_an_analyst_cannot_start_training(study, world, database):
    for actor in (study.coders["Mara"], world.member(study.lead, "Ana", Role.ANALYST)):
        with pytest.raises(NotAllowed), database.write() as db:
            round_training.start_training(db, actor, "Training")


def test_starting_is_on_record_without_the_recordings(study, database):
    made = study.train()
    with database.read() as db:
        (entry,) = trail.list_entries(
            db, study.lead, trail.Filter(act="start training round"), limit=None
        ).entries
    assert entry.subject == made
    assert (entry.payload["recordings"], entry.payload["forms"]) == (N_PRACTICE, 4 * N_PRACTICE)


def test_forms_that_share_a_listening_do_so_in_training_too(study, world, database):
    world.member(study.lead, "Both", Role.CODER, instruments=("CIRS", "TABBS"))
    with database.write() as db:
        db.execute(update(Study).values(coding_settings=CodingSettings(one_listening=True).to_mapping()))
    study.refresh()
    study.train()
    shared = Counter(form.listening_id for form in study.forms() if form.listening_id)
    assert list(shared.values()) == [2] * N_PRACTICE


def test_new_forms_come_among_waiting_ones_which_keep_their_order(study):
    study.train()
    before = {name: [form.public_id for form in study.forms(name)] for name in study.coders}
    first = before["Mara"][0]
    study.submit("Mara", first)
    study.allot()
    mixed = 0
    for name, waiting in before.items():
        own = [form.public_id for form in study.forms(name)]
        assert [one for one in own if one in waiting] == waiting
        assert len({form.place for form in study.forms(name)}) == len(own)
        mixed += own[: len(waiting)] != waiting
    assert mixed == 4
    # What is begun or done has its place before all that wait.
    assert study.forms("Mara")[0].public_id == first


def test_training_is_rated_submitted_and_reopened_before_the_sample_is_allotted(study, database):
    study.train()
    mara = study.coders["Mara"]
    form = study.forms("Mara")[0].public_id
    study.submit("Mara", form)
    with database.write() as db:
        reopening.ask(db, mara, form, "I pressed the wrong key.")
    with database.write() as db:
        (asked,) = reopening_answer.list_requests(db, study.lead)
        reopening_answer.decide(db, study.lead, asked.public_id, grant=True)
    assert study.queue("Mara")[0].state == "reopened"


def test_a_training_form_that_is_open_keeps_the_coding_open(study, database):
    study.train()
    study.allot()
    training = {form.public_id for form in study.forms() if form.recording_id in study.practice}
    for name in study.coders:
        for one in study.queue(name):
            if one.public_id not in training:
                study.submit(name, one.public_id)
    study.refresh()
    with pytest.raises(Refused, match=f"{4 * N_PRACTICE} of"), database.write() as db:
        lock.lock_coding(db, study.lead)
    with database.read() as db:
        assert home.get_overview(db, study.lead).next_step is Step.CODE
    study.submit_all()
    with database.read() as db:
        assert home.get_overview(db, study.lead).next_step is Step.LOCK
    with database.write() as db:
        lock.lock_coding(db, study.lead)


def test_training_enters_no_figure_and_no_file(study, database):
    study.train()
    study.allot()
    study.submit_all()
    with database.read() as db:
        found = frames.list_subset_ratings(db, study.lead)
        rows = [code for ratings in found for code, *_ in ratings.rows]
        forms = export.get_forms_file(db, study.lead).text
    assert rows and not any(code.startswith("practice") for code in rows)
    assert "practice" not in forms


def test_the_home_counts_training_apart_from_the_main_round(study, database, browser_of):
    study.train()
    browser = browser_of(study.lead.viewer)
    home_page = f"/studies/{study.lead.study_public_id}"
    assert "Being set up. Training: 0 of 20 forms submitted" in text(browser.get(home_page))
    study.submit("Mara", study.forms("Mara")[0].public_id)
    study.allot()
    with database.read() as db:
        standing = home.get_overview(db, study.lead).standing
        n_main = db.scalars(select(func.count()).where(Assignment.recording_id.not_in(study.practice))).one()
        subset = db.scalars(
            select(func.count()).where(
                RoundRecording.in_subset, RoundRecording.recording_id.not_in(study.practice)
            )
        ).one()
    assert (standing.training.submitted, standing.training.total) == (1, 20)
    assert (standing.main.submitted, standing.main.total) == (0, n_main)
    assert (standing.subset.total, standing.n_allotted) == (subset, 12)
    assert "Main coding: 0 of" in text(browser.get(home_page))


def test_a_lead_who_codes_chooses_no_recordings_and_sees_no_counts_by_round(study, world, database):
    with database.write() as db:
        members.join_team(db, study.lead, ["CIRS"])
    study.refresh()
    study.train()
    with database.read() as db:
        practice = round_training.get_practice(db, study.lead)
    assert (practice.recordings, practice.n_open) == (None, None)
    with pytest.raises(Hidden), database.write() as db:
        round_training.start_training(db, study.lead, "Training 2", ["x"])
    study.allot()
    with database.read() as db:
        assert {one.n_submitted for one in progress.list_rounds(db, study.lead)} == {None}
        standing = home.get_overview(db, study.lead).standing
    assert standing.training is None
    assert standing.main == standing.forms


def test_the_lead_starts_training_on_the_page(study, browser_of):
    browser = browser_of(study.lead.viewer)
    page = text(browser.get(study.address))
    boxes = [line for line in page.split("<input") if 'name="training-recordings"' in line]
    assert len(boxes) == N_PRACTICE
    assert all("checked" in box for box in boxes)
    chosen = [box.split('value="')[1].split('"')[0] for box in boxes][:3]
    sent = {"training-name": "Training 1", "training-recordings": chosen}
    reply = browser.post(f"{study.address}/training", sent, page=study.address)
    assert reply.status_code == 303
    page = text(browser.get(reply.location))
    assert "0 of 12 forms submitted" in page
    assert "Saved: Training 1" in page
    # What has been given is not proposed again.
    again = [line for line in page.split("<input") if 'name="training-recordings"' in line]
    assert ["checked" in box for box in again].count(True) == N_PRACTICE - 3
    assert page.count("In an earlier round") == 3


def test_a_refused_start_says_why_and_keeps_what_was_typed(study, browser_of):
    browser = browser_of(study.lead.viewer)
    for sent, status, words in (
        ({"training-name": "Mine", "training-recordings": []}, 409, "Choose at least one"),
        ({"training-name": "", "training-recordings": []}, 422, "Give the round a name"),
    ):
        reply = browser.post(f"{study.address}/training", sent, page=study.address)
        assert reply.status_code == status
        assert words in text(reply)
    assert study.forms() == []


def test_the_names_of_rounds_hold_nothing_that_a_database_refuses(study, browser_of, database):
    with database.read() as db:
        chosen = list(db.scalars(select(Recording.public_id).where(Recording.id.in_(study.practice))))
    sent = {"training-name": "First\x00 round", "training-recordings": chosen}
    browser = browser_of(study.lead.viewer)
    assert browser.post(f"{study.address}/training", sent, page=study.address).status_code == 303
    with database.read() as db:
        assert db.scalars(select(Round.name)).one() == "First round"
