"""Importing participants: dyads and what is known of them."""

import io

import pytest
from sqlalchemy import select

from coder_app.models import Dyad
from coder_app.services import csv_import
from coder_app.services.errors import Refused
from coder_app.services.participant_import import preview_participants
from coder_app.services.staging import Staging
from tests.integration.test_score import LONG, count, last_payload
from tests.makers.alliance import PARTICIPANTS, import_csv


@pytest.fixture
def lead(world):
    """The lead of an empty study."""
    return world.study()


@pytest.fixture
def staging(settings, tools):
    """Where files wait."""
    return Staging(settings.staging_dir, tools.token_bytes)


def look_at(database, lead, staging, data: bytes):
    """Stage a file of participants and return its public id and preview."""
    public_id = csv_import.stage(database, lead, "participants", "file.csv", io.BytesIO(data), staging)
    return public_id, preview_participants(database, lead, public_id, staging)


def covariates_of(database, code: str):
    """Return what is known of one dyad."""
    with database.read() as db:
        return db.scalars(select(Dyad.covariates).where(Dyad.code == code)).one()


def test_the_participants_of_the_reference_study_come_in_with_their_covariates(database, lead, staging):
    import_csv(database, lead, staging, "participants", PARTICIPANTS)
    assert count(database, Dyad) == (89,)
    assert covariates_of(database, "D001") == {
        "child_age": 11.0,
        "child_gender": "f",
        "condition": "CBT",
        "therapist": "T06",
        "therapist_age": 49.0,
        "therapist_gender": "f",
        "therapist_experience_years": 22.0,
    }


def test_participants_after_scores_add_what_is_known_of_the_dyads(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D001,1,,child,TASC,40\n")
    difference = look_at(database, lead, staging, PARTICIPANTS.read_bytes())[1].difference
    assert (difference.n_new, difference.n_changed, difference.n_added) == (88, 1, 7)
    assert difference.changes == ()
    import_csv(database, lead, staging, "participants", PARTICIPANTS)
    assert covariates_of(database, "D001")["condition"] == "CBT"


def test_a_second_file_changes_what_it_names_and_leaves_the_rest(database, lead, staging):
    import_csv(database, lead, staging, "participants", b"dyad,age,condition\nD1,9,CBT\nD2,8,TAU\n")
    second = b"dyad,age,therapist\nD1,10,07\n"
    difference = look_at(database, lead, staging, second)[1].difference
    assert [(c.dyad, c.what, c.old, c.new) for c in difference.changes] == [("D1", "age", 9.0, 10.0)]
    import_csv(database, lead, staging, "participants", second)
    assert covariates_of(database, "D1") == {"age": 10.0, "condition": "CBT", "therapist": "07"}
    assert covariates_of(database, "D2") == {"age": 8.0, "condition": "TAU"}
    assert last_payload(database, "import participants")["overwritten"] == [["D1", None, "age", 9.0, 10.0]]


def test_an_empty_cell_leaves_what_is_stored(database, lead, staging):
    import_csv(database, lead, staging, "participants", b"dyad,age\nD1,9\nD2,8\n")
    import_csv(database, lead, staging, "participants", b"dyad,age\nD1,\nD2,8\n")
    assert covariates_of(database, "D1") == {"age": 9.0}


def test_the_same_file_again_is_all_unchanged(database, lead, staging):
    import_csv(database, lead, staging, "participants", PARTICIPANTS)
    difference = look_at(database, lead, staging, PARTICIPANTS.read_bytes())[1].difference
    assert difference.is_empty
    assert difference.n_unchanged == 89


def test_a_dyad_that_is_there_twice_keeps_the_whole_file_out(database, lead, staging):
    public_id, preview = look_at(database, lead, staging, b"dyad,age\nD1,9\nD2,8\nD1,7\n")
    [problem] = preview.read.reading.problems
    assert (problem.row, problem.column, problem.value) == (4, "dyad", "D1")
    with pytest.raises(Refused):
        csv_import.commit(database, lead, public_id, staging)
    assert count(database, Dyad) == (0,)


def test_a_dyad_in_another_case_than_the_stored_one_is_named(database, lead, staging):
    import_csv(database, lead, staging, "scores", LONG + b"D1,1,,child,TASC,40\n")
    _, preview = look_at(database, lead, staging, b"dyad,age\nd1,9\n")
    [problem] = preview.read.reading.problems
    assert (problem.row, problem.column, problem.value) == (2, "dyad", "d1")


def test_the_longest_id_and_the_longest_word_for_who_attended_can_be_stored(database, lead, staging):
    long_id, attendance = "D" * 64, "child and parent"
    import_csv(database, lead, staging, "participants", f"dyad\n{long_id}\n".encode())
    scores = f"dyad,session,informant,measure,score,attendance\n{long_id},1,child,TASC,40,{attendance}\n"
    import_csv(database, lead, staging, "scores", scores.encode())
    assert count(database, Dyad) == (1,)
