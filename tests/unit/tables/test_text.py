import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coder_app.tables import text as limits
from coder_app.tables.files import open_table_file
from coder_app.tables.text import TableError


def read(text: str, encoding: str = "utf-8"):
    return open_table_file(text.encode(encoding), "t.csv")


def problems_of(data: bytes):
    with pytest.raises(TableError) as caught:
        open_table_file(data, "t.csv")
    assert all(problem.file == "t.csv" and problem.severity == "error" for problem in caught.value.problems)
    return caught.value.problems


# Any text a cell may hold: separators of every dialect, quotes, line breaks, accents, other scripts.
cells = st.text(
    st.one_of(
        st.sampled_from(list(",;\t|'\"\n =+-.0123456789")),
        st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]),
    ),
    max_size=8,
).map(lambda text: text.strip().lstrip("=#").strip())
names = st.text("abcdefghXYZé_0123456789", min_size=1, max_size=6)


@st.composite
def tables(draw):
    columns = draw(st.lists(names, min_size=1, max_size=5, unique_by=str.casefold))
    width = len(columns)
    row = st.lists(cells, min_size=width, max_size=width).filter(any)
    return columns, draw(st.lists(row, min_size=1, max_size=6))


@settings(deadline=None)
@given(
    table=tables(),
    delimiter=st.sampled_from(",;\t|"),
    line_end=st.sampled_from(["\n", "\r\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_any_table_written_in_any_dialect_reads_back_the_same(table, delimiter, line_end, encoding, quoting):
    columns, rows = table
    if len(columns) == 1:  # nothing in a file of one column tells its separator, so none may be needed
        quoting = csv.QUOTE_ALL
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    writer.writerows([columns, *rows])
    read_back = read(target.getvalue(), encoding)
    assert list(read_back.columns) == columns
    assert list(read_back.iter_rows()) == [(number, tuple(row)) for number, row in enumerate(rows, start=2)]
    empty = [name for place, name in enumerate(columns) if not any(row[place] for row in rows)]
    alone = columns if len(columns) == 1 else []
    assert [(problem.column, problem.severity) for problem in read_back.problems] == [
        (name, "warning") for name in [*alone, *empty]
    ]
    if len(columns) > 1:
        assert read_back.delimiter == delimiter


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_an_error_that_names_the_file(data):
    problems = ()
    try:
        table = open_table_file(data, "t.csv")
    except TableError as error:
        problems = error.problems
    assert problems or (table.columns and table.n_rows)
    assert all(problem.file == "t.csv" and problem.message for problem in problems)


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16")],
)
def test_a_byte_order_mark_is_not_part_of_the_first_column(encoding, name):
    table = read("dyad,name\nD1,Zoë\n", encoding)
    assert (table.columns, table.encoding, table.problems) == (("dyad", "name"), name, ())
    assert list(table.iter_rows()) == [(2, ("D1", "Zoë"))]


def test_big_endian_utf_16_is_read_too():
    assert list(open_table_file(b"\xfe\xff" + "a,b\n1,2\n".encode("utf-16-be"), "t.csv").texts("b")) == ["2"]


def test_western_european_text_is_read_with_a_warning_at_its_first_letter_with_an_accent():
    table = read("dyad,name\nD1,Bo\nD2,Zoë\nD3,René\n", "cp1252")
    assert list(table.texts("name")) == ["Bo", "Zoë", "René"]
    (warning,) = table.problems
    assert (warning.row, warning.column, warning.value, warning.severity) == (3, "name", "Zoë", "warning")
    assert "Windows-1252" in warning.message


def test_an_accent_in_a_header_is_warned_of_at_the_header():
    (warning,) = read("\ndyad,prénom\nD1,Bo\n", "latin-1").problems
    assert (warning.row, warning.column) == (2, "prénom")


def test_bytes_that_windows_does_not_know_are_read_as_latin_1():
    assert open_table_file(b"a,b\n1,\x81\xe9\n", "t.csv").encoding == "latin-1"


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("a\tb\n1;2\t3,4\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('"a;x",b\n1,2\n', ","),
        ("a;b,c\n1;2\n3;4\n", ";"),
        ("a\n1\n", ","),
        ("sep=;\na;b\n1;2\n", ";"),
    ],
)
def test_the_separator_is_found(text, delimiter):
    assert read(text).delimiter == delimiter


def test_cells_keep_leading_zeros_and_na_and_exponents_as_they_are():
    assert list(read("a,b,c\n001,NA,1e5\n").iter_rows()) == [(2, ("001", "NA", "1e5"))]


def test_rows_are_counted_as_a_spreadsheet_does_over_blank_lines_and_line_breaks_in_cells():
    table = read('a,b\r\n1,"x\r\ny"\r\n\r\n,\r\n2,z\r\n')
    assert list(table.iter_rows()) == [(2, ("1", "x\r\ny")), (5, ("2", "z"))]


def test_a_blank_behind_a_separator_does_not_hide_a_quotation_mark():
    assert list(read('a, b\n1, "2,5"\n').iter_cells()) == [(2, {"a": "1", "b": "2,5"})]


def test_columns_are_found_whatever_their_case_by_the_first_name_that_fits():
    table = read("ID,Dyad\n1,2\n")
    assert table.find_column("dyad", "id") == "Dyad"
    assert table.find_column("case", "id") == "ID"
    assert table.find_column("score") is None


@pytest.mark.parametrize(
    ("text", "decimal_comma"),
    [
        ("a;b\n3,5;x\n", True),
        ("a;b\n3;x\n", False),
        ("a;b\n3.5;x\n", False),
        ('a,b\n"3,5",x\n', True),
        ('a,b\n"3,5",x\n"4.5",x\n', False),
        ('a,b\n"Jan, 5",x\n', False),
    ],
)
def test_decimal_commas_are_those_of_a_column_in_which_every_number_may_have_one(text, decimal_comma):
    assert read(text).decimal_comma is decimal_comma


@pytest.mark.parametrize("data", [b"", b"\n \n", b"\xef\xbb\xbf", b",,\n,,\n"])
def test_an_empty_file_is_refused(data):
    (problem,) = problems_of(data)
    assert (problem.row, problem.column) == (None, None)
    assert "empty" in problem.message


def test_a_header_without_rows_is_refused():
    assert "no rows" in problems_of(b"dyad,score\n")[0].message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0rest", "old Excel"),
        (b"$FL2@(#) SPSS", "SPSS"),
        (b"a,b\n1,\x002\n", "zero bytes"),
        (b"\xff\xfea\x00,\x00b", "UTF-16"),
        (b"\xef\xbb\xbfa,b\n1,\xe9\n", "UTF-8"),
    ],
)
def test_what_is_not_text_is_refused_by_what_it_is(data, words):
    (problem,) = problems_of(data)
    assert words in problem.message


def test_every_row_that_has_too_few_or_too_many_cells_is_named():
    problems = problems_of(b"a,b\n1,2\n3\n4,5\n6,7,8\n")
    assert [problem.row for problem in problems] == [3, 5]
    assert problems[1].message.startswith("The row has 3 cells, the header 2.")


def test_a_file_full_of_ragged_rows_is_given_up_after_a_hundred():
    assert len(problems_of(b"a,b\n" + b"1\n" * 500)) == 100


def test_columns_without_a_name_or_with_the_same_one_are_refused():
    problems = problems_of(b"dyad,,score,Score\n1,2,3,4\n")
    assert [(p.row, p.message.split(".")[0]) for p in problems] == [
        (1, "Column 2 has no name"),
        (1, "Columns 3 and 4 have the same name"),
    ]


def test_a_quotation_mark_that_is_not_closed_is_named_by_the_row_in_which_it_opens():
    (problem,) = problems_of(b'a,b\n1,2\n3,"4\n5,6\n')
    assert problem.row == 3
    assert "quotation mark" in problem.message


def test_a_file_past_the_cap_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MOST_BYTES", 10)
    assert "At most 10 are read" in problems_of(b"a,b\n" + b"1,2\n" * 3)[0].message
