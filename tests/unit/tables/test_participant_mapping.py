"""What is taken of a file of participants, and what is proposed to be left out of a study."""

from dataclasses import replace

import pytest

from coder_app.tables.files import open_table_file
from coder_app.tables.participant_mapping import (
    ParticipantMapping,
    guess_participants,
    participant_mapping_as_json,
    participant_mapping_from_json,
)
from coder_app.tables.participants import list_participants


def table_of(text: str):
    return open_table_file(text.encode(), "p.csv")


def roles(text: str) -> list[str]:
    return list(guess_participants(table_of(text)).mapping.columns.values())


def test_the_study_s_participants_need_nobody(study_bytes):
    table = open_table_file(study_bytes("participants.csv"), "participants.csv")
    found = guess_participants(table)
    assert found.is_sure
    assert list_participants(table, found.mapping).rows == list_participants(table).rows
    assert found.columns["therapist_age"].why == "all its cells are numbers; it is about the therapist"


@pytest.mark.parametrize(
    ("column", "cells", "said"),
    [
        ("achternaam", ("x", "y"), "a person’s name"),
        ("Geboortedatum", ("1", "2"), "a date of birth"),
        ("bsn", ("1", "2"), "a number by which people can be found"),
        ("contact", ("a@b.nl", "c.d@e.org"), "e-mail addresses"),
        ("plaats", ("1012 AB", "3511XY"), "postcodes"),
        ("bel", ("06-12345678", "+31612345678"), "telephone numbers"),
        ("wie", ("Anna de Boer", "Bob Smit"), "people’s names"),
        ("dag", ("2008-01-02", "1996-03-04"), "dates of birth"),
    ],
)
def test_what_tells_who_somebody_is_is_proposed_to_be_left_out(column, cells, said):
    found = guess_participants(table_of(f"dyad,{column}\nD1,{cells[0]}\nD2,{cells[1]}\n"))
    guess = found.columns[column]
    assert guess.use.role == "left out"
    assert said in guess.why
    assert found.doubts == (column,)


@pytest.mark.parametrize(
    ("column", "cells", "role"),
    [
        ("intake", ("2018-01-02", "2018-09-04"), "word"),
        ("age", ("9", "10,5"), "number"),
        ("therapist", ("7", "8"), "word"),
        ("code", ("01", "12"), "word"),
        ("diagnosis", ("Major depression", "anxiety"), "word"),
        ("empty", ("", ""), "word"),
    ],
)
def test_what_can_be_compared_is_taken_as_numbers_or_words(column, cells, role):
    assert roles(f"dyad;{column}\nD1;{cells[0]}\nD2;{cells[1]}\n") == ["dyad", role]


def test_values_that_spss_has_words_for_are_words():
    table = replace(table_of("dyad,sex\nD1,1\nD2,2\n"), value_labels={"sex": {"1": "girl", "2": "boy"}})
    found = guess_participants(table)
    assert found.mapping.columns["sex"] == "word"
    rows = list_participants(table, found.mapping).rows
    assert [dict(row.covariates) for row in rows] == [{"sex": "girl"}, {"sex": "boy"}]


def test_columns_are_taken_as_a_person_said_and_new_ones_are_left_out_with_a_warning(said):
    mapping = ParticipantMapping({"Koppel": "dyad", "age": "word", "n": "number", "name": "left out"})
    assert participant_mapping_from_json(participant_mapping_as_json(mapping)) == mapping
    table = list_participants(table_of("koppel,age,n,name,new\nK1,9,4,Jan,x\nK2,8,four,Piet,y\n"), mapping)
    assert said(table.problems) == [(1, "new", "warning"), (3, "n", "error")]
    assert [dict(row.covariates) for row in table.rows] == [{"age": "9", "n": 4}, {"age": "8"}]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"age": "number"}, "no column dyad"),
        ({"dyad": "dyad", "age": "dyad"}, "both taken as the dyad"),
        ({"dyad": "dyad", "sex": "word"}, "no column sex"),
    ],
)
def test_a_mapping_that_cannot_be_used_takes_nothing(columns, words):
    table = list_participants(table_of("dyad,age\nD1,9\n"), ParticipantMapping(columns))
    assert table.rows == ()
    assert words in table.problems[0].message
