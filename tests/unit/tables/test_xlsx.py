"""Excel workbooks: the cells that a person sees, and what is wrong with them by row and column."""

import datetime
import io
import random
import zipfile

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.worksheet.formula import ArrayFormula

from coder_app.tables import xlsx_parts
from coder_app.tables.files import open_table_file
from coder_app.tables.text import TableError
from tests.makers.tables import fill, saved, xlsx_of, xlsx_of_parts, zipped

HEADER = ("dyad", "session", "score")


def read(data: bytes, sheet: str | None = None):
    return open_table_file(data, "t.xlsx", sheet)


def rows_of(data: bytes):
    return list(read(data).iter_rows())


def check(data: bytes) -> None:
    """Whatever the bytes are, they are a table or an error that names the file."""
    problems = ()
    try:
        table = read(data)
    except TableError as error:
        problems = error.problems
    assert problems or (table.columns and table.n_rows)
    assert all(problem.file == "t.xlsx" and problem.message for problem in problems)


def problem_of(data: bytes, sheet: str | None = None):
    with pytest.raises(TableError) as caught:
        read(data, sheet)
    return caught.value.problems[0]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (42, "42"),
        (42.0, "42"),
        (4.4167, "4.4167"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (1e-7, "0.0000001"),
        (123456789012, "123456789012"),
        (True, "true"),
        ("  D001 ", "D001"),
        ("4,5", "4,5"),
        ("two\nlines", "two\nlines"),
        (datetime.date(2018, 2, 21), "2018-02-21"),
        (datetime.datetime(2018, 2, 21, 14, 30), "2018-02-21 14:30:00"),
        (datetime.time(14, 30), "14:30:00"),
    ],
)
def test_a_cell_is_the_text_that_a_person_typed(value, text):
    assert rows_of(xlsx_of([("dyad", "value"), ("D1", value)])) == [(2, ("D1", text))]


def test_an_id_that_is_shown_with_zeros_keeps_them():
    book = Workbook()
    fill(book.active, [HEADER, (7, 1, 40)])["A2"].number_format = "000"
    assert rows_of(saved(book)) == [(2, ("007", "1", "40"))]


def test_dates_are_those_of_the_workbook_s_own_calendar():
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    fill(book.active, [("dyad", "date"), ("D1", datetime.date(2018, 2, 21))])
    assert rows_of(saved(book)) == [(2, ("D1", "2018-02-21"))]


def test_formulas_and_errors_are_named_by_row_column_and_what_to_do(said):
    book = Workbook()
    sheet = fill(book.active, [HEADER, ("D1", 1, "=SUM(A1:A2)"), ("D2", "#N/A", "#REF!"), ("D3", 3, 40)])
    sheet["C4"] = ArrayFormula("C4:C4", "=A1:A2*2")
    sheet["A5"].number_format = "yyyy-mm-dd"
    sheet["A5"], sheet["B5"] = -5, 2
    table = read(saved(book))
    assert said(table.problems) == [
        (2, "score", "error"),
        (3, "session", "error"),
        (3, "score", "error"),
        (4, "score", "error"),
        (5, "dyad", "error"),
    ]
    assert [problem.value for problem in table.problems] == ["=SUM(A1:A2)", "#N/A", "#REF!", "=A1:A2*2", "-5"]
    assert "paste it as values" in table.problems[0].message
    assert "Correct it" in table.problems[1].message
    assert table.n_rows == 4


def test_a_formula_that_cells_share_is_shown_in_each():
    cells = (
        '<x:c r="A{0}" t="inlineStr"><x:is><x:t>D{0}</x:t></x:is></x:c>'
        '<x:c r="B{0}"><x:f t="shared" si="0">{1}</x:f><x:v>3</x:v></x:c>'
    )
    rows = [
        '<x:row r="1"><x:c t="inlineStr"><x:is><x:t>dyad</x:t></x:is></x:c>'
        '<x:c t="inlineStr"><x:is><x:t>score</x:t></x:is></x:c></x:row>',
        f'<x:row r="2">{cells.format(2, "A1*2")}</x:row>',
        f'<x:row r="3">{cells.format(3, "")}</x:row>',
    ]
    table = read(xlsx_of_parts(f"<x:sheetData>{''.join(rows)}</x:sheetData>"))
    assert [(p.row, p.value) for p in table.problems] == [(2, "=A1*2"), (3, "=A1*2")]


def test_a_column_of_formulas_is_named_a_hundred_times_and_then_counted():
    table = read(xlsx_of([HEADER, *[("D1", n, "=1+1") for n in range(250)]]))
    assert len(table.problems) == 101
    assert table.problems[-1].message == "There are 150 more formulas in the column score."


def test_a_formula_in_a_column_that_is_not_used_keeps_nothing_out():
    table = read(xlsx_of([HEADER, ("D1", 1, "=1+1"), ("D1", 2, "=1+1")]))
    (problem,) = table.problems_beside(["dyad", "session"])
    assert (problem.row, problem.severity) == (2, "warning")
    assert problem.message.endswith("The column score is not used, so that this keeps nothing out.")
    assert [p.severity for p in table.problems_beside(HEADER)] == ["error", "error"]


def test_the_sheet_with_the_data_is_read_and_the_others_are_named(said):
    book = Workbook()
    book.active.title = "Read me"
    fill(book.active, [("What", "Means"), ("dyad", "the pair")])
    fill(book.create_sheet("Scores"), [HEADER, *[("D1", n, 40) for n in range(1, 9)]])
    book.create_sheet("Empty")
    hidden = fill(book.create_sheet("Old"), [HEADER, *[("D9", n, 40) for n in range(1, 99)]])
    hidden.sheet_state = "hidden"
    data = saved(book)
    table = read(data)
    assert (table.sheet, table.sheets, table.n_rows) == ("Scores", ("Read me", "Scores"), 8)
    assert said(table.problems) == [(None, None, "warning")]
    assert "Read me, Scores" in table.problems[0].message
    asked = read(data, "read me")
    assert (asked.sheet, asked.columns, asked.problems) == ("Read me", ("What", "Means"), ())
    assert read(data, "Old").n_rows == 98
    assert "It has Read me, Scores, Empty, Old" in problem_of(data, "Sheet9").message
    assert problem_of(data, "Empty").message.startswith("The sheet Empty is empty.")


def test_lines_above_the_header_are_passed_over_and_named(said):
    table = read(xlsx_of([("Alliance, spring 2018",), (), HEADER, ("D1", 1, 40), (), ("D2", 1, 41)]))
    assert (table.columns, table.header_row) == (HEADER, 3)
    assert [number for number, _ in table.iter_rows()] == [4, 6]
    assert said(table.problems) == [(1, None, "warning")]
    assert table.problems[0].value == "Alliance, spring 2018"


def test_merged_cells_are_named_where_values_would_be_missing_unseen(said):
    book = Workbook()
    sheet = fill(
        book.active,
        [("Title",), ("dyad", "session", "score", "x"), ("D1", 1, 40, 2), (None, 2, 41, 3), ("D2", 1, 3, 4)],
    )
    sheet.merge_cells("A1:D1")
    sheet.merge_cells("A3:A4")
    table = read(saved(book))
    assert said(table.problems) == [(1, None, "warning"), (3, "dyad", "error")]
    assert "A3:A4 are merged" in table.problems[1].message
    sheet.merge_cells("C2:D2")
    with pytest.raises(TableError) as caught:
        read(saved(book))
    assert [(problem.row, problem.value) for problem in caught.value.problems] == [
        (2, None),
        (2, "C2:D2"),
        (3, "A3:A4"),
    ]


def test_merged_cells_of_the_header_are_named():
    book = Workbook()
    fill(book.active, [("dyad", "score", None), ("D1", 40, None)]).merge_cells("B1:C1")
    (problem,) = read(saved(book)).problems
    assert (problem.row, problem.column, problem.value, problem.severity) == (1, "score", "B1:C1", "error")


def test_hidden_rows_and_columns_are_read_and_said(said):
    book = Workbook()
    sheet = fill(book.active, [HEADER, *[("D1", n, 40) for n in range(1, 9)]])
    sheet.column_dimensions["C"].hidden = True
    for row in (3, 5):
        sheet.row_dimensions[row].hidden = True
    table = read(saved(book))
    assert table.n_rows == 8
    assert said(table.problems) == [(1, "score", "warning"), (3, None, "warning")]
    assert "2 rows are hidden in the workbook (3, 5)" in table.problems[1].message


def test_columns_without_a_name_are_dropped_when_they_are_empty_and_named_when_they_are_not(said):
    table = read(xlsx_of([("dyad", None, "note", "score", None), ("D1", None, None, 40, " "), ("D2",)]))
    assert table.columns == ("dyad", "note", "score")
    assert list(table.iter_rows()) == [(2, ("D1", "", "40")), (3, ("D2", "", ""))]
    assert list(table.texts("score")) == ["40", ""]
    assert said(table.problems) == [(1, None, "warning"), (1, "note", "warning")]
    assert "Column 2 has no name" in problem_of(xlsx_of([("dyad", None, "x"), ("D1", 3, 4)])).message


def test_a_cell_far_behind_the_header_is_named(said):
    rows = [HEADER, *[("D1", n, 40) for n in range(40)], ("D2", 1, 40, None, "stray")]
    assert said(read(xlsx_of(rows)).problems) == [(42, None, "error")]


def test_columns_of_the_same_name_are_refused():
    assert "same name" in problem_of(xlsx_of([("dyad", "score", "Score"), ("D1", 1, 2)])).message


def test_what_programs_write_in_their_own_ways_is_read_alike():
    strings = (
        "<si><t>dyad</t></si><si><r><t>sco</t></r><r><t>re</t></r><rPh><t>no</t></rPh></si>"
        "<si><t>D_x0041_</t></si>"
    )
    sheet = (
        '<x:sheetData><x:row><x:c t="s"><x:v>0</x:v></x:c><x:c t="s"><x:v>1</x:v></x:c>'
        '<x:c t="str"><x:v>day</x:v></x:c></x:row>'
        '<x:row r="4"><x:c r="A4" t="s"><x:v>2</x:v></x:c>'
        '<x:c r="C4" t="d"><x:v>2018-02-21T00:00:00</x:v></x:c></x:row></x:sheetData>'
    )
    table = read(xlsx_of_parts(sheet, strings))
    assert list(table.iter_cells()) == [(4, {"dyad": "DA", "score": "", "day": "2018-02-21"})]


def test_entities_that_unfold_are_refused_before_they_do():
    head = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    data = xlsx_of_parts("<x:sheetData><x:row><x:c><x:v>&b;</x:v></x:c></x:row></x:sheetData>", head=head)
    assert "damaged" in problem_of(data).message


def test_a_workbook_that_unpacks_to_far_more_than_it_is_is_refused(monkeypatch):
    data = xlsx_of_parts(f"<x:sheetData/>{' ' * 11_000_000}")
    assert len(data) < 50_000
    assert "unpacks to 11,0" in problem_of(data).message
    monkeypatch.setattr("coder_app.tables.xlsx_cells.MOST_SHEET_BYTES", 1000)
    assert "unpacks to" in problem_of(xlsx_of([HEADER, *[("D1", n, 40) for n in range(99)]])).message


def test_a_zip_with_endless_members_or_an_element_with_endless_attributes_is_refused(monkeypatch):
    monkeypatch.setattr("coder_app.tables.foreign._MOST_DIRECTORY_BYTES", 10_000)
    assert "without an Excel workbook" in problem_of(zipped({f"{n:050}": "" for n in range(110)})).message
    monkeypatch.setattr(xlsx_parts, "_MOST_TOKEN_BYTES", 100_000)
    endless = "".join(random.Random(1).choices("0123456789abcdef", k=250_000))
    data = xlsx_of_parts(f'<x:sheetData><x:row r="1" why="{endless}"></x:row></x:sheetData>')
    assert "damaged" in problem_of(data).message


def test_a_cell_of_endless_text_is_refused():
    text = "x" * (xlsx_parts.MOST_CELL_CHARACTERS + 100_000) + "&amp;" * 9
    cell = f'<x:c t="inlineStr"><x:is><x:t>{text}</x:t></x:is></x:c>'
    data = xlsx_of_parts(f"<x:sheetData><x:row>{cell}</x:row><x:row>{cell}</x:row></x:sheetData>")
    with pytest.raises(TableError):
        read(data)


def _locked(data: bytes) -> bytes:
    """Set the flag of a password in every entry of the zip's directory."""
    found = bytearray(data)
    place = data.find(b"PK\x01\x02")
    while place >= 0:
        found[place + 8] |= 1
        place = data.find(b"PK\x01\x02", place + 4)
    return bytes(found)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel workbook (.xls", id="xls"),
        pytest.param(
            b"\xd0\xcf\x11\xe0" + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le"),
            "protected with a password",
            id="protected",
        ),
        pytest.param(
            zipped({"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<a/>"}),
            "OpenDocument table (.ods)",
            id="ods",
        ),
        pytest.param(zipped({"Index/Document.iwa": b"x"}), "Numbers", id="numbers"),
        pytest.param(zipped({"xl/workbook.bin": b"x"}), ".xlsb", id="xlsb"),
        pytest.param(zipped({"word/document.xml": "<a/>"}), "without an Excel workbook", id="docx"),
        pytest.param(zipped({}), "without an Excel workbook", id="empty zip"),
        pytest.param(zipped({"xl/workbook.xml": "<a"}), "damaged", id="broken"),
        pytest.param(b"PK\x03\x04rest", "Excel workbook", id="cut"),
        pytest.param(_locked(xlsx_of([HEADER, ("D1", 1, 40)])), "password", id="locked zip"),
        pytest.param(xlsx_of([()]), "No sheet", id="empty sheet"),
        pytest.param(xlsx_of([HEADER]), "No sheet", id="header alone"),
        pytest.param(b"%PDF-1.4 ...", "PDF", id="pdf"),
        pytest.param(b"<html><table><tr><td>1</td></tr></table></html>", "web page", id="html as xls"),
        pytest.param(b"ASCII SPSS PORT FILE                    " * 5, ".por", id="por"),
        pytest.param(b"<stata_dta><header>", "Stata", id="stata"),
    ],
)
def test_what_is_no_workbook_is_told_by_what_it_is_and_what_to_do(data, words):
    assert words in problem_of(data).message


@pytest.fixture(scope="module")
def whole():
    return xlsx_of([HEADER, *[(f"D{n}", n, n / 3) for n in range(30)]])


@settings(max_examples=60, deadline=None)
@example(510_511, b"\x01\0\0", False)
@given(st.integers(0, 10**6), st.binary(max_size=12), st.booleans())
def test_a_damaged_workbook_is_a_table_or_an_error_and_never_a_crash(whole, cut, noise, keep):
    cut %= len(whole)
    check(whole[:cut] + noise + (whole[cut + len(noise) :] if keep else b""))


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(["xl/workbook.xml", "xl/styles.xml", "xl/worksheets/sheet1.xml", "_rels/.rels"]),
    st.integers(0, 3000),
    st.text(st.sampled_from("<>/\"'= x0r19é\n"), max_size=6),
)
def test_a_workbook_of_any_damaged_part_is_a_table_or_an_error(whole, part, place, noise):
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    place = min(place, len(parts[part]))
    parts[part] = parts[part][:place] + noise.encode() + parts[part][place + len(noise) :]
    check(zipped(parts))


def test_a_name_that_tells_another_format_is_said():
    (problem,) = open_table_file(xlsx_of([HEADER, ("D1", 1, 40)]), "scores.csv").problems
    assert (problem.severity, problem.value) == ("warning", ".csv")
    assert "the content is an Excel workbook" in problem.message
    (problem,) = open_table_file(b"a;b\n1;2\n", "scores.XLS").problems
    assert "ends in .xls, but the content is a text file" in problem.message
    assert open_table_file(b"a;b\n1;2\n", "scores").problems == ()
