"""Answers to single items: read as they stand, each at its place, or named as a problem."""

import pytest

from coder_app.tables.scores import read_scores

LONG = "dyad,session,informant,measure,item_01,item_02,item_12\n"


@pytest.fixture
def read(measures):
    return lambda text: read_scores(text.encode(), "items.csv", measures)


def test_the_study_s_items_add_up_to_its_totals(study_bytes, measures):
    items = read_scores(study_bytes("alliance/items_long.csv"), "items_long.csv", measures)
    totals = read_scores(study_bytes("alliance/scores_long.csv"), "scores_long.csv", measures)
    assert (items.layout, items.problems, items.n_missing) == ("items long", (), 0)
    assert len(items.rows) == len(totals.rows)
    for questionnaire, total in zip(items.rows, totals.rows, strict=True):
        assert (questionnaire.dyad, questionnaire.session, questionnaire.date) == (
            *(total.dyad, total.session, total.date),
        )
        share = 12 if questionnaire.measure == "WAI-S" else 1
        assert sum(questionnaire.answers.values()) / share == pytest.approx(total.score, abs=5e-5)


def test_missing_answers_are_counted_and_left_out(study_bytes, measures):
    name = "items_long_missing_excel_nl.csv"
    table = read_scores(study_bytes(f"alliance/{name}"), name, measures)
    assert (table.layout, table.problems, table.n_missing) == ("items long", (), 17)
    assert sum(12 - len(row.answers) for row in table.rows) == 17


@pytest.mark.parametrize(
    "columns", ["item_01,item_02", "Item 1,Item 2", "tasc_i01,TASC_item_2", "tasc_01,TASC_02"]
)
def test_items_are_known_by_any_of_their_names(columns, read):
    table = read(f"dyad,session,informant,measure,{columns}\nD1,3,child,TASC,3,4\n")
    assert (table.layout, table.problems, table.n_missing) == ("items long", (), 10)
    (row,) = table.rows
    assert row.answers == {"tasc_01": 3, "tasc_02": 4}
    assert (row.dyad, row.session, row.informant, row.measure) == ("D1", 3, "child", "TASC")


def test_a_wide_table_of_items_is_read_by_measure_session_and_item(read):
    table = read("dyad,tasc_s01_i01,tasc_s01_i02,wais_s02_i1,note\nD1,3,4,5,x\nD2,,,2,\n")
    assert table.layout == "items wide"
    found = [(row.dyad, row.session, row.informant, row.measure, row.answers) for row in table.rows]
    assert found == [
        ("D1", 1, "child", "TASC", {"tasc_01": 3, "tasc_02": 4}),
        ("D1", 2, "therapist", "WAI-S", {"wai_s_01": 5}),
        ("D2", 2, "therapist", "WAI-S", {"wai_s_01": 2}),
    ]
    assert [problem.severity for problem in table.problems] == ["warning"]


@pytest.mark.parametrize(
    ("text", "column", "said"),
    [
        (LONG + "D1,1,child,TASC,5,,\n", "item_01", "5 is not on the scale of TASC"),
        (LONG + "D1,1,child,TASC,2.5,,\n", "item_01", "a whole number from 1 to 4"),
        (LONG + "D1,1,child,TASC,99,,\n", "item_01", "leave the cell empty"),
        (LONG + "D1,1,child,TASC,two,,\n", "item_01", "is not a number"),
        (LONG.replace("12", "13") + "D1,1,child,TASC,1,1,1\n", "item_13", "no such item; it has 12"),
        (LONG.replace("item_02", "wai_s_02") + "D1,1,child,TASC,1,1,1\n", "wai_s_02", "a row of TASC"),
        (LONG.replace("item_02", "tasc_01") + "D1,1,child,TASC,1,1,1\n", "tasc_01", "another answer"),
        (LONG + "D1,1,child,TASC,1,2,\nD1,1,child,TASC,1,3,\n", "session", "The answers differ."),
        (LONG + "D1,1,child,TASC,1,2,\nD1,1,child,TASC,1,2,\n", "session", "The answers are the same."),
        ("dyad,item_01\nD1,2\n", "session", "is needed"),
        ("dyad,mood_s01_i01\nD1,2\n", "mood_s01_i01", "not a measure of the study"),
        ("dyad,tasc_s01_i13\nD1,2\n", "tasc_s01_i13", "the items 1 to 12"),
        ("dyad,tasc_s00_i01\nD1,2\n", "tasc_s00_i01", "count from 1"),
        ("dyad,tasc_s01_i01,tasc_s1_i1\nD1,2,2\n", "tasc_s1_i1", "a second column"),
        ("dyad,tasc_s01_i01\nD1,2\nD1,3\n", "dyad", "twice, in rows 2 and 3"),
    ],
)
def test_what_cannot_be_an_answer_is_named_by_row_and_column(text, column, said, read):
    errors = [problem for problem in read(text).problems if problem.severity == "error"]
    assert column in [error.column for error in errors]
    assert any(said in error.message for error in errors)


def test_a_questionnaire_without_an_answer_is_none(read):
    table = read(LONG + "D1,1,child,TASC,,,\nD1,2,child,TASC,1,,\n")
    assert [(row.session, row.answers) for row in table.rows] == [(2, {"tasc_01": 1})]
    assert table.n_missing == 11
