"""Workbook and SPSS files of a package: typed, labelled, harmless, and the same bytes for the same tables."""

import io
import time
import zipfile

import openpyxl
import pyreadstat
import pytest

from coder_app.tables import book, package_child
from coder_app.tables.book import FIRST_SHEET, Sheet, name_sheets, write_book
from coder_app.tables.sav_writing import Labels, write_sav
from coder_app.tables.typed import FLAG, NUMBER, TEXT, WHOLE, read_typed
from coder_app.tables.writing import FORMULA_STARTS, write_csv

DANGEROUS = ["=1+1", "+1", "-2+3", "@SUM(1)", "\tx", "\r=x", "\n=x", " =1", "-07"]
COLUMNS = ("dyad", "score", "mean", "opened", "position", "reason")
ROWS = [
    ("=HYPERLINK(1)", 3, -1.5, True, "pre", None),
    ("07", None, 0.1 + 0.2, False, "post", "too few"),
    ("-07", 5, 1e-300, None, None, 'a "word", and a comma'),
]
LABELS = {
    "dyad": Labels("code of the pair"),
    "score": Labels("the score", values={3.0: "Clearly", 5.0: "Much"}),
    "position": Labels("place", codes=("pre", "central", "post")),
}


def typed():
    return read_typed(write_csv(COLUMNS, ROWS), texts={"dyad"})


def read_sav(data, tmp_path):
    path = tmp_path / "table.sav"
    path.write_bytes(data)
    return pyreadstat.read_sav(path)


def test_what_was_written_comes_back_with_its_kind_and_all_its_digits():
    columns = typed()
    assert [column.kind for column in columns] == [TEXT, WHOLE, NUMBER, FLAG, TEXT, TEXT]
    assert list(zip(*(column.values for column in columns), strict=True)) == ROWS


@pytest.mark.parametrize(
    "cell", ["07", "1e5", "1_000", "0x1", "nan", "inf", "1.50", "+1", "1234567890123456"]
)
def test_a_text_that_only_looks_like_a_number_stays_text(cell):
    (column,) = read_typed(f"a\r\n{cell}\r\n")
    assert (column.kind, column.values) == (TEXT, (cell,))


def test_a_number_in_a_column_of_names_stays_a_name_and_no_value_at_all_is_no_kind_of_text():
    assert read_typed("target,x\r\n7,\r\n", {"target"})[0].values == ("7",)
    assert read_typed("target,x\r\n7,\r\n")[1].kind == WHOLE
    assert read_typed("a,b\r\n")[0].values == ()


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_a_spreadsheet_would_run_is_marked_in_csv_and_plain_text_in_the_workbook(text):
    csv_text = write_csv(("a",), [(text,)])
    assert csv_text.splitlines()[1].lstrip('"').startswith("'")
    (column,) = read_typed(csv_text)
    assert column.values == (text,)
    found = openpyxl.load_workbook(io.BytesIO(write_book("t", [Sheet("data/x.csv", "a.csv", "", [column])])))
    cell = found["a"]["A2"]
    # A parser of XML may read a return as a new line; what counts is that it begins no formula.
    assert cell.data_type == "s"
    assert cell.value == text.replace("\r", "\n") or cell.value == text
    assert cell.quotePrefix is True


def test_no_formula_is_anywhere_in_the_workbook_and_numbers_are_numbers():
    data = write_book("=t", [Sheet("=bad.csv", "=bad.csv", "=about", typed())])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())
    found = openpyxl.load_workbook(io.BytesIO(data))
    first, sheet = found.worksheets
    assert first.title == FIRST_SHEET
    assert [cell.value for cell in first[2]] == ["=bad", "=bad.csv", "=about", 3]
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[2]] == list(ROWS[0])
    assert [cell.data_type for cell in sheet[2]] == ["s", "n", "n", "b", "s", "n"]
    assert 8 < sheet.column_dimensions["A"].width < 60
    assert sheet["A1"].font.bold


def test_sheets_have_names_that_excel_takes():
    names = name_sheets(
        ["data/a_b.csv", "A_B.csv", "x" * 40, "x" * 41, "contents.csv", "a:b?[c].csv", ".csv"]
    )
    assert len({name.casefold() for name in names} | {"contents"}) == len(names) + 1
    assert all(0 < len(name) <= 31 and not set(name) & set("[]:*?/\\'") for name in names)
    assert book._letters(0) == "A"
    assert (book._letters(25), book._letters(26), book._letters(702)) == ("Z", "AA", "AAA")


def test_spss_reads_labels_codes_measures_and_every_digit(tmp_path):
    values, meta = read_sav(write_sav("A study", typed(), LABELS), tmp_path)
    assert (meta.file_label, meta.number_rows) == ("A study", 3)
    assert meta.creation_time.year == 1980
    assert meta.column_names_to_labels["dyad"] == "code of the pair"
    assert meta.variable_value_labels["score"] == {3.0: "Clearly", 5.0: "Much"}
    assert meta.variable_value_labels["position"] == {1.0: "pre", 2.0: "central", 3.0: "post"}
    assert meta.variable_value_labels["opened"] == {0.0: "false", 1.0: "true"}
    assert [meta.variable_measure[name] for name in COLUMNS] == [
        *("nominal", "ordinal", "scale", "nominal", "nominal", "nominal")
    ]
    assert list(values["dyad"]) == [row[0] for row in ROWS]
    assert list(values["mean"]) == [row[2] for row in ROWS]
    assert values["score"].isna().tolist() == [False, True, False]
    assert values["position"].tolist()[:2] == [1.0, 3.0]


def test_a_word_without_a_code_leaves_the_column_text_and_names_of_spss_are_not_taken(tmp_path):
    columns = read_typed("position,by,é\r\nelsewhere,1,\r\n", {"é"})
    values, meta = read_sav(write_sav("é" * 60, columns, LABELS | {"by": Labels("é" * 400)}), tmp_path)
    assert values["position"].tolist() == ["elsewhere"]
    assert meta.column_names[1] == "by_"
    assert meta.column_labels[1] == "é" * 127
    assert values.iloc[0, 2] == ""


def test_a_table_without_rows_is_a_file_all_the_same(tmp_path):
    values, meta = read_sav(write_sav("t", read_typed("a,b\r\n", {"a"}), {}), tmp_path)
    assert (len(values), meta.column_names) == (0, ["a", "b"])


def test_the_same_tables_give_the_same_bytes_at_another_time():
    text = write_csv(COLUMNS, ROWS)
    asked = {
        "title": "t",
        "texts": ["dyad"],
        "sheets": [{"file": "a.csv", "name": "a", "about": "x", "csv": text}],
        "savs": [{"file": "a.sav", "title": "t", "csv": text, "labels": {"score": {"label": "s"}}}],
    }
    before = unpacked(package_child.write_files(asked))
    time.sleep(2.1)  # a ZIP counts in steps of two seconds
    assert unpacked(package_child.write_files(asked)) == before
    with zipfile.ZipFile(io.BytesIO(before["workbook.xlsx"])) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_what_starts_a_formula_is_the_same_for_csv_and_workbook():
    assert set(FORMULA_STARTS) == set("=+-@\t\r\n")
