import pytest

from coder_app.tables.participants import read_participants


def read(text: str):
    return read_participants(text.encode(), "p.csv")


def test_the_study_s_participants_are_read_with_their_covariates(study_bytes):
    table = read_participants(study_bytes("participants.csv"), "participants.csv")
    assert table.problems == ()
    assert len(table.rows) == 89
    assert len({row.covariates["therapist"] for row in table.rows}) == 19
    first = table.rows[0]
    assert (first.row, first.dyad) == (2, "D001")
    assert first.covariates == {
        "child_age": 11,
        "child_gender": "f",
        "condition": "CBT",
        "therapist": "T06",
        "therapist_age": 49,
        "therapist_gender": "f",
        "therapist_experience_years": 22,
    }
    assert table.covariates == tuple(first.covariates)


@pytest.mark.parametrize("name", ["dyad", "Dyad", "case", "id"])
def test_ids_stay_as_written_under_any_of_their_names(name):
    assert [row.dyad for row in read(f"{name},age\n001,9\nNA,10\n1e5,8\n").rows] == ["001", "NA", "1e5"]


def test_beside_a_column_dyad_an_id_is_a_covariate_and_stays_text():
    (row,) = read("id,dyad\n7,D1\n").rows
    assert (row.dyad, row.covariates) == ("D1", {"id": "7"})


def test_a_numbered_therapist_is_not_a_quantity():
    assert [row.covariates for row in read("dyad,therapist\nD1,07\nD2,7\n").rows] == [
        {"therapist": "07"},
        {"therapist": "7"},
    ]


def test_numbers_with_leading_zeros_stay_text():
    assert [row.covariates["code"] for row in read("dyad,code\nD1,01\nD2,12\n").rows] == ["01", "12"]


def test_a_missing_covariate_is_absent_and_leaves_the_others_numbers():
    rows = read("dyad,age,gender\nD1,NA,f\nD2,9,\nD3,10,NA\n").rows
    assert [dict(row.covariates) for row in rows] == [{"gender": "f"}, {"age": 9}, {"age": 10}]


def test_decimal_commas_make_numbers():
    assert [row.covariates["age"] for row in read("dyad;age\nD1;9,5\nD2;10\n").rows] == [9.5, 10]


def test_one_text_among_numbers_makes_the_column_text_with_a_warning_at_the_first(said):
    table = read("dyad,age\nD1,9\nD2,about 10\nD3,ten\n")
    assert said(table.problems) == [(3, "age", "warning")]
    assert [row.covariates["age"] for row in table.rows] == ["9", "about 10", "ten"]


def test_a_dyad_that_is_there_twice_is_refused_and_both_rows_are_named(said):
    table = read("dyad,age\nD1,9\nD2,8\nd1,9\n")
    assert said(table.problems) == [(4, "dyad", "error")]
    assert "rows 2 and 4" in table.problems[0].message
    assert [row.dyad for row in table.rows] == ["D1", "D2"]


def test_a_row_without_a_usable_id_is_refused(said):
    table = read(f'dyad,age\n,9\n"D\n1",8\n{"D" * 65},7\nD4,6\n')
    assert said(table.problems) == [(row, "dyad", "error") for row in (2, 3, 4)]
    assert [row.dyad for row in table.rows] == ["D4"]


def test_a_long_value_is_shortened_in_the_message():
    (problem,) = read(f"dyad,age\n{'D' * 500},9\n").problems
    assert len(problem.value) == 80


def test_a_table_without_dyads_is_refused_at_its_header(said):
    assert said(read("\nchild,age\nA,9\n").problems) == [(2, "dyad", "error")]


def test_a_file_that_is_no_table_is_a_problem_and_not_a_crash():
    table = read("")
    assert (table.rows, table.covariates, len(table.problems)) == ((), (), 1)
