import pytest

from coder_app.tables.mapping import NO_SESSION, Mapping, Use
from coder_app.tables.scores import read_scores

LONG = "dyad,session,date,informant,measure,score\n"
ROW = "D1,1,2018-01-01,child,TASC,40\n"


@pytest.fixture
def read(measures):
    return lambda text, dyads=None: read_scores(text.encode(), "s.csv", measures, dyads)


def by_key(table):
    return {(row.dyad, row.session, row.informant, row.measure): row.score for row in table.rows}


@pytest.fixture(scope="module")
def study_table(study_bytes, measures):
    return read_scores(study_bytes("alliance/scores_long.csv"), "scores_long.csv", measures)


def test_the_study_s_long_scores_are_read_whole(study_table):
    assert (study_table.layout, study_table.n_missing, study_table.problems) == ("long", 0, ())
    measures = [row.measure for row in study_table.rows]
    assert (measures.count("TASC"), measures.count("WAI-S")) == (922, 925)
    first = study_table.rows[0]
    assert (first.row, first.column, first.date, first.score) == (2, "score", "2017-12-27", 42)


def test_the_study_s_wide_scores_are_the_same_and_its_gaps_are_counted(study_table, study_bytes, measures):
    wide = read_scores(study_bytes("alliance/scores_wide.csv"), "w.csv", measures)
    assert (wide.layout, wide.problems) == ("wide", ())
    assert by_key(wide) == by_key(study_table)
    assert wide.n_missing == 89 * 24 - 1847
    assert (wide.rows[0].row, wide.rows[0].column, wide.rows[0].informant) == (2, "tasc_s01", "child")


def test_the_study_s_scores_with_decimal_commas_are_the_same_to_two_decimals(
    study_table, study_bytes, measures
):
    dutch = read_scores(study_bytes("alliance/scores_long_excel_nl.csv"), "nl.csv", measures)
    assert (dutch.layout, dutch.problems) == ("long", ())
    assert by_key(dutch) == pytest.approx(by_key(study_table), abs=0.005 + 1e-9)
    assert [row.date for row in dutch.rows] == [row.date for row in study_table.rows]


def test_the_study_s_scores_know_its_dyads(study_table, study_bytes, measures):
    table = read_scores(study_bytes("alliance/scores_long.csv"), "l.csv", measures, {"D001"})
    assert {row.dyad for row in table.rows} == {"D001"}
    assert len(table.rows) + len(table.problems) == len(study_table.rows)


def test_names_of_columns_measures_and_informants_are_found_in_any_case(read):
    (row,) = read("Case;Sess;Informant;Measure;Total\n001;03;Child;tasc;38,5\n").rows
    assert (row.dyad, row.session, row.informant, row.measure, row.score) == ("001", 3, "child", "TASC", 38.5)
    assert (row.date, row.attendance, row.column) == (None, None, "Total")


def test_attendance_is_written_in_one_way_however_the_file_says_it(read):
    header = LONG.replace("score", "score,attendance")
    rows = read(header + ROW.replace("40", "40,child and mother") + "D1,2,,child,TASC,40,\n").rows
    assert [row.attendance for row in rows] == ["child and parent", None]


@pytest.mark.parametrize(
    "last", ["D1,1,,therapist,WAI-S,4,parent alone", "D1,1,,therapist,WAI-S,,parent alone"]
)
def test_a_session_that_is_with_and_without_the_child_is_an_error(last, read):
    header = LONG.replace("score", "score,attendance")
    same = read(header + "D1,1,2018-01-01,child,TASC,40,child\nD1,1,,therapist,WAI-S,4,child and parent\n")
    assert same.problems == ()
    (problem,) = read(header + f"D1,1,2018-01-01,child,TASC,40,child\n{last}\n").problems
    assert (problem.severity, problem.row, problem.column) == ("error", 3, "attendance")
    assert "with the parent alone by row 3, and with the child by row 2" in problem.message


def test_rows_that_are_taken_as_no_treatment_session_are_named_once_for_each_word(measures):
    rows = LONG + ROW + "D1,3a,,child,TASC,40\nD1,Intake,,child,TASC,39\nD1,intake,,therapist,WAI-S,4\n"
    columns = {name: Use(name) for name in LONG.strip().split(",")}
    words = {"session": {"3a": NO_SESSION, "intake": NO_SESSION}}
    table = read_scores(rows.encode(), "s.csv", measures, mapping=Mapping(columns, words=words))
    assert len(table.rows) == 1
    said = [(problem.severity, problem.row, problem.value) for problem in table.problems]
    assert said == [("warning", 3, "3a"), ("warning", 4, "Intake")]
    assert "“3a” is not taken as a treatment session: the row is left out." in table.problems[0].message
    assert "the row and 1 more are left out" in table.problems[1].message


@pytest.mark.parametrize("missing", ["", "NA", "."])
def test_a_missing_score_is_counted_and_no_row(missing, read):
    table = read(LONG + ROW + f"D1,2,,child,TASC,{missing}\n")
    assert (len(table.rows), table.n_missing, table.problems) == (1, 1, ())


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",1,,child,TASC,40", "dyad", "The cell is empty"),
        ("D9,1,,child,TASC,40", "dyad", "no dyad D9"),
        ("d1,1,,child,TASC,40", "dyad", "It has D1."),
        ("D1,0,,child,TASC,40", "session", "Sessions count 1, 2, 3"),
        ("D1,-1,,child,TASC,40", "session", "Sessions count 1, 2, 3"),
        ("D1,1.5,,child,TASC,40", "session", "Sessions count 1, 2, 3"),
        ("D1,,,child,TASC,40", "session", "Sessions count 1, 2, 3"),
        ("D1,1,31-02-2018,child,TASC,40", "date", "not a date of the calendar"),
        ("D1,1,soon,child,TASC,40", "date", "is not a date"),
        ("D1,1,,mother,TASC,40", "informant", "none of child, therapist, parent"),
        ("D1,1,,child,CIRS,20", "measure", "not a measure of the study. It has TASC, WAI-S"),
        (
            "D1,1,,child,TASC,49",
            "score",
            "49 is outside 12–48. TASC is the sum of 12 items, each from 1 to 4.",
        ),
        ("D1,1,,child,TASC,11.9", "score", "outside 12–48"),
        ("D1,1,,child,TASC,-99", "score", "If -99 stands for a missing score, leave the cell empty."),
        ("D1,1,,therapist,WAI-S,46", "score", "46 is outside 1–5. WAI-S is the mean of 12 items"),
        ("D1,1,,therapist,WAI-S,0.99", "score", "outside 1–5"),
        ("D1,1,,child,TASC,forty", "score", "is not a number"),
        ('D1,1,,child,TASC,"1.234,5"', "score", "both a point and a comma"),
    ],
)
def test_a_cell_that_is_wrong_is_named_and_its_row_left_out(row, column, words, read):
    table = read(f"{LONG}D2,1,2018-01-01,child,TASC,40\n{row}\n", {"D1", "D2"})
    (problem,) = table.problems
    assert (problem.file, problem.row, problem.column, problem.severity) == ("s.csv", 3, column, "error")
    assert words in problem.message
    assert [kept.dyad for kept in table.rows] == ["D2"]


@pytest.mark.parametrize("row", ["child,TASC,12", "child,TASC,48", "therapist,WAI-S,5"])
def test_the_ends_of_the_scale_are_on_it(row, read):
    table = read(f"{LONG}D1,1,2018-01-01,{row}\n")
    assert (len(table.rows), table.problems) == (1, ())


def test_everything_wrong_with_a_row_is_named_at_once(read, said):
    assert [column for _, column, _ in said(read(f"{LONG},x,soon,me,TASC,99\n{ROW}").problems)] == [
        "dyad",
        "session",
        "date",
        "informant",
        "score",
    ]


@pytest.mark.parametrize(
    ("score", "words"), [("41", "The scores differ: 40 and 41."), ("40", "same"), ("", "40 and missing")]
)
def test_a_score_that_is_there_twice_is_refused_and_both_rows_are_named(score, words, read, said):
    table = read(f"{LONG}{ROW}D2,1,,child,TASC,38\nD1,1,2018-01-01,child,tasc,{score}\n")
    assert said(table.problems) == [(4, "session", "error")]
    assert "in rows 2 and 4" in table.problems[0].message
    assert words in table.problems[0].message
    assert [row.row for row in table.rows] == [2, 3]
    assert table.n_missing == 0


def test_child_and_therapist_of_one_session_are_no_repeat(read):
    assert len(read(f"{LONG}{ROW}D1,1,2018-01-01,therapist,WAI-S,4\n").rows) == 2


def test_another_informant_than_the_measure_s_is_warned_of_once_and_taken(read, said):
    table = read(f"{LONG}{ROW}D1,1,,parent,TASC,40\nD1,2,,parent,TASC,40\n")
    assert said(table.problems) == [(3, "informant", "warning")]
    assert [row.informant for row in table.rows] == ["child", "parent", "parent"]


def test_a_date_that_may_be_read_two_ways_is_warned_of_at_the_header(read, said):
    table = read(f"{LONG}D1,1,03/04/2018,child,TASC,40\n")
    assert said(table.problems) == [(1, "date", "warning")]
    assert table.rows[0].date == "2018-04-03"


def test_a_date_before_that_of_an_earlier_session_is_warned_of_with_both(read, said):
    table = read(
        f"{LONG}D1,3,2018-01-15,child,TASC,40\nD1,1,2018-01-01,child,TASC,40\nD1,2,2018-01-22,child,TASC,40\n"
        "D2,1,2018-01-01,child,TASC,40\nD2,2,2018-01-01,child,TASC,40\nD2,4,2018-01-08,child,TASC,40\n"
    )
    assert said(table.problems) == [(2, "date", "warning")]
    assert table.problems[0].message == (
        "Dyad D1: session 3 is dated 2018-01-15 (row 2), before session 2, which is dated 2018-01-22 (row 4)."
    )
    assert len(table.rows) == 6


def test_two_dates_of_one_session_are_warned_of(read, said):
    table = read(f"{LONG}{ROW}D1,1,2018-01-02,therapist,WAI-S,4\n")
    assert said(table.problems) == [(3, "date", "warning")]
    assert "2018-01-01 in row 2, 2018-01-02 in row 3" in table.problems[0].message


def test_unknown_columns_are_warned_of_and_left_out(read, said):
    table = read(LONG.replace("score", "score,comment,grade") + ROW.replace("40", "40,tired,4"))
    assert said(table.problems) == [(1, "comment", "warning"), (1, "grade", "warning")]
    assert len(table.rows) == 1


def test_a_file_with_answers_and_their_total_gives_both(read, said):
    answers, total = read(LONG.replace("score", "score,item_01") + ROW.replace("40", "40,4")).rows
    assert (answers.answers, total.score) == ({"tasc_01": 4}, 40)


def test_a_needed_column_that_is_not_there_is_named(read, said):
    table = read("dyad,session,score\nD1,1,40\n")
    assert said(table.problems) == [(1, "informant", "error"), (1, "measure", "error")]
    assert table.rows == ()


def test_a_file_of_neither_layout_is_told_what_both_look_like(read):
    (problem,) = read("dyad,age\nD1,9\n").problems
    assert "tasc_s01" in problem.message


def test_a_wide_score_that_is_wrong_is_named_by_row_and_column_and_the_others_are_taken(read, said):
    table = read("dyad,TASC_S01,wais_s2\nD1,50,4.5\nD2,40,forty\n")
    assert said(table.problems) == [(2, "TASC_S01", "error"), (3, "wais_s2", "error")]
    assert by_key(table) == {("D1", 2, "therapist", "WAI-S"): 4.5, ("D2", 1, "child", "TASC"): 40}


def test_the_decimal_commas_of_a_wide_file_are_those_of_all_its_scores(read, said):
    table = read('dyad,wais_s01,wais_s02\nD1,"4,125",\nD2,"3,5",4\n')
    assert by_key(table)["D1", 1, "therapist", "WAI-S"] == 4.125
    table = read('dyad,wais_s01,wais_s02\nD1,"4,5",4.5\n')
    assert said(table.problems) == [(2, "wais_s01", "error")]


@pytest.mark.parametrize("columns", ["tasc_s01,phq_s01", "tasc_s01,tasc_s1", "tasc_s00,tasc_s01"])
def test_a_wide_column_that_has_no_place_keeps_the_file_out(columns, read):
    table = read(f"dyad,{columns}\nD1,40,40\n")
    (problem,) = table.problems
    assert (problem.row, problem.severity) == (1, "error")
    assert problem.column in columns
    assert table.rows == ()


def test_a_dyad_that_is_in_a_wide_file_twice_or_unknown_is_refused(read, said):
    table = read("dyad,tasc_s01,age\nD1,40,9\nD1,41,9\nD7,42,9\n", {"D1"})
    assert said(table.problems) == [(1, "age", "warning"), (3, "dyad", "error"), (4, "dyad", "error")]
    assert [row.score for row in table.rows] == [40]


def test_a_wide_file_without_dyads_is_refused(read, said):
    assert said(read("child,tasc_s01\nA,40\n").problems) == [(1, "dyad", "error"), (1, "child", "warning")]


def test_words_that_end_in_s_and_a_digit_are_no_session(read, said):
    assert said(read("dyad,tasc_s01,class1\nD1,40,x\n").problems) == [(1, "class1", "warning")]


def test_a_file_that_is_no_table_is_a_problem_and_not_a_crash(read):
    table = read("")
    assert (table.layout, table.rows, table.n_missing, len(table.problems)) == (None, (), 0, 1)
