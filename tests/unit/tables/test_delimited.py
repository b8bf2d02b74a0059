"""Text files as labs bring them: every dialect, lines of other programs, and damage named by its place."""

import random

import pytest

from coder_app.tables import delimited
from coder_app.tables.files import open_table_file
from coder_app.tables.text import TableError

NAMES = ("dyad", "name", "score")
ROWS = [("D1", "Zoë", "3,5"), ("D2", 'O\'Neil; "Bo"', "4"), ("D3", "a|b\tc", "")]


def read(data: bytes):
    return open_table_file(data, "t.csv")


def problems_of(data: bytes):
    with pytest.raises(TableError) as caught:
        read(data)
    return caught.value.problems


def test_rows_can_be_gone_through_again_and_at_the_same_time(tmp_path):
    path = tmp_path / "many.csv"
    path.write_text("dyad,score\n" + "".join(f"D{n},{n}\n" for n in range(30_000)), encoding="utf-8")
    table = open_table_file(path, path.name)
    path.unlink()
    assert table.n_rows == 30_000
    assert sum(map(int, table.texts("score"))) == sum(range(30_000))
    assert all(first == second for first, second in zip(table.iter_rows(), table.iter_rows(), strict=True))


@pytest.mark.parametrize("data", [b"PK,b\n1,2\n", b"$F,b\n1,2\n", b"dyad\nD1\nD2\n"])
def test_text_that_begins_like_another_format_or_has_one_column_is_a_table(data):
    assert read(data).kind == "csv"


def test_lines_that_are_quoted_as_a_whole_are_named():
    (problem,) = read(b'"dyad;session;score"\n"D1;1;4"\n').problems
    assert (problem.row, problem.severity) == (1, "error")
    assert "between quotation marks as a whole" in problem.message


def test_two_hundred_columns_are_read():
    header = ",".join(f"c{n}" for n in range(200))
    table = read(f"{header}\n{','.join('7' * 200)}\n".encode())
    assert (len(table.columns), list(table.texts("c199"))) == (200, ["7"])


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_one(line_end):
    assert read(f"a,b{line_end}1,2{line_end}3,4{line_end}".encode()).n_rows == 2


@pytest.mark.parametrize("first", ["sep=;", "SEP=;"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_line_that_names_the_separator_is_obeyed_and_not_counted(first, encoding):
    table = read(f"{first}\r\na;b,c\r\n1;2\r\n".encode(encoding))
    assert (table.columns, table.header_row, table.delimiter) == (("a", "b,c"), 1, ";")


def test_empty_cells_behind_the_last_column_are_dropped():
    table = read(b"dyad;score;;\nD1;4;;\nD2;5;\nD3;6;;;;\n")
    assert (table.columns, table.problems) == (("dyad", "score"), ())
    assert [cells for _, cells in table.iter_rows()] == [("D1", "4"), ("D2", "5"), ("D3", "6")]


def test_empty_columns_are_named_and_those_without_a_name_are_dropped(said):
    table = read(b"dyad,,note,score\nD1,,,4\n")
    assert table.columns == ("dyad", "note", "score")
    assert said(table.problems) == [(1, None, "warning"), (1, "note", "warning")]
    assert "Column 2 has neither a name nor values" in table.problems[0].message


@pytest.mark.parametrize("mark", delimited.DELIMITERS)
def test_lines_above_the_header_are_passed_over_and_named(mark, said):
    rows = ["dyad|session|score", *[f"D{n}|1|4" for n in range(5)]]
    text = "\n".join([f"Spring 2018{mark}", "", *[row.replace("|", mark) for row in rows]])
    table = read(text.encode())
    assert (table.columns, table.header_row, table.n_rows) == (("dyad", "session", "score"), 3, 5)
    assert said(table.problems) == [(1, None, "warning")]


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("=SUM(B2:B5)", "the formula =SUM(B2:B5)"),
        ("#REF!", "the error #REF!"),
        ("#DIV/0!", "#DIV/0!"),
        ("1,23E+11", "made of a longer number"),
    ],
)
def test_what_a_spreadsheet_computes_is_named_by_row_and_column(cell, words):
    (problem,) = read(f"dyad\tscore\nD1\t4\nD2\t{cell}\n".encode()).problems
    assert (problem.row, problem.column, problem.value, problem.severity) == (3, "score", cell, "error")
    assert words in problem.message


@pytest.mark.parametrize("cell", ["=", "1e5", "2E+1x", "#N/A", "#1", "-3", "+4", "a=b", "'=1"])
def test_other_signs_are_no_formula(cell):
    assert read(f"dyad,score\nD1,{cell}\n".encode()).problems == ()


def test_the_lines_of_qualtrics_are_left_out_and_its_questions_kept(said):
    table = read(
        b'StartDate,dyad,Q1\n"Start Date","Which\n  dyad?","How was it?"\n'
        b'"{""ImportId"":""startDate"",""timeZone"":""Europe/Amsterdam""}","{""ImportId"":""QID1""}",'
        b'"{""ImportId"":""QID2""}"\n2018-02-21,D1,4\n2018-02-28,D2,5\n'
    )
    assert list(table.iter_rows()) == [(4, ("2018-02-21", "D1", "4")), (5, ("2018-02-28", "D2", "5"))]
    assert table.labels == {"StartDate": "Start Date", "dyad": "Which dyad?", "Q1": "How was it?"}
    assert said(table.problems) == [(2, None, "warning")]


def test_lines_of_qualtrics_without_answers_are_no_table():
    data = b'dyad,Q1\nWhich,How\n"{""ImportId"":""QID1""}","{""ImportId"":""QID2""}"\n'
    assert "no rows" in problems_of(data)[0].message


def test_an_export_of_redcap_is_a_table():
    table = read(
        b"record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,tasc_01\n"
        b'"1",session_1_arm_1,,,3\n"1",session_2_arm_1,tasc,2,4\n'
    )
    assert list(table.texts("redcap_event_name")) == ["session_1_arm_1", "session_2_arm_1"]
    assert table.problems == ()


@pytest.mark.parametrize(
    ("data", "words", "row"),
    [
        ("a,é\n1,2\n3,é".encode()[:-1], "breaks off in the middle", None),
        ("a,b\n1,2\n".encode("utf-16")[:-1], "UTF-16 but breaks off", None),
        (b'a,b\n1,2\n3,"4', "quotation mark", 3),
        (b"a,b,c\n1,2,3\n4,5", "The row has 2 cells, the header 3", 3),
        (b"a,b\n1,\x002\n", "zero bytes", None),
        (b"a,b\n1," + b"x" * 140_000 + b"\n", "more than 131,072 characters", 2),
        (b"a,b\n" * 3, "", None),
    ],
)
def test_a_file_that_breaks_off_or_is_damaged_is_told_by_its_place(data, words, row):
    if not words:
        assert read(data).n_rows == 2
        return
    problem = problems_of(data)[0]
    assert words in problem.message
    assert problem.row == row


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_known_without_its_mark(encoding):
    table = read("dyad;naam\nD1;Zoë\n".encode(encoding))
    assert (table.encoding, list(table.texts("naam"))) == (encoding, ["Zoë"])


def test_a_long_cell_is_kept_whole():
    assert [len(text) for text in read(b"a,b\n1," + b"x" * 130_000 + b"\n").texts("b")] == [130_000]


def test_rows_past_the_cap_are_refused(monkeypatch):
    monkeypatch.setattr("coder_app.tables.building.MOST_ROWS", 1_000)
    assert "more than 1,000 rows" in problems_of(b"a\n" + b"1\n" * 25_000)[0].message


def test_columns_past_the_cap_are_refused():
    assert "2,001 columns" in problems_of(",".join(f"c{n}" for n in range(2001)).encode() + b"\n")[0].message


def test_letters_far_down_the_file_decide_on_its_encoding(monkeypatch):
    monkeypatch.setattr("coder_app.tables.encodings._CHUNK", 7)
    start = "dyad,name\n" + "D1,x\n" * 50
    assert read(f"{start}D2,Zoë\n".encode()).encoding == "utf-8"
    table = read(f"{start}D2,Zoë\n".encode("cp1252"))
    assert (table.encoding, table.problems[0].row, table.problems[0].value) == ("cp1252", 52, "Zoë")


def test_the_separator_is_that_of_the_rows_whatever_their_cells_hold():
    draw = random.Random(5)
    for mark in delimited.DELIMITERS:
        words = [f"a{other}b" for other in delimited.DELIMITERS if other != mark] + [
            "",
            "x",
            "3,5" * (mark != ","),
        ]
        rows = [mark.join(draw.choices(words, k=4)) for _ in range(20)]
        assert read("\n".join([mark.join("wxyz"), *rows, ""]).encode()).delimiter == mark
