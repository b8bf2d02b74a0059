import pytest

from coder_app.tables.files import open_table_file
from coder_app.tables.manifest import ManifestRow, read_manifest
from coder_app.tables.participants import read_participants
from coder_app.tables.scores import read_scores

HEADER = "file,dyad,session,date,use\n"
SIZES = {"a.mp3": 10, "b.mp3": 10}


def read(text: str, present=SIZES, known=None):
    return read_manifest(text.encode(), "m.csv", present, known)


def test_the_study_s_recordings_are_read(study_bytes, measures, said):
    data = study_bytes("recordings/manifest.csv")
    present = dict.fromkeys(open_table_file(data, "m").texts("file"), 1) | {"manifest.csv": 5}
    dyads = {row.dyad for row in read_participants(study_bytes("participants.csv"), "p").rows}
    scores = read_scores(study_bytes("alliance/scores_long.csv"), "s", measures, dyads)
    known = {(row.dyad, row.session) for row in scores.rows}
    table = read_manifest(data, "manifest.csv", present, known)
    # One practice recording is of a session without any score.
    assert said(table.problems) == [(112, "session", "warning")]
    uses = [row.use for row in table.rows]
    assert (uses.count("study"), uses.count("practice")) == (95, 20)
    assert table.rows[0] == ManifestRow(2, "D001_session09.mp3", "D001", 9, "2018-02-21", "study", None)


def test_without_a_column_use_every_recording_is_for_the_study_and_a_date_is_not_needed():
    (row,) = read("file,case,session\na.mp3,D1,1\n", {"a.mp3": 1}).rows
    assert (row.dyad, row.use, row.date, row.part) == ("D1", "study", None, None)


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (",D1,1,,study", "file", "The cell is empty"),
        ("c.mp3,D1,1,,study", "file", "There is no file c.mp3 in the folder."),
        ("B.MP3,D1,1,,study", "file", "There is b.mp3: write the name the same way."),
        ("a.mp3,D1,1,,study", "file", "is there twice, in rows 2 and 3"),
        ("A.MP3,D1,1,,study", "file", "is there twice, in rows 2 and 3"),
        ("empty.mp3,D1,1,,study", "file", "is empty"),
        ("x/b.mp3,D1,1,,study", "file", "is a path"),
        ("..,D1,1,,study", "file", "is a path"),
        ("x\\b.mp3,D1,1,,study", "file", "is a path"),
        (f"{'b' * 300},D1,1,,study", "file", "too long"),
        ("b.mp3,,1,,study", "dyad", "The cell is empty"),
        ("b.mp3,D9,1,,study", "dyad", "no session of a dyad D9"),
        ("b.mp3,D1,zero,,study", "session", "Sessions count"),
        ("b.mp3,D1,1,2018-13-01,study", "date", "not a date of the calendar"),
        ("b.mp3,D1,1,,training", "use", "“training” is neither study nor practice."),
        ("b.mp3,D1,1,,", "use", "neither study nor practice"),
    ],
)
def test_a_cell_that_is_wrong_is_named_and_its_row_left_out(row, column, words):
    present = SIZES | {"empty.mp3": 0}
    table = read(f"{HEADER}a.mp3,D2,1,,study\n{row}\n", present, {("D1", 1), ("D2", 1)})
    errors = [problem for problem in table.problems if problem.severity == "error"]
    assert [(problem.file, problem.row, problem.column) for problem in errors] == [("m.csv", 3, column)]
    assert words in errors[0].message
    assert [kept.dyad for kept in table.rows] == ["D2"]


def test_a_file_without_a_row_is_warned_of_but_not_what_the_system_put_there(said):
    present = SIZES | {"m.csv": 9, ".DS_Store": 9, "Thumbs.db": 9, "c.wav": 9}
    table = read(f"{HEADER}a.mp3,D1,1,2018-01-01,study\nb.mp3,D1,2,,practice\n", present)
    assert said(table.problems) == [(None, "file", "warning")]
    assert table.problems[0].value == "c.wav"


def test_a_name_that_one_system_composes_and_another_does_not_is_one_name():
    composed, decomposed = "zoë.mp3", "zoe\u0308.mp3"
    table = read(f"{HEADER}{composed},D1,1,2018-01-01,study\n", {decomposed: 3})
    assert table.problems == ()
    assert table.rows[0].file == decomposed


def test_two_recordings_of_one_session_are_refused_and_both_rows_are_named(said):
    table = read(f"{HEADER}a.mp3,D1,1,2018-01-01,study\nb.mp3,D1,01,,practice\n")
    assert said(table.problems) == [(3, "session", "error")]
    assert "in rows 2 and 3" in table.problems[0].message
    assert table.rows == ()


PARTS = "file,dyad,session,use,part\n"


def test_parts_join_recordings_of_one_session():
    table = read(f"{PARTS}a.mp3,D1,1,study,2\nb.mp3,D1,1,study,1\n")
    assert table.problems == ()
    assert [(row.file, row.part) for row in table.rows] == [("a.mp3", 2), ("b.mp3", 1)]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (("1", "1"), "has the parts 1 and 1, in rows 2 and 3"),
        (("1", "3"), "has the parts 1 and 3"),
        (("2", "3"), "has the parts 2 and 3"),
        (("1", ""), "Number them in a column part"),
    ],
)
def test_parts_that_do_not_count_from_one_are_refused(parts, words):
    table = read(f"{PARTS}a.mp3,D1,1,study,{parts[0]}\nb.mp3,D1,1,study,{parts[1]}\n")
    (problem,) = table.problems
    assert words in problem.message
    assert table.rows == ()


def test_a_single_recording_may_be_part_one_only(said):
    assert read(f"{PARTS}a.mp3,D1,1,study,1\n", {"a.mp3": 1}).problems == ()
    assert said(read(f"{PARTS}a.mp3,D1,1,study,2\n", {"a.mp3": 1}).problems) == [(2, "part", "error")]
    assert said(read(f"{PARTS}a.mp3,D1,1,study,0\n", {"a.mp3": 1}).problems) == [(2, "part", "error")]


def test_parts_of_one_session_share_their_use_and_date():
    table = read(f"{PARTS}a.mp3,D1,1,study,1\nb.mp3,D1,1,practice,2\n")
    assert [(p.column, "differ in use" in p.message) for p in table.problems] == [("use", True)]
    text = "file,dyad,session,date,part\na.mp3,D1,1,2018-01-01,1\nb.mp3,D1,1,2018-01-02,2\n"
    assert [(p.column, "differ in date" in p.message) for p in read(text).problems] == [("date", True)]


def test_unknown_columns_and_missing_ones_are_named_at_the_header(said):
    known = read("file,dyad,session,room\na.mp3,D1,1,B2\n", {"a.mp3": 1})
    assert said(known.problems) == [(1, "room", "warning")]
    assert len(known.rows) == 1
    assert said(read("file,dyad\na.mp3,D1\n").problems) == [(1, "session", "error")]


def test_a_file_that_is_no_table_is_a_problem_and_not_a_crash():
    table = read("")
    assert (table.rows, len(table.problems)) == ((), 1)
